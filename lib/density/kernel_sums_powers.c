#include "density/kernel_sums_powers.h"

#include <stdint.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "num/elementary.h"

enum {
    EIGHT = KERNEL_SUMS_EIGHT,
    EIGHTS = KD_TREE_LEAF / EIGHT,
    WIDTH = KERNEL_SUMS_ROWS,
    MOST = KERNEL_SUMS_ROWS * EIGHTS
};

/* The eights to be added, by number: row x EIGHTS + place. */
struct chosen {
    size_t exact_count, rough_count;
    uint16_t exact[MOST], rough[MOST];
};

/* 2^x for -1022 <= x <= 1023, at most 2 ulp. The polynomial is a minimax fit of 2^f on |f| <= 1/2, off by
 * 2^-52.07 of it; its even and odd parts need not wait for each other. */
ALWAYS_INLINE double power_within(double x) {
    const double round = ELEMENTARY_ROUND;
    double shifted = x + round, f = x - (shifted - round);
    double s = f * f, even = 0x1.e398c5f91c37ep-28, odd = 0x1.b6740e97aa8ddp-24;
    even = even * s + 0x1.62c1582464bb2p-20;
    odd = odd * s + 0x1.ffcb55e99d1a1p-17;
    even = even * s + 0x1.430912603fee5p-13;
    odd = odd * s + 0x1.5d87fe9cc540ep-10;
    even = even * s + 0x1.3b2ab6fbde16bp-7;
    odd = odd * s + 0x1.c6b08d703d490p-5;
    even = even * s + 0x1.ebfbdff82c3b9p-3;
    odd = odd * s + 0x1.62e42fefa3a17p-1;
    even = even * s + 1;
    return elementary_from_bits(elementary_bits(odd * f + even) + (elementary_bits(shifted) << 52));
}

/* And the nearer end's value beyond. */
ALWAYS_INLINE double power(double x) {
    x = x > -1022 ? x : -1022;
    return power_within(x < 1023 ? x : 1023);
}

/* The same from -126 on, and at most KERNEL_SUMS_ROUGHNESS from it; the fit is off by 2^-18.55. */
ALWAYS_INLINE float rough_power(float x) {
    const float round = 0x1.8p23F + 127;
    x = x > -126 ? x : -126;
    float shifted = x + round, f = x - (shifted - round), scale;
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits <<= 23;
    memcpy(&scale, &bits, sizeof scale);
    float p = 0x1.3997aap-7F;
    p = p * f + 0x1.ca1440p-5F;
    p = p * f + 0x1.ec06dcp-3F;
    p = p * f + 0x1.62e0dcp-1F;
    p = p * f + 0x1.ffffe8p-1F;
    return p * scale;
}

ALWAYS_INLINE double largest_of_eight(const double *terms) {
    double tops[4];
#pragma omp simd
    for (size_t i = 0; i < 4; i++)
        tops[i] = terms[i] > terms[i + 4] ? terms[i] : terms[i + 4];
    double even = tops[0] > tops[2] ? tops[0] : tops[2];
    double odd = tops[1] > tops[3] ? tops[1] : tops[3];
    return even > odd ? even : odd;
}

/* Lists without a branch: which eights matter has no pattern. Neighbours in a list are of different rows, so
 * that their sums do not wait for each other. */
INSTRUCTION_SETS static void choose(size_t count, const size_t *rows, const double *terms,
                                    const struct kernel_sums_limits *limits, struct chosen *chosen) {
    size_t exact_count = 0, rough_count = 0;
    for (size_t place = 0; place < EIGHTS; place++)
        for (size_t i = 0; i < count; i++) {
            size_t row = rows[i], number = row * EIGHTS + place;
            double largest = largest_of_eight(terms + number * EIGHT);
            size_t exact = largest > limits[row].exact, any = largest > limits[row].rough;
            chosen->exact[exact_count] = chosen->rough[rough_count] = (uint16_t)number;
            exact_count += exact;
            rough_count += any & ~exact;
        }
    chosen->exact_count = exact_count;
    chosen->rough_count = rough_count;
}

INSTRUCTION_SETS static void add_exact(const struct chosen *chosen, const double *restrict terms,
                                       double *restrict sums) {
    for (size_t i = 0; i < chosen->exact_count; i++) {
        const double *eight = terms + (size_t)chosen->exact[i] * EIGHT;
        double *to = sums + (size_t)chosen->exact[i] / EIGHTS * EIGHT;
#pragma omp simd
        for (size_t lane = 0; lane < EIGHT; lane++)
            to[lane] += power(eight[lane]);
    }
}

INSTRUCTION_SETS static void add_rough(const struct chosen *chosen, const double *restrict terms,
                                       double *restrict sums) {
    for (size_t i = 0; i < chosen->rough_count; i++) {
        const double *eight = terms + (size_t)chosen->rough[i] * EIGHT;
        double *to = sums + (size_t)chosen->rough[i] / EIGHTS * EIGHT;
#pragma omp simd
        for (size_t lane = 0; lane < EIGHT; lane++)
            to[lane] += (double)rough_power((float)eight[lane]);
    }
}

void kernel_sums_powers_add(size_t count, const size_t *rows, const double *terms,
                            const struct kernel_sums_limits *limits, double *sums) {
    struct chosen chosen;
    choose(count, rows, terms, limits, &chosen);
    add_exact(&chosen, terms, sums);
    add_rough(&chosen, terms, sums);
}

ALWAYS_INLINE void add_active(const double *totals, const int64_t *restrict active, double *restrict sums) {
#pragma omp simd
    for (size_t q = 0; q < WIDTH; q++)
        sums[q] += active[q] != 0 ? totals[q] : 0;
}

INSTRUCTION_SETS void kernel_sums_powers_add_all(const double *restrict terms, const int64_t *restrict active,
                                                 double *restrict sums) {
    double totals[WIDTH] = {0};
    for (size_t i = 0; i < KD_TREE_LEAF; i++)
#pragma omp simd
        for (size_t q = 0; q < WIDTH; q++)
            totals[q] += power(terms[i * WIDTH + q]);
    add_active(totals, active, sums);
}

/* Comparing with the ends of the range is a sixth of the work. */
INSTRUCTION_SETS void kernel_sums_powers_add_within(const double *restrict terms,
                                                    const int64_t *restrict active, double *restrict sums) {
    double totals[WIDTH] = {0};
    for (size_t i = 0; i < KD_TREE_LEAF; i++)
#pragma omp simd
        for (size_t q = 0; q < WIDTH; q++)
            totals[q] += power_within(terms[i * WIDTH + q]);
    add_active(totals, active, sums);
}
