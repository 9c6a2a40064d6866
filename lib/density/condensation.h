/* How many points carry a gaussian kernel estimate at a query, for many bandwidths at once.
 *
 * With p_i = w_i exp(-|z - z_i|^2 / (2 h^2)) / sum, z in the whitened coordinates of a density and h on top
 * of its own factor:
 *
 *     density concentration   sum p_i^2                    1: one point carries the sum; 0: many do
 *     variance concentration  sum p_i^4 / (sum p_i^2)^2    the same of the squares, which carry the variance
 *     largest weight          max p_i
 *
 * Distances are computed once for all bandwidths: O(queries x n x (d + bandwidths)). Biroli and Mezard 2024,
 * Kernel density estimators in large dimensions: the mean of the first is 1 - l_c below h_g, of the second
 * 1 - l_c/2 below h_clt (density/large_dimension.h). */
#ifndef DENSITY_CONDENSATION_H
#define DENSITY_CONDENSATION_H

#include <stddef.h>

#include "base/error.h"
#include "density/kernel_density.h"

/* All 0 but the log density, -inf, where no point but the one left out has weight. */
struct condensation_value {
    double log_density;
    double density_concentration, variance_concentration, largest_weight;
};

struct condensation;

/* For a prepared gaussian density, the caller's until condensation_free; local factors, if any, must all
 * be 1. NULL: error says why. */
struct condensation *condensation_create(const struct kernel_density *density, size_t threads,
                                         struct error *error);

/* No point is left out. */
#define CONDENSATION_ALL ((size_t)-1)

/* Measures.
 *
 *   whitened    rows x d: queries (kernel_density_whiten)
 *   first       row i leaves out point first + i; or CONDENSATION_ALL
 *   bandwidths  count of them, positive
 *   values      rows x count, written
 *
 * Cannot fail. The same bytes for any number of threads; one call at a time. */
void condensation_measure(struct condensation *condensation, size_t rows, const double *whitened,
                          size_t first, size_t count, const double *bandwidths,
                          struct condensation_value *values);

/* NULL does nothing. */
void condensation_free(struct condensation *condensation);

#endif
