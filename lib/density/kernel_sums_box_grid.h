/* The points of a gaussian estimate in one or two dimensions, cell by cell of a grid: as they are, and as
 * weights on the Chebyshev points of their cells (density/kernel_sums_cells.h). */
#ifndef DENSITY_KERNEL_SUMS_BOX_GRID_H
#define DENSITY_KERNEL_SUMS_BOX_GRID_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "density/kernel_density.h"
#include "density/kernel_sums_cells.h"

/* A box is a cell with points in it. */
struct kernel_sums_box_grid {
    const struct kernel_density *density; /* the caller's, prepared */
    struct kernel_sums_cells cells;
    size_t dimensions, size; /* size: numbers a box, nodes^d */
    double first[2];         /* the grid's first cell along each column, as a multiple of the width */
    size_t sides[2];         /* cells along each column; sides[1] is 1 where d = 1 */
    uint32_t *numbers;       /* sides[0] x sides[1]: 1 + the box in a cell, or 0 */
    size_t count;            /* boxes */
    double *masses;          /* count: sums of the points' weights */
    double *values;          /* count x size: the weights at the nodes, the second column's running fastest */
    size_t *starts;          /* count + 2: where a box's points begin in the order */
    uint32_t *order;         /* rows, box by box */
};

/* Fills in what follows from grid->cells, the others being 0; fewer than 2^32 points. Returns 1; 0 where the
 * points spread over too many cells; -1: out of memory. */
__attribute__((warn_unused_result)) int kernel_sums_box_grid_create(struct kernel_sums_box_grid *grid,
                                                                    const struct kernel_density *density,
                                                                    size_t threads, struct error *error);

/* All zero is fine. */
void kernel_sums_box_grid_free(struct kernel_sums_box_grid *grid);

/* The cell of a coordinate, as a multiple of the width. */
double kernel_sums_box_grid_cell(const struct kernel_sums_box_grid *grid, double x);

#endif
