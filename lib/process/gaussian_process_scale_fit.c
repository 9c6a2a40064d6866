#include "process/gaussian_process_scale_fit.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "num/gamma_ratio.h"
#include "process/gaussian_process_evidence.h"
#include "process/gaussian_process_exact.h"
#include "process/gaussian_process_scale_separate.h"

/* Below it draws tell little of the posterior. */
static const double effective_least = 50;

static int start(const struct gaussian_process_task *task, const struct row_format *format,
                 struct error *error) {
    const struct gaussian_process_scale_settings *settings = &task->settings->scale;
    struct gaussian_process_scale *scale = memory_zeros(error, 1, sizeof *scale);
    (void)format;
    if (scale == NULL)
        return -1;
    scale->prior = settings->prior;
    scale->fixed = settings->fixed;
    scale->separate = settings->separate;
    scale->units = settings->per_output ? task->data->outputs : 1;
    task->model->scale = scale;
    return 0;
}

/* A fit on its way: an evidence where the noise is shared, else a spectrum. */
struct scale_fit {
    struct gaussian_process_task task;
    struct gaussian_process_scale *scale;
    struct gaussian_process_evidence evidence;
    struct gaussian_process_scale_separate separate;
    double *squares;                    /* outputs: D of each */
    double *factors;                    /* outputs: E[1/s] */
    double *draws;                      /* of log s, or NULL */
    struct scale_posterior *posteriors; /* units; nodes only where they are needed */
    double slopes[SCALE_PRIOR_PARAMETERS_MAX];
    size_t unit; /* at work */
};

static bool is_closed(const struct scale_fit *fit) {
    return !fit->scale->separate && fit->draws == NULL && fit->scale->prior.kind == SCALE_PRIOR_INVERSE_GAMMA;
}

static void close_fit(void *work) {
    struct scale_fit *fit = work;
    gaussian_process_evidence_close(&fit->evidence);
    gaussian_process_scale_separate_close(&fit->separate);
    for (size_t u = 0; fit->posteriors != NULL && u < fit->scale->units; u++)
        scale_posterior_free(&fit->posteriors[u]);
    free(fit->posteriors);
    free(fit->squares);
    free(fit->factors);
    free(fit->draws);
    free(fit);
}

static int draw_scales(struct scale_fit *fit, struct error *error) {
    size_t count = fit->task.settings->scale.draws;
    if (count == 0)
        return 0;
    fit->draws = memory_array(error, count, sizeof *fit->draws);
    for (size_t i = 0; fit->draws != NULL && i < count; i++) {
        struct random_stream stream;
        random_start(&stream, fit->task.settings->seed, "gpfit", "scale", i);
        fit->draws[i] = scale_prior_draw(&fit->scale->prior, &stream);
    }
    return fit->draws == NULL ? -1 : 0;
}

static int open_parts(struct scale_fit *fit, struct error *error) {
    const struct gaussian_process_fit_settings *settings = fit->task.settings;
    size_t q = fit->task.data->outputs;
    fit->squares = memory_array(error, q, sizeof *fit->squares);
    fit->factors = memory_array(error, q, sizeof *fit->factors);
    fit->posteriors = memory_zeros(error, fit->scale->units, sizeof *fit->posteriors);
    if (fit->squares == NULL || fit->factors == NULL || fit->posteriors == NULL ||
        draw_scales(fit, error) < 0)
        return -1;
    if (fit->scale->separate)
        return gaussian_process_scale_separate_open(&fit->separate, &fit->task, error);
    if (gaussian_process_evidence_open(&fit->evidence, fit->task.data, settings->mean,
                                       fit->task.model->covariance, settings->threads, error) < 0)
        return -1;
    fit->evidence.jitter = settings->jitter;
    return 0;
}

static void *open_fit(const struct gaussian_process_task *task, struct error *error) {
    struct scale_fit *fit = memory_zeros(error, 1, sizeof *fit);
    if (fit == NULL)
        return NULL;
    fit->task = *task;
    fit->scale = task->model->scale;
    if (open_parts(fit, error) == 0)
        return fit;
    close_fit(fit);
    return NULL;
}

/* Outputs of a unit: those from first on, count of them. */
static size_t outputs_of(const struct scale_fit *fit, size_t unit, size_t *first) {
    *first = fit->scale->units == 1 ? 0 : unit;
    return fit->scale->units == 1 ? fit->task.data->outputs : 1;
}

