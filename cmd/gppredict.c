/* gppredict - what a fitted Gaussian process says of new inputs. */

#include "base/command.h"
#include "process/gaussian_process_classes_queries.h"
#include "process/gaussian_process_flow_tables.h"
#include "process/gaussian_process_joint.h"
#include "process/gaussian_process_model.h"
#include "process/gaussian_process_queries.h"
#include "process/gaussian_process_tables.h"

struct settings {
    struct gaussian_process_queries_options rows;
    bool covariance, leave_one_out, parameters, scale, modes, last_layer;
    size_t samples;
    const char *flow_time;
};

static const struct option_entry own_options[] = {
    OPTION_HEADING("of each query"),
    OPTION_FLAG(0, "inputs", struct settings, rows.inputs, "print its inputs first"),
    OPTION_FLAG(0, "mean-only", struct settings, rows.mean_only, "no variance: no solve is made"),
    OPTION_FLAG(0, "noisy", struct settings, rows.noisy, "variances of new targets, noise included"),
    OPTION_TEXT(0, "quantiles", struct settings, rows.quantiles, "P,..", "add quantiles q_P"),
    OPTION_FLAG(0, "derivatives", struct settings, rows.derivatives,
                "add dmean_j, dvariance_j for each input"),
    OPTION_FLAG(0, "terms", struct settings, rows.terms,
                "add mean and variance of each summand of the kernel"),
    OPTION_TEXT(0, "log-density", struct settings, rows.log_density, "COL",
                "add the log density of the target in that column"),
    OPTION_TEXT(0, "mean-log-density", struct settings, rows.mean_log_density, "COL",
                "print its mean as one number"),
    OPTION_FLAG(0, "universal", struct settings, rows.universal,
                "add the uncertainty of the mean's coefficients"),
    OPTION_FLAG(0, "entropy", struct settings, rows.entropy, "of classes: add that of their probabilities"),
    OPTION_HEADING("in place of that"),
    OPTION_FLAG(0, "covariance", struct settings, covariance, "the joint covariance of all queries"),
    OPTION_COUNT(0, "samples", struct settings, samples, "S", 1, 1 << 24, "S joint draws at all queries"),
    OPTION_FLAG(0, "loo", struct settings, leave_one_out, "each training row given all others"),
    OPTION_FLAG(0, "parameters", struct settings, parameters, "name,value,fixed of the model"),
    OPTION_FLAG(0, "scale", struct settings, scale, "s,weight: the posterior of a mixture's scale"),
    OPTION_HEADING("of a model whose kernel holds ntk"),
    OPTION_TEXT(0, "flow-time", struct settings, flow_time, "T,..",
                "the network after gradient flow for these times"),
    OPTION_FLAG(0, "flow-last-layer", struct settings, last_layer,
                "train the last layer alone: nngp does as well"),
    OPTION_FLAG(0, "modes", struct settings, modes, "what it learns and how fast: the kernel's eigenvectors"),
    OPTION_END,
};

static const char *const examples[] = {
    "gppredict m.npz new.csv                     mean and variance of each row",
    "gpfit data.csv | gppredict --inputs --noisy - new.csv | klplot",
    "gppredict --mean-log-density y m.npz test.csv",
    "gppredict --flow-time 1,10,inf ntk.npz new.csv",
    NULL,
};

static const struct command_description description = {
    .name = "gppredict",
    .operands = "[options] MODEL [QUERIES]\n--loo MODEL\n--parameters MODEL\n--scale MODEL\n--modes MODEL",
    .purpose = "Predicts with a Gaussian process that gpfit made.",
    .own_options = own_options,
    .shared_options = OPTIONS_STREAM | OPTIONS_SEED,
    .examples = examples,
    .operands_max = 2,
};

/* Options that go with rows of queries alone. */
static const char *const row_options[] = {"inputs",           "mean-only",   "quantiles",
                                          "derivatives",      "entropy",     "terms",
                                          "mean-log-density", "log-density", NULL};

static const char *const flow_excluded[] = {"noisy", "universal", NULL};

