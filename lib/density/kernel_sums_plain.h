/* Kernel sums in logarithms, one query at a time: every kernel, form and local factor, and what is asked for
 * beside the sum.
 *
 * Terms are relative to the largest so far, leaf by leaf in the tree's order. Leaves that together cannot
 * add 2^-56 of the sum are passed over; what is decided for a query depends on that query alone. */
#ifndef DENSITY_KERNEL_SUMS_PLAIN_H
#define DENSITY_KERNEL_SUMS_PLAIN_H

#include <stddef.h>

#include "density/kernel_sums.h"
#include "density/kernel_sums_points.h"

/* What a thread did. */
struct kernel_sums_work {
    uint64_t terms, nodes;
};

/* Writes one query's results into the block. Each call adds to work what it did. */
void kernel_sums_plain(const struct kernel_sums_points *points, const struct kernel_sums_block *block,
                       size_t query, struct kernel_sums_work *work);

#endif
