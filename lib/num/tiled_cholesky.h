/* Cholesky factors and inverses of large matrices on several threads.
 *
 * Work goes in tiles, each a call of single-threaded BLAS whose shape depends on n alone: the bytes are the
 * same for any number of threads. Left-looking, so that most of the work is in products with a long inner
 * dimension (Golub and Van Loan 2013, section 4.2.6); a tile waits for those it is made of, not for its whole
 * column (Buttari and others 2009).
 *
 * Matrices are row-major, n x n; only the lower triangle of A is read. blas_load must have been called. */
#ifndef NUM_TILED_CHOLESKY_H
#define NUM_TILED_CHOLESKY_H

#include <stddef.h>

#include "base/error.h"

/* Memory for the work on matrices of order n, so that neither function can fail for want of it. */
struct tiled_cholesky {
    size_t n, threads, tile;
    double *diagonals; /* the tiles on the diagonal, or their inverses */
    double *tiles;     /* one for each thread */
    size_t *done;      /* of each row of tiles, how many hold L by now */
};

__attribute__((warn_unused_result)) int tiled_cholesky_open(struct tiled_cholesky *work, size_t n,
                                                            size_t threads, struct error *error);

/* An all-zero one is fine. */
void tiled_cholesky_close(struct tiled_cholesky *work);

/* The lower triangle of A becomes L with A = L L^T; above the diagonal nothing is kept. Returns 0, or the
 * number (from 1) of the first pivot that is not positive, A then being spoilt. */
size_t tiled_cholesky_factor(struct tiled_cholesky *work, double *a);

/* The lower triangle of L, as tiled_cholesky_factor left it, becomes that of A^-1 = L^-T L^-1. The upper
 * triangle is spoilt. */
void tiled_cholesky_invert(struct tiled_cholesky *work, double *factor);

#endif
