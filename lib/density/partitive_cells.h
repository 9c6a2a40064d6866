/* Many rows as a few weighted points: the cells of a fine k-means, which partitions of the rows are sought
 * among. */
#ifndef DENSITY_PARTITIVE_CELLS_H
#define DENSITY_PARTITIVE_CELLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "density/kmeans.h"

struct partitive_cells {
    size_t count;
    double *centers;  /* count x columns: means */
    double *weights;  /* count */
    uint32_t *labels; /* rows: the cell of each */
};

/* `count` cells, or one for each distinct row where a sample holds fewer: centres of ten steps among ten rows
 * a cell, drawn by the seed, then two among all rows. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int partitive_cells_make(const struct kmeans_data *data, size_t count,
                                                             uint64_t seed, size_t threads,
                                                             struct partitive_cells *cells,
                                                             struct error *error);

/* An all-zero one is fine. */
void partitive_cells_free(struct partitive_cells *cells);

#endif
