/* What a clustering costs when each cluster has a covariance S_k of its own: for a partition G of the rows,
 * with the means maximised, minus twice the log-likelihood less n d log 2 pi,
 *
 *     F(G) = sum_k [ n_k c_k + sum_{i in G_k} |x_i - xbar_k|^2_{S_k^-1} ],   c_k = log |S_k|,
 *          = sum_k <C_k, 1 1^T / n_k on G_k>,   C_k = c_k J + D_k,   D_k,ij = |x_i - x_j|^2_{S_k^-1} / 2.
 *
 * Clusters of equal covariance and constant share a block: the program cannot tell them apart. */
#ifndef DENSITY_CLUSTERING_COSTS_H
#define DENSITY_CLUSTERING_COSTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "num/gaussian_mixture.h"

/* All zero holds nothing. */
struct clustering_costs {
    size_t n, d, clusters, blocks;
    size_t *block_of;  /* clusters: the block of each */
    size_t *traces;    /* blocks: how many clusters each has */
    double *constants; /* blocks: c_k less the offset */
    double *white;     /* blocks x d x n: columns of L^-1 x, S = L L^T */
    double offset;     /* taken from every constant: n times it is missing in all values */
};

/* Room for n rows and so many clusters. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int clustering_costs_create(struct clustering_costs *costs, size_t n,
                                                                size_t d, size_t clusters,
                                                                struct error *error);

/* What decides the costs. */
struct clustering_costs_model {
    const struct gaussian_mixture *mixture; /* prepared; its covariances are S_k */
    bool identity;                          /* S_k = I in their place: the K-means program */
    bool mixing;                            /* adds -2 log w_k to c_k */
};

/* Sets all but the sizes for rows of `values`, n x d. Returns 0 or -1 (memory). */
__attribute__((warn_unused_result)) int clustering_costs_set(struct clustering_costs *costs,
                                                             const struct clustering_costs_model *model,
                                                             const double *values, struct error *error);

/* C of a block, its offset taken off: n x n, symmetric to the last bit. */
void clustering_costs_fill(const struct clustering_costs *costs, size_t block, double *cost);

/* F of a partition, labels below `clusters`, none of which is empty; the offset is counted.
 *
 *   within  sum_k sum_{i in G_k} |x_i - xbar_k|^2, written */
double clustering_costs_partition(const struct clustering_costs *costs, const size_t *labels, double *within);

void clustering_costs_free(struct clustering_costs *costs);

#endif
