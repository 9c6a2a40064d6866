/* Cauchy-Schwarz divergence of conditional distributions, and the mutual information, from samples.
 *
 * K is the kernel of x, L that of y (or T of t), Gaussian; sums over all pairs.
 *
 *     two samples  log sum_{j in p} (sum_{i in p} K L) / A_j^2 + log sum_{j in q} (sum_{i in q} K L) / B_j^2
 *                  - log sum_{j in p} (sum_{i in q} K L) / (A_j C_j)
 *                  - log sum_{j in q} (sum_{i in p} K L) / (B_j E_j)
 *     paired       log sum_j w_j (sum_i K L1) + log sum_j w_j (sum_i K L2) - 2 log sum_j w_j (sum_i K L21)
 *     I(x, t)      log(sum K T / n^2) + log(sum K sum T / n^4) - 2 log(sum_j (K 1)_j (T 1)_j / n^3)
 *
 * A, B are row sums of K within p and within q, C, E those of p's rows against q and of q's against p. Paired
 * samples have the same x, w_j = 1 / A_j^2, L1 is within p, L2 within q, L21 from q to p.
 *
 * Source: Yu, Yu, Lokse, Jenssen and Principe 2024, Cauchy-Schwarz divergence information bottleneck for
 * regression, ICLR (Proposition 1 is the paired form). */
#ifndef DIVERGENCE_CAUCHY_SCHWARZ_JOINT_H
#define DIVERGENCE_CAUCHY_SCHWARZ_JOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Rows (x, y) parted in two arrays, row-major. */
struct cauchy_schwarz_sample {
    size_t rows;
    const double *x, *y;
};

struct cauchy_schwarz_joint {
    struct cauchy_schwarz_sample p, q; /* q: of the conditional forms */
    size_t x_columns, y_columns;
    double x_bandwidth, y_bandwidth;
    size_t threads;
};

/* Functions return 0, or -1 where memory fails, and where points are more than some 1e154 widths apart: the x
 * of the conditional form, the y of a gradient. A gradient is NULL where not wanted. */

__attribute__((warn_unused_result)) int cauchy_schwarz_conditional(const struct cauchy_schwarz_joint *joint,
                                                                   double *value, struct error *error);

/* p and q have the same rows and x. gradient: rows x y_columns, by q's y. */
__attribute__((warn_unused_result)) int cauchy_schwarz_paired(const struct cauchy_schwarz_joint *joint,
                                                              double *value, double *gradient,
                                                              struct error *error);

/* I(x, t) of p, t its y; over sqrt(I(x, x) I(t, t)) where normalized. gradient: rows x y_columns, by t.
 * Where x or t is constant and normalized, value is nan. */
__attribute__((warn_unused_result)) int cauchy_schwarz_information(const struct cauchy_schwarz_joint *joint,
                                                                   bool normalized, double *value,
                                                                   double *gradient, struct error *error);

#endif
