/* Eigenvalues and eigenvectors of symmetric matrices through a tridiagonal one: Householder's reflections,
 * then implicit QL (Bowdler, Martin, Reinsch and Wilkinson 1968, The QR and QL algorithms for symmetric
 * matrices, Numerische Mathematik 11, 293-306). Several times faster than Jacobi's rotations from order 10
 * on, and the same bytes everywhere, which LAPACK's are not; eigenvalues are good to rounding of the largest
 * one only. */
#ifndef NUM_TRIDIAGONAL_EIGEN_H
#define NUM_TRIDIAGONAL_EIGEN_H

#include <stddef.h>

/* A = sum_i values_i v_i v_i^T.
 *
 *   a         n x n, symmetric; overwritten
 *   values    n, written, in no order
 *   vectors   n x n, written: the eigenvectors v_i as rows
 *   off       room for n values
 *
 * Of a matrix that is not finite nothing useful is made. */
void tridiagonal_eigen(size_t n, double *a, double *values, double *vectors, double *off);

#endif
