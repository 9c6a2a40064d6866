#include "process/gaussian_process_run.h"

#include <math.h>

#include "base/memory.h"
#include "io/row_writer.h"
#include "io/text_table.h"
#include "process/gaussian_process_start.h"

/* The inducing inputs of another model, in the units of this one. */
static void take_inducing(struct gaussian_process_model *source, const struct gaussian_process_input *input,
                          struct gaussian_process_model *model) {
    size_t d = source->inputs;
    model->z = source->z;
    model->inducing = source->inducing;
    source->z = NULL;
    for (size_t i = 0; model->z != NULL && i < model->inducing * d; i++)
        model->z[i] =
            (model->z[i] * source->x_scale[i % d] + source->x_shift[i % d] - input->x_shift[i % d]) /
            input->x_scale[i % d];
}

static int start_from_model(const struct gaussian_process_options *options,
                            const struct gaussian_process_input *input,
                            struct gaussian_process_fit_settings *settings,
                            struct gaussian_process_model *model, struct error *error) {
    struct gaussian_process_model source;
    if (gaussian_process_model_read(&source, options->init + 1, error) < 0)
        return -1;
    model->covariance = source.covariance;
    source.covariance = NULL;
    if (isnan(settings->noise) && source.classes == NULL) /* classes have none */
        settings->noise = source.noise;
    size_t wanted = model->covariance->inputs;
    if (settings->inducing.keep && wanted == input->data.inputs)
        take_inducing(&source, input, model);
    gaussian_process_model_free(&source);
    if (wanted != input->data.inputs)
        return error_set(error, "%s has %zu inputs, the data %zu", options->init + 1, wanted,
                         input->data.inputs);
    return 0;
}

int gaussian_process_run_start(struct command *command, const struct gaussian_process_options *options,
                               const struct gaussian_process_input *input,
                               struct gaussian_process_fit_settings *settings,
                               struct gaussian_process_model *model) {
    struct error *error = &command->error;
    struct covariance_inputs inputs = {input->data.inputs, input->names};
    if (options->init != NULL) {
        if (start_from_model(options, input, settings, model, error) < 0)
            return -1;
        return gaussian_process_options_choose(options, model->covariance, input->data.rows, settings, error);
    }
    model->covariance = covariance_parse(options->kernel, &inputs, error);
    if (model->covariance == NULL ||
        gaussian_process_options_choose(options, model->covariance, input->data.rows, settings, error) < 0)
        return -1;
    return settings->optimize
               ? gaussian_process_start_set(model->covariance, &input->data, command->seed, error)
               : 0;
}

static void report(struct command *command, const struct gaussian_process_task *task,
                   const struct gaussian_process_fit_result *result) {
    const struct gaussian_process_model *model = task->model;
    report_number(&command->report, "n", (double)task->data->rows);
    report_number(&command->report, "inputs", (double)model->inputs);
    report_number(&command->report, "outputs", (double)model->outputs);
    report_number(&command->report, "log_marginal_likelihood", model->log_marginal_likelihood);
    report_number(&command->report, "objective", result->objective);
    report_number(&command->report, "iterations", (double)result->iterations);
    report_number(&command->report, "evaluations", (double)result->evaluations);
    report_number(&command->report, "gradient_norm", result->gradient_norm);
    report_number(&command->report, "converged", result->converged);
    report_number(&command->report, "jitter", result->jitter);
    report_number(&command->report, "noise_variance", model->noise);
    if (task->settings->kind->report != NULL)
        task->settings->kind->report(model, &command->report);
}

/* What a user should know of how it ended. */
static void judge(struct command *command, const struct gaussian_process_task *task,
                  const struct gaussian_process_fit_result *result) {
    if (gaussian_process_start_variance(task->data) == 0)
        command_note(command, "the targets are constant");
    if (result->jitter > 0 && !result->jitter_is_usual)
        command_note(command, "%.3g was added to the diagonal (--jitter sets it)", result->jitter);
    if (result->bounded[0] != '\0')
        command_note(command, "%s ended at its bound: fix it, or write a start", result->bounded);
    if (result->joined > 0)
        command_note(command, "inducing inputs that met were made one, %zu are left", task->model->inducing);
    if (task->settings->kind->advise != NULL) {
        char advice[GAUSSIAN_PROCESS_ADVICE_SIZE] = "";
        task->settings->kind->advise(task->model, advice);
        if (advice[0] != '\0')
            command_note(command, "%s", advice);
    }
    if (result->converged)
        return;
    command->unconverged = true;
    if (result->flat) {
        command_note(
            command,
            "not converged after %zu steps, gradient %.3g: rounding hides where to go, raise --jitter or "
            "--tolerance, or fix a noise",
            result->iterations, result->gradient_norm);
        return;
    }
    command_note(command,
                 "not converged after %zu steps, gradient %.3g: raise --max-iterations or --tolerance",
                 result->iterations, result->gradient_norm);
}

int gaussian_process_run_fit(struct command *command, const struct gaussian_process_task *task) {
    struct gaussian_process_fit_result result;
    if (gaussian_process_fit_run(task, &result, &command->error) < 0)
        return -1;
    report(command, task, &result);
    judge(command, task, &result);
    return gaussian_process_model_write(task->model, command->output.path, &command->error);
}

/* The density of scaled targets is larger by the product of scales. */
static double in_units(const struct gaussian_process_task *task, double value) {
    for (size_t c = 0; c < task->model->outputs; c++)
        value -= (double)task->data->rows * log(task->model->y_scale[c]);
    return value;
}

/* name,value,gradient: derivatives in the logarithm of what is positive. */
static int write_gradient(struct command *command, const struct gaussian_process_task *task,
                          const double *gradient) {
    static const char *const names[] = {"name", "value", "gradient"};
    struct error *error = &command->error;
    struct text_table *table = text_table_open(&command->output, 3, names, error);
    if (table == NULL)
        return -1;
    int status = 0;
    for (size_t slot = 0; status == 0 && slot < gaussian_process_fit_slots(task); slot++) {
        char name[COVARIANCE_NAME_SIZE];
        struct gaussian_process_variable variable;
        gaussian_process_fit_describe(task, slot, &variable, name);
        double value = *variable.value;
        if (text_table_word(table, variable.name, error) < 0 || text_table_number(table, value, error) < 0 ||
            text_table_number(table, gradient[slot] * (variable.positive ? value : 1), error) < 0)
            status = -1;
    }
    if (status == 0)
        return text_table_close(table, error);
    text_table_discard(table);
    return -1;
}

int gaussian_process_run_evaluate(struct command *command, const struct gaussian_process_task *task,
                                  bool gradient) {
    double value;
    double *slopes = memory_array(&command->error, gaussian_process_fit_slots(task), sizeof *slopes);
    if (slopes == NULL)
        return -1;
    int status = gaussian_process_fit_evaluate(task, &value, gradient ? slopes : NULL, &command->error);
    if (status == 0)
        status = gradient ? write_gradient(command, task, slopes)
                          : row_writer_number(&command->output, in_units(task, value), &command->error);
    free(slopes);
    return status;
}
