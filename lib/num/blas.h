/* The few BLAS and LAPACK routines that are needed, on row-major matrices.
 *
 * The library (OpenBLAS, or any reference BLAS with LAPACK) is loaded when blas_load is first called, so that
 * a filter that never needs it does not pay for it at start; built with -DBLAS_LINKED its symbols are called
 * directly. It runs on one thread: parallel loops are ours (base/parallel.h), and a thread's call must not
 * depend on the others.
 *
 * Matrices of order at most BLAS_SMALL_MAX are worked on by plain loops (num/plain_blas.h) and never need the
 * library. The choice depends on shapes alone, so that results do not depend on what else was loaded. All
 * sizes must fit an int. Functions allocate nothing and may be called from several threads at once. */
#ifndef NUM_BLAS_H
#define NUM_BLAS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { BLAS_SMALL_MAX = 64 };

/* Loads the library, once; to be called before the threads that use it start. Returns 0, or -1 with the
 * package named that holds it. */
__attribute__((warn_unused_result)) int blas_load(struct error *error);

/* The same if matrices of this order need the library, else nothing. */
__attribute__((warn_unused_result)) int blas_load_for(size_t order, struct error *error);

/* The library in use, for reports: its file name, "linked", or "none" before blas_load. */
const char *blas_name(void);

/* C = alpha op(A) op(B) + beta C. */
struct blas_product {
    size_t rows, columns, inner; /* op(A) is rows x inner, op(B) inner x columns, C rows x columns */
    double alpha, beta;          /* beta = 0: C is not read */
    const double *a, *b;
    size_t a_stride, b_stride, c_stride; /* from one row in memory to the next */
    bool a_transposed, b_transposed;     /* op(A) = A^T: A is inner x rows in memory */
    double *c;                           /* does not overlap a or b */
};

/* Needs the library where max(columns, inner) > BLAS_SMALL_MAX. */
void blas_multiply(const struct blas_product *product);

/* Lower triangle of C = A^T A + beta C; the strict upper triangle is left alone.
 *
 *   a  rows x n, rows `stride` apart
 *   c  n x n
 *
 * Needs the library where n > BLAS_SMALL_MAX. */
void blas_gram(size_t rows, size_t n, const double *a, size_t stride, double beta, double *c);

/* Solves L x = b, or L^T x = b, for many right sides b, each a row of B; the solutions take their place.
 *
 *   factor  n x n, lower triangular, diagonal not 0; the strict upper triangle is not read
 *   b       count x n
 *
 * Needs the library where n > BLAS_SMALL_MAX. */
void blas_solve_rows(size_t n, const double *factor, bool transposed, size_t count, double *b);

/* Cholesky: the lower triangle of A becomes L with A = L L^T; the strict upper triangle is neither read nor
 * written. Returns 0, or the number (from 1) of the first pivot that is not positive, A then being spoilt.
 * Needs the library where n > BLAS_SMALL_MAX. */
size_t blas_cholesky(size_t n, double *a);

/* All eigenvalues, ascending, and eigenvectors of a symmetric matrix, by LAPACK's dsyevr. Needs the library,
 * whatever the order.
 *
 *   a          n x n; only the lower triangle is read; spoilt
 *   values     n, written
 *   vectors    n x n, written: the eigenvectors as rows
 *   workspace  blas_eigen_workspace(n) doubles
 *
 * Returns 0, or -1 where no eigenvectors were found: A is not finite. */
size_t blas_eigen_workspace(size_t n);
int blas_eigen(size_t n, double *a, double *values, double *vectors, double *workspace);

#endif
