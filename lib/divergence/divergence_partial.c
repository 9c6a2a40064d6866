#include "divergence/divergence_partial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/partial_file.h"
#include "io/row_writer.h"

enum { VALUES, WEIGHTS, SUMS };

#define SUMS_OF(name_, shape_)                                                                               \
    {                                                                                                        \
        {.name = name_, .shape = shape_}, {                                                                  \
            .name = "weight", .shape = ""                                                                    \
        }                                                                                                    \
    }
static const struct partial_sum_description kl_sums[SUMS] = SUMS_OF("kl", ""),
                                            js_sums[SUMS] = SUMS_OF("js", ""),
                                            cs_sums[SUMS] = SUMS_OF("csdiv", ""),
                                            f_sums[SUMS] = SUMS_OF("f", "k");

/* Cuts "kl,js" at its commas. NULL: error says why. */
static const char **cut_names(char *text, size_t count, const char *part, struct error *error) {
    const char **names = memory_array(error, count, sizeof *names);
    if (names == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        names[i] = text;
        text += strcspn(text, ",");
        if ((*text == ',') != (i + 1 < count)) {
            free(names);
            error_set(error, "%s: option names does not list %zu columns", part, count);
            return NULL;
        }
        if (*text != '\0')
            *text++ = '\0';
    }
    return names;
}

/* A row of several values under their names. */
static int write_row(struct command *command, const struct partial *merged, const double *values) {
    size_t count = merged->sums[VALUES].count, length = 0;
    struct error *error = &command->error;
    const char *listed = partial_options_find(merged->options, "names", &length);
    char *text = memory_text(error, listed != NULL ? listed : "", length);
    const char **names = text == NULL ? NULL : cut_names(text, count, merged->name, error);
    struct row_writer *writer =
        names == NULL ? NULL : row_writer_open(&command->output, count, names, 1, error);
    int status = writer == NULL ? -1 : row_writer_rows(writer, values, 1, error);
    for (size_t i = 0; status == 0 && i < count; i++)
        report_number(&command->report, names[i], values[i]);
    if (status == 0)
        status = row_writer_close(writer, error);
    else
        row_writer_discard(writer);
    free(names);
    free(text);
    return status;
}

/* One bare number, or a row. */
static int write_values(struct command *command, const struct partial *merged, double divisor) {
    const struct partial_sum *sum = &merged->sums[VALUES];
    double *values = memory_array(&command->error, sum->count, sizeof *values);
    if (values == NULL)
        return -1;
    for (size_t i = 0; i < sum->count; i++)
        values[i] = partial_value(sum, i) / divisor;
    int status;
    if (sum->count == 1) {
        report_number(&command->report, merged->description->sums[VALUES].name, values[0]);
        status = row_writer_number(&command->output, values[0], &command->error);
    } else {
        status = write_row(command, merged, values);
    }
    free(values);
    return status;
}

static int finish_mean(struct command *command, const struct partial *merged) {
    double weights = partial_value(&merged->sums[WEIGHTS], 0);
    if (!(weights > 0 && weights < INFINITY))
        return error_set(&command->error, "the weights sum to %g", weights);
    return write_values(command, merged, weights);
}

static int finish_sum(struct command *command, const struct partial *merged) {
    return write_values(command, merged, 1);
}

static const struct partial_finish finishes[] = {{"mean", finish_mean}, {"sum", finish_sum}};

#define DESCRIPTION(filter_, sums_)                                                                          \
    { .filter = filter_, .sum_count = SUMS, .sums = sums_, .finish_count = 2, .finishes = finishes }
const struct partial_description divergence_partial_kl = DESCRIPTION("kldiv", kl_sums),
                                 divergence_partial_js = DESCRIPTION("jsdiv", js_sums),
                                 divergence_partial_cs = DESCRIPTION("csdiv", cs_sums),
                                 divergence_partial_f = DESCRIPTION("fdiv", f_sums);

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

static void set_sum(struct partial_sum *sum, size_t i, const struct running_sum *running) {
    sum->words[i] = running->special != 0 ? running->special : running->value;
    sum->words[sum->count + i] = running->special != 0 ? 0 : running->carry;
}

int divergence_partial_write(struct command *command, const struct partial_description *description,
                             const char *options, const struct divergence_sums *sums) {
    const struct partial_size sizes[] = {{'k', sums->count}, {0, 0}};
    struct error *error = &command->error;
    struct partial *partial = partial_create(description, sizes, error);
    if (partial == NULL)
        return -1;
    for (size_t i = 0; i < sums->count; i++)
        set_sum(&partial->sums[VALUES], i, &sums->values[i]);
    set_sum(&partial->sums[WEIGHTS], 0, sums->weights);
    int status = partial_describe(partial, options, sums->rows, &command->input, error);
    if (status == 0)
        status = partial_file_write(partial, command->output.path, error);
    partial_free(partial);
    return status;
}
