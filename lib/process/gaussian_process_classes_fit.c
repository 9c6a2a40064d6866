#include "process/gaussian_process_classes_fit.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "process/gaussian_process_adam.h"
#include "process/gaussian_process_classes_bound.h"
#include "process/gaussian_process_sparse_fit.h"

static int check_labels(const struct gaussian_process_task *task, struct error *error) {
    const struct gaussian_process_class_settings *settings = &task->settings->classes;
    size_t count = task->labels->count;
    if (settings->likelihood == GAUSSIAN_PROCESS_LIKELIHOOD_LOGISTIC && count != 2)
        return error_set(error, "--likelihood logistic needs 2 classes, got %zu", count);
    if (count < 2)
        return error_set(error, "need at least 2 classes, got %zu", count);
    return 0;
}

/* Targets are no numbers that a variance could start from. */
static void reset_variances(struct covariance *covariance) {
    for (size_t p = 0; p < covariance->parameter_count; p++) {
        struct covariance_parameter *parameter = &covariance->parameters[p];
        if (strcmp(parameter->key, "variance") == 0 && !parameter->given && !parameter->fixed)
            parameter->value = 1;
    }
}

static int start(const struct gaussian_process_task *task, const struct row_format *format,
                 struct error *error) {
    const struct gaussian_process_class_settings *settings = &task->settings->classes;
    struct gaussian_process_model *model = task->model;
    if (check_labels(task, error) < 0 || gaussian_process_sparse_fit_place(task, format, error) < 0)
        return -1;
    reset_variances(model->covariance);
    model->classes = gaussian_process_classes_new(settings->likelihood, task->labels, model->inducing, error);
    if (model->classes == NULL || !settings->mixture)
        return model->classes == NULL ? -1 : 0;
    model->scale = memory_zeros(error, 1, sizeof *model->scale);
    if (model->scale == NULL)
        return -1;
    model->scale->prior = task->settings->scale.prior;
    model->scale->fixed = task->settings->scale.fixed;
    model->scale->units = 1;
    model->classes->shape = model->scale->prior.parameters[0];
    model->classes->rate = model->scale->prior.parameters[1];
    return 0;
}

struct classes_fit {
    struct gaussian_process_task task;
    struct gaussian_process_classes_bound bound;
    const size_t *batch; /* of the next evaluation; NULL: all rows */
    size_t count;
};

/* A bound of the task's, not open. */
static struct gaussian_process_classes_bound describe_bound(const struct gaussian_process_task *task) {
    const struct gaussian_process_model *model = task->model;
    return (struct gaussian_process_classes_bound){
        .data = task->data,
        .covariance = model->covariance,
        .classes = model->classes,
        .z = model->z,
        .prior = model->scale == NULL ? NULL : &model->scale->prior,
        .inducing = model->inducing,
        .fixed = task->settings->inducing.fixed,
        .prior_fixed = task->settings->scale.fixed,
        .jitter = task->settings->jitter,
    };
}

static void close_fit(void *work) {
    struct classes_fit *fit = work;
    gaussian_process_classes_bound_close(&fit->bound);
    free(fit);
}

static void *open_fit(const struct gaussian_process_task *task, struct error *error) {
    struct classes_fit *fit = memory_zeros(error, 1, sizeof *fit);
    if (fit == NULL)
        return NULL;
    fit->task = *task;
    fit->count = task->data->rows;
    fit->bound = describe_bound(task);
    if (gaussian_process_classes_bound_open(&fit->bound, task->settings->threads, error) == 0)
        return fit;
    free(fit);
    return NULL;
}

static int evaluate(void *work, double *value, double *gradient, struct error *error) {
    struct classes_fit *fit = work;
    return gaussian_process_classes_bound_evaluate(&fit->bound, fit->batch, fit->count, value, gradient,
                                                   error);
}

static void choose(void *work, const size_t *rows, size_t count) {
    struct classes_fit *fit = work;
    fit->batch = rows;
    fit->count = count;
}

static int search(void *work, struct gaussian_process_search *run,
                  struct gaussian_process_search_result *result, struct error *error) {
    struct classes_fit *fit = work;
    const struct gaussian_process_class_settings *settings = &fit->task.settings->classes;
    size_t rows = fit->task.data->rows;
    const struct gaussian_process_adam adam = {
        .rows = rows,
        .batch = settings->batch == 0 || settings->batch > rows ? rows : settings->batch,
        .epochs = settings->epochs,
        .rate = settings->rate,
        .seed = fit->task.settings->seed,
        .choose = choose,
        .choose_context = fit,
    };
    return settings->epochs == 0 ? gaussian_process_search_run(run, result, error)
                                 : gaussian_process_adam_run(&adam, run, result, error);
}

/* The nodes of q(s), a', b'. */
static int fill_scale(struct classes_fit *fit, struct error *error) {
    struct gaussian_process_scale *scale = fit->task.model->scale;
    struct class_likelihood *likelihood = &fit->bound.likelihood;
    const struct gaussian_process_classes *classes = fit->task.model->classes;
    struct scale_posterior nodes = {
        .count = likelihood->scale_count, .nodes = likelihood->scales, .weights = likelihood->weights};
    if (gaussian_process_scale_take(scale, &nodes, error) < 0)
        return -1;
    if (scale->closed == NULL)
        scale->closed = memory_array(error, 2, sizeof *scale->closed);
    if (scale->closed == NULL)
        return -1;
    scale->closed[0] = classes->shape;
    scale->closed[1] = classes->rate;
    return 0;
}

