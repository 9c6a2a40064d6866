#include "density/mixture_sum.h"

#include <stdlib.h>

#include "io/partial_file.h"
#include "io/partial_options.h"
#include "io/row_writer.h"
#include "num/running_sum.h"

enum { LOG_DENSITY, WEIGHT, SUMS };

static int write_number(struct command *command, bool mean, double value) {
    report_number(&command->report, mean ? "mean_log_density" : "log_likelihood", value);
    return row_writer_number(&command->output, value, &command->error);
}

static int finish_mean(struct command *command, const struct partial *merged) {
    double sum = partial_value(&merged->sums[LOG_DENSITY], 0);
    return write_number(command, true, sum / partial_value(&merged->sums[WEIGHT], 0));
}

static int finish_sum(struct command *command, const struct partial *merged) {
    return write_number(command, false, partial_value(&merged->sums[LOG_DENSITY], 0));
}

static const struct partial_sum_description sums[SUMS] = {{.name = "log_density", .shape = ""},
                                                          {.name = "weight", .shape = ""}};
static const struct partial_finish finishes[] = {{"mean", finish_mean}, {"sum", finish_sum}};

const struct partial_description mixture_sum_partial = {
    .filter = "gmmeval", .sum_count = SUMS, .sums = sums, .finish_count = 2, .finishes = finishes};

static int describe(struct partial_options *options, const struct mixture_sum *settings,
                    struct error *error) {
    const struct gaussian_mixture *mixture = settings->mixture;
    size_t components = mixture->components, dimensions = mixture->dimensions;
    const double noise[] = {mixture->noise_weight, mixture->noise_log_density};
    if (partial_options_text(options, "result", settings->mean ? "mean" : "sum", error) < 0 ||
        partial_options_text(options, "covariance", gaussian_mixture_type_names[mixture->type], error) < 0 ||
        partial_options_numbers(options, "weights", components, mixture->weights, error) < 0 ||
        partial_options_numbers(options, "means", components * dimensions, mixture->means, error) < 0 ||
        partial_options_numbers(options, "noise", 2, noise, error) < 0)
        return -1;
    if (mixture->scales != NULL &&
        partial_options_numbers(options, "scales", components, mixture->scales, error) < 0)
        return -1;
    return partial_options_numbers(options, "covariances",
                                   gaussian_mixture_covariance_count(mixture->type, components, dimensions),
                                   mixture->covariances, error);
}

static int write_partial(struct command *command, const struct mixture_sum *settings,
                         const struct running_sum *sum) {
    static const struct partial_size no_sizes[] = {{0, 0}};
    struct error *error = &command->error;
    struct partial_options options = {0};
    struct partial *partial = partial_create(&mixture_sum_partial, no_sizes, error);
    int status = partial == NULL ? -1 : describe(&options, settings, error);
    if (status == 0) {
        partial->sums[LOG_DENSITY].words[0] = sum->special != 0 ? sum->special : sum->value;
        partial->sums[LOG_DENSITY].words[1] = sum->special != 0 ? 0 : sum->carry;
        partial->sums[WEIGHT].words[0] = (double)sum->count;
        status = partial_describe(partial, options.text, sum->count, &command->input, error);
    }
    if (status == 0)
        status = partial_file_write(partial, command->output.path, error);
    partial_free(partial);
    free(options.text);
    return status;
}

int mixture_sum_run(struct command *command, const struct mixture_sum *settings, struct row_stream *rows) {
    struct running_sum sum = RUNNING_SUM_EMPTY;
    int status;
    while ((status = row_stream_next(rows, &command->error)) > 0) {
        running_sum_add(&sum, rows->row_count, rows->rows);
        progress_show(&command->progress, "rows", sum.count, 0);
    }
    if (status < 0)
        return -1;
    if (sum.count == 0 && !(settings->partial && command->input.shards > 0))
        return error_set(&command->error, "no rows: there is no %s", settings->mean ? "mean" : "sum");
    report_number(&command->report, "rows", (double)sum.count);
    row_stream_print_notes(rows, command);
    if (settings->partial)
        return write_partial(command, settings, &sum);
    return write_number(command, settings->mean,
                        settings->mean ? running_sum_mean(&sum) : running_sum_value(&sum));
}
