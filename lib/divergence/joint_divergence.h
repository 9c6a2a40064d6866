/* Jensen-Shannon divergence of many distributions (Lin 1991),
 *
 *     JS = sum_i w_i KL(p_i, pbar) = H(pbar) - sum_i w_i H(p_i),   pbar = sum_i w_i p_i,
 *
 * in nats, from a single pass over the rows. The entropies would lose what nearly equal rows differ by; in
 * their place stand distances to the first row r,
 *
 *     JS = sum_i w_i D(p_i, r) - D(pbar, r),   D(p, r) = sum_j p_j log(p_j / r_j) - p_j + r_j,
 *
 * an identity column by column for any r_j > 0 (1 / columns where the first row's is 0). Sums over rows are
 * kept in double-double: the result depends on the order of the rows alone, not on the blocks they come in,
 * and is off by some units of 2^-53 times sum_i w_i D(p_i, r). */
#ifndef DIVERGENCE_JOINT_DIVERGENCE_H
#define DIVERGENCE_JOINT_DIVERGENCE_H

#include <stddef.h>

#include "base/error.h"

struct joint_divergence;

/* NULL: error says why. */
struct joint_divergence *joint_divergence_create(size_t columns, struct error *error);

/* Adds rows that have been checked (num/simplex.h).
 *
 *   p        rows x columns, row-major
 *   weights  rows values, finite and not negative, on any scale; NULL: all 1 */
void joint_divergence_add(struct joint_divergence *joint, size_t rows, const double *p,
                          const double *weights);

/* The divergence of the rows so far, weights divided by their sum; nan where that is 0. Never negative. */
double joint_divergence_value(const struct joint_divergence *joint);

/* NULL does nothing. */
void joint_divergence_free(struct joint_divergence *joint);

#endif
