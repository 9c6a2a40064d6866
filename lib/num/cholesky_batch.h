/* Small Cholesky factors eight at a time, one a lane: for many systems too small to fill a vector on their
 * own. The same bytes for any instruction set. */
#ifndef NUM_CHOLESKY_BATCH_H
#define NUM_CHOLESKY_BATCH_H

#include <stddef.h>

enum { CHOLESKY_BATCH = 8 };

/* Matrices are lower triangles, row by row, the eight side by side: entry i, j <= i of each lane at
 * cholesky_batch_at(i, j) + lane. Arrays start on a boundary of 64 bytes. */
static inline size_t cholesky_batch_at(size_t i, size_t j) {
    return (i * (i + 1) / 2 + j) * CHOLESKY_BATCH;
}

/* Doubles of eight matrices of order n. */
static inline size_t cholesky_batch_size(size_t n) {
    return cholesky_batch_at(n, 0);
}

/* Puts L in the place of A, with the inverses of its diagonal there. Returns 0, or -1: one of the eight is
 * not positive definite. */
int cholesky_batch_factor(size_t n, double *a);

/* b becomes L^-1 b; n x 8. */
void cholesky_batch_solve_lower(size_t n, const double *factor, double *b);

/* b becomes L^-T b. */
void cholesky_batch_solve_upper(size_t n, const double *factor, double *b);

#endif
