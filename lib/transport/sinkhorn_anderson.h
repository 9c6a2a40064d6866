/* Anderson's acceleration of a fixed-point iteration (Anderson 1965, Iterative procedures for nonlinear
 * integral equations, J. ACM 12; Walker and Ni 2011, SIAM J. Numer. Anal. 49); not for others.
 *
 * Of the last few points the combination whose residual is least, by weighted squares, is mapped on: a few
 * slow directions are solved for at once, as a Krylov method would. */
#ifndef TRANSPORT_SINKHORN_ANDERSON_H
#define TRANSPORT_SINKHORN_ANDERSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { SINKHORN_ANDERSON_DEPTH = 8 };

struct sinkhorn_anderson {
    size_t depth;              /* how many differences are kept: no more than are independent */
    size_t count, used, next;  /* used of the differences below are filled, `next` is overwritten next */
    const double *weights;     /* of the coordinates; the caller's */
    double *differences;       /* of residuals: DEPTH x count */
    double *map_differences;   /* of mapped points */
    double *residual, *mapped; /* the last ones */
    bool started;
};

/* Returns 0, or -1: out of memory, with nothing to free. */
__attribute__((warn_unused_result)) int sinkhorn_anderson_create(struct sinkhorn_anderson *anderson,
                                                                 size_t count, const double *weights,
                                                                 struct error *error);
void sinkhorn_anderson_free(struct sinkhorn_anderson *anderson);

/* Forgets all points. */
void sinkhorn_anderson_restart(struct sinkhorn_anderson *anderson);

/* Takes a point and what it is mapped to, and puts the next point in place of the point: no coordinate
 * further than step_max from the mapped one. */
void sinkhorn_anderson_step(struct sinkhorn_anderson *anderson, double step_max, double *point,
                            const double *mapped);

/* Instead of a step that led astray: the last mapped point, and all forgotten. */
void sinkhorn_anderson_retreat(struct sinkhorn_anderson *anderson, double *point);

#endif
