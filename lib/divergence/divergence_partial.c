#include "divergence/divergence_partial.h"

#include <math.h>
#include <stdio.h>

#include "io/partial_file.h"
#include "io/row_writer.h"

enum { VALUES, WEIGHTS, SUMS };

static const struct partial_sum_description kl_sums[SUMS] = {{.name = "kl", .shape = ""},
                                                             {.name = "weight", .shape = ""}};
static const struct partial_sum_description js_sums[SUMS] = {{.name = "js", .shape = ""},
                                                             {.name = "weight", .shape = ""}};

/* Prints one bare number. */
static int write_number(struct command *command, const struct partial *merged, double value) {
    report_number(&command->report, merged->description->sums[VALUES].name, value);
    return row_writer_number(&command->output, value, &command->error);
}

static int finish_mean(struct command *command, const struct partial *merged) {
    return write_number(command, merged,
                        partial_value(&merged->sums[VALUES], 0) / partial_value(&merged->sums[WEIGHTS], 0));
}

static int finish_sum(struct command *command, const struct partial *merged) {
    return write_number(command, merged, partial_value(&merged->sums[VALUES], 0));
}

static const struct partial_finish finishes[] = {{"mean", finish_mean}, {"sum", finish_sum}};

const struct partial_description divergence_partial_kl = {
    .filter = "kldiv", .sum_count = SUMS, .sums = kl_sums, .finish_count = 2, .finishes = finishes};

const struct partial_description divergence_partial_js = {
    .filter = "jsdiv", .sum_count = SUMS, .sums = js_sums, .finish_count = 2, .finishes = finishes};

int divergence_partial_options(struct partial_options *partial, struct command *command,
                               const struct divergence_options *options, size_t columns) {
    const struct distribution_options *distribution = &command->distribution;
    const struct {
        const char *name;
        double value;
    } numbers[] = {
        {"columns", (double)columns},           {"weights", options->mean_weights != NULL},
        {"normalize", distribution->normalize}, {"logits", distribution->logits},
        {"log-probs", distribution->log_probs}, {"temperature", distribution->temperature},
        {"reverse", options->reverse},          {"smooth", options->smooth},
    };
    char base[32] = "e"; /* of --base, in the digits that outlast the division by its logarithm */
    if (command->units_per_nat != 1)
        snprintf(base, sizeof base, "%.14g", exp(1 / command->units_per_nat));
    if (partial_options_text(partial, "result", options->sum ? "sum" : "mean", &command->error) < 0 ||
        partial_options_text(partial, "base", base, &command->error) < 0)
        return -1;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (partial_options_number(partial, numbers[i].name, numbers[i].value, &command->error) < 0)
            return -1;
    return 0;
}

static void set_sum(struct partial_sum *sum, const struct running_sum *running) {
    sum->words[0] = running->special != 0 ? running->special : running->value;
    sum->words[1] = running->special != 0 ? 0 : running->carry;
}

int divergence_partial_write(struct command *command, const struct partial_description *description,
                             const char *options, uint64_t rows, const struct running_sum *values,
                             const struct running_sum *weights) {
    static const struct partial_size no_sizes[] = {{0, 0}};
    struct error *error = &command->error;
    struct partial *partial = partial_create(description, no_sizes, error);
    if (partial == NULL)
        return -1;
    set_sum(&partial->sums[VALUES], values);
    set_sum(&partial->sums[WEIGHTS], weights);
    int status = partial_describe(partial, options, rows, &command->input, error);
    if (status == 0)
        status = partial_file_write(partial, command->output.path, error);
    partial_free(partial);
    return status;
}
