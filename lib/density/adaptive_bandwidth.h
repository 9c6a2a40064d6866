/* Local bandwidths from a pilot estimate (Abramson 1982, On bandwidth variation in kernel estimates: a square
 * root law, Annals of Statistics 10, 1217-1223):
 *
 *     lam_i = (f~(y_i) / G)^(-A),     G = exp(sum_i w_i log f~(y_i)),
 *
 * f~ the same estimate with lam = 1 and without bounds. Narrow where points are dense, wide in the tails. */
#ifndef DENSITY_ADAPTIVE_BANDWIDTH_H
#define DENSITY_ADAPTIVE_BANDWIDTH_H

#include "base/error.h"
#include "density/kernel_density.h"
#include "density/kernel_sums.h"

/* Sets density->local; A in [0, 1]. The density is prepared, has no local factors yet, and stays prepared. A
 * point without weight where the pilot is 0 gets 1. Returns 0 or -1. */
__attribute__((warn_unused_result)) int adaptive_bandwidth_set(struct kernel_density *density,
                                                               double exponent,
                                                               const struct kernel_sums_settings *settings,
                                                               struct error *error);

#endif
