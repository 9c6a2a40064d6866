/* What the approximation of Vecchia prepares before the first evaluation: the order of the rows, and of each
 * its nearest predecessors. */
#ifndef PROCESS_GAUSSIAN_PROCESS_NEIGHBOURS_H
#define PROCESS_GAUSSIAN_PROCESS_NEIGHBOURS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Writes to nearest, rows x k, the numbers of the min(i, k) rows before row i that are nearest to it.
 *
 *   x  rows x inputs, from coarse to fine
 *
 * Returns 0, or -1: out of memory, or more rows than 2^32 - 1. */
__attribute__((warn_unused_result)) int gaussian_process_neighbours_find(size_t rows, size_t inputs,
                                                                         const double *x, size_t k,
                                                                         size_t threads, uint32_t *nearest,
                                                                         struct error *error);

#endif
