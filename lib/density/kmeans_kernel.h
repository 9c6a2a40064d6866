/* Distances of one row to eight points at once, each summed over the columns in order, so that every caller
 * gets the same bytes for the same pair.
 *
 * The eight points lie side by side in a tile: columns x 8 doubles. */
#ifndef DENSITY_KMEANS_KERNEL_H
#define DENSITY_KMEANS_KERNEL_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/instruction_sets.h"
#include "num/lanes.h"

enum {
    KMEANS_TILE = 2 * LANES,  /* points in a tile */
    KMEANS_BLOCK_ROWS = 2048, /* rows that are one block of parallel work */
};

/* |v|^2 or |v|, elementwise. */
ALWAYS_INLINE lanes kmeans_kernel_term(lanes difference, bool cityblock) {
    if (!cityblock)
        return difference * difference;
    lanes negative = -difference, magnitude;
    for (int i = 0; i < LANES; i++)
        magnitude[i] = difference[i] < 0 ? negative[i] : difference[i];
    return magnitude;
}

/* Squared Euclidean, or city block, distances of x to the points of a tile. */
ALWAYS_INLINE void kmeans_kernel_tile(size_t columns, const double *x, const double *tile, bool cityblock,
                                      double distances[KMEANS_TILE]) {
    lanes low = {0}, high = {0};
    for (size_t j = 0; j < columns; j++) {
        lanes value = {x[j], x[j], x[j], x[j]};
        low += kmeans_kernel_term(value - lanes_load(tile + j * KMEANS_TILE), cityblock);
        high += kmeans_kernel_term(value - lanes_load(tile + j * KMEANS_TILE + LANES), cityblock);
    }
    lanes_store(distances, low);
    lanes_store(distances + LANES, high);
}

/* The same for one point y whose coordinates are `stride` apart. */
ALWAYS_INLINE double kmeans_kernel_pair(size_t columns, const double *x, const double *y, size_t stride,
                                        bool cityblock) {
    double sum = 0;
    for (size_t j = 0; j < columns; j++) {
        double difference = x[j] - y[j * stride];
        sum += cityblock ? fabs(difference) : difference * difference;
    }
    return sum;
}

/* Coordinate 0 of a point in an array of tiles; the others follow KMEANS_TILE apart. */
ALWAYS_INLINE size_t kmeans_kernel_place(size_t columns, size_t point) {
    return point / KMEANS_TILE * columns * KMEANS_TILE + point % KMEANS_TILE;
}

#endif
