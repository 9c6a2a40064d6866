/* Draws from a kernel density: a point by its weight, then the kernel's noise around it, then back inside the
 * bounds. Blocks of fixed size have a random stream each: draw i is the same whatever the number of threads.
 */
#ifndef DENSITY_KERNEL_SAMPLER_H
#define DENSITY_KERNEL_SAMPLER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/random.h"
#include "density/kernel_density.h"

enum { KERNEL_SAMPLER_BLOCK = 4096 };

struct kernel_sampler {
    const struct kernel_density *density;
    double *cumulative; /* n: sums of the weights */
    uint64_t seed;
};

/* The density, prepared, stays the caller's. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int kernel_sampler_create(struct kernel_sampler *sampler,
                                                              const struct kernel_density *density,
                                                              uint64_t seed, struct error *error);

/* `rows` draws from number block x KERNEL_SAMPLER_BLOCK on. With bounds a draw is reflected, and one that a
 * reflection does not bring inside is drawn anew; with a period P it is brought into [0, P).
 *
 *   points  rows x d, row-major, written */
void kernel_sampler_rows(const struct kernel_sampler *sampler, size_t threads, size_t block, size_t rows,
                         double *points);

/* A point of d values with density K. */
void kernel_sampler_noise(const struct kernel *kernel, struct random_stream *stream, double *z);

/* An all-zero one is fine. */
void kernel_sampler_free(struct kernel_sampler *sampler);

#endif
