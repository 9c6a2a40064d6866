/* Printing: the shortest digits after Giulietti (2021, The Schubfach way to render doubles), N digits by one
 * 192-bit product, and their layout as text. */

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "io/decimal.h"
#include "io/decimal_compare.h"
#include "io/decimal_powers.h"

enum {
    FIXED_MIN = -5, /* the least and the greatest power of ten of a first digit printed without exponent */
    FIXED_MAX = 14
};

/* digits x 10^exponent */
struct decimal_number {
    uint64_t digits;
    int exponent;
};

/* mantissa x 2^exponent; nearer_below: the neighbour below is half as far away as the one above. */
struct binary_number {
    uint64_t mantissa;
    int exponent;
    bool nearer_below;
};

static const uint64_t powers_of_10[] = {
    1u,
    10u,
    100u,
    1000u,
    10000u,
    100000u,
    1000000u,
    10000000u,
    100000000u,
    1000000000u,
    10000000000u,
    100000000000u,
    1000000000000u,
    10000000000000u,
    100000000000000u,
    1000000000000000u,
    10000000000000000u,
    100000000000000000u,
    1000000000000000000u,
    10000000000000000000u,
};

/* 1233 / 2^12 is log10(2) near enough for 64 bits. */
ALWAYS_INLINE int count_digits(uint64_t number) {
    int guess = (64 - __builtin_clzll(number | 1)) * 1233 >> 12;
    return guess + (number >= powers_of_10[guess]);
}

/* ---- shortest digits ---- */

/* The upper 64 bits of power x factor, the last of them set where anything follows: Boldo and Melquiond's
 * rounding to odd, which keeps every comparison with an even integer as the exact product would have it. */
ALWAYS_INLINE uint64_t times_to_odd(uint64_t factor, const struct decimal_power *power) {
    struct decimal_product product = decimal_power_times(factor, power);
    return product.high | (product.middle > 1);
}

/* floor(log10(2^exponent)), and of 3/4 of it; 1262611 / 2^22 is log10(2), 524031 / 2^22 is -log10(3/4). */
ALWAYS_INLINE int floor_log10(int exponent, bool three_quarters) {
    return (exponent * 1262611 - (three_quarters ? 524031 : 0)) >> 22;
}

/* The shortest decimal that rounds to v = c 2^q, and of those the closest. 10^k is the greatest power of ten
 * not longer than the interval that rounds to v, so some multiple of it lies inside, and at most one of
 * 10^(k + 1). All quantities are in quarters of 10^k. */
ALWAYS_INLINE struct decimal_number shortest(struct binary_number v) {
    int k = floor_log10(v.exponent, v.nearer_below);
    struct decimal_power power = *decimal_power(-k);
    if (!decimal_power_exact(-k)) { /* rounded up, as the proof asks; never carries over both words */
        power.low++;
        power.high += power.low == 0;
    }
    int shift = v.exponent + decimal_power_exponent(-k) + 1;
    uint64_t center = times_to_odd(4 * v.mantissa << shift, &power);
    uint64_t low = times_to_odd((4 * v.mantissa - 2 + v.nearer_below) << shift, &power);
    uint64_t high = times_to_odd((4 * v.mantissa + 2) << shift, &power);
    low += v.mantissa & 1; /* an odd mantissa does not get the ties at the interval's ends */
    high -= v.mantissa & 1;

    uint64_t below = center / 4;
    uint64_t tens = below / 10;
    bool tens_inside = low <= 40 * tens;
    bool next_tens_inside = 40 * tens + 40 <= high;
    bool below_inside = low <= 4 * below;
    bool above_inside = 4 * below + 4 <= high;
    uint64_t middle = 4 * below + 2;
    bool nearer = (center > middle) | ((center == middle) & (bool)(below & 1));
    bool one_inside = below_inside != above_inside;
    bool up = (one_inside & above_inside) | (!one_inside & nearer);

    /* Either way is as likely for random values: a choice by masks, which no compiler turns into a jump. */
    bool shorter = (tens_inside != next_tens_inside) & (below >= 10);
    uint64_t mask = -(uint64_t)shorter;
    uint64_t digits = ((tens + next_tens_inside) & mask) | ((below + up) & ~mask);
    return (struct decimal_number){digits, k + shorter};
}

/* ---- a given number of digits ---- */

static bool above_half(struct binary_number v, uint64_t digits, int exponent) {
    char text[20];
    uint64_t left = 2 * digits + 1;
    int count = count_digits(left);
    for (int i = count - 1; i >= 0; i--, left /= 10)
        text[i] = (char)('0' + left % 10);
    int order = -decimal_compare(text, count, exponent, v.mantissa, v.exponent + 1);
    return order > 0 || (order == 0 && (digits & 1) != 0);
}

/* v = c 2^q as an integer times 10^exponent, rounded to nearest, ties to even. The product of c and the power
 * 10^-exponent is known to 64 bits after the point and more, but for what the power lacks. */
