/* The points of a regular grid, last column fastest. */
#ifndef DENSITY_KERNEL_GRID_H
#define DENSITY_KERNEL_GRID_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "density/kernel_density.h"
#include "io/row_stream.h"

struct kernel_grid {
    size_t dimensions;
    double *low, *range;
    size_t *counts; /* dimensions each: low + i range / (counts - 1), i = 0 .. counts - 1 */
    uint64_t rows;  /* the product of counts */
};

/* Reads a grid as typed: "100", or one for each column, "0:10:50,100". N points from min - E h to max + E h
 * of the column's points, within its bounds, h its bandwidth; LO:HI:N: N points from LO to HI, both included.
 * A single one counts for every column. typed NULL: 512 points in one dimension, 64 x 64 in two; a usage
 * error in more. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int kernel_grid_read(struct kernel_grid *grid, const char *typed,
                                                         double extend, const struct kernel_density *density,
                                                         struct error *error);

/* The points as rows; names as for row_generator. The grid stays the caller's until the stream is freed. */
struct row_stream *kernel_grid_open(struct kernel_grid *grid, const char *const *names, struct error *error);

/* An all-zero one is fine. */
void kernel_grid_free(struct kernel_grid *grid);

#endif
