/* The part of a clustering program's certificate that one block has: a proved lower bound of
 * lambda_min(C - u 1^T - 1 u^T - N). */
#ifndef DENSITY_CLUSTERING_BOUND_H
#define DENSITY_CLUSTERING_BOUND_H

#include <stddef.h>

#include "base/error.h"
#include "num/spectral_simplex.h"

struct clustering_bound {
    size_t n;
    const double *cost, *slack;       /* C and N, n x n, symmetric to the last bit */
    const double *u;                  /* n */
    double *work;                     /* n x n, spoilt */
    struct spectral_simplex *simplex; /* estimates the eigenvalue from the vectors that it follows */
    double scale;                     /* the size of C: |C - mean C|, over all blocks */
};

/* Rounding included; -inf where the matrix, shifted by its estimated eigenvalue and ever more, has no
 * Cholesky factor. Returns 0, or -1 where memory fails or a value is not finite. */
__attribute__((warn_unused_result)) int clustering_bound_smallest(const struct clustering_bound *bound,
                                                                  double *smallest, struct error *error);

#endif
