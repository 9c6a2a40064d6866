/* Powers of ten to 128 bits, for reading and printing numbers.
 *
 *     10^q = (power + f) 2^(exponent - 127),   2^127 <= power < 2^128,   0 <= f < 1
 *
 * with f = 0 for 0 <= q <= 55, where 5^q fits in 128 bits. */
#ifndef IO_DECIMAL_POWERS_H
#define IO_DECIMAL_POWERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instruction_sets.h"

__extension__ typedef unsigned __int128 decimal_wide;

enum {
    DECIMAL_POWER_MIN = -342, /* a 19-digit integer times 10^-343 is below half the least double */
    DECIMAL_POWER_MAX = 340   /* brings the least double to 17 digits before the point */
};

struct decimal_power {
    uint64_t high, low;
};

/* 10^DECIMAL_POWER_MIN, and so on. */
extern const struct decimal_power decimal_powers[DECIMAL_POWER_MAX - DECIMAL_POWER_MIN + 1];

ALWAYS_INLINE const struct decimal_power *decimal_power(int q) {
    return &decimal_powers[q - DECIMAL_POWER_MIN];
}

ALWAYS_INLINE bool decimal_power_exact(int q) {
    return q >= 0 && q <= 55;
}

/* floor(log2(10^q)): 217706 / 2^16 is near enough to log2(10) for |q| <= 400. */
ALWAYS_INLINE int decimal_power_exponent(int q) {
    return (q * 217706) >> 16;
}

/* The upper two words of factor x power, and the third. */
struct decimal_product {
    uint64_t high, middle, low;
};

ALWAYS_INLINE struct decimal_product decimal_power_times(uint64_t factor, const struct decimal_power *power) {
    decimal_wide upper = (decimal_wide)factor * power->high;
    decimal_wide lower = (decimal_wide)factor * power->low;
    upper += (uint64_t)(lower >> 64);
    return (struct decimal_product){(uint64_t)(upper >> 64), (uint64_t)upper, (uint64_t)lower};
}

#endif
