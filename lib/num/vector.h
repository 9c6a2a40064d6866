/* Elementwise functions and sums of arrays of doubles, vectorised; same bytes on every instruction set and
 * thread count.
 *
 * Errors are against the true value, in units in the last place. 0, infinities, nan and subnormals give what
 * C's functions give. An output may be the input itself; otherwise they may not overlap. */
#ifndef NUM_VECTOR_H
#define NUM_VECTOR_H

#include <stddef.h>

void vector_exp(size_t count, const double *x, double *result); /* at most 1.5 ulp */
void vector_log(size_t count, const double *x,
                double *result); /* at most 1.5 ulp; log 0 = -inf, log of a negative nan */
void vector_log1p(size_t count, const double *x, double *result); /* at most 2 ulp */
void vector_expm1(size_t count, const double *x, double *result); /* at most 2 ulp */
void vector_sqrt(size_t count, double *x);
void vector_scale(size_t count, double factor, double *x);

/* Sum in double-double arithmetic: relative error below 1e-30 x sum |x| / |sum| before the final rounding. An
 * infinite or nan entry gives what plain addition gives. */
double vector_sum(size_t count, const double *x);

double vector_dot(size_t count, const double *x, const double *y); /* compensated, as vector_sum */

/* log sum exp x, and of each row; -inf where all are -inf. */
double vector_log_sum_exp(size_t count, const double *x);

/* Each row of a rows x columns matrix becomes its softmax of x / temperature, or the logarithm of that. */
void vector_softmax(size_t rows, size_t columns, double temperature, const double *x, double *result);
void vector_log_softmax(size_t rows, size_t columns, double temperature, const double *x, double *result);

#endif
