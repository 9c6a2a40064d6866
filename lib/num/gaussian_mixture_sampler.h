/* Draws from a Gaussian mixture, in blocks of fixed size with a random stream each: draw i is the same
 * whatever the number of threads and however many are asked for at a time. */
#ifndef NUM_GAUSSIAN_MIXTURE_SAMPLER_H
#define NUM_GAUSSIAN_MIXTURE_SAMPLER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/random.h"
#include "num/gaussian_mixture.h"

enum { GAUSSIAN_MIXTURE_SAMPLER_BLOCK = 4096 }; /* draws in a block */

struct gaussian_mixture_sampler {
    const struct gaussian_mixture *mixture;
    uint64_t seed;
    const char *filter, *purpose; /* name the streams: base/random.h */
    double *cumulative;           /* K: sums of the weights */
    size_t *last;                 /* K: component k's draws end before last[k]; NULL where not stratified */
};

/* Prepares draws from a mixture without noise, which stays the caller's, as do the texts.
 *
 *   total  0: each draw chooses its component at random; else stratified: of total draws in all, component
 *          k has total x w_k of them, rounded by largest remainders, in the order of the components
 *
 * Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int
gaussian_mixture_sampler_create(struct gaussian_mixture_sampler *sampler,
                                const struct gaussian_mixture *mixture, uint64_t seed, const char *filter,
                                const char *purpose, size_t total, struct error *error);

/* The first `count` draws of block number `block`.
 *
 *   points      count x d, row-major, written
 *   components  count indices from 0, written; or NULL */
void gaussian_mixture_sampler_block(const struct gaussian_mixture_sampler *sampler, size_t block,
                                    size_t count, double *points, size_t *components);

/* Draws number block x GAUSSIAN_MIXTURE_SAMPLER_BLOCK and following, shared out among threads. */
void gaussian_mixture_sampler_rows(const struct gaussian_mixture_sampler *sampler, size_t threads,
                                   size_t block, size_t rows, double *points, size_t *components);

/* Splits total in proportion to the weights, which sum to about 1, by largest remainders; of equal ones the
 * first component's counts.
 *
 *   counts  K values, written, whose sum is total */
__attribute__((warn_unused_result)) int gaussian_mixture_sampler_shares(size_t components,
                                                                        const double *weights, size_t total,
                                                                        size_t *counts, struct error *error);

/* `count` draws of component k from a stream. */
void gaussian_mixture_sampler_component(const struct gaussian_mixture *mixture, size_t k,
                                        struct random_stream *stream, size_t count, double *points);

/* Frees what it holds. */
void gaussian_mixture_sampler_free(struct gaussian_mixture_sampler *sampler);

#endif
