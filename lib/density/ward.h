/* Ward's hierarchical clustering (Ward 1963, Hierarchical grouping to optimize an objective function, Journal
 * of the American Statistical Association 58, 236-244): from rows as clusters of their own, always the two
 * are joined whose union raises the sum of squares within clusters least, by
 *
 *     v_a v_b / (v_a + v_b) |c_a - c_b|^2,     v a cluster's weight, c its mean.
 *
 * Found by chains of nearest neighbours (Murtagh 1983, A survey of recent advances in hierarchical clustering
 * algorithms, Computer Journal 26, 354-359) over the means alone: O(n^2 d) time, O(n d) memory. */
#ifndef DENSITY_WARD_H
#define DENSITY_WARD_H

#include <stddef.h>

#include "base/error.h"
#include "density/kmeans.h"

/* The tree cut where `clusters` are left.
 *
 *   data     rows of weights above 0, at least as many as clusters
 *   labels   rows, written: the cluster of each row, numbered from 0 by their first rows
 *   heights  rows - 1 increases, ascending, written; or NULL
 *
 * The same for any machine; of equal increases the one found first counts. Returns 0, or -1 (memory). */
__attribute__((warn_unused_result)) int ward_labels(const struct kmeans_data *data, size_t clusters,
                                                    size_t *labels, double *heights, struct error *error);

/* The clusters' weighted means, clusters x columns. Each cluster has rows of weights above 0. Returns 0, or
 * -1 (memory). */
__attribute__((warn_unused_result)) int ward_centers(const struct kmeans_data *data, size_t clusters,
                                                     const size_t *labels, double *centers,
                                                     struct error *error);

#endif
