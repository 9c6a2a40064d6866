/* Whether points are all crossings of some values of x with some values of y, each once, in any order. */
#ifndef NUM_FULL_GRID_H
#define NUM_FULL_GRID_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct full_grid {
    size_t columns, rows; /* values of x and of y, at least two each */
    double *x, *y;        /* ascending */
    size_t *cells;        /* where each point goes: row * columns + column */
};

/* Looks for a grid in count points, x[k * stride], y[k * stride]. Returns 1 with *grid filled in, 0 where
 * there is none, -1 where memory does not suffice. O(count log count). */
__attribute__((warn_unused_result)) int full_grid_find(struct full_grid *grid, size_t count, const double *x,
                                                       const double *y, size_t stride, struct error *error);

/* Whether ascending values have even steps, to 1e-6 of a step. */
bool full_grid_uniform(const double *values, size_t count);

/* An all-zero grid is fine. */
void full_grid_free(struct full_grid *grid);

#endif
