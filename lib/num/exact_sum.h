/* A sum without rounding, so that neither order nor grouping of what is added can matter.
 *
 * A fixed-point number over the whole range of doubles and beyond, in limbs of 32 bits that may hold carries
 * for a while. Sums as large as 2^63 times the largest double are held.
 *
 * Source: Kulisch and Miranker 1986, The arithmetic of the digital computer: a new approach, SIAM Review 28,
 * 1-40. */
#ifndef NUM_EXACT_SUM_H
#define NUM_EXACT_SUM_H

#include <stddef.h>
#include <stdint.h>

enum {
    EXACT_SUM_LIMBS = 69,
    EXACT_SUM_WORDS_MAX = 64, /* doubles that make up any sum of numbers up to 20 times the largest double */
};

/* Begin with exact_sum_clear. */
struct exact_sum {
    int64_t limbs[EXACT_SUM_LIMBS]; /* sum limbs[i] 2^(32 i - 1074), i from low to high */
    size_t low, high;               /* limbs in use; low > high: none, the sum is 0 */
    uint32_t pending;               /* values added since carries were last taken upwards */
    double special;                 /* infinities and nans are added apart; 0: none */
};

void exact_sum_clear(struct exact_sum *sum);

/* Adds any double. */
void exact_sum_add(struct exact_sum *sum, double value);

/* The sum as the fewest doubles: each is the nearest to what those before it leave (or the largest double,
 * where that overflows), the first the sum rounded once. Equal sums give equal words, and the words add up
 * to the sum exactly. A special sum is that one word. The sum is used up.
 *
 *   words  room for EXACT_SUM_WORDS_MAX, written
 *
 * Returns how many, at least 1; 0 where they do not suffice. */
size_t exact_sum_words(struct exact_sum *sum, double *words);

#endif
