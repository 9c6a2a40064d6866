#include "density/kernel_partial.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "density/kernel_query.h"
#include "io/matrix.h"
#include "io/partial_file.h"
#include "io/partial_options.h"
#include "io/row_writer.h"
#include "io/skipped_rows.h"
#include "num/partial_logarithm.h"

enum { LOG_SUMS, WEIGHT, SUMS };

enum { BLOCK_ROWS = 4096 };

static const struct partial_sum_description sums[SUMS] = {
    {.name = "log_sum", .shape = "m", .kind = PARTIAL_LOGARITHMIC}, {.name = "weight", .shape = ""}};

/* Writes log f, or f, at every query. */
static int write_densities(struct command *command, const struct partial *merged, bool logarithms) {
    const char *const name = logarithms ? "log_density" : "density";
    const struct partial_sum *log_sums = &merged->sums[LOG_SUMS];
    struct error *error = &command->error;
    double log_weight = log(partial_value(&merged->sums[WEIGHT], 0));
    struct row_writer *writer = row_writer_open(&command->output, 1, &name, (int64_t)log_sums->count, error);
    int status = writer != NULL ? 0 : -1;
    for (size_t i = 0; status == 0 && i < log_sums->count; i++) {
        double value = partial_logarithm_value(log_sums, i) - log_weight;
        value = logarithms ? value : exp(value);
        status = row_writer_rows(writer, &value, 1, error);
    }
    if (status == 0)
        return row_writer_close(writer, error);
    row_writer_discard(writer);
    return -1;
}

static int finish_density(struct command *command, const struct partial *merged) {
    return write_densities(command, merged, false);
}

static int finish_log_density(struct command *command, const struct partial *merged) {
    return write_densities(command, merged, true);
}

static const struct partial_finish finishes[] = {{"density", finish_density},
                                                 {"log_density", finish_log_density}};

const struct partial_description kernel_partial_description = {
    .filter = "kde", .sum_count = SUMS, .sums = sums, .finish_count = 2, .finishes = finishes};

static int describe_density(struct partial_options *text, const struct kernel_density *density,
                            const struct kernel_density_options *options, const struct matrix *queries,
                            struct error *error) {
    size_t d = density->dimensions;
    if (partial_options_text(text, "result", options->log ? "log_density" : "density", error) < 0 ||
        partial_options_number(text, "columns", (double)d, error) < 0 ||
        partial_options_text(text, "kernel", kernel_names[density->kernel.name], error) < 0 ||
        partial_options_text(text, "kernel-form", kernel_form_names[density->kernel.form], error) < 0 ||
        partial_options_numbers(text, "bandwidth", d * d, density->factor, error) < 0 ||
        partial_options_numbers(text, "lower", d, density->lower, error) < 0 ||
        partial_options_numbers(text, "upper", d, density->upper, error) < 0 ||
        partial_options_numbers(text, "periodic", d, density->period, error) < 0)
        return -1;
    return partial_options_numbers(text, "queries", queries->rows * d, queries->values, error);
}

static int fill_sums(struct partial *partial, struct kernel_query *query, const struct matrix *queries,
                     const struct kernel_density_data *data, struct error *error) {
    double *log_sums = memory_array(error, BLOCK_ROWS, sizeof *log_sums);
    int status = log_sums != NULL ? 0 : -1;
    for (size_t begin = 0, count; status == 0 && begin < queries->rows; begin += count) {
        count = queries->rows - begin < BLOCK_ROWS ? queries->rows - begin : BLOCK_ROWS;
        const struct kernel_sums_block block = {
            .count = count,
            .queries = queries->values + begin * queries->columns,
            .log_sum = log_sums,
        };
        status = kernel_query_evaluate(query, &block, error);
        for (size_t i = 0; status == 0 && i < count; i++)
            partial_logarithm_set(&partial->sums[LOG_SUMS], begin + i, log_sums[i] + log(data->weight_total),
                                  0);
    }
    partial->sums[WEIGHT].words[0] = data->weight_total;
    free(log_sums);
    return status;
}

/* The sums of data at the queries, described. NULL: command->error says why. */
static struct partial *make_partial(struct command *command, const struct kernel_density_options *options,
                                    const struct kernel_density_data *data, const struct matrix *queries) {
    const struct partial_size sizes[] = {{'m', queries->rows}, {0, 0}};
    struct error *error = &command->error;
    struct partial_options text = {0};
    struct kernel_query query;
    struct kernel_sums_settings settings = kernel_density_data_sums(command, options);
    settings.queries = queries->rows;
    if (kernel_query_create(&query, data->density, &settings, error) < 0)
        return NULL;
    struct partial *partial = partial_create(&kernel_partial_description, sizes, error);
    int status = partial != NULL ? 0 : -1;
    if (status == 0)
        status = describe_density(&text, data->density, options, queries, error);
    if (status == 0)
        status = partial_describe(partial, text.text, data->rows, &command->input, error);
    if (status == 0)
        status = fill_sums(partial, &query, queries, data, error);
    kernel_query_free(&query);
    free(text.text);
    if (status == 0)
        return partial;
    partial_free(partial);
    return NULL;
}

int kernel_partial_run(struct command *command, const struct kernel_density_options *options,
                       const struct kernel_density_data *data) {
    const char *operand = kernel_density_options_queries(command, options);
    struct error *error = &command->error;
    struct row_format format = command->input;
    struct matrix queries;
    format.shards = 0; /* parts are of the data; all have the same queries */
    if (operand == NULL)
        return error_set_usage(error, "--partial needs QUERIES");
    if (matrix_read(&queries, operand, &format, error) < 0)
        return -1;
    skipped_rows_note(command, operand, queries.rows_skipped);
    size_t d = data->density->dimensions;
    struct partial *partial = NULL;
    if (queries.columns != d)
        error_set(error, "%s: queries have %zu column%s, data have %zu", operand, queries.columns,
                  queries.columns == 1 ? "" : "s", d);
    else
        partial = make_partial(command, options, data, &queries);
    int status = partial != NULL ? partial_file_write(partial, command->output.path, error) : -1;
    partial_free(partial);
    matrix_free(&queries);
    return status;
}
