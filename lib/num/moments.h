/* Mean and covariance of a stream of rows.
 *
 * Rows are shifted by the first of them, gathered in tiles of fixed size, centred on their tile's mean, and
 * the tiles' sums are merged in order (Chan, Golub and LeVeque 1983, Algorithms for computing the sample
 * variance, American Statistician 37, 242-247). So no digits are lost far from the origin, and the result
 * depends neither on the blocks that the rows came in nor on the number of threads. */
#ifndef NUM_MOMENTS_H
#define NUM_MOMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct moments;

/* For rows of `dimensions` >= 1 values. Loads BLAS where the covariance is large enough to need it. Holds
 * some 2 dimensions^2 + 512 dimensions values (16 times that for few dimensions). NULL: error says why. */
struct moments *moments_create(size_t dimensions, size_t threads, struct error *error);

/* Adds rows x dimensions values, row-major. */
void moments_add(struct moments *moments, size_t rows, const double *values);

uint64_t moments_count(const struct moments *moments);

/* The mean of the rows so far, and their covariance: products of deviations over count - lost, lost being 1
 * for the unbiased estimate and 0 for maximum likelihood; nan where count <= lost. To be called once, after
 * the last row.
 *
 *   mean        dimensions values, written
 *   covariance  dimensions x dimensions, written, full and symmetric */
void moments_finish(struct moments *moments, unsigned lost, double *mean, double *covariance);

/* NULL does nothing. */
void moments_free(struct moments *moments);

#endif
