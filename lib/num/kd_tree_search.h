/* Searches of a k-d tree for the neighbours of a group of queries. */
#ifndef NUM_KD_TREE_SEARCH_H
#define NUM_KD_TREE_SEARCH_H

#include <stddef.h>
#include <stdint.h>

#include "num/neighbour_group.h"

/* Finds the k nearest points of each query of the group, just loaded. Returns how many pairs of a query and a
 * leaf were compared point by point. */
uint64_t kd_tree_search_nearest(struct neighbour_group *group);

/* Compares the queries with all points of one leaf. */
void kd_tree_search_leaf(struct neighbour_group *group, size_t leaf);

/* The leaf that the group's middle leads to: a first guess at its neighbourhood. */
size_t kd_tree_search_descend(const struct neighbour_group *group);

/* Counts the points of the tree whose squared distance is at most limits[i] from query i, the query itself
 * included where it is one of them.
 *
 *   limits  GROUP_SIZE, finite; negative: counts nothing
 *   counts  GROUP_SIZE, written */
void kd_tree_search_within(const struct neighbour_group *group, const double *limits, size_t *counts);

#endif
