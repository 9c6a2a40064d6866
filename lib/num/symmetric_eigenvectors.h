/* Eigenvalues and eigenvectors of symmetric matrices: Jacobi's rotations up to BLAS_SMALL_MAX, beyond that
 * LAPACK's dsyevr. */
#ifndef NUM_SYMMETRIC_EIGENVECTORS_H
#define NUM_SYMMETRIC_EIGENVECTORS_H

#include <stddef.h>

#include "base/error.h"

/* A = sum_k values_k v_k v_k^T.
 *
 *   a       n x n, symmetric; becomes the unit eigenvectors v_k as rows, each with its largest entry positive
 *   values  n, written, from the largest down
 *
 * Loads the library where n needs it. Returns 0, or -1: out of memory, no library, or A is not finite. */
__attribute__((warn_unused_result)) int symmetric_eigenvectors(size_t n, double *a, double *values,
                                                               struct error *error);

#endif
