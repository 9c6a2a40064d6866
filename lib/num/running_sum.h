/* A sum over a stream, in double-double arithmetic: the same whatever the blocks it came in. */
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
void running_sum_add_weighted(struct running_sum *sum, size_t count, const double *values,
                              const double *weights);
void running_sum_merge(struct running_sum *sum, const struct running_sum *other);
double running_sum_value(const struct running_sum *sum);
double running_sum_mean(const struct running_sum *sum); /* value / count */

#endif
