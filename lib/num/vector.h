/* Elementwise functions and sums of arrays of doubles, vectorised; same bytes on every instruction set and
 * thread count.
 *
 * Errors are against the true value, in units in the last place. 0, infinities, nan and subnormals give what
 * C's functions give. An output may be the input itself; otherwise they may not overlap. */
#ifndef NUM_VECTOR_H
#define NUM_VECTOR_H

#include <stdbool.h>
#include <stddef.h>

void vector_exp(size_t count, const double *x, double *result);      /* at most 1 ulp, 1.5 where subnormal */
void vector_log(size_t count, const double *x, double *result);      /* at most 1 ulp; log 0 is -inf */
void vector_log1p(size_t count, const double *x, double *result);    /* at most 2 ulp */
void vector_expm1(size_t count, const double *x, double *result);    /* at most 2 ulp */
void vector_exp_floats(size_t count, const float *x, float *result); /* at most 1.5 ulp of a float */
void vector_sqrt(size_t count, double *x);
void vector_scale(size_t count, double factor, double *x);

/* The fast sum, by halves or in eight lanes: error at most 12 units of 2^-53 of sum |x|, whatever the count.
 * The order is fixed by count alone. */
double vector_pairwise_sum(size_t count, const double *x);

/* The pairwise sum of each row of a rows x columns matrix. */
void vector_row_sums(size_t rows, size_t columns, const double *x, double *result);

/* Sum as if taken in twice the precision: error about 1e-30 x sum |x|, before the final rounding. An infinite
 * or nan entry gives what plain addition gives. */
double vector_sum(size_t count, const double *x);

double vector_dot(size_t count, const double *x, const double *y); /* compensated, as vector_sum */

/* In plain arithmetic, in eight partial sums; error about 1e-16 x count / 8 x sum |x y|. */
double vector_plain_dot(size_t count, const double *x, const double *y);

/* Whether none is inf or nan. */
bool vector_all_finite(size_t count, const double *x);

/* log sum exp x; -inf where all are -inf (or there is none), inf where one is inf. */
double vector_log_sum_exp(size_t count, const double *x);

/* Each row of a rows x columns matrix becomes its softmax of x / temperature, or the logarithm of that.
 * An entry -inf is probability 0; a row of -inf alone, or with inf or nan in it, gives nan. */
void vector_softmax(size_t rows, size_t columns, double temperature, const double *x, double *result);
void vector_log_softmax(size_t rows, size_t columns, double temperature, const double *x, double *result);

#endif
