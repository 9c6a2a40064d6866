#include "density/kernel_density_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "density/adaptive_bandwidth.h"
#include "density/kernel_density_bandwidth.h"
#include "io/column_list.h"
#include "io/matrix.h"
#include "io/number_list.h"
#include "io/row_weights.h"
#include "io/skipped_rows.h"

struct kernel_sums_settings kernel_density_data_sums(const struct command *command,
                                                     const struct kernel_density_options *options) {
    struct kernel_sums_settings settings = KERNEL_SUMS_DEFAULT;
    settings.method = (enum kernel_sums_method)options->method;
    settings.relative = options->relative;
    settings.absolute = options->absolute;
    settings.bins = options->bins == OPTION_COUNT_NONE ? 0 : options->bins;
    settings.threads = command->threads;
    settings.skips = options->leave_one_out;
    if (options->exact) {
        settings.method = KERNEL_SUMS_DIRECT;
        settings.relative = settings.absolute = 0;
    }
    return settings;
}

/* Takes one column out of the matrix: its values go to weights (rows of them). */
static void take_column(struct matrix *matrix, size_t column, double *weights) {
    double *to = matrix->values;
    for (size_t i = 0; i < matrix->rows; i++)
        for (size_t j = 0; j < matrix->columns; j++) {
            double value = matrix->values[i * matrix->columns + j];
            *(j == column ? &weights[i] : to++) = value;
        }
    if (matrix->names != NULL) {
        free(matrix->names[column]);
        memmove(matrix->names + column, matrix->names + column + 1,
                (matrix->columns - column - 1) * sizeof *matrix->names);
    }
    matrix->columns--;
}

/* The weights of --weight-column. */
static int weights_from_column(struct matrix *matrix, const char *typed, double **weights,
                               struct error *error) {
    struct column_list list;
    if (column_list_read(&list, typed, matrix->columns, (const char *const *)matrix->names, error) < 0)
        return -1;
    size_t count = list.count, column = list.indices[0];
    column_list_free(&list);
    if (count != 1 || matrix->columns == 1)
        return error_set_usage(error, count != 1 ? "--weight-column takes one column"
                                                 : "--weight-column: no other column is left");
    *weights = memory_array(error, matrix->rows, sizeof **weights);
    if (*weights == NULL)
        return -1;
    take_column(matrix, column, *weights);
    return 0;
}

static int weights_from_file(struct matrix *matrix, const char *path, const char *operand, double **weights,
                             struct error *error) {
    struct matrix file;
    if (row_weights_read(&file, path, error) < 0)
        return -1;
    if (row_weights_check(&file, path, matrix->rows, operand, error) < 0) {
        matrix_free(&file);
        return -1;
    }
    *weights = file.values;
    file.values = NULL;
    matrix_free(&file);
    return 0;
}

static int read_weights(const struct kernel_density_data *data, struct matrix *matrix,
                        const struct kernel_density_options *options, double **weights, struct error *error) {
    if (options->weight_column != NULL)
        return weights_from_column(matrix, options->weight_column, weights, error);
    if (options->weights != NULL)
        return weights_from_file(matrix, options->weights, data->operand, weights, error);
    return 0;
}

/* One list of --lower, --upper, --periodic. */
static int set_bounds(double *bounds, size_t d, const char *option, const char *typed, struct error *error) {
    double *values;
    size_t count;
    if (typed == NULL)
        return 0;
    if (number_list_read(option, typed, &values, &count, error) < 0)
        return -1;
    if (count == d)
        memcpy(bounds, values, d * sizeof *bounds);
    free(values);
    return count == d ? 0
                      : error_set_usage(error, "%s: %zu number%s for %zu column%s (nan: none)", option, count,
                                        count == 1 ? "" : "s", d, d == 1 ? "" : "s");
}

static int set_names(struct kernel_density_data *data, const struct matrix *matrix, struct error *error) {
    char text[32];
    size_t d = data->density->dimensions;
    data->names = memory_zeros(error, d, sizeof *data->names);
    for (size_t i = 0; data->names != NULL && i < d; i++) {
        snprintf(text, sizeof text, "x%zu", i + 1);
        const char *name = matrix != NULL && matrix->names != NULL ? matrix->names[i] : text;
        data->names[i] = memory_text(error, name, strlen(name));
        if (data->names[i] == NULL)
            return -1;
    }
    return data->names != NULL ? 0 : -1;
}

/* Points and weights, as they were read, into a new density, which takes the matrix's values. */
static int make_density(struct kernel_density_data *data, struct matrix *matrix, const double *weights,
                        const struct kernel_density_options *options, struct error *error) {
    data->density = kernel_density_create(matrix->rows, matrix->columns, (enum kernel_name)options->kernel,
                                          (enum kernel_form)options->form, error);
    if (data->density == NULL || set_names(data, matrix, error) < 0)
        return -1;
    free(data->density->points); /* the values read take their place: one copy in memory, not two */
    data->density->points = matrix->values;
    matrix->values = NULL;
    data->rows = data->density->count;
    data->weight_total = (double)data->density->count;
    if (weights == NULL)
        return 0;
    if (kernel_density_weigh(data->density, weights, error) < 0)
        return error_prefix(error, "%s", options->weights != NULL ? options->weights : data->operand);
    data->weight_total = 0;
    for (size_t i = 0; i < data->density->count; i++)
        data->weight_total += weights[i];
    return 0;
}

