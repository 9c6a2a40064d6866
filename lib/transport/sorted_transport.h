/* Exact transport on the line: for a cost that is convex in x - y, mass moves in order.
 *
 * The least mass goes to the least target first, and so on: a merge of the two cumulative weights (Villani
 * 2003, Topics in Optimal Transportation, Theorem 2.18). Sorting is all the work, O((n + m) log (n + m)) time
 * and O(n + m) memory. */
#ifndef TRANSPORT_SORTED_TRANSPORT_H
#define TRANSPORT_SORTED_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "num/exact_transport.h"

/* Whether the costs are made from points of one coordinate by a convex function of x - y. All ground costs
 * are, but cosine and powers below 1. */
bool sorted_transport_applies(const struct pair_cost *cost);

/* The plan, its cost and its potentials, as exact_transport_solve gives them (iterations: 0); `start`,
 * `threads` and `progress` are not used. Freed by exact_transport_free. Returns 0, or -1 with nothing to free
 * where memory fails. */
__attribute__((warn_unused_result)) int sorted_transport_solve(const struct exact_transport_problem *problem,
                                                               struct exact_transport *result,
                                                               struct error *error);

/* The cost alone of count_x and count_y numbers in ascending order, by cost |x - y|^power, power >= 1.
 *
 *   weights_x, weights_y  in the numbers' order, of one total; both NULL: equal, totals 1 */
double sorted_transport_power_cost(double power, size_t count_x, const double *x, const double *weights_x,
                                   size_t count_y, const double *y, const double *weights_y);

#endif
