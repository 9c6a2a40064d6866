/* gpfit - fits Gaussian process regressions. */

#include <math.h>
#include <string.h>

#include "base/checkpoint.h"
#include "base/command.h"
#include "base/memory.h"
#include "io/row_writer.h"
#include "io/text_table.h"
#include "process/gaussian_process_fit.h"
#include "process/gaussian_process_input.h"
#include "process/gaussian_process_options.h"
#include "process/gaussian_process_start.h"

static const char *const examples[] = {
    "gpfit -k 'rbf(ard=true)' --standardize data.csv -o m.npz",
    "gpfit -k 'rbf + periodic(period:=12)' series.csv | gppredict - new.csv",
    "gpfit -k 'matern(nu=2.5,lengthscale=2)' --evaluate data.csv",
    NULL,
};

static const struct command_description description = {
    .name = "gpfit",
    .operands = "[options] [DATA] > M.npz",
    .purpose = "Fits a Gaussian process to the rows of DATA, inputs and targets.",
    .own_options = gaussian_process_options_table,
    .shared_options = OPTIONS_STREAM | OPTIONS_SEED | OPTIONS_ITERATION,
    .examples = examples,
    .operands_max = 1,
    .columns_letter = 0,
    .tolerance = 1e-6,
    .max_iterations = 200,
};

/* The kernel: as typed, with starts from the data where a search follows, or that of --init's model. */
static int start(struct command *command, const struct gaussian_process_options *options,
                 const struct gaussian_process_input *input, struct gaussian_process_fit_settings *settings,
                 struct gaussian_process_model *model) {
    struct error *error = &command->error;
    struct covariance_inputs inputs = {input->data.inputs, input->names};
    if (options->init != NULL) {
        struct gaussian_process_model source;
        if (gaussian_process_model_read(&source, options->init + 1, error) < 0)
            return -1;
        model->covariance = source.covariance;
        source.covariance = NULL;
        settings->noise = isnan(settings->noise) ? source.noise : settings->noise;
        size_t wanted = model->covariance->inputs;
        gaussian_process_model_free(&source);
        if (wanted != inputs.count)
            return error_set(error, "%s has %zu inputs, the data %zu", options->init + 1, wanted,
                             inputs.count);
        return 0;
    }
    model->covariance = covariance_parse(options->kernel, &inputs, error);
    if (model->covariance == NULL)
        return -1;
    return settings->optimize
               ? gaussian_process_start_set(model->covariance, &input->data, command->seed, error)
               : 0;
}

/* In the original targets' units: the density of scaled targets is larger by the product of scales. */
static double in_units(const struct gaussian_process_input *input, const struct gaussian_process_model *model,
                       double value) {
    for (size_t c = 0; c < model->outputs; c++)
        value -= (double)input->data.rows * log(model->y_scale[c]);
    return value;
}

/* name,value,gradient: derivatives in the logarithm of what is positive. */
static int write_gradient(struct command *command, const struct gaussian_process_model *model,
                          const double *gradient) {
    static const char *const names[] = {"name", "value", "gradient"};
    struct error *error = &command->error;
    struct text_table *table = text_table_open(&command->output, 3, names, error);
    if (table == NULL)
        return -1;
    int status = 0;
    size_t count = model->covariance->parameter_count;
    for (size_t p = 0; status == 0 && p <= count; p++) {
        const struct covariance_parameter *parameter = &model->covariance->parameters[p];
        double value = p == count ? model->noise : parameter->value;
        bool positive = p == count || parameter->positive;
        if (text_table_word(table, p == count ? "noise" : parameter->name, error) < 0 ||
            text_table_number(table, value, error) < 0 ||
            text_table_number(table, gradient[p] * (positive ? value : 1), error) < 0)
            status = -1;
    }
    if (status == 0)
        return text_table_close(table, error);
    text_table_discard(table);
    return -1;
}

static int evaluate(struct command *command, const struct gaussian_process_options *options,
                    const struct gaussian_process_input *input,
                    const struct gaussian_process_fit_settings *settings,
                    struct gaussian_process_model *model) {
    double value;
    double *gradient =
        memory_array(&command->error, model->covariance->parameter_count + 1, sizeof *gradient);
    if (gradient == NULL)
        return -1;
    model->noise = gaussian_process_fit_noise(&input->data, settings, &model->noise_fixed);
    int status = gaussian_process_fit_evaluate(model, &input->data, settings, &value,
                                               options->gradient ? gradient : NULL, &command->error);
    if (status == 0)
        status = options->gradient
                     ? write_gradient(command, model, gradient)
                     : row_writer_number(&command->output, in_units(input, model, value), &command->error);
    free(gradient);
    return status;
}

static void report(struct command *command, const struct gaussian_process_model *model,
                   const struct gaussian_process_fit_result *result) {
    report_number(&command->report, "n", (double)model->rows);
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
}

/* What a user should know of how it ended. */
static void judge(struct command *command, const struct gaussian_process_input *input,
                  const struct gaussian_process_fit_result *result) {
    if (gaussian_process_start_variance(&input->data) == 0)
        command_note(command, "the targets are constant");
    if (result->jitter > 0 && isnan(result->objective) == 0)
        command_note(command, "%.3g was added to the diagonal (--jitter sets it)", result->jitter);
    if (result->bounded != NULL)
        command_note(command, "%s ended at its bound: fix it, or write a start", result->bounded);
    if (result->converged)
        return;
    command->unconverged = true;
    command_note(command,
                 "not converged after %zu steps, gradient %.3g: raise --max-iterations or --tolerance",
                 result->iterations, result->gradient_norm);
}

static int fit(struct command *command, const struct gaussian_process_input *input,
               const struct gaussian_process_fit_settings *settings, struct gaussian_process_model *model) {
    struct gaussian_process_fit_result result;
    if (gaussian_process_fit_exact(model, &input->data, settings, &result, &command->error) < 0)
        return -1;
    report(command, model, &result);
    judge(command, input, &result);
    return gaussian_process_model_write(model, command->output.path, &command->error);
}

static int run(struct command *command, const struct gaussian_process_options *options) {
    struct checkpoint checkpoint;
    struct gaussian_process_fit_settings settings;
    struct gaussian_process_input input;
    struct gaussian_process_model model = {.universal = options->universal};
    const struct gaussian_process_columns columns = {options->targets, options->inputs, options->noise_column,
                                                     options->standardize};
    if (gaussian_process_options_check(command, options, &checkpoint, &settings) < 0)
        return -1;
    checkpoint_start(&checkpoint, command);
    if (gaussian_process_input_read(&input, command, command_operand(command, 0, 1), &columns) < 0)
        return -1;
    int status = start(command, options, &input, &settings, &model);
    gaussian_process_input_describe(&input, &model);
    if (status == 0)
        status = settings.optimize || options->no_optimize
                     ? fit(command, &input, &settings, &model)
                     : evaluate(command, options, &input, &settings, &model);
    gaussian_process_model_free(&model);
    gaussian_process_input_free(&input);
    return status;
}

int main(int argc, char **argv) {
    struct gaussian_process_options options = GAUSSIAN_PROCESS_OPTIONS_DEFAULT;
    struct command command;
    command_start(&command, &description, &options, argc, argv);
    return command_finish(&command, run(&command, &options));
}
