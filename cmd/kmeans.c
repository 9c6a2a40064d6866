/* kmeans - partitions rows by k-means, and finds the cluster of new rows. */

#include "density/kmeans.h"
#include "base/command.h"
#include "density/kmeans_input.h"
#include "density/kmeans_minibatch.h"
#include "density/kmeans_model.h"
#include "density/kmeans_options.h"
#include "density/kmeans_partial.h"
#include "density/kmeans_report.h"
#include "density/kmeans_stream.h"
#include "density/partitive_command.h"

static const char *const examples[] = {
    "kmeans -k 3 iris.npy -o m.npz           a model",
    "kmeans -k 3 --labels iris.npy           label and distance of each row",
    "kmeans --model m.npz new.csv            the same for new rows, as they come",
    "kmeans --ppp --table k.csv iris.npy     the number of clusters, sure rows",
    NULL,
};

static const struct command_description description = {
    .name = "kmeans",
    .operands = "[options] [DATA] > M.npz\n"
                "--labels [options] [DATA]\n"
                "--model M.npz [DATA]\n"
                "--ppp [options] [DATA]\n"
                "--partial --init @FILE [options] [DATA] > PART.npz",
    .purpose = "Partitions the rows of DATA into k clusters around centers.",
    .own_options = kmeans_options_table,
    .shared_options = OPTIONS_STREAM | OPTIONS_SEED | OPTIONS_ITERATION,
    .examples = examples,
    .operands_max = 1,
    .tolerance = 1e-8,
    .max_iterations = 300,
};

static int fit(struct command *command, const struct kmeans_options *options,
               const struct kmeans_input *input) {
    const struct kmeans_data data = kmeans_input_data(input);
    const struct kmeans_settings fitting = {
        .clusters = options->init_kind == KMEANS_GIVEN ? input->start.rows : options->least,
        .distance = (enum kmeans_distance)options->distance,
        .init = options->init_kind,
        .balanced = options->balanced,
        .method = (enum kmeans_method)options->method,
        .start = input->start.values,
        .restarts = options->restarts,
        .max_iterations = command->max_iterations,
        .tolerance = command->tolerance,
        .seed = command->seed,
        .threads = command->threads,
    };
    struct kmeans_model model;
    bool converged;
    if (kmeans_model_fit(&model, &data, &fitting, options->standardize, &converged, &command->error) < 0)
        return error_prefix(&command->error, "%s", input->name);
    int status = kmeans_report_fit(command, &model, &data, converged);
    if (status == 0)
        status = options->labels ? kmeans_stream_write_labels(command, &model, &data, !options->balanced)
                                 : kmeans_model_write(&model, command->output.path, &command->error);
    kmeans_model_free(&model);
    return status;
}

static int run(struct command *command, struct kmeans_options *options) {
    struct kmeans_input input = {0};
    enum kmeans_task task;
    if (kmeans_options_check(command, options, &task) < 0)
        return -1;
    if (task == KMEANS_TASK_MODEL)
        return kmeans_stream_run(command, options->model);
    if (task == KMEANS_TASK_MINIBATCH)
        return kmeans_minibatch_run(command, options);
    int status = kmeans_input_read(&input, command, options);
    if (status == 0 && task == KMEANS_TASK_PPP)
        status = partitive_command_run(command, options, &input);
    else if (status == 0 && task == KMEANS_TASK_PARTIAL)
        status = kmeans_partial_run(command, options, &input);
    else if (status == 0)
        status = fit(command, options, &input);
    kmeans_input_free(&input);
    return status;
}

int main(int argc, char **argv) {
    struct kmeans_options options = KMEANS_OPTIONS_DEFAULT;
    struct command command;
    command_start(&command, &description, &options, argc, argv);
    return command_finish(&command, run(&command, &options));
}
