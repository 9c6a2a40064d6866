/* Sums of Gaussian kernels over all pairs of two sets of points, tile by tile: memory grows with the rows,
 * never with the pairs.
 *
 *     K_ij = exp(-|a_i - b_j|^2 / (2 s^2))
 *
 * A pass has a kernel K of one block of coordinates, L of another, or L alone. Sums are handed out as
 * logarithms, so that points far apart give large finite numbers: a row whose sum underflows is done again by
 * its largest term. */
#ifndef DIVERGENCE_KERNEL_PASS_H
#define DIVERGENCE_KERNEL_PASS_H

#include <stddef.h>

#include "base/error.h"

/* The points of one kernel: rows x dimension and targets x dimension, row-major. */
struct kernel_points {
    const double *a, *b;
    size_t dimension;
    double bandwidth; /* s > 0 */
};

struct kernel_pass {
    size_t rows, targets;      /* both at least 1 */
    struct kernel_points k, l; /* k.dimension 0: K is 1 */
    size_t threads;
};

/* The logarithms of row sums over the targets, each `rows` values, or NULL where not wanted. */
struct kernel_row_sums {
    double *k, *l, *kl, *kk, *ll;
};

/* Returns 0, or -1 where memory fails. */
__attribute__((warn_unused_result)) int
kernel_pass_sums(const struct kernel_pass *pass, const struct kernel_row_sums *sums, struct error *error);

/* The weights of a gradient:
 *
 *     W_ij = K_ij L_ij (e^log_rows_i + e^log_targets_j) + L_ij (shift + rows_i + targets_j) + square L_ij^2
 *
 * Arrays may be NULL: those terms are absent. */
struct kernel_weights {
    const double *log_rows, *log_targets, *rows, *targets;
    double shift, square;
};

/* Adds factor sum_j W_ij (b_j - a_i) / s^2, of the points of L, to gradient (rows x l.dimension). Returns 0,
 * or -1 where memory fails. */
__attribute__((warn_unused_result)) int kernel_pass_add_gradient(const struct kernel_pass *pass,
                                                                 const struct kernel_weights *weights,
                                                                 double factor, double *gradient,
                                                                 struct error *error);

#endif
