/* One small problem of many, solved by one thread: by plain steps where these suffice, by the large solver
 * from where they ended, or exactly. */
#ifndef TRANSPORT_SMALL_TRANSPORT_H
#define TRANSPORT_SMALL_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "num/pair_cost.h"
#include "transport/sinkhorn.h"

/* What all problems have in common. */
struct small_transport_settings {
    bool exact;
    double epsilon, source_penalty, target_penalty;
    bool total_variation;
    struct sinkhorn_settings solver; /* threads 1, nothing to start from */
    bool objective;                  /* what is differentiated by unroll; else the transport */
    bool unroll;                     /* derivatives through the steps, not the plan */
};

struct small_transport_result {
    double transport, objective;
    double source_error; /* L1 */
    size_t iterations;
    bool converged;
};

/* A workspace, for one thread at a time. */
struct small_transport;

/* For problems of up to n x m. The settings are kept by the caller. NULL: out of memory. */
struct small_transport *small_transport_create(size_t n, size_t m,
                                               const struct small_transport_settings *settings,
                                               struct error *error);

/* Solves one problem; symmetric: the targets are the sources. Where slopes is not NULL the plan, or with
 * unroll the value's derivative in each cost, is written to it, sources x targets. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
small_transport_solve(struct small_transport *small, const struct pair_cost *cost,
                      const double *source_weights, const double *target_weights, bool symmetric,
                      double *slopes, struct small_transport_result *result, struct error *error);

/* NULL does nothing. */
void small_transport_free(struct small_transport *small);

#endif
