/* exp, expm1, log and log1p of one double (and exp2 of both, exp of a float), without a branch, a table or a
 * call: to be inlined into loops.
 *
 *     #pragma omp simd
 *     for (size_t i = 0; i < count; i++)
 *         result[i] = elementary_exp(x[i]);
 *
 * In a function marked INSTRUCTION_SETS such a loop becomes eight, four or two values a step. Where values
 * are summed as they come, an inner loop over eight fixed lanes keeps the bytes the same:
 *
 *     for (size_t i = 0; i + 8 <= count; i += 8)
 *         #pragma omp simd
 *         for (size_t lane = 0; lane < 8; lane++)
 *             sum[lane] += elementary_exp(x[i + lane]);
 *
 * Each operation is rounded once (the build never contracts a * b + c), so every instruction set gives the
 * same bytes, and an element's result does not depend on its neighbours.
 *
 * Errors are against the true value, in units in the last place; 0, infinities, nan and subnormals, on either
 * side, give what C's functions give. The polynomials are own minimax fits (Remez); argument reduction and
 * the form of log follow Tang 1989, 1990, 1992 (ACM Trans. Math. Softw. 15, 16, 18) and Ng's fdlibm. */
#ifndef NUM_ELEMENTARY_H
#define NUM_ELEMENTARY_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/instruction_sets.h"

#define ELEMENTARY_LN2 0x1.62e42fefa39efp-1
#define ELEMENTARY_LN2_HIGH 0x1.62e42fefa38p-1   /* 42 bits: exact when multiplied by an exponent */
#define ELEMENTARY_LN2_LOW 0x1.ef35793c76730p-45 /* ln 2 - high */
#define ELEMENTARY_LOG2_E 0x1.71547652b82fep+0   /* 1 / ln 2 */
#define ELEMENTARY_ROUND 0x1.8p52                /* added and taken away: rounds to an integer */
#define ELEMENTARY_MANTISSA 0x000fffffffffffffU  /* bits of a double below its exponent */
#define ELEMENTARY_INTEGER 0x4330000000000000U   /* 2^52: integers below 2^52 are or'ed into it */

