/* Unregularised optimal transport, exactly: min <C, P> over P >= 0 with P 1 = a, P^T 1 = b.
 *
 * Network simplex on the transportation graph (a spanning tree of n + m nodes; the primal simplex of Dantzig,
 * 1951, with strongly feasible trees after Cunningham, 1976). Costs come as a struct pair_cost: made on the
 * fly, memory is O(n + m). */
#ifndef NUM_EXACT_TRANSPORT_H
#define NUM_EXACT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/progress.h"
#include "num/pair_cost.h"

struct exact_transport_problem {
    struct pair_cost cost;
    const double *source_weights, *target_weights; /* >= 0, totals equal to 1e-6 (the targets' are
                                                      brought to the sources'); NULL: equal, totals 1 */
    const double *start; /* potentials of the targets to start from (as of an entropic solution), or NULL */
    size_t threads;
    struct progress *progress; /* or NULL */
};

/* A pair that carries mass. */
struct exact_transport_flow {
    size_t source, target; /* from 0 */
    double mass;           /* > 0 */
};

struct exact_transport {
    double cost;                        /* sum of mass * C, compensated */
    struct exact_transport_flow *flows; /* by source, then target; at most n + m - 1 */
    size_t flow_count;
    double *source_potentials, *target_potentials; /* f_i + g_j <= C_ij, equality where mass flows;
                                                      f + c, g - c serve as well */
    double dual_gap;                               /* cost - <f, a> - <g, b>: 0 but for rounding */
    size_t iterations;                             /* pivots */
};

/* Returns 0, or -1 with nothing to free: out of memory, or "no plan avoids the forbidden pairs". */
__attribute__((warn_unused_result)) int exact_transport_solve(const struct exact_transport_problem *problem,
                                                              struct exact_transport *result,
                                                              struct error *error);

/* Puts flows in the order of source and target, for those who find them otherwise. */
void exact_transport_order_flows(struct exact_transport *result);

/* An all-zero one is fine. */
void exact_transport_free(struct exact_transport *result);

#endif
