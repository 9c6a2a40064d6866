/* Sums and products of doubles with what rounding took from them, by plain operations (Knuth 1969; Dekker
 * 1971, A floating-point technique for extending the available precision, Numer. Math. 18). */
#ifndef NUM_COMPENSATED_H
#define NUM_COMPENSATED_H

#include "base/instruction_sets.h"

/* a + b = sum + what is returned, exactly, unless the sum overflows. */
ALWAYS_INLINE double compensated_sum_error(double a, double b, double sum) {
    double from_b = sum - a;
    double from_a = sum - from_b;
    return (a - from_a) + (b - from_b);
}

/* The same where |a| >= |b|. */
ALWAYS_INLINE double compensated_fast_sum_error(double a, double b, double sum) {
    return b - (sum - a);
}

/* a b = product + what is returned, exactly, where neither exceeds 2^995 and the product 2^-969. */
ALWAYS_INLINE double compensated_product_error(double a, double b, double product) {
    double a_high = a * 134217729; /* 2^27 + 1 splits 53 bits in halves */
    double b_high = b * 134217729;
    a_high = a_high - (a_high - a);
    b_high = b_high - (b_high - b);
    double a_low = a - a_high, b_low = b - b_high;
    return a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low);
}

#endif
