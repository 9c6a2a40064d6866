/* What num/blas.h offers, by plain loops: for small matrices, and as a second opinion in tests.
 *
 * Every entry of a result is summed in ascending order of the inner index with one rounding per operation, so
 * it depends neither on its neighbours nor on the instruction set. Arguments as in num/blas.h, of any size.
 */
#ifndef NUM_PLAIN_BLAS_H
#define NUM_PLAIN_BLAS_H

#include <stdbool.h>
#include <stddef.h>

#include "num/blas.h"

void plain_blas_multiply(const struct blas_product *product);
void plain_blas_gram(size_t rows, size_t n, const double *a, size_t stride, double beta, double *c);
void plain_blas_solve_rows(size_t n, const double *factor, bool transposed, size_t count, double *b);
size_t plain_blas_cholesky(size_t n, double *a);

#endif
