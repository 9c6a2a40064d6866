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

typedef long long kmeans_mask __attribute__((vector_size(sizeof(lanes))));

/* a where the mask says so, else b. */
ALWAYS_INLINE lanes kmeans_kernel_select(kmeans_mask mask, lanes a, lanes b) {
    return (lanes)(((kmeans_mask)a & mask) | ((kmeans_mask)b & ~mask));
}

ALWAYS_INLINE lanes kmeans_kernel_least(lanes a, lanes b) {
    return kmeans_kernel_select(a < b, a, b);
}

ALWAYS_INLINE double kmeans_kernel_least_of(lanes a) {
    a = kmeans_kernel_least(a, __builtin_shufflevector(a, a, 2, 3, 0, 1));
    a = kmeans_kernel_least(a, __builtin_shufflevector(a, a, 1, 0, 3, 2));
    return a[0];
}

/* |v|^2 or |v|, elementwise. */
ALWAYS_INLINE lanes kmeans_kernel_term(lanes difference, bool cityblock) {
    const long long but_sign = 0x7fffffffffffffff;
    const kmeans_mask magnitude = {but_sign, but_sign, but_sign, but_sign};
    return cityblock ? (lanes)((kmeans_mask)difference & magnitude) : difference * difference;
}

/* Squared Euclidean, or city block, distances of x to the points of a tile, those to its first four in *low.
 */
ALWAYS_INLINE void kmeans_kernel_tile(size_t columns, const double *x, const double *tile, bool cityblock,
                                      lanes *low, lanes *high) {
    lanes first = {0}, second = {0};
    for (size_t j = 0; j < columns; j++) {
        lanes value = {x[j], x[j], x[j], x[j]};
        first += kmeans_kernel_term(value - lanes_load(tile + j * KMEANS_TILE), cityblock);
        second += kmeans_kernel_term(value - lanes_load(tile + j * KMEANS_TILE + LANES), cityblock);
    }
    *low = first;
    *high = second;
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
