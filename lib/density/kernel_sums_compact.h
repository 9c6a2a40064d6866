/* Sums of compact kernels that are polynomials (or 1 - r), a leaf of the tree at a time.
 *
 * Only leaves within the kernel's reach are met, so that results are exact; terms are added as they are, not
 * by their logarithms. */
#ifndef DENSITY_KERNEL_SUMS_COMPACT_H
#define DENSITY_KERNEL_SUMS_COMPACT_H

#include <stdbool.h>
#include <stddef.h>

#include "density/kernel.h"
#include "density/kernel_sums.h"
#include "density/kernel_sums_plain.h"
#include "density/kernel_sums_points.h"

/* Whether a kernel is summed here. */
bool kernel_sums_compact_serves(enum kernel_name name);

/* exp(constants) of the points, leaves x KD_TREE_LEAF: what terms are multiplied by. NULL: out of memory. */
double *kernel_sums_compact_coefficients(const struct kernel_sums_points *points, struct error *error);

/* Writes the log sum of one query of the block. Where it is so small that coefficients may have been lost,
 * logarithms are summed after all. */
void kernel_sums_compact(const struct kernel_sums_points *points, const double *coefficients,
                         const struct kernel_sums_block *block, size_t query, struct kernel_sums_work *work);

#endif
