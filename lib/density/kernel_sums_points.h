/* The points of a kernel density as its sums want them: leaves of a k-d tree, with what each adds to its log
 * term.
 *
 *     log t_i(x) = log_scale + constants_i + log k(squares_i |z - z_i|^2),   squares_i = 1 / lam_i^2
 *
 * Points of weight 0 are left out. A leaf's places beyond its last point hold +inf as coordinates and -inf as
 * constant, so that they add nothing. */
#ifndef DENSITY_KERNEL_SUMS_POINTS_H
#define DENSITY_KERNEL_SUMS_POINTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "density/kernel_density.h"
#include "num/kd_tree.h"

struct kernel_sums_points {
    struct kernel kernel;
    struct kd_tree tree; /* in whitened coordinates, its exponent taken out again */
    double *constants;   /* leaves x KD_TREE_LEAF: log(w_i lam_i^-d) less the largest of these */
    double *squares;     /* leaves x KD_TREE_LEAF: 1 / lam_i^2; NULL: all 1 */
    double *bounds;      /* 2 a node: its largest constant, its least square */
    size_t *slots;       /* place of each point given, leaf x KD_TREE_LEAF + place; SIZE_MAX: weight 0 */
    double log_scale;
};

/* A query of a block, and the leaf that it comes to. */
struct kernel_sums_query {
    size_t home, number;
};

/* Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int kernel_sums_points_create(struct kernel_sums_points *points,
                                                                  const struct kernel_density *density,
                                                                  size_t threads, struct error *error);

/* All zero is fine. */
void kernel_sums_points_free(struct kernel_sums_points *points);

/* Squared distance from a query to a node's box, rounded down: no more than to any point in it. */
double kernel_sums_points_distance(const struct kernel_sums_points *points, struct kd_node node,
                                   const double *query);

/* What log t_i - log_scale of no point under a node exceeds, at this squared distance to its box. */
double kernel_sums_points_bound(const struct kernel_sums_points *points, struct kd_node node, double squared);

/* The leaf to which a query comes by always taking the child whose box is nearer. */
size_t kernel_sums_points_home(const struct kernel_sums_points *points, const double *query);

/* The place in a leaf of the point given as `row`; KD_TREE_LEAF where it is elsewhere, or row is SIZE_MAX. */
size_t kernel_sums_points_place(const struct kernel_sums_points *points, size_t row, size_t leaf);

/* log t_i - log_scale of a leaf's KD_TREE_LEAF places; `place` is left out (-inf; KD_TREE_LEAF: none). */
void kernel_sums_points_terms(const struct kernel_sums_points *points, size_t leaf, const double *query,
                              size_t place, double *terms);

#endif
