/* Sums over all pairs of points, of a Gaussian of their distance times powers of it:
 *
 *     S_k(h) = sum_{i < j} u_i u_j exp(-D_ij / c) D_ij^k,     D_ij = |y_i - y_j|^2 / h^2,   k = 0 .. 3
 *
 * What plug-in and cross-validated bandwidths are made of. Exact sums take the points in the order of their
 * first coordinates and leave out pairs whose exponential is below e^-60; O(n^2) at worst.
 *
 * In one dimension many points are binned: on cells of a twentieth of the least bandwidth each point's mass
 * is shared among six cells by Lagrange's weights, so that any function of the place is met to the sixth
 * order in the cell (linear binning, of second order, would be off by 1e-3 at this width), and the cells'
 * masses are correlated with themselves by FFT. Gaps so wide that no pair across them counts are narrowed
 * first, so that outliers cost no cells. Relative error below 1e-6, mostly far below, of the sum with the
 * pairs i = j in it.
 *
 * Source of binned pair sums: Wand 1994, Fast computation of multivariate kernel estimators, JCGS 3, 433-445.
 */
#ifndef DENSITY_BANDWIDTH_PAIRS_H
#define DENSITY_BANDWIDTH_PAIRS_H

#include <stddef.h>

#include "base/error.h"

enum { BANDWIDTH_PAIRS_EXACT_MAX = 5000, BANDWIDTH_PAIRS_POWERS = 4 };

enum bandwidth_pairs_method { BANDWIDTH_PAIRS_CHOOSE, BANDWIDTH_PAIRS_EXACT, BANDWIDTH_PAIRS_BINNED };

struct bandwidth_pairs_input {
    size_t count, dimensions;
    const double *points; /* count x dimensions, row-major; not kept */
    const double *masses; /* count: u_i; or NULL, all 1; not kept */
    double least, most;   /* bandwidths that will be asked about */
    size_t threads;
    enum bandwidth_pairs_method method; /* CHOOSE unless the two are to be compared */
};

struct bandwidth_pairs;

/* NULL: out of memory. */
__attribute__((warn_unused_result)) struct bandwidth_pairs *
bandwidth_pairs_create(const struct bandwidth_pairs_input *input, struct error *error);

/* S_0 .. S_3 at a bandwidth between least and most, for c = divisor (2 or 4). Cannot fail; the same bytes for
 * any number of threads. One call at a time. */
void bandwidth_pairs_sums(const struct bandwidth_pairs *pairs, double bandwidth, double divisor,
                          double sums[BANDWIDTH_PAIRS_POWERS]);

/* S_0 alone, in less time. */
double bandwidth_pairs_sum(const struct bandwidth_pairs *pairs, double bandwidth, double divisor);

/* NULL does nothing. */
void bandwidth_pairs_free(struct bandwidth_pairs *pairs);

#endif
