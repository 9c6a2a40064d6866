/* Elements of logarithmic partial sums: sums of exponentials such as densities, which in many dimensions lie
 * far outside the range of doubles. An element is kept as 2^exponent times a value in [1, 2) or above, so
 * that merging, which adds up, needs neither exponentials nor logarithms and rounds nothing.
 *
 * What lies below 2^-1074 of the greatest part is lost: bits so low may depend on the order of merging, and
 * could reach a result only where all of some 900 bits above them are ones. */
#ifndef NUM_PARTIAL_LOGARITHM_H
#define NUM_PARTIAL_LOGARITHM_H

#include <stddef.h>

#include "io/partial.h"

/* Makes element i the exponential of logarithm + carry (of what rounding left out of the logarithm, or 0), to
 * 2 ulp and the logarithm's own rounding. -inf is a sum of nothing. */
void partial_logarithm_set(struct partial_sum *sum, size_t i, double logarithm, double carry);

/* The logarithm of element i, to 2 ulp, absolutely where it is below 1; -inf for 0. */
double partial_logarithm_value(const struct partial_sum *sum, size_t i);

#endif
