/* The nearest of those points that come before a given one: a k-d tree (num/kd_tree.h) whose nodes know the
 * earliest point under them, so that a search leaves out what comes later. With points from coarse to fine
 * (num/max_min_order.h) all of them are searched in O(count k log count). */
#ifndef NUM_PREDECESSORS_H
#define NUM_PREDECESSORS_H

#include <stddef.h>

#include "base/error.h"
#include "num/kd_tree.h"

enum { PREDECESSORS_MAX = 64, PREDECESSORS_COLUMNS_MAX = 1024 };

struct predecessors {
    struct kd_tree tree;
    size_t *earliest; /* of each node, the least number of a point under it */
};

/* Returns 0, or -1 with nothing to close.
 *
 *   points  count x columns, row-major, finite, not kept; count > 0, columns 1 .. PREDECESSORS_COLUMNS_MAX */
__attribute__((warn_unused_result)) int predecessors_open(struct predecessors *index, size_t count,
                                                          size_t columns, const double *points,
                                                          size_t threads, struct error *error);

/* An all-zero one is fine. */
void predecessors_close(struct predecessors *index);

/* The numbers of the k points nearest to a place among those with numbers below `limit`, the nearest first;
 * which of equally far ones stay out is settled by the tree. Returns how many there are: the lesser of k and
 * limit. May be called from several threads.
 *
 *   place    columns, finite
 *   k        at most PREDECESSORS_MAX
 *   nearest  k, written */
size_t predecessors_nearest(const struct predecessors *index, const double *place, size_t limit, size_t k,
                            size_t *nearest);

#endif
