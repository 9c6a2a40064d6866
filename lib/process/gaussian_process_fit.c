#include "process/gaussian_process_fit.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "process/gaussian_process_start.h"

/* Of the targets' variance: where a fitted noise starts, and how small it may become. */
static const double noise_start = 0.1, noise_least = 1e-10;

static const char *const not_definite = "covariance is not positive definite (jitter up to 1e-6 tried)";

/* Constant targets have no variance to go by. */
static double target_scale(const struct gaussian_process_data *data) {
    double variance = gaussian_process_start_variance(data);
    return variance > 0 ? variance : 1;
}

double gaussian_process_fit_noise(const struct gaussian_process_data *data,
                                  const struct gaussian_process_fit_settings *settings, bool *fixed) {
    bool given = !isnan(settings->noise);
    *fixed = settings->fix_noise || (data->noise != NULL && !given) || settings->noise == 0;
    if (given)
        return settings->noise;
    return data->noise != NULL ? 0 : noise_start * target_scale(data);
}

/* What the search evaluates. */
struct objective {
    struct gaussian_process_evidence evidence;
    struct gaussian_process_model *model;
    const struct gaussian_process_fit_settings *settings;
    const struct gaussian_process_data *data;
};

static int evaluate(void *context, double *value, double *gradient, struct error *error) {
    struct objective *objective = context;
    return gaussian_process_evidence_evaluate(&objective->evidence, objective->settings->objective,
                                              objective->model->noise, value, gradient, error);
}

/* The variables that are free: the covariance's, then the noise. */
static size_t list_variables(struct gaussian_process_model *model, const struct gaussian_process_data *data,
                             struct gaussian_process_variable *variables) {
    struct covariance *covariance = model->covariance;
    size_t count = 0;
    for (size_t p = 0; p < covariance->parameter_count; p++) {
        struct covariance_parameter *parameter = &covariance->parameters[p];
        if (!parameter->fixed)
            variables[count++] =
                (struct gaussian_process_variable){&parameter->value, p, parameter->positive,
                                                   parameter->positive ? 0 : -INFINITY, parameter->name};
    }
    if (!model->noise_fixed)
        variables[count++] = (struct gaussian_process_variable){
            &model->noise, covariance->parameter_count, true, noise_least * target_scale(data), "noise"};
    return count;
}

static double *copy_of(const double *values, size_t rows, size_t columns, struct error *error) {
    double *copy = memory_matrix(error, rows, columns, sizeof *copy);
    if (copy != NULL)
        memcpy(copy, values, rows * columns * sizeof *copy);
    return copy;
}

static void forget_conditions(struct gaussian_process_model *model) {
    double **const arrays[] = {&model->coefficients, &model->x,      &model->y,
                               &model->noise_rows,   &model->factor, &model->alpha};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        free(*arrays[i]);
        *arrays[i] = NULL;
    }
}

/* The model's arrays after an evaluation of the likelihood without gradient. The factor moves from the
 * evidence to the model where `last` is set, and is copied otherwise. */
static int fill_model(struct objective *objective, bool last, double likelihood, struct error *error) {
    struct gaussian_process_model *model = objective->model;
    struct gaussian_process_evidence *evidence = &objective->evidence;
    const struct gaussian_process_data *data = objective->data;
    size_t n = data->rows, q = data->outputs;
    forget_conditions(model);
    model->rows = n;
    model->basis_count = evidence->basis_count;
    model->x = copy_of(data->x, n, data->inputs, error);
    model->y = copy_of(data->y, n, q, error);
    model->coefficients = copy_of(evidence->coefficients, evidence->basis_count, q, error);
    model->alpha = memory_matrix(error, n, q, sizeof(double));
    if (data->noise != NULL)
        model->noise_rows = copy_of(data->noise, n, 1, error);
    model->factor = last ? evidence->matrix : copy_of(evidence->matrix, n, n, error);
    if (last)
        evidence->matrix = NULL;
    if (model->x == NULL || model->y == NULL || model->coefficients == NULL || model->alpha == NULL ||
        model->factor == NULL || (data->noise != NULL && model->noise_rows == NULL))
        return -1;
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < q; c++)
            model->alpha[i * q + c] = evidence->weights[c * n + i];
        memset(model->factor + i * n + i + 1, 0, (n - i - 1) * sizeof(double));
    }
    model->log_marginal_likelihood = likelihood;
    for (size_t c = 0; c < q; c++)
        model->log_marginal_likelihood -= (double)n * log(model->y_scale[c]);
    return 0;
}

