/* Entropic transport between two normal distributions N(m1, A) and N(m2, B) by the cost |x - y|^2, in closed
 * form. With s = epsilon / 2 and D = (4 A^(1/2) B A^(1/2) + s^2 I)^(1/2)
 *
 *     objective = |m1 - m2|^2 + tr A + tr B - tr D + d s (1 - log 2s) + s log det(D + s I),
 *     transport = |m1 - m2|^2 + tr A + tr B - tr D + d s
 *
 * (Janati, Muzellec, Peyre and Cuturi 2020, Entropic optimal transport between unbalanced Gaussian measures
 * has a closed form, NeurIPS 33). At epsilon = 0 both are the squared distance of Bures and Wasserstein,
 * |m1 - m2|^2 + tr A + tr B - 2 tr (A^(1/2) B A^(1/2))^(1/2). */
#ifndef TRANSPORT_GAUSSIAN_TRANSPORT_H
#define TRANSPORT_GAUSSIAN_TRANSPORT_H

#include <stddef.h>

#include "base/error.h"

/* A normal distribution; the covariance may be singular. */
struct gaussian_transport_side {
    const double *mean;       /* dimension */
    const double *covariance; /* dimension x dimension, symmetric, not negative */
};

struct gaussian_transport {
    double transport; /* <C, P> */
    double objective; /* transport + epsilon KL(P | product) */
};

/* Returns 0, or -1: out of memory, or "covariance has an eigenvalue of -0.3".
 *
 *   epsilon  >= 0, in units of the cost */
__attribute__((warn_unused_result)) int
gaussian_transport_solve(size_t dimension, const struct gaussian_transport_side *source,
                         const struct gaussian_transport_side *target, double epsilon,
                         struct gaussian_transport *result, struct error *error);

/* S = OT(p, q) - OT(p, p) / 2 - OT(q, q) / 2, OT the objective: not negative, 0 where p = q. */
__attribute__((warn_unused_result)) int
gaussian_transport_divergence(size_t dimension, const struct gaussian_transport_side *source,
                              const struct gaussian_transport_side *target, double epsilon,
                              double *divergence, struct error *error);

/* Mean and covariance of weighted points, sum of w (x - m)(x - m)^T over the total weight: the moments of the
 * measure itself, not an unbiased estimate.
 *
 *   weights  rows values >= 0 with a positive total, or NULL: equal */
void gaussian_transport_fit(size_t rows, size_t dimension, const double *points, const double *weights,
                            double *mean, double *covariance);

#endif
