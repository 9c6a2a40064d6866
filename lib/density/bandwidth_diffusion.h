/* Bandwidth by diffusion: Botev, Grotowski and Kroese 2010, Kernel density estimation via diffusion, Annals
 * of Statistics 38, 2916-2957; the improved Sheather-Jones rule, for densities with several modes.
 *
 * On 2^14 cells over the range of the data, widened by a tenth of it on each side to width R, with p_j the
 * cells' masses and a_k = sum_j p_j cos(pi k (2j + 1) / (2N)):
 *
 *     F_l(t) = 2 pi^(2l) sum_{k >= 1} k^(2l) a_k^2 exp(-k^2 pi^2 t)
 *     F = F_7(t);  for s = 6 .. 2: F = F_s(time_s),
 *     time_s = (2 (1 + 2^(-s-1/2)) / 3 * (1 * 3 * .. * (2s-1)) / sqrt(2 pi) / (n F))^(2/(3+2s))
 *
 * and h = R sqrt(t) at the smallest root t of t = (2 n sqrt(pi) F)^(-2/5). n is the number of distinct
 * values; with weights 1 / sum w_i^2. */
#ifndef DENSITY_BANDWIDTH_DIFFUSION_H
#define DENSITY_BANDWIDTH_DIFFUSION_H

#include "base/error.h"
#include "density/bandwidth_column.h"

/* Returns 0, or -1 with the column named: constant, or no root (which of the other rules to use is said). */
__attribute__((warn_unused_result)) int bandwidth_diffusion_choose(const struct bandwidth_column *column,
                                                                   double *bandwidth, struct error *error);

#endif
