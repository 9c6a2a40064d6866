/* The shape S that a one-factor bandwidth scales, L = h S, made from the sample covariance C (divisor n - 1;
 * with weights 1 - sum w_i^2):
 *
 *     full      Cholesky factor of C
 *     diagonal  the columns' deviations
 *     scalar    sqrt(tr C / d) I */
#ifndef DENSITY_BANDWIDTH_SHAPE_H
#define DENSITY_BANDWIDTH_SHAPE_H

#include "base/error.h"
#include "density/bandwidth.h"

/* Writes C (d x d, full and symmetric). Loads BLAS where d needs it. Returns 0 or -1: out of memory. */
__attribute__((warn_unused_result)) int bandwidth_shape_covariance(const struct bandwidth_data *data,
                                                                   double *covariance, struct error *error);

/* Writes S (d x d, lower triangular). Returns 0, or -1: a constant column ("column 2 is constant: give
 * --bandwidth"; under scalar, all of them), or a covariance that is not positive definite. */
__attribute__((warn_unused_result)) int bandwidth_shape_factor(const struct bandwidth_data *data,
                                                               enum bandwidth_shape shape, double *factor,
                                                               struct error *error);

#endif
