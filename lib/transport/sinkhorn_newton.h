/* Newton's method on the dual over the plan's entries that matter; not for others. */
#ifndef TRANSPORT_SINKHORN_NEWTON_H
#define TRANSPORT_SINKHORN_NEWTON_H

#include "transport/sinkhorn_parts.h"

struct sinkhorn_newton_limits {
    double tolerance;      /* L1 error of each marginal, over the entries that matter */
    size_t entries_max;    /* of these */
    size_t iterations_max; /* in all */
};

/* From potentials whose error is a few per cent or less to ones within the tolerance, as far as the entries
 * that matter tell: the whole plan is to be checked by the caller. For balanced problems with two sides.
 * Counts up iterations. Returns 0; 1: there are too many entries, or the tolerance was not reached
 * (potentials are then no worse than before); -1: out of memory. */
__attribute__((warn_unused_result)) int sinkhorn_newton_run(struct sinkhorn_solver *solver,
                                                            const struct sinkhorn_newton_limits *limits,
                                                            size_t *iterations, struct error *error);

#endif