ALWAYS_INLINE uint64_t elementary_bits(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

ALWAYS_INLINE double elementary_from_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 2^exponent for an integer in -1022 .. 1023. */
ALWAYS_INLINE double elementary_power_of_two(double exponent) {
    return elementary_from_bits(elementary_bits(exponent + (ELEMENTARY_ROUND + 1023)) << 52);
}

/* The same in single precision, for -126 .. 127. */
ALWAYS_INLINE float elementary_power_of_two_float(float exponent) {
    float shifted = exponent + (0x1.8p23F + 127);
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits <<= 23;
    memcpy(&shifted, &bits, sizeof bits);
    return shifted;
}

/* The upper twelve bits as a number 0 .. 4095. */
ALWAYS_INLINE double elementary_exponent(uint64_t bits) {
    return elementary_from_bits(bits >> 52 | ELEMENTARY_INTEGER) - 0x1p52;
}

/* (e^r - 1 - r) / r^2 for |r| <= 0.3467: off by at most 2^-51.5 of itself, 2^-55.8 of e^r / r^2. */
ALWAYS_INLINE double elementary_exp_tail(double r) {
    double tail = 0x1.af64e069686acp-26;
    tail = tail * r + 0x1.28924af4e3f25p-22;
    tail = tail * r + 0x1.71ddf5ec31d07p-19;
    tail = tail * r + 0x1.a019b8df1a0a5p-16;
    tail = tail * r + 0x1.a01a01b033dd5p-13;
    tail = tail * r + 0x1.6c16c17849464p-10;
    tail = tail * r + 0x1.111111110f867p-7;
    tail = tail * r + 0x1.5555555554089p-5;
    tail = tail * r + 0x1.5555555555558p-3;
    return tail * r + 0.5;
}

/* (2 artanh s - 2 s) / s as a function of z = s^2, for |s| <= 0.2005: log((1 + s) / (1 - s)) is 2 s + s times
 * this, off by at most 2^-60 of it. */
ALWAYS_INLINE double elementary_artanh_tail(double z) {
    double tail = 0x1.16dcf7b404a78p-3;
    tail = tail * z + 0x1.0e83c6d7e0b51p-3;
    tail = tail * z + 0x1.3b2a41995fc32p-3;
    tail = tail * z + 0x1.745ca95ee22a7p-3;
    tail = tail * z + 0x1.c71c72e902148p-3;
    tail = tail * z + 0x1.24924923d6cb6p-2;
    tail = tail * z + 0x1.9999999999f5fp-2;
    return (tail * z + 0x1.5555555555555p-1) * z;
}

/* e^x, at most 1 ulp (1.5 where the result is subnormal). */
ALWAYS_INLINE double elementary_exp(double x) {
    x = x > 710 ? 710 : x; /* beyond, the powers of two overflow; below, the result is 0 */
    x = x < -746 ? -746 : x;
    double n = (x * ELEMENTARY_LOG2_E + ELEMENTARY_ROUND) - ELEMENTARY_ROUND;
    double half = (n * 0.5 + ELEMENTARY_ROUND) - ELEMENTARY_ROUND;
    double high = x - n * ELEMENTARY_LN2_HIGH; /* exact */
    double low = n * ELEMENTARY_LN2_LOW;
    double r = high - low;
    double power = 1 + (high + (r * r * elementary_exp_tail(r) - low));
    return power * elementary_power_of_two(half) * elementary_power_of_two(n - half);
}

/* 2^x, at most 1.5 ulp, for |x| <= 1021; beyond, any number, which the caller is to mask. Half the work of
 * elementary_exp: the reduction is exact and one power of two suffices. */
ALWAYS_INLINE double elementary_exp2(double x) {
    double shifted = x + ELEMENTARY_ROUND;
    double r = x - (shifted - ELEMENTARY_ROUND);
    double square = r * r; /* two chains side by side; off by 2^-55.4 of the power */
    double even = 0x1.e9d3fe3952179p-32, odd = 0x1.e6063f7217bc6p-28;
    even = even * square + 0x1.b524fae627834p-24;
    odd = odd * square + 0x1.62bfd47773353p-20;
    even = even * square + 0x1.ffcbfc670dcd4p-17;
    odd = odd * square + 0x1.430913096fd9fp-13;
    even = even * square + 0x1.5d87fe78a5276p-10;
    odd = odd * square + 0x1.3b2ab6fba1ddap-7;
    even = even * square + 0x1.c6b08d704a0c2p-5;
    odd = odd * square + 0x1.ebfbdff82c598p-3;
    even = even * square + 0x1.62e42fefa39efp-1;
    double power = (odd * r + even) * r + 1;
    return elementary_from_bits(elementary_bits(power) + (elementary_bits(shifted) << 52));
}

/* e^x in single precision, at most 1.5 ulp: twice as many a step, for what is iterated or screened before it
 * is finished in double. */
ALWAYS_INLINE float elementary_exp_float(float x) {
    const float round = 0x1.8p23F;
    x = x > 89 ? 89 : x;
    x = x < -104 ? -104 : x;
    float n = (x * (float)ELEMENTARY_LOG2_E + round) - round;
    float half = (n * 0.5F + round) - round;
    float high = x - n * 0x1.63p-1F; /* exact; the rest of ln 2 is negative */
    float low = n * -0x1.bd0106p-13F;
    float r = high - low;
    float tail = 0x1.6d6c38p-10F; /* off by 2^-26.9 of e^r / r^2 */
    tail = tail * r + 0x1.121afp-7F;
    tail = tail * r + 0x1.5554cep-5F;
    tail = tail * r + 0x1.5554c6p-3F;
    tail = tail * r + 0.5F;
    float power = 1 + (high + (r * r * tail - low));
    return power * elementary_power_of_two_float(half) * elementary_power_of_two_float(n - half);
}

/* 2^x in single precision, at most 1.5 ulp, for -125 <= x <= 126; beyond, what those give. The cheapest of
 * all: the reduction is exact and one power of two suffices. Not for nan. */
ALWAYS_INLINE float elementary_exp2_float(float x) {
    const float round = 0x1.8p23F;
    float bounded = x < 126 ? x : 126;
    float shifted = bounded + round;
    float r = bounded - (shifted - round);
    float square = r * r; /* two chains side by side; off by 2^-28.5 of the power */
    float even = 0x1.470b4ep-13F * square + 0x1.3b270ep-7F;
    float odd = 0x1.5f7276p-10F * square + 0x1.c6ae72p-5F;
    even = even * square + 0x1.ebfbe2p-3F;
    odd = odd * square + 0x1.62e432p-1F;
    float power = (even * square + odd * r) + 1;
    uint32_t exponent, bits;
    memcpy(&exponent, &shifted, sizeof exponent);
    memcpy(&bits, &power, sizeof bits);
    bits += exponent << 23;
    memcpy(&power, &bits, sizeof power);
    return x > -125 ? power : 0x1p-125F; /* the one is quicker bounded before, the other after */
}

/* e^x - 1, at most 2 ulp. */
ALWAYS_INLINE double elementary_expm1(double x) {
    double bounded = x > 710 ? 710 : x;
    bounded = bounded < -45 ? -45 : bounded; /* -1 to the last bit from -37.5 down */
    double n = (bounded * ELEMENTARY_LOG2_E + ELEMENTARY_ROUND) - ELEMENTARY_ROUND;
    double half = (n * 0.5 + ELEMENTARY_ROUND) - ELEMENTARY_ROUND;
    double high = bounded - n * ELEMENTARY_LN2_HIGH;
    double low = n * ELEMENTARY_LN2_LOW;
    double r = high - low;
    double power_less_1 = high + (r * r * elementary_exp_tail(r) - low);
    /* 2^n e^r - 1 = 2^n ((1 - 2^-n) + (e^r - 1)); 2^-n vanishes beside 1 long before it underflows. */
    double rest = 1 - elementary_power_of_two(n > 1000 ? -1000 : -n);
    double value = (rest + power_less_1) * elementary_power_of_two(half) * elementary_power_of_two(n - half);
    return x == 0 ? x : value; /* keeps -0 */
}

/* k ln 2 + log(1 + f) for an integer k and -0.293 <= f <= 0.415. */
ALWAYS_INLINE double elementary_log_pieces(double k, double f) {
    double s = f / (2 + f);
    double z = s * s;
    double half_square = 0.5 * f * f;
    double correction = s * (half_square + elementary_artanh_tail(z)) + k * ELEMENTARY_LN2_LOW;
    return k * ELEMENTARY_LN2_HIGH - ((half_square - correction) - f);
}

/* Added to the bits of a double it carries into the exponent from sqrt 2 on, not from 2. */
#define ELEMENTARY_ROOT_HALF 0x3fe6a09e667f3bcdU
#define ELEMENTARY_ROOT_CARRY (0x3ff0000000000000U - ELEMENTARY_ROOT_HALF)

/* log x, at most 1 ulp; log 0 = -inf, log of a negative number nan. */
ALWAYS_INLINE double elementary_log(double x) {
    double normal = x < DBL_MIN ? x * 0x1p54 : x;
    double bias = x < DBL_MIN ? 1023 + 54 : 1023;
    uint64_t bits = elementary_bits(normal) + ELEMENTARY_ROOT_CARRY;
    double k = elementary_exponent(bits) - bias;
    double f = elementary_from_bits((bits & ELEMENTARY_MANTISSA) + ELEMENTARY_ROOT_HALF) - 1;
    double value = elementary_log_pieces(k, f);
    value = x < INFINITY ? value : x;
    return x > 0 ? value : (x == 0 ? -INFINITY : NAN);
}

/* log(1 + x), at most 2 ulp; -inf at -1, nan below. */
ALWAYS_INLINE double elementary_log1p(double x) {
    double u = 1 + x;
    uint64_t bits = elementary_bits(u) + ELEMENTARY_ROOT_CARRY;
    double k = elementary_exponent(bits) - 1023;
    double lost = x - (u - 1); /* what rounding took from 1 + x; exact */
    /* For k = 0 the sum is x again. */
    double f = (elementary_from_bits((bits & ELEMENTARY_MANTISSA) + ELEMENTARY_ROOT_HALF) - 1) +
               lost * elementary_power_of_two(k > 1000 ? -1000 : -k);
    double value = elementary_log_pieces(k, f);
    value = x < INFINITY && x != 0 ? value : x;
    return u > 0 ? value : (u == 0 ? -INFINITY : NAN);
}

#endif
