/* Gaussian sums alone, for groups of near queries: distance, exponential and sum of 32 queries, or 4, by 32
 * points at a time.
 *
 * Terms are relative to the largest of a query's home leaf, so that every sum is at least 1. A leaf is passed
 * over by the queries at which it is too far to matter; a query's sum does not depend on its company. */
#ifndef DENSITY_KERNEL_SUMS_GAUSSIAN_H
#define DENSITY_KERNEL_SUMS_GAUSSIAN_H

#include <stddef.h>

#include "density/kernel_sums.h"
#include "density/kernel_sums_leaf.h"
#include "density/kernel_sums_plain.h"
#include "density/kernel_sums_points.h"

enum { KERNEL_SUMS_GROUP = 8 * KERNEL_SUMS_COMPANY }; /* queries that walk the tree together */

struct kernel_sums_tolerance {
    double relative; /* what leaves passed over may hold, of the sum */
    double absolute; /* or of the density */
};

/* Doubles of workspace for d dimensions. */
size_t kernel_sums_gaussian_workspace(size_t dimensions);

/* Writes the log sums of `count` <= KERNEL_SUMS_GROUP queries of the block, those with these numbers and
 * these home leaves. */
void kernel_sums_gaussian(const struct kernel_sums_points *points, struct kernel_sums_tolerance tolerance,
                          const struct kernel_sums_block *block, const struct kernel_sums_query *queries,
                          size_t count, double *workspace, struct kernel_sums_work *work);

#endif
