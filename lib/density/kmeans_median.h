/* Weighted medians of the columns of each cluster. */
#ifndef DENSITY_KMEANS_MEDIAN_H
#define DENSITY_KMEANS_MEDIAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "density/kmeans.h"

/* Writes the medians (clusters x columns) and weights (clusters) of the rows by label; medians of clusters of
 * no weight are left alone. Where half the weight lies on either side of a gap, the median is its middle.
 * Returns 0, or -1 (memory). O(rows columns log rows). */
__attribute__((warn_unused_result)) int kmeans_median(const struct kmeans_data *data, size_t clusters,
                                                      const uint32_t *labels, size_t threads, double *medians,
                                                      double *weights, struct error *error);

#endif