static int finish(struct objective *objective, bool last, struct error *error) {
    double likelihood;
    if (gaussian_process_evidence_evaluate(&objective->evidence, GAUSSIAN_PROCESS_MARGINAL_LIKELIHOOD,
                                           objective->model->noise, &likelihood, NULL, error) < 0)
        return -1;
    if (!isfinite(likelihood))
        return error_set(error, "%s", not_definite);
    return fill_model(objective, last, likelihood, error);
}

/* The model so far, where it is asked for. */
static int show_model(void *context) {
    struct objective *objective = context;
    struct checkpoint *checkpoint = objective->settings->checkpoint;
    struct error trouble = {0};
    if (!checkpoint_requested(checkpoint))
        return 0;
    if (finish(objective, false, &trouble) < 0 ||
        gaussian_process_model_write(objective->model, checkpoint_path(checkpoint), &trouble) < 0)
        checkpoint_failed(checkpoint, &trouble);
    return 0;
}

static int optimize(struct objective *objective, struct gaussian_process_fit_result *result,
                    struct error *error) {
    const struct gaussian_process_fit_settings *settings = objective->settings;
    struct gaussian_process_model *model = objective->model;
    struct gaussian_process_search_result found;
    size_t slots = model->covariance->parameter_count + 1;
    struct gaussian_process_variable *variables = memory_array(error, slots, sizeof *variables);
    if (variables == NULL)
        return -1;
    struct gaussian_process_search search = {
        .variables = variables,
        .count = list_variables(model, objective->data, variables),
        .slots = slots,
        .objective = evaluate,
        .context = objective,
        .tolerance = settings->tolerance,
        .iterations_max = settings->max_iterations,
        .restarts = settings->restarts,
        .seed = settings->seed,
        .progress = settings->progress,
        .checkpoint = show_model,
        .checkpoint_context = objective,
    };
    int status = gaussian_process_search_run(&search, &found, error);
    free(variables);
    if (status < 0)
        return strstr(error->text, "not finite at the start") == NULL ? -1
                                                                      : error_set(error, "%s", not_definite);
    result->gradient_norm = found.gradient_norm;
    result->iterations = found.iterations;
    result->evaluations = found.evaluations;
    result->converged = found.converged;
    result->bounded = found.bounded;
    result->objective = found.objective;
    return 0;
}

/* A spectral mixture is even in its means. */
static void fold_means(struct covariance *covariance) {
    for (size_t p = 0; p < covariance->parameter_count; p++)
        if (!covariance->parameters[p].positive)
            covariance->parameters[p].value = fabs(covariance->parameters[p].value);
}

int gaussian_process_fit_exact(struct gaussian_process_model *model, const struct gaussian_process_data *data,
                               const struct gaussian_process_fit_settings *settings,
                               struct gaussian_process_fit_result *result, struct error *error) {
    struct objective objective = {.model = model, .settings = settings, .data = data};
    *result = (struct gaussian_process_fit_result){.converged = true, .gradient_norm = NAN, .objective = NAN};
    model->noise = gaussian_process_fit_noise(data, settings, &model->noise_fixed);
    model->mean = settings->mean;
    if (gaussian_process_evidence_open(&objective.evidence, data, settings->mean, model->covariance,
                                       settings->threads, error) < 0)
        return -1;
    objective.evidence.jitter = settings->jitter;
    int status = settings->optimize ? optimize(&objective, result, error) : 0;
    if (status == 0) {
        fold_means(model->covariance);
        status = finish(&objective, true, error);
    }
    if (status == 0 && isnan(result->objective))
        result->objective = model->log_marginal_likelihood;
    result->jitter = objective.evidence.jitter_added;
    gaussian_process_evidence_close(&objective.evidence);
    return status;
}

int gaussian_process_fit_evaluate(const struct gaussian_process_model *model,
                                  const struct gaussian_process_data *data,
                                  const struct gaussian_process_fit_settings *settings, double *value,
                                  double *gradient, struct error *error) {
    struct gaussian_process_evidence evidence;
    if (gaussian_process_evidence_open(&evidence, data, settings->mean, model->covariance, settings->threads,
                                       error) < 0)
        return -1;
    evidence.jitter = settings->jitter;
    int status = gaussian_process_evidence_evaluate(&evidence, settings->objective, model->noise, value,
                                                    gradient, error);
    gaussian_process_evidence_close(&evidence);
    if (status == 0 && !isfinite(*value))
        return error_set(error, "%s", not_definite);
    return status;
}
