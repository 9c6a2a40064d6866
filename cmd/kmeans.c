/* kmeans - partitions rows by k-means, and finds the cluster of new rows. */

#include <string.h>

#include "base/command.h"
#include "base/memory.h"
#include "density/kmeans.h"
#include "density/kmeans_model.h"
#include "density/kmeans_stream.h"
#include "io/matrix.h"
#include "io/row_weights.h"
#include "io/skipped_rows.h"

struct settings {
    size_t clusters, restarts;
    const char *init, *weights, *model;
    int method, distance;
    bool labels, standardize;
};

/* In the order of enum kmeans_init and enum kmeans_method. */
static const char *const init_words[] = {"kmeans++", "random", "maximin", "pca", NULL};
static const char *const method_words[] = {"auto", "lloyd", "hamerly", "yinyang", NULL};

static const struct option_entry own_options[] = {
    OPTION_COUNT('k', "clusters", struct settings, clusters, "K", 1, 1 << 24, "how many clusters"),
    OPTION_TEXT('i', "init", struct settings, init, "START",
                "kmeans++, random, maximin, pca, or @FILE: centers, or a model"),
    OPTION_COUNT(0, "restarts", struct settings, restarts, "R", 1, 1 << 24,
                 "starts of kmeans++ or random, the best of which is kept"),
    OPTION_CHOICE(0, "method", struct settings, method, method_words,
                  "how distances are left out: the result is the same"),
    OPTION_CHOICE(0, "distance", struct settings, distance, kmeans_model_distance_names,
                  "what is made small: spherical k-means by cosine, k-medians by cityblock"),
    OPTION_TEXT(0, "weights", struct settings, weights, "FILE", "weights of the rows (default: equal)"),
    OPTION_FLAG(0, "standardize", struct settings, standardize, "divide columns by their deviations first"),
    OPTION_FLAG('l', "labels", struct settings, labels, "write label and distance of each row, no model"),
    OPTION_TEXT('m', "model", struct settings, model, "FILE", "the labels of new rows by a model"),
    OPTION_END,
};

static const char *const examples[] = {
    "kmeans -k 3 iris.npy -o m.npz           a model",
    "kmeans -k 3 --labels iris.npy           label and distance of each row",
    "kmeans --model m.npz new.csv            the same for new rows, as they come",
    NULL,
};

static const struct command_description description = {
    .name = "kmeans",
    .operands = "[options] [DATA] > M.npz\n"
                "--labels [options] [DATA]\n"
                "--model M.npz [DATA]",
    .purpose = "Partitions the rows of DATA into k clusters around centers.",
    .own_options = own_options,
    .shared_options = OPTIONS_STREAM | OPTIONS_SEED | OPTIONS_ITERATION,
    .examples = examples,
    .operands_max = 1,
    .tolerance = 1e-8,
    .max_iterations = 300,
};

/* What a fit works on. */
struct input {
    struct matrix rows, weights, start;
    const char *name;
};

/* The centres of a file, or of a model. */
static int read_start(struct command *command, const char *path, struct matrix *start) {
    struct row_format plain = {.threads = command->threads};
    size_t length = strlen(path);
    char *centers = memory_array(&command->error, length + sizeof ":centers", 1);
    if (centers == NULL)
        return -1;
    memcpy(centers, path, length + 1);
    if (length > 4 && strcmp(path + length - 4, ".npz") == 0)
        strcat(centers, ":centers");
    int status = matrix_read(start, centers, &plain, &command->error);
    free(centers);
    return status;
}

static int check_start(struct command *command, const struct settings *settings, const struct input *input) {
    const char *path = settings->init + 1;
    const struct matrix *start = &input->start;
    if (start->columns != input->rows.columns)
        return error_set(&command->error, "%s has %zu columns, %s %zu", path, start->columns, input->name,
                         input->rows.columns);
    if (command_given(command, "clusters") && settings->clusters != start->rows)
        return error_set(&command->error, "%s has %zu centers, --clusters is %zu", path, start->rows,
                         settings->clusters);
    return 0;
}

