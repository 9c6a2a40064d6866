#include "process/gaussian_process_fit.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/vector.h"
#include "process/gaussian_process_start.h"

/* Inducing inputs are many variables that hang together: with more pairs the search takes a third of the
 * steps.
 */
enum { FEW = 10, PAIRS_OF_MANY = 100 };

/* Of the targets' variance: where a fitted noise starts, and how small it may become. */
static const double noise_start = 0.1, noise_least = 1e-10;

static const char *const not_definite = "covariance is not positive definite (jitter up to 1e-6 tried)";

/* Constant targets have no variance to go by. */
static double target_scale(const struct gaussian_process_data *data) {
    double variance = gaussian_process_start_variance(data);
    return variance > 0 ? variance : 1;
}

/* Where the noise starts, and whether it is held. */
static void set_noise(const struct gaussian_process_task *task) {
    const struct gaussian_process_fit_settings *settings = task->settings;
    struct gaussian_process_model *model = task->model;
    bool given = !isnan(settings->noise), known = task->data->noise != NULL;
    model->noise = given ? settings->noise : known ? 0 : noise_start * target_scale(task->data);
    model->noise_fixed = settings->fix_noise || (known && !given) || settings->noise == 0;
    model->mean = settings->mean;
}

/* A fit on its way. */
struct fit {
    const struct gaussian_process_task *task;
    void *work;
    size_t restarts, steps_left;
    struct error *error; /* where what happens between steps tells of a failure */
    bool failed;
};

static int evaluate(void *context, double *value, double *gradient, struct error *error) {
    struct fit *fit = context;
    return fit->task->settings->kind->evaluate(fit->work, value, gradient, error);
}

size_t gaussian_process_fit_slots(const struct gaussian_process_task *task) {
    const struct gaussian_process_kind *kind = task->settings->kind;
    return task->model->covariance->parameter_count + 1 + (kind->further == NULL ? 0 : kind->further(task));
}

void gaussian_process_fit_describe(const struct gaussian_process_task *task, size_t slot,
                                   struct gaussian_process_variable *variable,
                                   char name[COVARIANCE_NAME_SIZE]) {
    struct covariance *covariance = task->model->covariance;
    size_t count = covariance->parameter_count;
    *variable = (struct gaussian_process_variable){.slot = slot, .lower = -INFINITY};
    if (slot < count) {
        struct covariance_parameter *parameter = &covariance->parameters[slot];
        variable->value = &parameter->value;
        variable->positive = parameter->positive;
        variable->name = parameter->name;
    } else if (slot == count) {
        variable->value = &task->model->noise;
        variable->positive = true;
        variable->name = "noise";
    } else
        task->settings->kind->describe(task, slot - count - 1, variable, name);
}

static bool is_held(const struct gaussian_process_task *task, size_t slot) {
    const struct covariance *covariance = task->model->covariance;
    return slot < covariance->parameter_count
               ? covariance->parameters[slot].fixed
               : slot == covariance->parameter_count && task->model->noise_fixed;
}

/* The variables that are free; names are for those of the kind. */
static size_t list_variables(const struct gaussian_process_task *task,
                             struct gaussian_process_variable *variables,
                             char (*names)[COVARIANCE_NAME_SIZE]) {
    size_t count = 0, slots = gaussian_process_fit_slots(task),
           noise = task->model->covariance->parameter_count;
    for (size_t slot = 0; slot < slots; slot++) {
        if (is_held(task, slot))
            continue;
        struct gaussian_process_variable *variable = &variables[count++];
        gaussian_process_fit_describe(task, slot, variable, names[slot]);
        if (slot == noise)
            variable->lower = noise_least * target_scale(task->data);
    }
    return count;
}

/* The arrays of the model, its likelihood in the units of the targets as they were given. */
static int finish(struct fit *fit, bool last, struct error *error) {
    struct gaussian_process_model *model = fit->task->model;
    if (fit->task->settings->kind->fill(fit->work, last, error) < 0)
        return -1;
    if (!isfinite(model->log_marginal_likelihood))
        return error_set(error, "%s", not_definite);
    for (size_t c = 0; c < model->outputs; c++)
        model->log_marginal_likelihood -= (double)fit->task->data->rows * log(model->y_scale[c]);
    return 0;
}

/* The model so far, where it is asked for. Ends the search where it is to go on with fewer variables;
 * restarts are done with all of them. */
static int after_step(void *context) {
    struct fit *fit = context;
    const struct gaussian_process_kind *kind = fit->task->settings->kind;
    struct checkpoint *checkpoint = fit->task->settings->checkpoint;
    struct error trouble = {0};
    int met = kind->met == NULL || fit->restarts > 0 ? 0 : kind->met(fit->work, fit->error);
    fit->failed = met < 0;
    if (met != 0)
        return -1;
    if (!checkpoint_requested(checkpoint))
        return 0;
    if (finish(fit, false, &trouble) < 0 ||
        gaussian_process_model_write(fit->task->model, checkpoint_path(checkpoint), &trouble) < 0)
        checkpoint_failed(checkpoint, &trouble);
    return 0;
}

