#include "num/gaussian.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/blas.h"
#include "num/cholesky.h"

/* Room for all three arrays, uninitialised. */
static int allocate(struct gaussian *gaussian, size_t d, struct error *error) {
    *gaussian = (struct gaussian){
        .dimensions = d,
        .mean = memory_array(error, d, sizeof(double)),
        .covariance = memory_matrix(error, d, d, sizeof(double)),
        .factor = memory_matrix(error, d, d, sizeof(double)),
    };
    if (gaussian->mean != NULL && gaussian->covariance != NULL && gaussian->factor != NULL)
        return 0;
    gaussian_free(gaussian);
    return -1;
}

/* Variances below lose digits to the end of doubles, as those of columns of 1e-150 do. */
static const double LEAST_VARIANCE = 0x1p-960;

static int check_variances(const struct gaussian *gaussian, struct error *error) {
    for (size_t i = 0; i < gaussian->dimensions; i++) {
        double variance = gaussian->covariance[i * gaussian->dimensions + i];
        if (!isfinite(variance))
            return error_set(error, "column %zu: its values or their squares are not finite", i + 1);
        if (variance > 0 && variance < LEAST_VARIANCE)
            return error_set(error, "column %zu: the squares of its deviations underflow: scale it", i + 1);
    }
    return 0;
}

static int factor_covariance(struct gaussian *gaussian, struct error *error) {
    size_t d = gaussian->dimensions;
    if (check_variances(gaussian, error) < 0 || blas_load_for(d, error) < 0)
        return -1;
    memcpy(gaussian->factor, gaussian->covariance, d * d * sizeof *gaussian->factor);
    size_t column = cholesky_factor(d, gaussian->factor);
    double *diagonal = memory_array(error, d, sizeof *diagonal);
    if (diagonal == NULL)
        return -1;
    for (size_t i = 0; i < d; i++)
        diagonal[i] = gaussian->covariance[i * d + i];
    if (column == 0)
        column = cholesky_dependent_column(d, diagonal, gaussian->factor);
    int status = 0;
    if (column > 0 && diagonal[column - 1] == 0)
        status = error_set(error,
                           "the covariance is singular, column %zu is constant: fit both with gmmfit --ridge "
                           "and compare the models",
                           column);
    else if (column > 0)
        status = error_set(error,
                           "the covariance is singular, column %zu depends on those before it: fit both with "
                           "gmmfit --ridge and compare the models",
                           column);
    free(diagonal);
    return status;
}

int gaussian_create(struct gaussian *gaussian, size_t dimensions, const double *mean,
                    const double *covariance, struct error *error) {
    if (allocate(gaussian, dimensions, error) < 0)
        return -1;
    memcpy(gaussian->mean, mean, dimensions * sizeof *mean);
    memcpy(gaussian->covariance, covariance, dimensions * dimensions * sizeof *covariance);
    if (factor_covariance(gaussian, error) == 0)
        return 0;
    gaussian_free(gaussian);
    return -1;
}

int gaussian_from_moments(struct gaussian *gaussian, struct moments *moments, size_t dimensions,
                          unsigned lost, struct error *error) {
    if (moments_count(moments) <= dimensions)
        return error_set(
            error, "%" PRIu64 " rows of %zu columns have a singular covariance: at least %zu are needed",
            moments_count(moments), dimensions, dimensions + 1);
    if (allocate(gaussian, dimensions, error) < 0)
        return -1;
    moments_finish(moments, lost, gaussian->mean, gaussian->covariance);
    if (factor_covariance(gaussian, error) == 0)
        return 0;
    gaussian_free(gaussian);
    return -1;
}

void gaussian_free(struct gaussian *gaussian) {
    free(gaussian->mean);
    free(gaussian->covariance);
    free(gaussian->factor);
    *gaussian = (struct gaussian){0};
}
