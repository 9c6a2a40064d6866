/* k-means with clusters of equal size: each step gives the rows to the centres by exact transport, n / k rows
 * to each (where that is no whole number, one row more to those for which it costs least), and moves the
 * centres to their means (Ng 2000, A note on constrained k-means algorithms, Pattern Recognition 33,
 * 515-519, by network simplex). */
#ifndef DENSITY_KMEANS_BALANCED_H
#define DENSITY_KMEANS_BALANCED_H

#include "base/error.h"
#include "density/kmeans.h"

/* Starts at the centres that kmeans_fit finds, and ends when no row changes. For squared distances, rows
 * without weights. Where k does not divide n, a matrix of 2 k (n + 1) costs is held. As kmeans_fit. */
__attribute__((warn_unused_result)) int kmeans_balanced_fit(const struct kmeans_data *data,
                                                            const struct kmeans_settings *settings,
                                                            struct kmeans *result, struct error *error);

#endif
