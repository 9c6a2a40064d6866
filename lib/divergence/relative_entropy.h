/* One term of a relative entropy, p log(p / m) - p + m, to a few ulp however near p and m are.
 *
 * Summed over rows that both have sum 1 the added m - p vanish, and each term is >= 0, so nearly equal rows
 * never give a negative sum. Where m is made from p and another probability q, as in a mixture, m - p is
 * known to more digits than m has, and is passed beside it.
 *
 * With m = 2^k b, where 2/3 <= b / p <= 3/2, s = (b - p) / (b + p) and log(1 + f) = f - s (f - R(s^2)) for
 * f = (b - p) / p and R the series of artanh less its first term (Tang 1990, ACM Trans. Math. Softw. 16):
 *
 *     p log(p / m) - p + m  =  (m - b) - p k ln 2 + s ((b - p) - p R(s^2))
 *
 * For k = 0 the first two vanish and the third is a product of factors of one sign: nothing cancels. One
 * division an entry. From logarithms, with d = log m - log p, the term is p (e^d - 1 - d).
 *
 * Functions ending in _regular have no branch, for loops to be vectorised (num/elementary.h); they want p and
 * m at least RELATIVE_ENTROPY_SMALL, while m where p = 0. The others take all. */
#ifndef DIVERGENCE_RELATIVE_ENTROPY_H
#define DIVERGENCE_RELATIVE_ENTROPY_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "num/elementary.h"

/* Far above the subnormal numbers, so that the bits of b are those of a normal one. */
#define RELATIVE_ENTROPY_SMALL 0x1p-1000

/* m = 2^k b with b / p in [2/3, 3/2], told from the bits, which are nearly 2^52 log2 (Mitchell 1962). */
struct relative_entropy_split {
    double k, b;
};

ALWAYS_INLINE struct relative_entropy_split relative_entropy_split(double p, double m) {
    uint64_t binades = elementary_bits(m) - elementary_bits(p) + 0x0008000000000000U; /* rounds to nearest */
    uint64_t scale = binades & ~ELEMENTARY_MANTISSA;
    return (struct relative_entropy_split){
        .k = elementary_exponent(binades + 0x8000000000000000U) - 2048,
        .b = elementary_from_bits(elementary_bits(m) - scale),
    };
}

/* p log(p / m) - p + m for a mixture m of p and q; difference is m - p. */
ALWAYS_INLINE double relative_entropy_mixture_regular(double p, double m, double difference) {
    struct relative_entropy_split split = relative_entropy_split(p, m);
    double gap = split.k == 0 ? difference : split.b - p;
    double s = gap / (split.b + p);
    double term =
        (m - split.b) - p * (split.k * ELEMENTARY_LN2) + s * (gap - p * elementary_artanh_tail(s * s));
    return p == 0 ? m : term;
}

/* p log(p / q) - p + q. */
ALWAYS_INLINE double relative_entropy_regular(double p, double q) {
    struct relative_entropy_split split = relative_entropy_split(p, q);
    double gap = split.b - p; /* exact */
    double s = gap / (split.b + p);
    double term =
        (q - split.b) - p * (split.k * ELEMENTARY_LN2) + s * (gap - p * elementary_artanh_tail(s * s));
    return p == 0 ? q : term;
}

/* 1 where the _regular functions do not hold, else 0: a double, so that a loop can add it up in vectors. */
ALWAYS_INLINE double relative_entropy_irregular(double p, double m) {
    double least = p < m ? p : m;
    double small = least < RELATIVE_ENTROPY_SMALL ? 1.0 : 0.0;
    return p == 0 ? 0.0 : small;
}

/* log(p / m) for a mixture m; difference is m - p. */
ALWAYS_INLINE double relative_entropy_log_ratio_regular(double p, double m, double difference) {
    struct relative_entropy_split split = relative_entropy_split(p, m);
    double gap = split.k == 0 ? difference : split.b - p;
    double s = gap / (split.b + p);
    double rest = 2 * s + (s * elementary_artanh_tail(s * s) + split.k * ELEMENTARY_LN2_LOW);
    return -(split.k * ELEMENTARY_LN2_HIGH + rest);
}

/* The shares of two rows in a mixture, which sum to 1; a small one has digits that 1 less the other has lost.
 */
struct relative_entropy_shares {
    double first, second;
};

/* (1 - w) q + w p, never rounded to 0 where a share of p is in it. */
ALWAYS_INLINE double relative_entropy_mixed(double w, double p, double q) {
    double m = (1 - w) * q + w * p;
    return m == 0 && w > 0 ? p : m;
}

/* p log(p / m) - p + m for any p, m >= 0: m where p = 0, inf where m = 0 < p. */
ALWAYS_INLINE double relative_entropy(double p, double m, double difference) {
    if (p == 0)
        return m;
    if (m == 0)
        return INFINITY;
    if (p >= RELATIVE_ENTROPY_SMALL && m >= RELATIVE_ENTROPY_SMALL)
        return relative_entropy_mixture_regular(p, m, difference);
    double term = p * (elementary_log(p) - elementary_log(m)) + difference;
    return term < 0 ? 0 : term; /* rounding among subnormals; a nan stays */
}

/* log x - log y; 0 where both are -inf. */
ALWAYS_INLINE double relative_entropy_log_ratio_of_logs(double log_x, double log_y) {
    return log_x == log_y ? 0 : log_x - log_y;
}

/* The term from log p and d = log m - log p, given e^(log p) and m; no branch. inf where m is 0 and p is not,
 * even a p that underflows. */
ALWAYS_INLINE double relative_entropy_from_logs(double log_p, double d, double p, double m) {
    double near = p * (d * d * elementary_exp_tail(d));
    double far = (m - p) - p * d;
    double term = fabs(d) < 0.34 ? near : far;
    term = d == -INFINITY ? INFINITY : term;
    return log_p == -INFINITY ? m : term;
}

/* log m - log p and log m - log q of each entry, m the mixture of p and q, neither share 0; 0 where p and q
 * are 0.
 */
void relative_entropy_log_mixtures(struct relative_entropy_shares shares, size_t count, const double *log_p,
                                   const double *log_q, double *from_p, double *from_q);

/* log(x / m) of each entry, m the mixture of x and y, the share of y not 0; x and y may be logarithms, of at
 * most DIVERGENCE_ROWS_PIECE entries. 0 where both are 0. */
void relative_entropy_log_ratios(struct relative_entropy_shares shares, bool logarithms, size_t count,
                                 const double *x, const double *y, double *result);

#endif
