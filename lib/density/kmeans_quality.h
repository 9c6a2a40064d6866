/* How compact and how far apart the clusters of a partition are. */
#ifndef DENSITY_KMEANS_QUALITY_H
#define DENSITY_KMEANS_QUALITY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "density/kmeans.h"

enum { KMEANS_QUALITY_ROWS = 5000 }; /* that silhouettes are taken of at most: time grows with their square */

/* Labels for the rows of data, which are unit vectors where the distance is the cosine. A row whose label is
 * not below `clusters` is left out. */
struct kmeans_partition {
    const struct kmeans_data *data;
    size_t clusters;
    const uint32_t *labels; /* rows */
    enum kmeans_distance distance;
};

/* The mean over rows of s_i = (b - a) / max(a, b) (Rousseeuw 1987, Silhouettes, Journal of Computational and
 * Applied Mathematics 20, 53-65): a is the mean distance to the other rows of the own cluster, b the least
 * mean distance to those of another; s_i = 0 for a row alone in its cluster. Distances are |x - y|, 1 -
 * cos(x, y) or sum |x_j - y_j|; a weight of 2 is a row twice.
 *
 *   seed   draws KMEANS_QUALITY_ROWS rows where there are more
 *   value  nan where fewer than two clusters have rows
 *
 * Returns 0, or -1 (memory). */
__attribute__((warn_unused_result)) int kmeans_quality_silhouette(const struct kmeans_partition *partition,
                                                                  uint64_t seed, size_t threads,
                                                                  double *value, struct error *error);

/* The mean over clusters of max_j (S_i + S_j) / M_ij (Davies and Bouldin 1979, A cluster separation measure,
 * IEEE Trans. Pattern Anal. Mach. Intell. 1, 224-227): S_i is the mean distance to the centre, M_ij that
 * between centres. Clusters without weight are passed over; nan where fewer than two have any.
 *
 *   centers  clusters x columns
 *
 * Returns 0, or -1 (memory). */
__attribute__((warn_unused_result)) int
kmeans_quality_davies_bouldin(const struct kmeans_partition *partition, const double *centers, double *value,
                              struct error *error);

/* (B / (k - 1)) / (W / (n - k)), W the inertia, B = sum_c n_c |c - mean|^2 (Calinski and Harabasz 1974, A
 * dendrite method for cluster analysis, Communications in Statistics 3, 1-27). For squared distances.
 *
 *   fit    clusters, columns, centers, counts and inertia are read
 *   value  nan for one cluster, inf for clusters without spread
 *
 * Returns 0, or -1 (memory). */
__attribute__((warn_unused_result)) int kmeans_quality_calinski_harabasz(const struct kmeans *fit,
                                                                         double *value, struct error *error);

#endif
