/* Exact nearest neighbours in Euclidean distance.
 *
 * Both the points searched and the queries are indexes, so that queries are answered in an order that keeps
 * near things near; an index asked about itself leaves each point out of its own neighbours (but not other
 * points equal to it, at distance 0). Few dimensions are searched by a k-d tree, many by brute force in
 * single precision with exact re-evaluation; which of them is decided by how much of the tree a fixed sample
 * of queries visits. Both give the same bytes, as does any number of threads.
 *
 * Distances are sums of squared differences in double precision, good to (columns + 2) 1e-16 relative,
 * wherever the data's origin; where the queries are 1e75 times as large as the points they are inf. */
#ifndef NUM_NEIGHBOURS_H
#define NUM_NEIGHBOURS_H

#include <stddef.h>

#include "base/error.h"

struct neighbours;

/* An index over `count` points.
 *
 *   points  count x columns, row-major, not kept; count and columns > 0
 *
 * Takes O(count log count) and some 9 bytes a coordinate and 8 a point. Returns NULL with the error set: out
 * of memory, or "row 5: the coordinates are not all finite". */
__attribute__((warn_unused_result)) struct neighbours *
neighbours_create(size_t count, size_t columns, const double *points, size_t threads, struct error *error);

/* neighbours_free(NULL) does nothing. */
void neighbours_free(struct neighbours *index);

/* How each query is answered. */
enum neighbours_method { NEIGHBOURS_CHOOSE, NEIGHBOURS_TREE, NEIGHBOURS_BRUTE };

struct neighbours_search {
    const struct neighbours *index, *queries; /* of as many columns; the same: each point without itself */
    size_t threads;
    enum neighbours_method method; /* CHOOSE unless the two are to be compared */
};

/* The distance of each query to its k-th nearest point.
 *
 *   k          1 .. count of the index (less one if that asks about itself)
 *   distances  one for each query, in the order the points were given in; written
 *
 * Returns 0, or -1: out of memory. */
__attribute__((warn_unused_result)) int neighbours_kth(const struct neighbours_search *search, size_t k,
                                                       double *distances, struct error *error);

/* The distances to all k nearest: queries x k, each row ascending. */
__attribute__((warn_unused_result)) int neighbours_nearest(const struct neighbours_search *search, size_t k,
                                                           double *distances, struct error *error);

/* How many points lie within radii[i] (<=) of query i. A distance got from the functions above compares equal
 * with itself. */
__attribute__((warn_unused_result)) int neighbours_within(const struct neighbours_search *search,
                                                          const double *radii, size_t *counts,
                                                          struct error *error);

#endif
