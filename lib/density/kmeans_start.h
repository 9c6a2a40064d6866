/* Where the centres of k-means start. */
#ifndef DENSITY_KMEANS_START_H
#define DENSITY_KMEANS_START_H

#include <stddef.h>

#include "base/error.h"
#include "density/kmeans.h"

/* Writes clusters x columns centres, by settings->init (not KMEANS_GIVEN). `restart` names the random stream.
 * There must be as many rows of positive weight. Returns 0, or -1 (memory). */
__attribute__((warn_unused_result)) int kmeans_start(const struct kmeans_data *data,
                                                     const struct kmeans_settings *settings, size_t restart,
                                                     double *centers, struct error *error);

/* Splits clusters by their first principal axes until there are enough (KMEANS_PCA). */
__attribute__((warn_unused_result)) int kmeans_start_pca(const struct kmeans_data *data, size_t clusters,
                                                         double *centers, struct error *error);

#endif
