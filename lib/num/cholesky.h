/* Cholesky factors: A = L L^T for symmetric positive definite A, and what is made of them.
 *
 * Matrices are row-major, n x n. For n above BLAS_SMALL_MAX blas_load must have been called (num/blas.h). */
#ifndef NUM_CHOLESKY_H
#define NUM_CHOLESKY_H

#include <stddef.h>

/* Puts L in the place of A and zeros above its diagonal. Only A's lower triangle is read. Returns 0, or the
 * number (from 1) of the first pivot that is not positive: A is then not positive definite, and spoilt. */
size_t cholesky_factor(size_t n, double *a);

/* The number (from 1) of the first column of A that is a linear combination of those before it to working
 * precision: its pivot is at most 4 n epsilon of its diagonal entry, all of it rounding. 0 where there is
 * none.
 *
 *   diagonal  n values: A's */
size_t cholesky_dependent_column(size_t n, const double *diagonal, const double *factor);

/* log |A| = 2 sum log L_ii */
double cholesky_log_determinant(size_t n, const double *factor);

/* b becomes L^-1 b, for each row b of a count x n matrix. */
void cholesky_solve_lower(size_t n, const double *factor, size_t count, double *b);

/* b becomes A^-1 b, for each row b of a count x n matrix. */
void cholesky_solve(size_t n, const double *factor, size_t count, double *b);

#endif
