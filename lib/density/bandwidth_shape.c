#include "density/bandwidth_shape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "density/bandwidth_column.h"
#include "num/blas.h"
#include "num/cholesky.h"

enum { TILE = 256 }; /* rows */

static double weight(const struct bandwidth_data *data, size_t row) {
    return data->weights != NULL ? data->weights[row] : 1 / (double)data->count;
}

/* The mean less the first row: sums of differences keep their digits, and a constant column gives 0. */
static void mean_shift(const struct bandwidth_data *data, double *shift) {
    size_t d = data->dimensions;
    memset(shift, 0, d * sizeof *shift);
    for (size_t i = 0; i < data->count; i++)
        for (size_t c = 0; c < d; c++)
            shift[c] += weight(data, i) * (data->points[i * d + c] - data->points[c]);
}

int bandwidth_shape_covariance(const struct bandwidth_data *data, double *covariance, struct error *error) {
    size_t d = data->dimensions;
    int status = -1;
    double *tile = memory_matrix(error, TILE, d, sizeof *tile);
    double *shift = memory_array(error, d, sizeof *shift);
    if (tile == NULL || shift == NULL || blas_load_for(d, error) < 0)
        goto done;
    mean_shift(data, shift);
    memset(covariance, 0, d * d * sizeof *covariance);
    for (size_t start = 0; start < data->count; start += TILE) {
        size_t rows = data->count - start < TILE ? data->count - start : TILE;
        for (size_t i = 0; i < rows; i++) {
            const double *point = data->points + (start + i) * d;
            double root = sqrt(weight(data, start + i));
            for (size_t c = 0; c < d; c++)
                tile[i * d + c] = root * ((point[c] - data->points[c]) - shift[c]);
        }
        blas_gram(rows, d, tile, d, 1, covariance);
    }
    double divisor = bandwidth_column_spread(data);
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j <= i; j++)
            covariance[i * d + j] = covariance[j * d + i] = covariance[i * d + j] / divisor;
    status = 0;
done:
    free(tile);
    free(shift);
    return status;
}

static int refuse_constant(size_t d, const double *covariance, struct error *error) {
    for (size_t i = 0; i < d; i++) {
        if (!isfinite(covariance[i * d + i]))
            return error_set(error, "column %zu: the squares of its values overflow: scale it", i + 1);
        if (!(covariance[i * d + i] > 0))
            return error_set(error, "column %zu is constant: give --bandwidth", i + 1);
    }
    return 0;
}

static int full(const struct bandwidth_data *data, double *factor, struct error *error) {
    size_t d = data->dimensions;
    double *diagonal = memory_array(error, d, sizeof *diagonal);
    if (diagonal == NULL || refuse_constant(d, factor, error) < 0) {
        free(diagonal);
        return -1;
    }
    for (size_t i = 0; i < d; i++)
        diagonal[i] = factor[i * d + i];
    size_t column = cholesky_factor(d, factor);
    if (column == 0)
        column = cholesky_dependent_column(d, diagonal, factor);
    free(diagonal);
    if (column == 0)
        return 0;
    if (data->count <= d)
        return error_set(error,
                         "the covariance of %zu rows of %zu columns is not positive definite: use "
                         "--covariance diagonal",
                         data->count, d);
    return error_set(error,
                     "the covariance is not positive definite, column %zu is a combination of those before "
                     "it: use --covariance diagonal",
                     column);
}

/* Clears what is off the diagonal, and puts one value, or each column's deviation, on it. */
static void make_diagonal(size_t d, double *factor, bool scalar) {
    double trace = 0;
    for (size_t i = 0; i < d; i++)
        trace += factor[i * d + i];
    for (size_t i = 0; i < d; i++) {
        double variance = scalar ? trace / (double)d : factor[i * d + i];
        memset(factor + i * d, 0, d * sizeof *factor);
        factor[i * d + i] = sqrt(variance);
    }
}

int bandwidth_shape_factor(const struct bandwidth_data *data, enum bandwidth_shape shape, double *factor,
                           struct error *error) {
    size_t d = data->dimensions;
    if (bandwidth_shape_covariance(data, factor, error) < 0)
        return -1;
    if (shape == BANDWIDTH_FULL)
        return full(data, factor, error);
    if (shape == BANDWIDTH_DIAGONAL && refuse_constant(d, factor, error) < 0)
        return -1;
    make_diagonal(d, factor, shape == BANDWIDTH_SCALAR);
    if (factor[0] > 0)
        return 0;
    return error_set(error, "every column is constant: give --bandwidth");
}