static int search(struct fit *fit, struct gaussian_process_variable *variables, size_t count,
                  struct gaussian_process_fit_result *result, struct error *error) {
    const struct gaussian_process_fit_settings *settings = fit->task->settings;
    struct gaussian_process_search_result found;
    struct gaussian_process_search run = {
        .variables = variables,
        .count = count,
        .slots = gaussian_process_fit_slots(fit->task),
        .objective = evaluate,
        .context = fit,
        .tolerance = settings->tolerance,
        .iterations_max = fit->steps_left,
        .restarts = fit->restarts,
        .pairs = count > FEW ? PAIRS_OF_MANY : 0,
        .seed = settings->seed,
        .progress = settings->progress,
        .checkpoint = after_step,
        .checkpoint_context = fit,
    };
    const struct gaussian_process_kind *kind = settings->kind;
    int status = kind->search != NULL ? kind->search(fit->work, &run, &found, error)
                                      : gaussian_process_search_run(&run, &found, error);
    if (status < 0)
        return strstr(error->text, "not finite at the start") == NULL ? -1
                                                                      : error_set(error, "%s", not_definite);
    result->gradient_norm = found.gradient_norm;
    result->iterations += found.iterations;
    result->evaluations += found.evaluations;
    result->converged = found.converged;
    result->flat = found.flat;
    result->objective = found.objective;
    if (found.bounded != NULL)
        strcpy(result->bounded, found.bounded); /* names fit COVARIANCE_NAME_SIZE */
    return 0;
}

static int search_once(struct fit *fit, struct gaussian_process_fit_result *result, struct error *error) {
    size_t slots = gaussian_process_fit_slots(fit->task);
    struct gaussian_process_variable *variables = memory_array(error, slots, sizeof *variables);
    char(*names)[COVARIANCE_NAME_SIZE] = memory_array(error, slots, sizeof *names);
    int status = -1;
    if (variables != NULL && names != NULL)
        status = search(fit, variables, list_variables(fit->task, variables, names), result, error);
    free(variables);
    free(names);
    return status;
}

/* Goes on from where the search ended with what has met made one. */
static int optimize(struct fit *fit, struct gaussian_process_fit_result *result, struct error *error) {
    const struct gaussian_process_fit_settings *settings = fit->task->settings;
    const struct gaussian_process_kind *kind = settings->kind;
    fit->restarts = settings->restarts;
    fit->steps_left = settings->max_iterations;
    fit->error = error;
    for (;;) {
        if (search_once(fit, result, error) < 0 || fit->failed)
            return -1;
        fit->restarts = 0;
        fit->steps_left = settings->max_iterations - result->iterations;
        if (result->converged || kind->met == NULL || fit->steps_left == 0)
            return 0;
        int joined = kind->join(fit->work, error);
        if (joined <= 0)
            return joined;
        kind->close(fit->work);
        fit->work = kind->open(fit->task, error);
        if (fit->work == NULL)
            return -1;
        result->joined++;
    }
}

/* A spectral mixture is even in its means. */
static void fold_means(struct covariance *covariance) {
    for (size_t p = 0; p < covariance->parameter_count; p++)
        if (!covariance->parameters[p].positive)
            covariance->parameters[p].value = fabs(covariance->parameters[p].value);
}

int gaussian_process_fit_run(const struct gaussian_process_task *task,
                             struct gaussian_process_fit_result *result, struct error *error) {
    const struct gaussian_process_kind *kind = task->settings->kind;
    *result = (struct gaussian_process_fit_result){.converged = true, .gradient_norm = NAN, .objective = NAN};
    set_noise(task);
    struct fit fit = {.task = task, .work = kind->open(task, error)};
    if (fit.work == NULL)
        return -1;
    int status = task->settings->optimize ? optimize(&fit, result, error) : 0;
    if (fit.work == NULL)
        return -1;
    if (status == 0) {
        fold_means(task->model->covariance);
        status = finish(&fit, true, error);
    }
    if (status == 0 && isnan(result->objective))
        result->objective = task->model->log_marginal_likelihood;
    result->jitter = kind->jitter(fit.work);
    result->jitter_is_usual = kind->jitter_is_usual != NULL && kind->jitter_is_usual(fit.work);
    kind->close(fit.work);
    return status;
}

int gaussian_process_fit_evaluate(const struct gaussian_process_task *task, double *value, double *gradient,
                                  struct error *error) {
    const struct gaussian_process_kind *kind = task->settings->kind;
    set_noise(task);
    void *work = kind->open(task, error);
    if (work == NULL)
        return -1;
    int status = kind->evaluate(work, value, gradient, error);
    kind->close(work);
    if (status == 0 && !isfinite(*value))
        return error_set(error, "%s", not_definite);
    if (status == 0 && gradient != NULL && !vector_all_finite(gaussian_process_fit_slots(task), gradient))
        return error_set(error, "the gradient is not finite: inputs or parameters are too far from 1");
    return status;
}