/* h = n u / 2 and D of the unit. */
static double half_count(const struct scale_fit *fit, size_t unit, double *square) {
    size_t first, count = outputs_of(fit, unit, &first);
    *square = 0;
    for (size_t c = first; c < first + count; c++)
        *square += fit->squares[c];
    return 0.5 * (double)fit->task.data->rows * (double)count;
}

/* |C| left out, which is the same for all s. */
static double shared_likelihood(void *context, double t) {
    const struct scale_fit *fit = context;
    double square, half = half_count(fit, fit->unit, &square);
    return -half * (t + log(2 * M_PI)) - 0.5 * square * exp(-t);
}

static double separate_likelihood(void *context, double t) {
    struct scale_fit *fit = context;
    size_t first, count = outputs_of(fit, fit->unit, &first);
    return gaussian_process_spectrum_likelihood(&fit->separate.spectrum, first, count, exp(t));
}

/* The posterior of a unit as nodes. */
static int find_posterior(struct scale_fit *fit, size_t unit, struct error *error) {
    struct scale_posterior *posterior = &fit->posteriors[unit];
    scale_posterior_likelihood *likelihood = fit->scale->separate ? separate_likelihood : shared_likelihood;
    scale_posterior_free(posterior);
    fit->unit = unit;
    return fit->draws == NULL
               ? scale_posterior_integrate(posterior, &fit->scale->prior, likelihood, fit, error)
               : scale_posterior_weigh(posterior, &fit->scale->prior, fit->task.settings->scale.draws,
                                       fit->draws, likelihood, fit, error);
}

/* log p of the unit but for |C|; its E[1/s] to inverse, the prior's slopes added. */
static double closed_unit(struct scale_fit *fit, size_t unit, double *inverse) {
    double a = fit->scale->prior.parameters[0], b = fit->scale->prior.parameters[1];
    double square, half = half_count(fit, unit, &square), bend = log1p(square / (2 * b));
    *inverse = (a + half) / (b + 0.5 * square);
    fit->slopes[0] += gamma_ratio_slope(a, half) - bend;
    fit->slopes[1] += ((a + half) * square / (2 * b + square) - half) / b;
    return gamma_ratio_log(a, half) - half * log(2 * M_PI * b) - (a + half) * bend;
}

static int sum_units(struct scale_fit *fit, double *value, struct error *error) {
    memset(fit->slopes, 0, sizeof fit->slopes);
    *value = 0;
    for (size_t u = 0; u < fit->scale->units; u++) {
        size_t first, count = outputs_of(fit, u, &first);
        double inverse;
        if (is_closed(fit))
            *value += closed_unit(fit, u, &inverse);
        else {
            if (find_posterior(fit, u, error) < 0)
                return -1;
            inverse = fit->posteriors[u].inverse;
            *value += fit->posteriors[u].log_evidence;
            for (size_t p = 0; p < scale_prior_count(&fit->scale->prior); p++)
                fit->slopes[p] += fit->posteriors[u].slopes[p];
        }
        for (size_t c = first; c < first + count; c++)
            fit->factors[c] = inverse;
    }
    return 0;
}

static int separate_gradient(struct scale_fit *fit, double *gradient, struct error *error) {
    memset(gradient, 0, (fit->task.model->covariance->parameter_count + 1) * sizeof *gradient);
    for (size_t u = 0; u < fit->scale->units; u++) {
        size_t first, count = outputs_of(fit, u, &first);
        if (gaussian_process_scale_separate_gradient(&fit->separate, first, count, &fit->posteriors[u],
                                                     gradient, error) < 0)
            return -1;
    }
    return 0;
}

