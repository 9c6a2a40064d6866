/* An order of points from coarse to fine: each prefix is spread over all of them.
 *
 * The exact order (each next point the farthest from all before it) takes a search for every point. Here
 * cells stand in for it: beginning with the box of all points, whose representative is the point nearest to
 * its middle, a cell is cut across the middle of its longest side, shrunk about its points, again and again;
 * the half that the representative is not in elects the point farthest from the representative, and that
 * distance is its rank. Points are sorted by falling distance. O(count log count) unless the spacings span
 * hundreds of orders of magnitude; the points of a prefix are apart by what the exact order has within a
 * small factor.
 *
 * The exact order and its use: Guinness 2018, Permutation and grouping methods for sharpening Gaussian
 * process approximations, Technometrics 60, 415-429. */
#ifndef NUM_MAX_MIN_ORDER_H
#define NUM_MAX_MIN_ORDER_H

#include <stddef.h>

#include "base/error.h"

/* Writes the points' numbers in that order; equal points come last, in theirs.
 *
 *   points  count x columns, row-major, finite; count and columns > 0
 *   order   count
 *
 * Returns 0, or -1: out of memory. */
__attribute__((warn_unused_result)) int max_min_order_find(size_t count, size_t columns, const double *points,
                                                           size_t *order, struct error *error);

#endif