/* Bandwidth, bounds and local factors of a density whose points stand. */
static int finish_density(struct kernel_density_data *data, struct command *command,
                          const struct kernel_density_options *options, bool weighted) {
    struct kernel_density *density = data->density;
    struct error *error = &command->error;
    size_t d = density->dimensions;
    if (set_bounds(density->lower, d, "--lower", options->lower, error) < 0 ||
        set_bounds(density->upper, d, "--upper", options->upper, error) < 0 ||
        set_bounds(density->period, d, "--periodic", options->period, error) < 0)
        return -1;
    if (kernel_density_bandwidth_set(density, command, options, data->operand, weighted) < 0)
        return -1;
    density->threads = command->threads;
    if (kernel_density_prepare(density, error) < 0)
        return error_prefix(error, "%s", data->operand);
    if (isnan(options->adaptive))
        return 0;
    if (density->local != NULL)
        return error_set_usage(error, "--adaptive and --bandwidth nn:K exclude each other");
    struct kernel_sums_settings pilot = kernel_density_data_sums(command, options);
    pilot.method = options->exact ? KERNEL_SUMS_DIRECT : KERNEL_SUMS_AUTO;
    pilot.absolute = 0;
    pilot.skips = false;
    pilot.queries = density->count;
    return adaptive_bandwidth_set(density, options->adaptive, &pilot, error);
}

/* A part (--shard) that --partial finds without a row: any point, of no weight, keeps its place. The read
 * that failed has set the error, which stands where it failed for another reason. */
static int fit_empty_part(struct kernel_density_data *data, struct command *command,
                          const struct kernel_density_options *options) {
    struct error unused;
    struct row_reader *reader = row_reader_open(data->operand, &command->input, &unused);
    bool empty = reader != NULL && row_reader_next(reader, &unused) == 0 && reader->rows_skipped == 0;
    size_t columns = reader != NULL ? reader->columns : 0, weights = options->weight_column != NULL;
    row_reader_close(reader);
    if (!empty || columns <= weights)
        return -1;
    data->density = kernel_density_create(1, columns - weights, (enum kernel_name)options->kernel,
                                          (enum kernel_form)options->form, &command->error);
    if (data->density == NULL || set_names(data, NULL, &command->error) < 0)
        return -1;
    memset(data->density->points, 0, data->density->dimensions * sizeof(double));
    return finish_density(data, command, options, false);
}

static int fit_data(struct kernel_density_data *data, struct command *command,
                    const struct kernel_density_options *options) {
    struct matrix matrix;
    double *weights = NULL;
    struct row_format format = command->input;
    if (command->operand_count > 1 && !options->partial)
        format.shards = 0; /* a part of the queries is asked for */
    if (matrix_read(&matrix, data->operand, &format, &command->error) < 0)
        return options->partial && format.shards > 0 ? fit_empty_part(data, command, options) : -1;
    skipped_rows_note(command, data->operand, matrix.rows_skipped);
    int status = read_weights(data, &matrix, options, &weights, &command->error);
    if (status == 0)
        status = make_density(data, &matrix, weights, options, &command->error);
    bool weighted = weights != NULL;
    matrix_free(&matrix);
    free(weights);
    return status < 0 ? -1 : finish_density(data, command, options, weighted);
}

static int read_model(struct kernel_density_data *data, struct command *command) {
    data->density = kernel_density_read(data->operand, &command->error);
    if (data->density == NULL)
        return -1;
    data->rows = data->density->count;
    data->weight_total = 1;
    return set_names(data, NULL, &command->error);
}

/* The standard bandwidth of each column, and sizes. */
static int report_density(const struct kernel_density *density, struct command *command) {
    size_t d = density->dimensions;
    double *widths = memory_array(&command->error, d, sizeof *widths);
    if (widths == NULL)
        return -1;
    for (size_t i = 0; i < d; i++) {
        double squares = 0;
        for (size_t j = 0; j <= i; j++)
            squares += density->factor[i * d + j] * density->factor[i * d + j];
        widths[i] = sqrt(squares);
    }
    report_number(&command->report, "points", (double)density->count);
    report_number(&command->report, "columns", (double)d);
    report_text(&command->report, "kernel", kernel_names[density->kernel.name]);
    report_numbers(&command->report, "bandwidths", d, widths);
    report_number(&command->report, "log_determinant", density->log_determinant);
    free(widths);
    return 0;
}

int kernel_density_data_read(struct kernel_density_data *data, struct command *command,
                             const struct kernel_density_options *options) {
    const char *operand = kernel_density_options_data(command, options);
    *data = (struct kernel_density_data){0};
    if (operand == NULL)
        operand = options->model;
    data->operand = memory_text(&command->error, operand, strlen(operand));
    if (data->operand == NULL)
        return -1;
    int status = options->model != NULL ? read_model(data, command) : fit_data(data, command, options);
    if (status == 0)
        status = report_density(data->density, command);
    if (status < 0)
        kernel_density_data_free(data);
    return status;
}

void kernel_density_data_free(struct kernel_density_data *data) {
    for (size_t i = 0; data->names != NULL && i < data->density->dimensions; i++)
        free(data->names[i]);
    free(data->names);
    kernel_density_free(data->density);
    free(data->operand);
    *data = (struct kernel_density_data){0};
}
