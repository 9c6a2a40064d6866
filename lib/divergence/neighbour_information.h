/* Mutual information I(X;Y) and conditional mutual information I(X;Y|Z) from a sample, by nearest neighbours
 * in the maximum norm: eps_i is the distance of point i to its k-th neighbour in (x, y, z), and n_xz, n_yz,
 * n_z count the other points strictly nearer than that in those columns alone,
 *
 *     I = psi(k) + 1/n sum_i [psi(n_z + 1) - psi(n_xz + 1) - psi(n_yz + 1)]
 *
 * (Frenzel and Pompe 2007, Partial mutual information for coupling analysis of multivariate time series,
 * Phys. Rev. Lett. 99, 204101). Without z, n_z = n - 1: the first estimator of Kraskov, Stoegbauer and
 * Grassberger (2004, Estimating mutual information, Phys. Rev. E 69, 066138). */
#ifndef DIVERGENCE_NEIGHBOUR_INFORMATION_H
#define DIVERGENCE_NEIGHBOUR_INFORMATION_H

#include <stddef.h>

#include "base/error.h"
#include "base/random.h"

struct neighbour_information {
    const double *points; /* count x (x + y + z), row-major */
    size_t count;
    size_t x, y, z; /* columns of each; z may be 0 */
    size_t k;       /* 1 .. count - 1 */
    size_t threads;
};

/* The estimate, in nats.
 *
 *   order  count: point i takes the x of point order[i]; NULL: its own
 *
 * Returns 0, or -1: out of memory, or a coordinate that is not finite ("row 5: ..."). */
__attribute__((warn_unused_result)) int
neighbour_information_estimate(const struct neighbour_information *problem, const size_t *order,
                               double *value, struct error *error);

/* The k points nearest in z of each point, count x k, for the caller to free; NULL: out of memory. Only where
 * there is a z. */
size_t *neighbour_information_near(const struct neighbour_information *problem, struct error *error);

/* An order as if X and Y were independent given Z: point after point, in a random order, takes one of those
 * near in z that is not taken yet, or the last of them where all are (Runge 2018, Conditional independence
 * testing based on a nearest-neighbor estimator of conditional mutual information, AISTATS). Without z, a
 * permutation.
 *
 *   near   as neighbour_information_near gives it; NULL without z
 *   order  count, written
 *
 * Returns 0 or -1. */
__attribute__((warn_unused_result)) int
neighbour_information_shuffle(const struct neighbour_information *problem, const size_t *near,
                              struct random_stream *stream, size_t *order, struct error *error);

#endif
