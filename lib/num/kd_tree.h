/* A balanced k-d tree over points in memory (Bentley 1975; boxes as in Friedman, Bentley and Finkel 1977).
 *
 * The points are copied, leaf by leaf and within a leaf column by column, so that a leaf is a small dense
 * matrix for vector instructions and points that are near lie near in memory. Every leaf is full but the
 * last. The copy is scaled by a power of two, so that squares of neither tiny nor huge coordinates leave the
 * range of a double; scaling is exact.
 *
 * A node of `leaves` leaves, the first of them leaf `first`, has its left child, of leaves / 2 leaves, next
 * to it in `boxes`, and then the right one: numbers and spans follow from the count alone. */
#ifndef NUM_KD_TREE_H
#define NUM_KD_TREE_H

#include <stddef.h>

#include "base/error.h"

enum { KD_TREE_LEAF = 32 }; /* points a leaf */

struct kd_tree {
    size_t count, columns;
    size_t leaves;  /* count / KD_TREE_LEAF, rounded up */
    int exponent;   /* coordinates here are the given ones x 2^exponent; the largest is near 2^250 */
    double *points; /* leaves x columns x KD_TREE_LEAF; +inf beyond the last point */
    double *boxes;  /* (2 leaves - 1) x 2 x columns: each node's smallest coordinates, then its largest */
    size_t *order;  /* count: the row from which the point of a slot came */
};

/* A node and the leaves under it. */
struct kd_node {
    size_t index, first, leaves;
};

static inline struct kd_node kd_tree_root(const struct kd_tree *tree) {
    return (struct kd_node){0, 0, tree->leaves};
}

static inline struct kd_node kd_tree_left(struct kd_node node) {
    return (struct kd_node){node.index + 1, node.first, node.leaves / 2};
}

static inline struct kd_node kd_tree_right(struct kd_node node) {
    size_t left = node.leaves / 2;
    return (struct kd_node){node.index + 2 * left, node.first + left, node.leaves - left};
}

static inline size_t kd_tree_leaf_size(const struct kd_tree *tree, size_t leaf) {
    return leaf + 1 < tree->leaves ? KD_TREE_LEAF : tree->count - leaf * KD_TREE_LEAF;
}

/* Builds the tree in O(count log count) on at most `threads` threads; it is the same for any number of them.
 *
 *   points  count x columns, row-major, not kept; count and columns > 0
 *
 * Returns 0, or -1 with nothing to free: out of memory, or a coordinate that is not finite ("row 5: ..."). */
__attribute__((warn_unused_result)) int kd_tree_build(struct kd_tree *tree, size_t count, size_t columns,
                                                      const double *points, size_t threads,
                                                      struct error *error);

/* Frees what the tree holds; an all-zero tree is fine. */
void kd_tree_free(struct kd_tree *tree);

#endif
