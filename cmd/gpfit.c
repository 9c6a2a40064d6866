/* gpfit - fits Gaussian process regressions. */

#include <math.h>

#include "base/checkpoint.h"
#include "base/command.h"
#include "process/gaussian_process_input.h"
#include "process/gaussian_process_options.h"
#include "process/gaussian_process_run.h"

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

static int run(struct command *command, const struct gaussian_process_options *options) {
    struct checkpoint checkpoint;
    struct gaussian_process_fit_settings settings;
    struct gaussian_process_input input;
    struct gaussian_process_model model = {.universal = options->universal};
    const struct gaussian_process_columns columns = {
        options->targets, options->inputs, options->noise_column, options->standardize,
        options->likelihood != GAUSSIAN_PROCESS_LIKELIHOOD_GAUSSIAN};
    if (gaussian_process_options_check(command, options, &checkpoint, &settings) < 0)
        return -1;
    checkpoint_start(&checkpoint, command);
    if (gaussian_process_input_read(&input, command, command_operand(command, 0, 1), &columns) < 0)
        return -1;
    int status = gaussian_process_run_start(command, options, &input, &settings, &model);
    gaussian_process_input_describe(&input, &model);
    const struct gaussian_process_task task = {&model, &input.data, &settings, &input.labels};
    if (status == 0 && settings.kind->start != NULL)
        status = settings.kind->start(&task, &command->input, &command->error);
    if (status == 0)
        status = settings.optimize || options->no_optimize
                     ? gaussian_process_run_fit(command, &task)
                     : gaussian_process_run_evaluate(command, &task, options->gradient);
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
