/* The assignment problem: each row gets a column of its own so that the sum of costs is least.
 *
 * Source: Kuhn 1955, The Hungarian method for the assignment problem, Naval Research Logistics Quarterly 2,
 * 83-97, by shortest augmenting paths (Jonker and Volgenant 1987, Computing 38, 325-340). */
#ifndef NUM_ASSIGNMENT_H
#define NUM_ASSIGNMENT_H

#include <stddef.h>

#include "base/error.h"

/* Solves it in O(rows^2 columns).
 *
 *   rows <= columns
 *   cost    rows x columns, row-major, finite
 *   column  rows values, written: the column of each row, all different
 *
 * Returns 0, or -1 (memory). */
__attribute__((warn_unused_result)) int assignment_solve(size_t rows, size_t columns, const double *cost,
                                                         size_t *column, struct error *error);

#endif
