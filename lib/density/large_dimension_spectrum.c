#include "density/large_dimension_spectrum.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "density/bandwidth_shape.h"
#include "io/matrix.h"
#include "io/row_input.h"
#include "io/skipped_rows.h"
#include "num/eigenvalues.h"

/* Appends a block's values. */
static int take_block(const struct row_stream *stream, double **variances, size_t *capacity, size_t *count,
                      struct error *error) {
    if (memory_reserve(error, variances, capacity, *count + stream->row_count, sizeof **variances) < 0)
        return -1;
    for (size_t i = 0; i < stream->row_count; i++) {
        double variance = stream->rows[i];
        if (!(variance > 0 && variance <= DBL_MAX))
            return row_stream_refuse(stream, i, error, "field 1: a variance must be positive");
        (*variances)[(*count)++] = variance;
    }
    return 0;
}

int large_dimension_spectrum_read(struct command *command, const char *operand, double **variances,
                                  size_t *count) {
    const struct row_input_settings settings = {.format = &command->input};
    size_t capacity = 0;
    struct row_stream *stream = row_input_open(&operand, 1, &settings, &command->error);
    *variances = NULL;
    *count = 0;
    if (stream == NULL)
        return -1;
    int status = 1;
    if (stream->columns != 1)
        status = error_set(&command->error, "%s: expected one variance a row, got %zu columns", operand,
                           stream->columns);
    while (status > 0 && (status = row_stream_next(stream, &command->error)) > 0)
        if (take_block(stream, variances, &capacity, count, &command->error) < 0)
            status = -1;
    row_stream_free(stream);
    if (status == 0 && *count == 0)
        status = error_set(&command->error, "%s: no rows", operand);
    if (status < 0)
        free(*variances);
    return status;
}

/* Leaves out what is 0 to rounding: n epsilon of the largest is the error of an eigenvalue. */
static int drop_zeros(double *variances, size_t *count, bool drop_null, struct error *error) {
    size_t zeros = 0, d = *count;
    double least = 8 * (double)d * DBL_EPSILON * variances[d - 1];
    while (zeros < d && !(variances[zeros] > least))
        zeros++;
    if (zeros == d)
        return error_set(error, "every column is constant");
    if (zeros > 0 && !drop_null)
        return error_set(error, "%zu eigenvalue%s of the covariance %s 0: --drop-null leaves them out", zeros,
                         zeros == 1 ? "" : "s", zeros == 1 ? "is" : "are");
    memmove(variances, variances + zeros, (d - zeros) * sizeof *variances);
    *count = d - zeros;
    return 0;
}

int large_dimension_spectrum_fit(struct command *command, const char *operand, bool drop_null,
                                 double **variances, size_t *count, size_t *rows) {
    struct error *error = &command->error;
    struct matrix matrix;
    double *covariance = NULL;
    int status = -1;
    if (matrix_read(&matrix, operand, &command->input, error) < 0)
        return -1;
    skipped_rows_note(command, operand, matrix.rows_skipped);
    *rows = matrix.rows;
    *count = matrix.columns;
    *variances = memory_array(error, matrix.columns, sizeof **variances);
    covariance = memory_matrix(error, matrix.columns, matrix.columns, sizeof *covariance);
    if (*variances == NULL || covariance == NULL)
        goto done;
    if (matrix.rows < 2) {
        error_set(error, "%s: 1 row: a covariance needs at least 2", operand);
        goto done;
    }
    const struct bandwidth_data data = {matrix.rows, matrix.columns, matrix.values, NULL, operand};
    status = bandwidth_shape_covariance(&data, covariance, error);
    if (status == 0)
        status = eigenvalues_symmetric(matrix.columns, covariance, *variances, error);
    if (status == 0)
        status = drop_zeros(*variances, count, drop_null, error);
    if (status < 0)
        error_prefix(error, "%s", operand);
done:
    if (status < 0)
        free(*variances);
    free(covariance);
    matrix_free(&matrix);
    return status;
}