static uint64_t round_to_power(struct binary_number v, int exponent) {
    int zeros = __builtin_clzll(v.mantissa);
    struct decimal_product product = decimal_power_times(v.mantissa << zeros, decimal_power(-exponent));
    int shift = 63 - (v.exponent - zeros + 64 + decimal_power_exponent(-exponent));
    assert(shift > 0 && shift <= 64);
    decimal_wide fixed = ((decimal_wide)product.high << 64 | product.middle) >> shift;
    uint64_t whole = (uint64_t)(fixed >> 64), fraction = (uint64_t)fixed;
    uint64_t half = (uint64_t)1 << 63;
    if (fraction < half - 2 || fraction > half + 2)
        return whole + (fraction > half);
    return whole + above_half(v, whole, exponent);
}

/* v to `digits` significant digits. The guess of its magnitude may be one too low. */
static struct decimal_number rounded(struct binary_number v, int digits) {
    int magnitude = floor_log10(63 - __builtin_clzll(v.mantissa) + v.exponent, false);
    int exponent = magnitude - digits + 1;
    uint64_t result = round_to_power(v, exponent);
    if (result >=
        powers_of_10[digits]) /* one digit too many: again with the right power, not rounded twice */
        result = round_to_power(v, ++exponent);
    return (struct decimal_number){result, exponent};
}

/* ---- layout ---- */

/* 17 digits: one, eight, eight. */
struct digit_groups {
    uint32_t first, second, third;
};

/* A number of so many digits, brought to 17. */
ALWAYS_INLINE struct digit_groups group_digits(uint64_t number, int places) {
    number *= powers_of_10[17 - places];
    uint64_t first = number / 10000000000000000, rest = number % 10000000000000000;
    return (struct digit_groups){(uint32_t)first, (uint32_t)(rest / 100000000), (uint32_t)(rest % 100000000)};
}

/* Four digits of a number below 10^4, one a byte, the first in the lowest: halves, then quarters, in both
 * lanes at once (5243 / 2^19 is 1/100, 103 / 2^10 is 1/10 near enough). */
ALWAYS_INLINE uint32_t split_4_digits(uint32_t number) {
    uint32_t hundreds = number * 5243 >> 19;
    uint32_t lanes = hundreds | (number - 100 * hundreds) << 16;
    uint32_t tens = (lanes * 103 >> 10) & 0x000f000f;
    return tens | (lanes - 10 * tens) << 8;
}

/* Eight digits, in products of 32 bits, of which a vector holds many. */
ALWAYS_INLINE uint64_t split_8_digits(uint32_t number) {
    uint32_t upper = number / 10000;
    return split_4_digits(upper) | (uint64_t)split_4_digits(number - 10000 * upper) << 32;
}

ALWAYS_INLINE void store_8(char *text, uint64_t characters) {
    memcpy(text, &characters, sizeof characters);
}

/* Stores the eight characters with a point before that at `place` (0 .. 7): nine bytes. */
ALWAYS_INLINE void store_8_with_point(char *text, uint64_t characters, int place) {
    uint64_t head = ((uint64_t)1 << 8 * place) - 1;
    store_8(text, (characters & head) | (uint64_t)'.' << 8 * place | (characters & ~head) << 8);
    text[8] = (char)(characters >> 56);
}

static size_t write_exponent(char *text, int exponent) {
    char *at = text;
    *at++ = 'e';
    if (exponent < 0)
        *at++ = '-';
    int size = exponent < 0 ? -exponent : exponent;
    if (size >= 100)
        *at++ = (char)('0' + size / 100);
    if (size >= 10)
        *at++ = (char)('0' + size / 10 % 10);
    *at++ = (char)('0' + size % 10);
    return (size_t)(at - text);
}

/* How many of 17 digits there are up to the last that is not zero: 1 at least. */
ALWAYS_INLINE int count_significant(uint64_t second, uint64_t third) {
    if ((third | second) == 0)
        return 1;
    return third != 0 ? 17 - __builtin_clzll(third) / 8 : 9 - __builtin_clzll(second | 1) / 8;
}

/* Writes the 17 digits, split, the first of which stands for 10^magnitude. Up to 24 bytes are touched,
 * whatever the length. */
ALWAYS_INLINE size_t write_digits(char *text, int magnitude, uint32_t first, uint64_t second,
                                  uint64_t third) {
    const uint64_t zeros = 0x3030303030303030;
    int count = count_significant(second, third);
    second += zeros;
    third += zeros;

    if (magnitude >= FIXED_MIN && magnitude < 0) {
        memcpy(text, "0.0000", 6);
        text += 1 - magnitude;
        text[0] = (char)('0' + first);
        store_8(text + 1, second);
        store_8(text + 9, third);
        return (size_t)(1 - magnitude + count);
    }

    bool fixed = magnitude >= 0 && magnitude <= FIXED_MAX;
    int whole = fixed ? magnitude : 0; /* digits before the point, less one */
    text[0] = (char)('0' + first);
    if (whole < 8) {
        store_8_with_point(text + 1, second, whole);
        store_8(text + 10, third);
    } else {
        store_8(text + 1, second);
        store_8_with_point(text + 9, third, whole - 8);
    }
    size_t length = (size_t)(count > whole + 1 ? count + 1 : whole + 1);
    return fixed ? length : length + write_exponent(text + length, magnitude);
}

