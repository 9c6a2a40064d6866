/* Triangular systems for a tile of points at once, stored by coordinate: POINTS values of the first, POINTS
 * of the second, ... To be inlined into functions marked INSTRUCTION_SETS. */
#ifndef NUM_TRIANGULAR_TILE_H
#define NUM_TRIANGULAR_TILE_H

#include <stddef.h>

#include "num/lanes.h"

enum {
    TRIANGULAR_TILE_POINTS = 32, /* enough independent sums to hide their latency */
    TRIANGULAR_TILE_GROUPS = TRIANGULAR_TILE_POINTS / LANES,
};

/* y = L^-1 (x - shift). L is d x d, lower triangular, row-major; what is above its diagonal is not read. */
ALWAYS_INLINE void triangular_tile_forward(size_t d, const double *restrict factor,
                                           const double *restrict shift, const double *restrict x,
                                           double *restrict y) {
    for (size_t i = 0; i < d; i++) {
        lanes rest[TRIANGULAR_TILE_GROUPS];
        double inverse = 1 / factor[i * d + i];
        LANES_UNROLL
        for (size_t g = 0; g < TRIANGULAR_TILE_GROUPS; g++)
            rest[g] = lanes_load(x + i * TRIANGULAR_TILE_POINTS + g * LANES) - shift[i];
        for (size_t j = 0; j < i; j++) {
            double entry = factor[i * d + j];
            LANES_UNROLL
            for (size_t g = 0; g < TRIANGULAR_TILE_GROUPS; g++)
                rest[g] -= entry * lanes_load(y + j * TRIANGULAR_TILE_POINTS + g * LANES);
        }
        LANES_UNROLL
        for (size_t g = 0; g < TRIANGULAR_TILE_GROUPS; g++)
            lanes_store(y + i * TRIANGULAR_TILE_POINTS + g * LANES, rest[g] * inverse);
    }
}

/* y becomes L^-T y. */
ALWAYS_INLINE void triangular_tile_backward(size_t d, const double *restrict factor, double *y) {
    for (size_t i = d; i-- > 0;) {
        lanes rest[TRIANGULAR_TILE_GROUPS];
        double inverse = 1 / factor[i * d + i];
        LANES_UNROLL
        for (size_t g = 0; g < TRIANGULAR_TILE_GROUPS; g++)
            rest[g] = lanes_load(y + i * TRIANGULAR_TILE_POINTS + g * LANES);
        for (size_t j = i + 1; j < d; j++) {
            double entry = factor[j * d + i];
            LANES_UNROLL
            for (size_t g = 0; g < TRIANGULAR_TILE_GROUPS; g++)
                rest[g] -= entry * lanes_load(y + j * TRIANGULAR_TILE_POINTS + g * LANES);
        }
        LANES_UNROLL
        for (size_t g = 0; g < TRIANGULAR_TILE_GROUPS; g++)
            lanes_store(y + i * TRIANGULAR_TILE_POINTS + g * LANES, rest[g] * inverse);
    }
}

#endif
