/* Circular convolution on grids of up to three dimensions, by Fourier's transform. */
#ifndef NUM_FOURIER_GRID_H
#define NUM_FOURIER_GRID_H

#include <stddef.h>

#include "base/error.h"

enum { FOURIER_GRID_DIMENSIONS = 3 };

/* values_j becomes sum_k values_k kernel_(j - k), each subscript taken modulo its side.
 *
 *   dimensions  1 .. FOURIER_GRID_DIMENSIONS
 *   sides       so many powers of two, from 2 on
 *   values      the grid, its last subscript running fastest
 *   kernel      as large; not changed
 *
 * The error is some 1e-16 x log2(cells) of the root sum of squares of kernel x that of values. Needs twice
 * the grids' memory. Returns 0, or -1: out of memory. */
__attribute__((warn_unused_result)) int fourier_grid_convolve(size_t dimensions, const size_t *sides,
                                                              double *values, const double *kernel,
                                                              struct error *error);

#endif
