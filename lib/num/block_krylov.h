/* The largest eigenvalues of a symmetric matrix, and their eigenvectors, by Rayleigh and Ritz's procedure in
 * a block Krylov space (Golub and Underwood 1977, The block Lanczos method for computing eigenvalues,
 * Mathematical Software III, 361-377), restarted from the best vectors so far: a few products with the matrix
 * where vectors near the wanted ones are at hand. */
#ifndef NUM_BLOCK_KRYLOV_H
#define NUM_BLOCK_KRYLOV_H

#include <stddef.h>

#include "base/error.h"

/* The matrix A + u 1^T + 1 u^T. */
struct block_krylov_matrix {
    size_t order;
    const double *a;     /* order x order, symmetric */
    const double *shift; /* u, or NULL for 0 */
};

struct block_krylov;

/* Workspace for blocks of up to `width` vectors; 4 width <= order. Holds some 8 width order doubles. NULL:
 * error says why. */
struct block_krylov *block_krylov_create(size_t order, size_t width, struct error *error);

/* One cycle: from `width` vectors v to the best `width` in the space of v, Av, A^2 v, A^3 v.
 *
 *   vectors    width x order: where to begin, linearly independent or not; the Ritz vectors, orthonormal
 *   values     width, written: the Ritz values, descending, each at most the eigenvalue of its rank
 *   residuals  width, written: |A v - value v|: an eigenvalue is as near as that to the value
 *
 * The same bytes whatever the thread. Allocates nothing; several workspaces may be used at once. */
void block_krylov_cycle(struct block_krylov *krylov, const struct block_krylov_matrix *matrix, size_t width,
                        double *vectors, double *values, double *residuals);

/* NULL does nothing. */
void block_krylov_free(struct block_krylov *krylov);

#endif
