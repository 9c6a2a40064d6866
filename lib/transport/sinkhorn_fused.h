/* Half steps of both sides in one pass over the plan, in single precision; not for others.
 *
 * Kernel values of a few rows stay in the cache: s_i = sum_j K_ij gives the new f_i, and the rows, weighed
 * with it, are added to the columns' sums at once, which gives the new g: one exponential a pair and
 * iteration in place of two. Exponents are (f + g - C)/eps with the potentials so far, so they are small
 * where the plan is; potentials are rounded to single precision before, not after, so that this is no error.
 * What is left is 1e-7 of (|f| + |g|)/eps in each kernel value. */
#ifndef TRANSPORT_SINKHORN_FUSED_H
#define TRANSPORT_SINKHORN_FUSED_H

#include "transport/sinkhorn_parts.h"
#include "transport/sinkhorn_stored.h"

struct sinkhorn_fused {
    const struct sinkhorn_solver *solver;
    bool from_points;         /* squared distances in few dimensions, made in single precision */
    size_t dimension, strips; /* the targets in strips of 64, the last one filled up */
    double *centre;           /* dimension */
    float *source_points; /* sources x dimension, centred, in units in which the cost over eps is |x - y|^2 */
    float *target_points; /* coordinate by coordinate within each strip */
    float *target_offsets;                   /* log b_j + g_j/eps; -inf for what fills up */
    float *kernels;                          /* a group of rows for each thread */
    double *source_softmin, *target_softmin; /* of the last pass, where there is weight */
};

/* Whether costs are made from points on the way, as quickly as they could be read. */
bool sinkhorn_fused_makes_costs(const struct sinkhorn_problem *problem);

/* Returns 0, or -1: out of memory, with nothing to free. */
__attribute__((warn_unused_result)) int sinkhorn_fused_create(struct sinkhorn_fused *fused,
                                                              const struct sinkhorn_solver *solver,
                                                              struct error *error);
void sinkhorn_fused_free(struct sinkhorn_fused *fused);

/* To be called when the solver's eps changed. */
void sinkhorn_fused_set_epsilon(struct sinkhorn_fused *fused);

/* From g in target.potentials (rounded here) and any f near its next value in source.potentials: f <- T g in
 * source.potentials, T f in target.updates. For a self problem T g in both. Potentials of points without
 * weight are left alone. Where stored is not NULL the kernel is put there, which may fail: see
 * stored->filled. Returns false where a sum left the range of single precision: nothing is to be made of the
 * numbers then. */
bool sinkhorn_fused_pass(struct sinkhorn_fused *fused, struct sinkhorn_solver *solver,
                         struct sinkhorn_stored *stored);

#endif
