/* One normal distribution: mean, covariance and the covariance's Cholesky factor. */
#ifndef NUM_GAUSSIAN_H
#define NUM_GAUSSIAN_H

#include <stddef.h>

#include "base/error.h"
#include "num/moments.h"

struct gaussian {
    size_t dimensions;
    double *mean;       /* dimensions */
    double *covariance; /* dimensions x dimensions, symmetric */
    double *factor;     /* lower triangular L, covariance = L L^T */
};

/* Copies mean and covariance, and factors it (BLAS is loaded where that needs it). A covariance that is not
 * positive definite, or singular to working precision, is an error that names the column. Returns 0, or -1
 * with nothing to free. */
__attribute__((warn_unused_result)) int gaussian_create(struct gaussian *gaussian, size_t dimensions,
                                                        const double *mean, const double *covariance,
                                                        struct error *error);

/* The Gaussian with the mean and covariance of the rows added to moments, which it ends (moments_finish). */
__attribute__((warn_unused_result)) int gaussian_from_moments(struct gaussian *gaussian,
                                                              struct moments *moments, size_t dimensions,
                                                              unsigned lost, struct error *error);

/* Frees what it holds; an all-zero one is fine. */
void gaussian_free(struct gaussian *gaussian);

#endif
