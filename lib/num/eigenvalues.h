/* Eigenvalues of symmetric matrices, without vectors: reduction to tridiagonal form by reflections
 * (Householder 1958), then implicit QL steps with Wilkinson's shift (Martin and Wilkinson 1968, The implicit
 * QL algorithm, Numer. Math. 12, 377-383). 4/3 n^3 multiplications and adds; no library is loaded. */
#ifndef NUM_EIGENVALUES_H
#define NUM_EIGENVALUES_H

#include <stddef.h>

#include "base/error.h"

/* The eigenvalues of A in ascending order, each good to some n epsilon of the largest.
 *
 *   a       n x n, row-major; only the lower triangle is read; spoilt
 *   values  n, written
 *
 * Returns 0, or -1: out of memory, or A is not finite. */
__attribute__((warn_unused_result)) int eigenvalues_symmetric(size_t n, double *a, double *values,
                                                              struct error *error);

#endif
