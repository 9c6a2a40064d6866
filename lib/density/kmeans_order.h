/* The order of centres: near ones side by side while they move, by weight when they are at rest. */
#ifndef DENSITY_KMEANS_ORDER_H
#define DENSITY_KMEANS_ORDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "density/kmeans.h"

/* Puts near centres (count x columns) side by side, so that groups of neighbours in the array are groups in
 * space: halves them again and again across the column in which they spread most. Returns 0, or -1 (memory).
 */
__attribute__((warn_unused_result)) int kmeans_order_near(size_t count, size_t columns, double *centers,
                                                          struct error *error);

/* Puts centres in order of decreasing weight, ties lexicographically, and renames the labels of `rows` rows.
 * Returns 0, or -1 (memory). */
__attribute__((warn_unused_result)) int kmeans_order_result(size_t rows, struct kmeans *result,
                                                            struct error *error);

/* Whether a is the better fit: of less inertia, or of the same with centres that come first. */
bool kmeans_order_better(const struct kmeans *a, const struct kmeans *b);

#endif
