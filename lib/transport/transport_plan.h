/* A transport plan as it is asked for: by rows, never whole unless the caller holds it.
 *
 * It is that of entropic potentials, or the flows of an exact solution, or either of these mended to the
 * exact marginals: with r = P 1 first rows are scaled by min(a/r, 1), then with c = P^T 1 columns by min(b/c,
 * 1), and what is missing in each is given out as an outer product (Altschuler, Weed and Rigollet 2017,
 * Near-linear time approximation algorithms for optimal transport via Sinkhorn iteration, NIPS 30, Algorithm
 * 2). */
#ifndef TRANSPORT_TRANSPORT_PLAN_H
#define TRANSPORT_TRANSPORT_PLAN_H

#include <stddef.h>

#include "base/error.h"
#include "num/exact_transport.h"
#include "transport/sinkhorn.h"

/* All but the arrays of the rounding is the caller's. */
struct transport_plan {
    const struct sinkhorn_problem *problem; /* costs and weights, in either case */
    const double *source_potentials, *target_potentials;
    const struct exact_transport *exact; /* in place of potentials, or NULL */
    size_t *first_flow;                  /* sources + 1: where each source's flows begin; with exact */
    /* the rounding, or NULL: row factors, column factors, what rows lack, what columns lack over the total */
    double *row_factors, *column_factors, *row_rest, *column_rest;
    double *held; /* all rows, or NULL */
    size_t threads;
};

/* Fills in a plan. Of potentials, or where exact is not NULL of flows. Returns 0, or -1 with nothing to free.
 */
__attribute__((warn_unused_result)) int transport_plan_of_potentials(struct transport_plan *plan,
                                                                     const struct sinkhorn_problem *problem,
                                                                     const struct sinkhorn_result *result,
                                                                     size_t threads, struct error *error);
__attribute__((warn_unused_result)) int transport_plan_of_flows(struct transport_plan *plan,
                                                                const struct sinkhorn_problem *problem,
                                                                const struct exact_transport *exact,
                                                                size_t threads, struct error *error);

/* Mends the plan to its problem's weights, whose totals are equal. Two passes. Returns 0 or -1. */
__attribute__((warn_unused_result)) int transport_plan_round(struct transport_plan *plan,
                                                             struct error *error);

/* Keeps all rows for passes to come where they take at most so many bytes (and memory is there): passes cost
 * no exponentials then. */
void transport_plan_hold(struct transport_plan *plan, size_t bytes_most);

/* Writes rows first .. first + count - 1, as many columns as there are targets. */
void transport_plan_rows(const struct transport_plan *plan, size_t first, size_t count, double *rows);

/* An all-zero one is fine. */
void transport_plan_free(struct transport_plan *plan);

/* What is done with each row of the plan in a pass over it. `cost` is NULL unless asked for; sums are the
 * pass's sums for the targets, to be added to. Called from several threads, for one row at a time each. */
struct transport_pass {
    void (*row)(void *context, size_t source, const double *plan, const double *cost, double *sums);
    void *context;
    bool costs;        /* the row's costs are wanted */
    size_t sums_count; /* how many sums in all, 0: none */
    double *sums;      /* sums_count, written; the same for any number of threads */
};

/* Returns 0, or -1 where memory fails. */
__attribute__((warn_unused_result)) int
transport_pass_run(const struct transport_plan *plan, const struct transport_pass *pass, struct error *error);

/* Figures of a plan. */
struct transport_plan_figures {
    double transport;                  /* <C, P> */
    double mass, entropy;              /* sum P, -sum P log P */
    double source_error, target_error; /* L1 distances to the weights */
};

__attribute__((warn_unused_result)) int transport_plan_measure(const struct transport_plan *plan,
                                                               struct transport_plan_figures *figures,
                                                               struct error *error);

#endif
