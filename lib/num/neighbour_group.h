/* The queries of one leaf, which are searched together: their coordinates, and for each of them the k
 * smallest squared distances so far. Used by both searches, by tree and by brute force; neighbours.h is the
 * face.
 *
 * A squared distance is always the sum of (x_c - q_c)^2 in the order of the columns. Rounding is monotone, so
 * the same sum over a box's gaps is never above that of a point in the box: boxes are left out without error,
 * and both searches give the same bytes. */
#ifndef NUM_NEIGHBOUR_GROUP_H
#define NUM_NEIGHBOUR_GROUP_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/instruction_sets.h"
#include "num/kd_tree.h"

enum { GROUP_SIZE = KD_TREE_LEAF, LANES = 4, LANE_BLOCKS = GROUP_SIZE / LANES };

/* Four lanes, not eight: wider ones live in memory where the processor has no AVX-512. */
typedef double lanes __attribute__((vector_size(LANES * sizeof(double)), may_alias));
typedef uint64_t lane_words __attribute__((vector_size(LANES * sizeof(uint64_t)), may_alias));

struct neighbour_group {
    const struct kd_tree *tree; /* in which neighbours are looked for, and whose scale is used */
    size_t size;                /* queries, at most GROUP_SIZE */
    size_t k;
    size_t own_leaf;   /* the leaf whose points the queries are, each no neighbour of itself; or SIZE_MAX */
    double *queries;   /* columns x GROUP_SIZE; queries that are not there repeat the last */
    double *box;       /* 2 x columns: smallest, then largest coordinates */
    double *nearest;   /* GROUP_SIZE x k: heaps, the largest first */
    double *threshold; /* GROUP_SIZE: the largest of each heap; -1 for queries that are not there */
};

/* Room for groups of queries of k neighbours in `tree`. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int neighbour_group_create(struct neighbour_group *group,
                                                               const struct kd_tree *tree, size_t k,
                                                               struct error *error);

/* Frees; an all-zero group is fine. */
void neighbour_group_free(struct neighbour_group *group);

/* Takes the first `size` points of a leaf of `queries` (which may be the tree itself) as queries with nothing
 * found yet. */
void neighbour_group_load(struct neighbour_group *group, const struct kd_tree *queries, size_t leaf,
                          size_t size);

/* Puts a squared distance below threshold[query] among the k smallest. */
void neighbour_group_insert(struct neighbour_group *group, size_t query, double squared_distance);

/* Bit i is set where value i is negative: vectors are compared by the sign of a difference, which all
 * instruction sets do well. The sign of inf - inf is left open. */
ALWAYS_INLINE uint32_t neighbour_group_negative(const lanes values[LANE_BLOCKS]) {
    lane_words bits = {0};
#pragma GCC unroll 8
    for (unsigned b = 0; b < LANE_BLOCKS; b++)
        bits |= (lane_words)values[b] >> 63 << b * LANES;
    return (uint32_t)(bits[0] | bits[1] << 1 | bits[2] << 2 | bits[3] << 3);
}

/* Squared distances of one query, whose coordinates are GROUP_SIZE apart, to the points of a leaf. */
ALWAYS_INLINE void neighbour_group_distances(size_t columns, const double *query, const double *leaf,
                                             lanes squared[LANE_BLOCKS]) {
    const lanes *points = (const lanes *)leaf;
    lanes sum[LANE_BLOCKS] = {{0}};
    for (size_t c = 0; c < columns; c++, points += LANE_BLOCKS) {
        double coordinate = query[c * GROUP_SIZE];
#pragma GCC unroll 8
        for (size_t b = 0; b < LANE_BLOCKS; b++) {
            lanes difference = points[b] - coordinate;
            sum[b] += difference * difference;
        }
    }
#pragma GCC unroll 8
    for (size_t b = 0; b < LANE_BLOCKS; b++)
        squared[b] = sum[b];
}

#endif
