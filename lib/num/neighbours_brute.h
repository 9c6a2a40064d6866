/* Nearest neighbours by comparing everything with everything, for dimensions in which a tree's boxes exclude
 * little.
 *
 * Distances are first taken in single precision, in the form |x|^2 / 2 - x.q about the points' mean. A pair
 * is computed again in double precision, column by column, when its distance may be below the query's
 * threshold; rounding of the first pass is bounded for each pair by c (|x|^2 + |q|^2 / 2), so the result is
 * exact. */
#ifndef NUM_NEIGHBOURS_BRUTE_H
#define NUM_NEIGHBOURS_BRUTE_H

#include <stddef.h>

#include "num/neighbour_group.h"

struct neighbours_brute {
    const struct kd_tree *tree;
    double *centre;  /* columns: the mean of the points */
    double scale;    /* of the single precision copy: the longest vector gets length 1 */
    double rounding; /* c above */
    float *points;   /* leaves x columns x KD_TREE_LEAF; 0 beyond the last point */
    float *
        half_squares; /* leaves x KD_TREE_LEAF: |x|^2 / 2 less its share of the bound; +inf beyond the last */
};

/* What a search needs beside the group: one for each thread. Each number stands here as often as a vector has
 * lanes: where vectors live in memory, for want of AVX2, it would else be copied there for each use. */
struct neighbours_brute_workspace {
    float *queries;  /* the group's, centred and scaled: by fours, a column after the other */
    float *limits;   /* GROUP_SIZE: the thresholds */
    double *offsets; /* GROUP_SIZE, once each: -|q|^2 / 2 and its share of the bound */
};

/* Copies the points of a tree. `queries` is the tree the queries will come from, or the same. Returns 0, or
 * -1 with nothing to free. */
__attribute__((warn_unused_result)) int neighbours_brute_create(struct neighbours_brute *brute,
                                                                const struct kd_tree *tree,
                                                                const struct kd_tree *queries, size_t threads,
                                                                struct error *error);
void neighbours_brute_free(struct neighbours_brute *brute);

__attribute__((warn_unused_result)) int
neighbours_brute_workspace_create(struct neighbours_brute_workspace *workspace, size_t columns,
                                  struct error *error);
void neighbours_brute_workspace_free(struct neighbours_brute_workspace *workspace);

/* Finds the k nearest points of each query of the group, just loaded. */
void neighbours_brute_search(const struct neighbours_brute *brute, struct neighbour_group *group,
                             struct neighbours_brute_workspace *workspace);

#endif
