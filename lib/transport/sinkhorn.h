/* Entropic optimal transport between two weighted sets, balanced or not.
 *
 *     min over P >= 0 of  <C, P> + eps KL(P | a b^T) + R KL(P 1 | a) + R' KL(P^T 1 | b),
 *
 * R, R' = inf keeping the marginals exact, KL(p | q) = sum p log(p/q) - p + q. With potentials f and g
 * P_ij = a_i b_j exp((f_i + g_j - C_ij)/eps). Cuturi (2013); Chizat, Peyre, Schmitzer and Vialard (2018)
 * where marginals are penalised; the method is chosen by size and measured rate, and named in the result. */
#ifndef TRANSPORT_SINKHORN_H
#define TRANSPORT_SINKHORN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/progress.h"
#include "num/pair_cost.h"

struct sinkhorn_problem {
    struct pair_cost cost;
    const double *source_weights, *target_weights; /* >= 0; never NULL */
    double epsilon;                                /* > 0, in units of the cost */
    double source_penalty, target_penalty;         /* R, R' > 0; inf: the marginal is exact */
    bool total_variation;                          /* the penalty is R times the total variation, not KL */
    bool symmetric; /* targets are the sources, with their weights: f = g is sought (self problems) */
};

/* All but plain steps iterate in single precision as far as that carries; what is returned is finished and
 * measured in double. */
enum sinkhorn_acceleration {
    SINKHORN_AUTO, /* Anderson's, with Newton's steps on the entries that matter where the plan is sparse */
    SINKHORN_PLAIN,
    SINKHORN_OVERRELAX, /* by a factor from the measured rate */
    SINKHORN_ANDERSON,
    SINKHORN_NEWTON /* Anderson's until they hold; Anderson's alone where a marginal is penalised, or
                       symmetric */
};

enum sinkhorn_storage {
    SINKHORN_STORAGE_AUTO, /* held up to 1 GiB, where reading costs is quicker than making them again */
    SINKHORN_STORAGE_ALWAYS_ONLINE,
    SINKHORN_STORAGE_NEVER_ONLINE
};

struct sinkhorn_settings {
    double tolerance;      /* L1 error of the marginals, or (unbalanced) change of a potential over epsilon;
                              0: exactly max_iterations plain steps */
    size_t max_iterations; /* at the final epsilon */
    double scaling;        /* factor of epsilon scaling in (0, 1); 0: none */
    enum sinkhorn_acceleration acceleration;
    enum sinkhorn_storage storage;
    const double *source_start, *target_start; /* potentials to start from, or NULL */
    size_t threads;
    struct progress *progress; /* or NULL */
    /* Called between iterations with the potentials so far, or NULL; a negative answer ends the solver. */
    int (*checkpoint)(void *context, const double *source_potentials, const double *target_potentials);
    void *context;
};

struct sinkhorn_result {
    double *source_potentials, *target_potentials; /* n, m; balanced: <f, a> = <g, b> */
    double transport;                              /* <C, P> */
    double objective;                              /* of P as it is, whatever the errors below */
    double dual;    /* off by the square of the errors where the objective is off by the errors themselves */
    double entropy; /* -sum P log P */
    double mass;    /* sum P */
    double source_error, target_error; /* L1, of the whole plan in double precision */
    size_t iterations, scaling_iterations;
    bool converged, online;
    const char *method; /* for the report: "overrelaxed", "newton", ... */
};

/* Returns 0 (converged or not), or -1 with nothing to free: out of memory, "no finite cost from source 3". */
__attribute__((warn_unused_result)) int sinkhorn_solve(const struct sinkhorn_problem *problem,
                                                       const struct sinkhorn_settings *settings,
                                                       struct sinkhorn_result *result, struct error *error);

/* An all-zero one is fine. */
void sinkhorn_result_free(struct sinkhorn_result *result);

/* Rows first .. first + count of the plan of given potentials, count x m, row-major. */
void sinkhorn_plan_rows(const struct sinkhorn_problem *problem, const double *source_potentials,
                        const double *target_potentials, size_t first, size_t count, double *plan);

#endif
