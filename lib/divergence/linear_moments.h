/* The criteria of kernel_alignment.h for linear kernels, from sums over a stream of rows: memory holds the
 * products of the layers' columns and does not grow with the rows.
 *
 * Of two layers with rows a_i, b_i, centred, s_i = |a_i|^2 and t_i = |b_i|^2, the biased criterion is
 * |sum a_i b_i'|^2 / (n - 1)^2. The rows of a centred Gram matrix sum to 0, so that without the diagonal they
 * sum to -s_i, and the unbiased one is
 *
 *     [|sum a_i b_i'|^2 - n/(n - 2) sum s_i t_i + sum s_i sum t_i/((n - 1)(n - 2))] / (n (n - 3))
 *
 * Sums are kept about the mean of the rows so far and moved when it moves (as Chan, Golub and LeVeque 1983 do
 * for the second order; here up to the fourth), so that nothing is lost far from the origin. */
#ifndef DIVERGENCE_LINEAR_MOMENTS_H
#define DIVERGENCE_LINEAR_MOMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "divergence/kernel_alignment.h"

struct linear_moments;

/* For the layers of a problem, of which only numbers, widths and `unbiased` are used, and so many rows at a
 * time. Holds p q values for each pair of a left and a right layer of p and q columns and p^2 for each layer.
 * NULL: error says why. */
__attribute__((warn_unused_result)) struct linear_moments *
linear_moments_create(const struct kernel_alignment *problem, size_t rows_max, struct error *error);

/* Moves the sums to the mean of the rows so far and `count` more, whose columns have these means. Returns
 * that mean, columns of all layers one after another, from which those rows are to be centred before they are
 * added.
 *
 *   means  NULL: 0
 */
const double *linear_moments_move(struct linear_moments *moments, size_t count, const double *means);

/* Adds problem->count rows: those announced by linear_moments_move. The same for any number of threads. */
void linear_moments_add(struct linear_moments *moments, const struct kernel_alignment *problem);

/* The criteria as kernel_alignment_criteria writes them, of 2 rows or, unbiased, 4 at the least. */
void linear_moments_criteria(const struct linear_moments *moments, double *cross, double *self);

/* NULL does nothing. */
void linear_moments_free(struct linear_moments *moments);

#endif
