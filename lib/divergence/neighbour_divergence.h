/* Divergences from two samples by nearest neighbours. X, n points from p; Y, m points from q; d columns.
 * rho(i) is the distance from x_i to its k-th neighbour among the other points of X, nu(i) to its k-th in Y.
 *
 * Ratio (Wang, Kulkarni and Verdu 2009, Divergence estimation for multidimensional densities via k-nearest-
 * neighbor distances, IEEE Trans. Inf. Theory 55, eq. 5; Perez-Cruz 2008):
 *
 *     KL = d/n sum_i log(nu(i) / rho(i)) + log(m / (n - 1))
 *
 * Adaptive (the same paper, section III): e_i = max(rho(i), nu(i)), and l_i and m_i count the other points of
 * X and the points of Y within e_i (<=):
 *
 *     KL = 1/n sum_i (psi(l_i) - psi(m_i)) + log(m / (n - 1))
 *
 * Jensen-Shannon, by putting the estimate a_i = (n-1)/m (rho(i) / nu(i))^d of q/p at x_i, and b_j likewise of
 * p/q at y_j, into the definition:
 *
 *     JS = 1/(2n) sum_i log(2 / (1 + a_i)) + 1/(2m) sum_j log(2 / (1 + b_j))
 *
 * None is clipped: for nearly equal distributions a negative value is as likely as a positive one. */
#ifndef DIVERGENCE_NEIGHBOUR_DIVERGENCE_H
#define DIVERGENCE_NEIGHBOUR_DIVERGENCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "divergence/subsampling.h"

enum neighbour_divergence_method {
    NEIGHBOUR_DIVERGENCE_RATIO,
    NEIGHBOUR_DIVERGENCE_ADAPTIVE,
    NEIGHBOUR_DIVERGENCE_JENSEN_SHANNON
};

struct neighbour_divergence {
    enum neighbour_divergence_method method;
    size_t k;
    size_t columns;
    const double *x, *y; /* x_count x columns and y_count x columns, row-major */
    size_t x_count, y_count;
    size_t threads;
};

/* The estimate, in nats.
 *
 *   x_terms, y_terms  what each point adds: x_count and y_count values, written, or NULL. The estimate is the
 * mean of x_terms; for Jensen-Shannon the mean of the two means, otherwise y_terms is not used.
 *
 * Returns 0, or -1: out of memory, too few points, a coordinate that is not finite ("X: row 3: ..."), or a
 * distance of 0 that the method cannot use: "row 17 of X has 5 equal points (duplicates): ...". */
__attribute__((warn_unused_result)) int
neighbour_divergence_estimate(const struct neighbour_divergence *problem, double *x_terms, double *y_terms,
                              double *value, struct error *error);

/* The same from some of the points, on one thread: a subsampling_estimate, whose context is a struct
 * neighbour_divergence. */
__attribute__((warn_unused_result)) int neighbour_divergence_subsample(void *context,
                                                                       const struct subsample *subsample,
                                                                       double *value, struct error *error);

/* A copy of points in which ties are broken: uniform noise on (-scale s, scale s) is added, s the column's
 * standard deviation (divisor count - 1). A constant column stays as it is. Stream (seed, filter, "jitter",
 * sample).
 *
 *   sample  0 for X, 1 for Y: each gets its own noise
 *
 * Returns count x columns values for the caller to free, or NULL: out of memory. */
__attribute__((warn_unused_result)) double *neighbour_divergence_jitter(size_t count, size_t columns,
                                                                        const double *points, double scale,
                                                                        uint64_t seed, const char *filter,
                                                                        unsigned sample, struct error *error);

#endif