static int evaluate(void *work, double *value, double *gradient, struct error *error) {
    struct scale_fit *fit = work;
    double determinant = 0;
    *value = -INFINITY;
    int status = fit->scale->separate
                     ? gaussian_process_scale_separate_update(&fit->separate, error)
                     : gaussian_process_evidence_solve(&fit->evidence, fit->task.model->noise, &determinant,
                                                       fit->squares, error);
    if (status <= 0)
        return status;
    if (sum_units(fit, value, error) < 0)
        return -1;
    *value -= 0.5 * (double)fit->task.data->outputs * determinant;
    if (isnan(*value))
        *value = -INFINITY; /* parameters beyond the doubles */
    if (gradient == NULL || !isfinite(*value))
        return 0;
    status = fit->scale->separate
                 ? separate_gradient(fit, gradient, error)
                 : gaussian_process_evidence_gradient(&fit->evidence, fit->factors, gradient, error);
    for (size_t p = 0; !fit->scale->fixed && p < scale_prior_count(&fit->scale->prior); p++)
        gradient[fit->task.model->covariance->parameter_count + 1 + p] = fit->slopes[p];
    return status;
}

/* a', b' of each unit. */
static int fill_closed(struct scale_fit *fit, struct error *error) {
    struct gaussian_process_scale *scale = fit->scale;
    free(scale->closed);
    scale->closed = memory_matrix(error, scale->units, 2, sizeof *scale->closed);
    for (size_t u = 0; scale->closed != NULL && u < scale->units; u++) {
        double square, half = half_count(fit, u, &square);
        scale->closed[2 * u] = scale->prior.parameters[0] + half;
        scale->closed[2 * u + 1] = scale->prior.parameters[1] + 0.5 * square;
        if (find_posterior(fit, u, error) < 0)
            return -1;
    }
    return scale->closed == NULL ? -1 : 0;
}

static int fill(void *work, bool last, struct error *error) {
    struct scale_fit *fit = work;
    struct gaussian_process_model *model = fit->task.model;
    if (evaluate(work, &model->log_marginal_likelihood, NULL, error) < 0)
        return -1;
    if (!isfinite(model->log_marginal_likelihood))
        return 0;
    if (is_closed(fit) && fill_closed(fit, error) < 0)
        return -1;
    fit->scale->effective_sample_size = fit->draws == NULL ? 0 : INFINITY;
    for (size_t u = 0; fit->draws != NULL && u < fit->scale->units; u++)
        fit->scale->effective_sample_size =
            fmin(fit->scale->effective_sample_size, fit->posteriors[u].effective_sample_size);
    if (gaussian_process_scale_take(fit->scale, fit->posteriors, error) < 0)
        return -1;
    return fit->scale->separate ? gaussian_process_scale_separate_fill(&fit->separate, error)
                                : gaussian_process_exact_fill(model, &fit->evidence, last, error);
}

static double jitter(const void *work) {
    const struct scale_fit *fit = work;
    return fit->scale->separate ? 0 : fit->evidence.jitter_added;
}

static size_t further(const struct gaussian_process_task *task) {
    return task->model->scale->fixed ? 0 : scale_prior_count(&task->model->scale->prior);
}

static void describe(const struct gaussian_process_task *task, size_t index,
                     struct gaussian_process_variable *variable, char name[COVARIANCE_NAME_SIZE]) {
    struct scale_prior *prior = &task->model->scale->prior;
    variable->value = &prior->parameters[index];
    variable->name = scale_prior_parameter(prior, index, &variable->positive);
    (void)name;
}

static void report_own(const struct gaussian_process_model *model, struct report *report) {
    const struct gaussian_process_scale *scale = model->scale;
    report_text(report, "scale_prior", scale_prior_name(&scale->prior));
    report_numbers(report, "scale_parameters", scale_prior_count(&scale->prior), scale->prior.parameters);
    report_number(report, "scale_mean", gaussian_process_scale_mean(scale, 0));
    if (scale->effective_sample_size > 0)
        report_number(report, "effective_sample_size", scale->effective_sample_size);
}

static void advise(const struct gaussian_process_model *model, char advice[GAUSSIAN_PROCESS_ADVICE_SIZE]) {
    double size = model->scale->effective_sample_size;
    if (size > 0 && size < effective_least)
        snprintf(advice, GAUSSIAN_PROCESS_ADVICE_SIZE,
                 "effective sample size %.3g: raise --draws, or leave --posterior importance", size);
}

const struct gaussian_process_kind gaussian_process_scale_fit_kind = {
    .start = start,
    .open = open_fit,
    .close = close_fit,
    .evaluate = evaluate,
    .fill = fill,
    .jitter = jitter,
    .further = further,
    .describe = describe,
    .report = report_own,
    .advise = advise,
};
