/* Exact nearest neighbours of the points of a k-d tree among themselves in the maximum norm, max_j |x_j -
 * y_j|.
 *
 * Each point is left out of its own neighbours, other points equal to it are not. Distances are single
 * rounded differences, so that one got here compares equal in a tree over some of the columns. In many
 * dimensions, where boxes exclude nothing, every leaf is gone through: O(count^2 columns). */
#ifndef NUM_MAX_NORM_NEIGHBOURS_H
#define NUM_MAX_NORM_NEIGHBOURS_H

#include <stddef.h>

#include "base/error.h"
#include "num/kd_tree.h"

/* The distance of each point to its k-th nearest, in the order of the rows that the tree was built from.
 *
 *   k          1 .. count - 1
 *   distances  count, written
 *   rows       count x k: the rows of those neighbours, the nearest first, written; or NULL
 *
 * The same for any number of threads. Returns 0, or -1: out of memory. */
__attribute__((warn_unused_result)) int max_norm_neighbours_kth(const struct kd_tree *tree, size_t k,
                                                                size_t threads, double *distances,
                                                                size_t *rows, struct error *error);

/* How many other points lie strictly nearer than radii[i] to point i. Returns 0 or -1. */
__attribute__((warn_unused_result)) int max_norm_neighbours_within(const struct kd_tree *tree,
                                                                   const double *radii, size_t threads,
                                                                   size_t *counts, struct error *error);

#endif
