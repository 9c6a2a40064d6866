/* Sliced transport: the points are projected on lines, where transport is sorting.
 *
 *     SW_p = (mean over directions t of W_p(<x, t>, <y, t>)^p)^(1/p)
 *
 * Rabin, Peyre, Delon and Bernot (2012), Wasserstein barycenter and its application to texture mixing; the
 * largest in place of the mean: Deshpande et al. (2019), Max-sliced Wasserstein distance. Directions are
 * uniform on the sphere, direction k the same for a seed whatever their number: more of them extend the same
 * sequence. */
#ifndef TRANSPORT_SLICED_TRANSPORT_H
#define TRANSPORT_SLICED_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/progress.h"
#include "num/ground_cost.h"

struct sliced_transport_problem {
    const double *x, *y; /* sources x dimension, targets x dimension, row-major */
    size_t sources, targets, dimension;
    const double *source_weights, *target_weights; /* >= 0, totals equal to 1e-6; NULL: equal, totals 1 */
    double power;                                  /* p >= 1 */
    double scale;                                  /* of every W_p^p, as ground_cost's; 1 as a rule */
    size_t directions;                             /* N >= 1 */
    uint64_t seed;
    size_t threads;
    struct progress *progress; /* or NULL */
};

struct sliced_transport {
    double distance;       /* SW_p over the N directions */
    double mean;           /* of W_p^p: the transport cost of a direction, distance^p */
    double standard_error; /* of the mean, from the spread over directions; nan for N = 1 */
    double largest;        /* W_p of the direction among the N where it is largest: at most the supremum over
                              all directions, which more directions approach from below */
    size_t largest_direction; /* which one, from 0 */
};

/* The p that a ground cost stands for: sqeuclidean 2, euclidean 1, power:P P. Returns 0, or -1 with a usage
 * error for the others and for powers below 1. */
__attribute__((warn_unused_result)) int sliced_transport_power(const struct ground_cost *ground,
                                                               double *power, struct error *error);

/* Memory is O(sources + targets) a thread and 8 bytes a direction. Returns 0, or -1 where memory fails. */
__attribute__((warn_unused_result)) int sliced_transport_solve(const struct sliced_transport_problem *problem,
                                                               struct sliced_transport *result,
                                                               struct error *error);

/* Writes the unit vector (dimension) of direction number `index`. */
void sliced_transport_direction(uint64_t seed, size_t index, size_t dimension, double *direction);

#endif
