/* A sum over a stream, in double-double arithmetic: the same whatever the blocks it came in.
 *
 * What is kept has an error near 1e-31 of the sum of absolute values, so sums of the same values in other
 * blocks, or merged in another order, round to the same double but in some case in 1e14 or where they cancel
 * nearly whole.
 *
 * Source: Dekker 1971, Numer. Math. 18; Joldes, Muller and Popescu 2017, ACM Trans. Math. Softw. 44, 15res.
 */
#ifndef NUM_RUNNING_SUM_H
#define NUM_RUNNING_SUM_H

#include <stddef.h>
#include <stdint.h>

struct running_sum {
    double value, carry; /* the sum is value + carry, |carry| <= ulp(value) / 2 */
    double special;      /* infinities and nans are added apart */
    uint64_t count;
};

#define RUNNING_SUM_EMPTY                                                                                    \
    { 0, 0, 0, 0 }

void running_sum_add(struct running_sum *sum, size_t count, const double *values);

/* Adds values times weights, each product exact; count grows by count. 0 times an infinity is nan, as
 * everywhere. */
void running_sum_add_weighted(struct running_sum *sum, size_t count, const double *values,
                              const double *weights);

/* Adds another sum and its count. */
void running_sum_merge(struct running_sum *sum, const struct running_sum *other);

/* The sum, rounded once. */
double running_sum_value(const struct running_sum *sum);

/* value / count; nan for an empty sum. */
double running_sum_mean(const struct running_sum *sum);

#endif
