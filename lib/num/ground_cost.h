/* What it costs to move a unit of mass from a point x to a point y: the ground cost of a transport problem.
 */
#ifndef NUM_GROUND_COST_H
#define NUM_GROUND_COST_H

#include <stddef.h>

#include "base/error.h"

enum ground_cost_kind {
    GROUND_COST_SQEUCLIDEAN, /* |x - y|^2, no factor 1/2 */
    GROUND_COST_EUCLIDEAN,
    GROUND_COST_CITYBLOCK,
    GROUND_COST_CHEBYSHEV,
    GROUND_COST_MINKOWSKI, /* (sum |x_j - y_j|^power)^(1/power), power >= 1 */
    GROUND_COST_COSINE,    /* 1 - cos(x, y) */
    GROUND_COST_POWER,     /* |x - y|^power, power > 0 */
};

struct ground_cost {
    enum ground_cost_kind kind;
    double power; /* of MINKOWSKI and POWER */
    double scale; /* every cost is multiplied by it, > 0 */
};

/* Reads `sqeuclidean`, `minkowski:3`, `power:1.5`, ...; the scale is set to 1. Returns 0, or -1 with a usage
 * error that names the nearest word. */
__attribute__((warn_unused_result)) int ground_cost_parse(struct ground_cost *cost, const char *text,
                                                          struct error *error);

/* The cost of one pair of points of so many coordinates. */
double ground_cost_between(const struct ground_cost *cost, size_t dimension, const double *x,
                           const double *y);

/* Adds weight * (d/dx) cost(x, y) to sum (dimension). Where the cost has no derivative (x = y, equal
 * coordinates of cityblock) the subgradient 0 is taken. */
void ground_cost_add_gradient(const struct ground_cost *cost, size_t dimension, const double *x,
                              const double *y, double weight, double *sum);

#endif
