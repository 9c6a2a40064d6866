/* How many rows of a matrix differ. */
#ifndef DENSITY_KMEANS_DISTINCT_H
#define DENSITY_KMEANS_DISTINCT_H

#include <stddef.h>

#include "base/error.h"
#include "density/kmeans.h"

/* Writes how many distinct rows of positive weight there are, counted up to `enough`. Takes some 16 bytes for
 * each of min(enough, rows). Returns 0, or -1 (memory). */
__attribute__((warn_unused_result)) int kmeans_distinct(const struct kmeans_data *data, size_t enough,
                                                        size_t *distinct, struct error *error);

#endif
