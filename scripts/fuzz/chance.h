/* Random choices that a seed fixes: splitmix64 (Steele, Lea and Flood 2014, Fast splittable pseudorandom
 * number generators). */
#ifndef FUZZ_CHANCE_H
#define FUZZ_CHANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chance {
    uint64_t state;
};

/* A number below count; 0 for a count of 0. */
static inline size_t chance_below(struct chance *chance, size_t count) {
    uint64_t z = chance->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return count ? (size_t)(z % count) : 0;
}

/* True once in `count` times. */
static inline bool chance_once_in(struct chance *chance, size_t count) {
    return chance_below(chance, count) == 0;
}

/* One of an array of texts. */
#define CHANCE_OF(chance, texts) ((texts)[chance_below(chance, sizeof(texts) / sizeof *(texts))])

#endif
