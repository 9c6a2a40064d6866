/* Random numbers by counter: Philox 4x32-10 (Salmon, Moraes, Dror and Shaw 2011, Parallel random numbers: as
 * easy as 1, 2, 3, SC11).
 *
 * A stream is named by seed, filter, purpose and block, which are hashed into key and counter: draws do not
 * depend on threads, and the streams of seeds 1, 2, 3 of an array job are independent. Equal names give equal
 * draws. 2^64 blocks of 128 bits are drawn before a stream repeats. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random_stream {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t words[4]; /* the last block of output */
    unsigned used;     /* how many of them are spent */
};

/* Ten rounds of Philox 4x32: the generator itself. */
void random_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t output[4]);

/* Starts the stream (seed, filter, purpose, block), e.g. (1, "kldiv", "draws", 17). */
void random_start(struct random_stream *stream, uint64_t seed, const char *filter, const char *purpose,
                  uint64_t block);

uint32_t random_bits32(struct random_stream *stream);
uint64_t random_bits64(struct random_stream *stream);

/* Uniform on (0, 1), never 0 or 1: an odd multiple of 2^-53, so u and 1 - u are both drawn, both exact. */
double random_uniform(struct random_stream *stream);

/* Uniform on 0 .. bound-1 without bias (Lemire 2019); bound > 0. */
uint64_t random_below(struct random_stream *stream, uint64_t bound);

/* Standard normal. */
double random_normal(struct random_stream *stream);

/* count standard normals. */
void random_normals(struct random_stream *stream, size_t count, double *values);

/* Standard exponential, mean 1. */
double random_exponential(struct random_stream *stream);

/* Gamma with the given shape > 0 and scale 1. Draws of a shape below 0.001 are often 0: most of the
 * distribution is below the smallest double. */
double random_gamma(struct random_stream *stream, double shape);

/* A point of the simplex, Dirichlet(concentration[0], ..); writes count values that sum to 1 but for
 * rounding. Concentrations are >= 1e-300, however small: the draw is made in logarithms. */
void random_dirichlet(struct random_stream *stream, size_t count, const double *concentration, double *point);

/* An index drawn with the given probabilities (cumulative sums, ascending, the last is the total > 0). */
size_t random_discrete(struct random_stream *stream, size_t count, const double *cumulative);

/* Puts 0 .. count-1 into order in a random order (Fisher and Yates). */
void random_permutation(struct random_stream *stream, size_t count, size_t *order);

#endif
