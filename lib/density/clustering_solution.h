/* A point of a clustering's semidefinite program, as factors, and what it says of the rows. */
#ifndef DENSITY_CLUSTERING_SOLUTION_H
#define DENSITY_CLUSTERING_SOLUTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "density/clustering_costs.h"

/* Z_b = sum_r roots_r roots_r^T. */
struct clustering_block {
    size_t rank, capacity; /* capacity: in doubles */
    double *roots;         /* rank x n */
};

/* All zero holds nothing. */
struct clustering_solution {
    size_t n, clusters, room; /* room: blocks there is place for */
    struct clustering_block *blocks;
    size_t *labels;      /* n: the cluster of each row; none is empty */
    double *memberships; /* n x clusters: >= 0, of sum 1 */
};

/* Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int clustering_solution_create(struct clustering_solution *solution,
                                                                   size_t n, size_t clusters,
                                                                   struct error *error);

/* Makes a block rank x n, for the caller to fill. NULL: out of memory. */
double *clustering_solution_block(struct clustering_solution *solution, size_t block, size_t rank,
                                  struct error *error);

/* Labels and memberships of the blocks. A row's share in a block is its sum of Z_b; a block of several
 * clusters is cut by k-means of its roots' columns, which are as many distinct points as it has clusters
 * where Z_b is a partition, and the share of row i in cluster k is then sum of Z_b,ij over the rows j of k.
 * The label is the cluster of the greatest share; a cluster without rows gets, of those whose own cluster
 * keeps others, the row with the greatest share in it. Returns 0 or -1. */
__attribute__((warn_unused_result)) int clustering_solution_round(struct clustering_solution *solution,
                                                                  const struct clustering_costs *costs,
                                                                  uint64_t seed, struct error *error);

/* The blocks and memberships that the labels stand for: 1_G 1_G^T / |G|. Returns 0 or -1. */
__attribute__((warn_unused_result)) int clustering_solution_settle(struct clustering_solution *solution,
                                                                   const struct clustering_costs *costs,
                                                                   struct error *error);

void clustering_solution_free(struct clustering_solution *solution);

#endif