static int fill(void *work, bool last, struct error *error) {
    struct classes_fit *fit = work;
    struct gaussian_process_model *model = fit->task.model;
    size_t m = model->inducing;
    (void)last;
    choose(fit, NULL, fit->task.data->rows);
    if (evaluate(work, &model->log_marginal_likelihood, NULL, error) < 0)
        return -1;
    if (!isfinite(model->log_marginal_likelihood))
        return 0;
    if (model->factor_uu == NULL)
        model->factor_uu = memory_matrix(error, m, m, sizeof *model->factor_uu);
    if (model->coefficients == NULL)
        model->coefficients = memory_array(error, 0, sizeof *model->coefficients);
    if (model->factor_uu == NULL || model->coefficients == NULL)
        return -1;
    memcpy(model->factor_uu, fit->bound.factor_uu, m * m * sizeof *model->factor_uu);
    gaussian_process_classes_color(model->classes, m, model->factor_uu);
    return model->scale == NULL ? 0 : fill_scale(fit, error);
}

static double jitter(const void *work) {
    const struct classes_fit *fit = work;
    return fit->bound.jitter_added;
}

static bool jitter_is_usual(const void *work) {
    const struct classes_fit *fit = work;
    return fit->bound.jitter_level == 1;
}

static size_t further(const struct gaussian_process_task *task) {
    struct gaussian_process_classes_bound bound = describe_bound(task);
    return gaussian_process_classes_bound_further(&bound);
}

/* Entry `index` of the white factors' lower triangles, row by row. */
static void describe_factor(const struct gaussian_process_model *model, size_t index,
                            struct gaussian_process_variable *variable, char name[COVARIANCE_NAME_SIZE]) {
    size_t m = model->inducing, triangle = m * (m + 1) / 2, c = index / triangle, left = index % triangle;
    size_t row = (size_t)((sqrt(8 * (double)left + 1) - 1) / 2);
    while (row * (row + 1) / 2 > left)
        row--;
    while ((row + 1) * (row + 2) / 2 <= left)
        row++;
    size_t column = left - row * (row + 1) / 2;
    variable->value = &model->classes->white_factor[(c * m + row) * m + column];
    variable->positive = row == column;
    snprintf(name, COVARIANCE_NAME_SIZE, "q_scale_%zu_%zu_%zu", c + 1, row + 1, column + 1);
}

static void describe(const struct gaussian_process_task *task, size_t index,
                     struct gaussian_process_variable *variable, char name[COVARIANCE_NAME_SIZE]) {
    struct gaussian_process_model *model = task->model;
    struct gaussian_process_classes *classes = model->classes;
    size_t m = model->inducing, inputs = task->settings->inducing.fixed ? 0 : m * task->data->inputs;
    size_t means = classes->functions * m, factors = means * (m + 1) / 2;
    variable->name = name;
    if (index < inputs) {
        gaussian_process_sparse_fit_describe(task, index, variable, name);
        return;
    }
    index -= inputs;
    if (index < means) {
        variable->value = &classes->white_mean[index];
        snprintf(name, COVARIANCE_NAME_SIZE, "q_mean_%zu_%zu", index / m + 1, index % m + 1);
    } else if (index < means + factors)
        describe_factor(model, index - means, variable, name);
    else if (index < means + factors + 2) {
        bool shape = index == means + factors;
        variable->value = shape ? &classes->shape : &classes->rate;
        variable->positive = true;
        variable->name = shape ? "q_a" : "q_b";
    } else {
        size_t at = index - means - factors - 2;
        variable->value = &model->scale->prior.parameters[at];
        variable->name = scale_prior_parameter(&model->scale->prior, at, &variable->positive);
    }
}

static void report_own(const struct gaussian_process_model *model, struct report *report) {
    const struct gaussian_process_classes *classes = model->classes;
    report_text(report, "likelihood", gaussian_process_classes_likelihoods[classes->likelihood]);
    report_number(report, "classes", (double)classes->labels.count);
    report_number(report, "inducing", (double)model->inducing);
    if (model->scale == NULL)
        return;
    report_text(report, "scale_prior", scale_prior_name(&model->scale->prior));
    report_numbers(report, "scale_parameters", 2, model->scale->prior.parameters);
    report_numbers(report, "scale_posterior", 2, model->scale->closed);
    report_number(report, "scale_mean", gaussian_process_scale_mean(model->scale, 0));
}

const struct gaussian_process_kind gaussian_process_classes_fit_kind = {
    .start = start,
    .open = open_fit,
    .close = close_fit,
    .evaluate = evaluate,
    .fill = fill,
    .jitter = jitter,
    .jitter_is_usual = jitter_is_usual,
    .further = further,
    .describe = describe,
    .search = search,
    .report = report_own,
};
