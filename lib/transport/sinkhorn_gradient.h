/* Derivatives of the values of entropic transport: in costs, points, weights, and epsilon.
 *
 * At the optimum the objective's derivative in a cost is the plan, P_ij (envelope theorem). The transport
 * <C, P> also moves with the plan: with M = [diag(r (1 + eps/R)) P; P^T diag(c (1 + eps/R'))], r = P 1,
 * c = P^T 1, and (u, v) solving M (u, v) = ((P o C) 1, (P o C)^T 1), it is
 *
 *     d<C, P>/dC_ij = P_ij (1 + (u_i + v_j - C_ij)/eps).
 *
 * M is the dual's Hessian times eps; balanced, it has the null direction (1, -1), on whose complement
 * conjugate gradients work. Sources: Feydy and others 2019, Interpolating between optimal transport and MMD
 * using Sinkhorn divergences, AISTATS (envelope); Luise and others 2018, Differential properties of Sinkhorn
 * approximation for learning with Wasserstein distance, NeurIPS 31 (implicit). */
#ifndef TRANSPORT_SINKHORN_GRADIENT_H
#define TRANSPORT_SINKHORN_GRADIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "transport/transport_plan.h"

/* The derivative in each cost: a plan, and for the transport what bends it. */
struct sinkhorn_gradient {
    const struct transport_plan *plan; /* of potentials; envelopes may be of an exact plan */
    double *source_bend, *target_bend; /* u and v, or NULL: the objective's */
    double *row_sums;                  /* r; NULL like them */
    size_t iterations;                 /* of conjugate gradients */
    bool converged;                    /* these reached 1e-12 of the first residual */
};

/* The objective's. Cannot fail; nothing to free. */
struct sinkhorn_gradient sinkhorn_gradient_of_objective(const struct transport_plan *plan);

/* The transport's, by at most so many steps of conjugate gradients. Marginal penalties are infinite or KL.
 * Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int sinkhorn_gradient_of_transport(struct sinkhorn_gradient *gradient,
                                                                       const struct transport_plan *plan,
                                                                       size_t iterations_max,
                                                                       struct error *error);

void sinkhorn_gradient_free(struct sinkhorn_gradient *gradient);

/* Adds factor times the derivative in the points of the sources, sources x dimension, or of the targets.
 * Costs are made from points. Return 0 or -1. */
__attribute__((warn_unused_result)) int sinkhorn_gradient_sources(const struct sinkhorn_gradient *gradient,
                                                                  double factor, double *sum,
                                                                  struct error *error);
__attribute__((warn_unused_result)) int sinkhorn_gradient_targets(const struct sinkhorn_gradient *gradient,
                                                                  double factor, double *sum,
                                                                  struct error *error);

/* Writes the derivative in the costs of sources first .. first + count - 1; room: as many values. */
void sinkhorn_gradient_costs(const struct sinkhorn_gradient *gradient, size_t first, size_t count,
                             double *rows, double *room);

/* Writes the derivative in the weights of the sources, where marginals are exact up to a constant for all. Of
 * the transport, weights must be > 0. Returns 0 or -1. */
__attribute__((warn_unused_result)) int sinkhorn_gradient_weights(const struct sinkhorn_gradient *gradient,
                                                                  double *slopes, struct error *error);

/* Writes the derivative in epsilon. Returns 0 or -1. */
__attribute__((warn_unused_result)) int sinkhorn_gradient_epsilon(const struct sinkhorn_gradient *gradient,
                                                                  double *slope, struct error *error);

#endif
