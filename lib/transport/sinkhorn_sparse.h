/* The entries of a plan that matter, by rows; not for others.
 *
 * At a small epsilon a plan has a few entries a row that are not negligible. Which they are is found from all
 * pairs; until potentials have moved by some epsilon these stand for the plan. */
#ifndef TRANSPORT_SINKHORN_SPARSE_H
#define TRANSPORT_SINKHORN_SPARSE_H

#include <stdint.h>

#include "transport/sinkhorn_parts.h"

struct sinkhorn_sparse {
    size_t entries;
    size_t *starts;    /* sources + 1 */
    uint32_t *targets; /* of the entries, ascending in a row */
    double *costs, *masses;
    double *source_sums, *target_sums; /* of the masses */
};

/* The entries above 1e-15 of the lesser of their two weights, for the solver's offsets. Returns 0; 1 with
 * nothing to free where there are more than entries_max; -1: out of memory. */
__attribute__((warn_unused_result)) int sinkhorn_sparse_create(struct sinkhorn_sparse *sparse,
                                                               const struct sinkhorn_solver *solver,
                                                               size_t entries_max, struct error *error);
void sinkhorn_sparse_free(struct sinkhorn_sparse *sparse);

/* Masses and sums for potentials f, g; returns the sum of the masses. */
double sinkhorn_sparse_evaluate(struct sinkhorn_sparse *sparse, const struct sinkhorn_solver *solver,
                                const double *f, const double *g);

/* One half step each on f and g, over the entries alone. */
void sinkhorn_sparse_step(struct sinkhorn_sparse *sparse, const struct sinkhorn_solver *solver, double *f,
                          double *g);

#endif
