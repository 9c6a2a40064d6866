/* Sums over the points of a kernel density at queries in the points' own coordinates: whitened here, and with
 * bounds and periods replaced by their images. */
#ifndef DENSITY_KERNEL_QUERY_H
#define DENSITY_KERNEL_QUERY_H

#include <stddef.h>

#include "base/error.h"
#include "density/kernel_density.h"
#include "density/kernel_images.h"
#include "density/kernel_sums.h"

struct kernel_query {
    const struct kernel_density *density;
    struct kernel_sums *sums;
    bool with_images;
    struct kernel_images images;
    /* Workspace, for as many queries or images as a call needs. */
    double *places, *signs, *logs, *scores;
    size_t places_capacity, signs_capacity, logs_capacity, scores_capacity;
    size_t *skips, *counts;
    size_t skips_capacity, counts_capacity;
};

/* Returns 0, or -1 with nothing to free. The density, prepared, stays the caller's. */
__attribute__((warn_unused_result)) int kernel_query_create(struct kernel_query *query,
                                                            const struct kernel_density *density,
                                                            const struct kernel_sums_settings *settings,
                                                            struct error *error);

/* Fills in a block whose queries are in the points' coordinates, as will be the score. Squares and largest
 * terms only where the density has neither bounds nor periods. A query that is not finite has log_sum -inf.
 * Returns 0 or -1. */
__attribute__((warn_unused_result)) int
kernel_query_evaluate(struct kernel_query *query, const struct kernel_sums_block *block, struct error *error);

/* An all-zero one is fine. */
void kernel_query_free(struct kernel_query *query);

#endif
