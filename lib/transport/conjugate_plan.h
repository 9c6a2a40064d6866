/* Conjugate gradients on the dual Hessian of entropic transport,
 *
 *     [diag(r (1 + eps/R))  P; P^T  diag(c (1 + eps/R'))] (u, v) = ((P o C) 1, (P o C)^T 1),
 *
 * r and c the plan's own row and column sums, with the diagonal as preconditioner. Where both penalties are
 * infinite the matrix is singular along (1, -1), to which the right side is orthogonal: steps stay on the
 * complement. Each step is a pass over the plan. */
#ifndef TRANSPORT_CONJUGATE_PLAN_H
#define TRANSPORT_CONJUGATE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "transport/transport_plan.h"

struct conjugate_plan {
    const struct transport_plan *plan;
    double *u, *v;    /* sources and targets values, written */
    double *row_sums; /* r, written */
    size_t iterations;
    bool converged; /* the residual fell to 1e-13 of what it was */
};

/* Returns 0, converged or not, or -1 where memory fails. */
__attribute__((warn_unused_result)) int conjugate_plan_solve(struct conjugate_plan *system,
                                                             size_t iterations_max, struct error *error);

#endif