static int read_input(struct command *command, const struct settings *settings, struct input *input) {
    struct error *error = &command->error;
    input->name = command_operand(command, 0, 1);
    if (matrix_read(&input->rows, input->name, &command->input, error) < 0)
        return -1;
    skipped_rows_note(command, input->name, input->rows.rows_skipped);
    if (settings->weights != NULL &&
        (row_weights_read(&input->weights, settings->weights, error) < 0 ||
         row_weights_check(&input->weights, settings->weights, input->rows.rows, input->name, error) < 0))
        return -1;
    if (settings->init[0] != '@')
        return 0;
    if (read_start(command, settings->init + 1, &input->start) < 0)
        return -1;
    return check_start(command, settings, input);
}

/* Returns 0, or -1 with a usage error. */
static int find_init(struct command *command, const char *typed, enum kmeans_init *init) {
    *init = KMEANS_GIVEN;
    if (typed[0] == '@')
        return 0;
    for (int i = 0; init_words[i] != NULL; i++) {
        if (strcmp(typed, init_words[i]) == 0) {
            *init = (enum kmeans_init)i;
            return 0;
        }
    }
    char quoted[ERROR_QUOTE_SIZE];
    return error_set_usage(&command->error,
                           "--init: expected kmeans++, random, maximin, pca or @FILE, got '%s'",
                           error_quote(quoted, typed, strlen(typed)));
}

static void report_fit(struct command *command, const struct input *input, const struct kmeans_model *model,
                       bool converged) {
    report_number(&command->report, "rows", (double)input->rows.rows);
    report_number(&command->report, "columns", (double)input->rows.columns);
    report_number(&command->report, "clusters", (double)model->clusters);
    report_number(&command->report, "inertia", model->inertia);
    report_number(&command->report, "iterations", (double)model->iterations);
    report_text(&command->report, "converged", converged ? "yes" : "no");
    command->unconverged = !converged && command->tolerance > 0;
    if (command->unconverged)
        command_note(command, "not converged after %zu iterations (raise --max-iterations)",
                     model->iterations);
}

static int fit(struct command *command, const struct settings *settings, enum kmeans_init init,
               const struct input *input) {
    const struct kmeans_data data = {input->rows.rows, input->rows.columns, input->rows.values,
                                     input->weights.values};
    const struct kmeans_settings fitting = {
        .clusters = init == KMEANS_GIVEN ? input->start.rows : settings->clusters,
        .distance = (enum kmeans_distance)settings->distance,
        .init = init,
        .method = (enum kmeans_method)settings->method,
        .start = input->start.values,
        .restarts = settings->restarts,
        .max_iterations = command->max_iterations,
        .tolerance = command->tolerance,
        .seed = command->seed,
        .threads = command->threads,
    };
    struct kmeans_model model;
    bool converged;
    if (kmeans_model_fit(&model, &data, &fitting, settings->standardize, &converged, &command->error) < 0)
        return error_prefix(&command->error, "%s", input->name);
    report_fit(command, input, &model, converged);
    int status = settings->labels ? kmeans_stream_write_labels(command, &model, &data)
                                  : kmeans_model_write(&model, command->output.path, &command->error);
    kmeans_model_free(&model);
    return status;
}

static int run(struct command *command, const struct settings *settings) {
    static const char *const of_tables[] = {"no-names", "binary", "float32", "gzip", "digits", NULL};
    static const char *const of_fits[] = {"clusters", "init",    "restarts",       "method",
                                          "distance", "weights", "standardize",    "tolerance",
                                          "seed",     "labels",  "max-iterations", NULL};
    struct input input = {0};
    enum kmeans_init init;
    if (settings->model != NULL) {
        if (command_refuse(command, of_fits, "with --model") < 0)
            return -1;
        return kmeans_stream_run(command, settings->model);
    }
    if (!settings->labels && command_refuse(command, of_tables, "without --labels: a model is written") < 0)
        return -1;
    int status = find_init(command, settings->init, &init);
    if (status == 0)
        status = read_input(command, settings, &input);
    if (status == 0)
        status = fit(command, settings, init, &input);
    matrix_free(&input.rows);
    matrix_free(&input.weights);
    matrix_free(&input.start);
    return status;
}

int main(int argc, char **argv) {
    struct settings settings = {.clusters = 8, .restarts = 10, .init = "kmeans++"};
    struct command command;
    command_start(&command, &description, &settings, argc, argv);
    return command_finish(&command, run(&command, &settings));
}
