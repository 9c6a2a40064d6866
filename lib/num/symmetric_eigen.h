/* Eigenvalues and eigenvectors of symmetric matrices by Jacobi's rotations: slower than LAPACK, but small
 * eigenvalues of scaled matrices keep their digits, and no library is needed. */
#ifndef NUM_SYMMETRIC_EIGEN_H
#define NUM_SYMMETRIC_EIGEN_H

#include <stddef.h>

/* A = sum_i values_i v_i v_i^T.
 *
 *   a        n x n, symmetric; overwritten
 *   values   n, written, in no order
 *   vectors  n x n, written: the eigenvectors v_i as rows */
void symmetric_eigen_jacobi(size_t n, double *a, double *values, double *vectors);

#endif