/* Writes digits x 10^exponent (0 < digits < 10^17). */
static size_t write_number(char *text, struct decimal_number number) {
    int places = count_digits(number.digits);
    struct digit_groups groups = group_digits(number.digits, places);
    return write_digits(text, number.exponent + places - 1, groups.first, split_8_digits(groups.second),
                        split_8_digits(groups.third));
}

static size_t write_special(char *text, double value) {
    const char *word = isnan(value) ? "nan" : isinf(value) ? "inf" : "0";
    size_t negative = signbit(value) && !isnan(value);
    text[0] = '-';
    memcpy(text + negative, word, strlen(word));
    return negative + strlen(word);
}

ALWAYS_INLINE struct binary_number split_double(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
    int biased = (int)(bits >> 52 & 0x7ff);
    if (biased == 0)
        return (struct binary_number){fraction, -1074, false};
    return (struct binary_number){fraction | (uint64_t)1 << 52, biased - 1075, fraction == 0 && biased > 1};
}

static struct binary_number split_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t fraction = bits & (((uint32_t)1 << 23) - 1);
    int biased = (int)(bits >> 23 & 0xff);
    if (biased == 0)
        return (struct binary_number){fraction, -149, false};
    return (struct binary_number){fraction | (uint32_t)1 << 23, biased - 150, fraction == 0 && biased > 1};
}

static bool is_special(double value) {
    return value == 0 || !isfinite(value);
}

/* Integers below 2^53 need no search for the shortest digits. */
ALWAYS_INLINE struct decimal_number digits_of(double value) {
    struct binary_number v = split_double(value);
    int places = -v.exponent;
    if (places >= 0 && places <= 52 && (v.mantissa & (((uint64_t)1 << places) - 1)) == 0)
        return (struct decimal_number){v.mantissa >> places, 0};
    return shortest(v);
}

size_t decimal_print(char *text, double value) {
    if (is_special(value))
        return write_special(text, value);
    size_t negative = signbit(value) != 0;
    text[0] = '-';
    return negative + write_number(text + negative, digits_of(value));
}

/* A number under way, its digits apart. */
struct begun_number {
    int magnitude;
    uint32_t first;
};

/* Special values begin as 1. */
ALWAYS_INLINE struct begun_number begin_number(double value, uint32_t *second, uint32_t *third) {
    struct decimal_number number = is_special(value) ? (struct decimal_number){1, 0} : digits_of(value);
    int places = count_digits(number.digits);
    struct digit_groups groups = group_digits(number.digits, places);
    *second = groups.second;
    *third = groups.third;
    return (struct begun_number){number.exponent + places - 1, groups.first};
}

/* First the digits of some numbers, then these split, then their layout: each loop is short enough for the
 * processor to have several numbers under way, and the second is one of vectors. */
INSTRUCTION_SETS
size_t decimal_print_rows(char *text, const double *values, size_t count, size_t columns, char separator,
                          char last) {
    enum { BATCH = 32, LANES = 8 };
    struct begun_number begun[BATCH];
    uint32_t groups[2 * BATCH] = {0}; /* second, third, of each */
    uint64_t split[2 * BATCH];
    size_t column = 0;
    char *at = text;
    for (size_t from = 0; from < count; from += BATCH) {
        size_t size = count - from < BATCH ? count - from : BATCH;
        for (size_t i = 0; i < size; i++)
            begun[i] = begin_number(values[from + i], &groups[2 * i], &groups[2 * i + 1]);
        for (size_t i = 0; i < 2 * size; i += LANES) {
#pragma omp simd
            for (size_t lane = 0; lane < LANES; lane++)
                split[i + lane] = split_8_digits(groups[i + lane]);
        }
        for (size_t i = 0; i < size; i++) {
            double value = values[from + i];
            if (is_special(value)) {
                at += write_special(at, value);
            } else {
                *at = '-';
                at += signbit(value) != 0;
                at += write_digits(at, begun[i].magnitude, begun[i].first, split[2 * i], split[2 * i + 1]);
            }
            bool row_ends = ++column == columns;
            *at++ = row_ends ? last : separator;
            column = row_ends ? 0 : column;
        }
    }
    return (size_t)(at - text);
}

size_t decimal_print_float(char *text, float value) {
    if (is_special((double)value))
        return write_special(text, (double)value);
    size_t negative = signbit(value) != 0;
    text[0] = '-';
    return negative + write_number(text + negative, shortest(split_float(value)));
}

size_t decimal_print_rounded(char *text, double value, int digits) {
    if (is_special(value))
        return write_special(text, value);
    size_t negative = signbit(value) != 0;
    text[0] = '-';
    return negative + write_number(text + negative, rounded(split_double(value), digits));
}