static int check(struct command *command, const struct settings *settings) {
    static const char *const sampling[] = {"seed", NULL};
    bool joint = settings->covariance || settings->samples != OPTION_COUNT_NONE;
    bool alone = settings->leave_one_out || settings->parameters || settings->scale || settings->modes;
    bool flow = settings->flow_time != NULL || settings->modes;
    int tasks = settings->covariance + (settings->samples != OPTION_COUNT_NONE) + settings->leave_one_out +
                settings->parameters + settings->scale + (settings->rows.mean_log_density != NULL) + flow;
    if (tasks > 1)
        return error_set_usage(&command->error,
                               "--covariance, --samples, --loo, --parameters, --scale, --flow-time and "
                               "--mean-log-density exclude each other");
    if (flow && (command_refuse(command, row_options, "with gradient flow") < 0 ||
                 command_refuse(command, flow_excluded, "with gradient flow") < 0))
        return -1;
    if (settings->samples == OPTION_COUNT_NONE && command_refuse(command, sampling, "without --samples") < 0)
        return -1;
    if (settings->last_layer && !flow)
        return error_set_usage(&command->error, "--flow-last-layer goes with --flow-time or --modes");
    if ((joint || alone) && command_refuse(command, row_options,
                                           joint ? "with a joint result" : "where there are no queries") < 0)
        return -1;
    if (alone && command->operand_count > 1)
        return error_set_usage(&command->error, "no QUERIES with --loo, --parameters, --scale or --modes");
    if (settings->rows.mean_only &&
        (settings->rows.quantiles != NULL || settings->rows.derivatives || settings->rows.noisy ||
         settings->rows.log_density != NULL || settings->rows.mean_log_density != NULL))
        return error_set_usage(&command->error, "--mean-only leaves out what the other options ask for");
    return 0;
}

/* Two operands are MODEL and QUERIES; one is the model, and queries are standard input. */
static const char *model_of(const struct command *command) {
    return command->operand_count == 0 ? command_operand(command, 0, 1) : command->operands[0];
}

static const char *queries_of(const struct command *command) {
    return command->operand_count > 1 ? command->operands[1] : "-";
}

static int run(struct command *command, const struct settings *settings) {
    struct gaussian_process_model model;
    if (check(command, settings) < 0)
        return -1;
    if (gaussian_process_model_read(&model, model_of(command), &command->error) < 0)
        return -1;
    int status;
    bool universal = settings->rows.universal || model.universal;
    if (settings->parameters)
        status = gaussian_process_tables_parameters(command, &model);
    else if (settings->scale)
        status = gaussian_process_tables_scale(command, &model);
    else if (model.classes != NULL)
        status = gaussian_process_classes_queries_run(command, &model, queries_of(command), &settings->rows);
    else if (settings->rows.entropy)
        status = error_set_usage(&command->error, "--entropy goes with a model of classes");
    else if (settings->leave_one_out)
        status = gaussian_process_tables_leave_one_out(command, &model);
    else if (settings->modes)
        status = gaussian_process_flow_tables_modes(command, &model, settings->last_layer);
    else if (settings->flow_time != NULL)
        status = gaussian_process_flow_tables_states(command, &model, queries_of(command),
                                                     settings->flow_time, settings->last_layer);
    else if (settings->covariance)
        status = gaussian_process_joint_run(command, &model, queries_of(command), 0, settings->rows.noisy,
                                            universal);
    else if (settings->samples != OPTION_COUNT_NONE)
        status = gaussian_process_joint_run(command, &model, queries_of(command), settings->samples,
                                            settings->rows.noisy, universal);
    else
        status = gaussian_process_queries_run(command, &model, queries_of(command), &settings->rows);
    gaussian_process_model_free(&model);
    return status;
}

int main(int argc, char **argv) {
    struct settings settings = {.samples = OPTION_COUNT_NONE};
    struct command command;
    command_start(&command, &description, &settings, argc, argv);
    return command_finish(&command, run(&command, &settings));
}
