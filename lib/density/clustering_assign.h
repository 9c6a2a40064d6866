/* Rows given to the nearest of a mixture's components, the means and covariances known. */
#ifndef DENSITY_CLUSTERING_ASSIGN_H
#define DENSITY_CLUSTERING_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "num/gaussian_mixture.h"

/* Each row's component of the greatest log-likelihood; with `mixing` log w_k counts too.
 *
 *   values  rows x d, counted from where the means are
 *   terms   rows x K, written: those log-likelihoods
 *   labels  rows, written
 *
 * Returns 0 or -1 (memory). */
__attribute__((warn_unused_result)) int clustering_assign(const struct gaussian_mixture *mixture, size_t rows,
                                                          const double *values, bool mixing, double *terms,
                                                          size_t *labels, struct error *error);

/* Gives each component that has no row, of those whose own component keeps others, the row with the greatest
 * of `terms` for it. There are at least as many rows as components. Returns 0 or -1 (memory). */
__attribute__((warn_unused_result)) int clustering_assign_empty(size_t components, size_t rows,
                                                                const double *terms, size_t *labels,
                                                                struct error *error);

#endif
