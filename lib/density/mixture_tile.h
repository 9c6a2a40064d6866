/* The kernels of one tile of a mixture's pass: log densities and moments of 64 points by one component. */
#ifndef DENSITY_MIXTURE_TILE_H
#define DENSITY_MIXTURE_TILE_H

#include <stdbool.h>
#include <stddef.h>

#include "num/gaussian_mixture.h"

enum {
    MIXTURE_TILE_POINTS = 64, /* side by side, a coordinate after another */
    MIXTURE_TILE_LANES = 8,   /* a sum over points is kept as eight, whatever the processor */
};

/* e_k = log w_k + log N(x; mu_k, C_k) of a tile's points.
 *
 *   x     d x POINTS
 *   y     d x POINTS, overwritten
 *   term  POINTS values, written */
void mixture_tile_terms(const struct gaussian_mixture *mixture, size_t k, const double *x, double *y,
                        double *term);

/* `count` rows of terms become exp(e_k - lse), in place.
 *
 *   lse, largest, entropy  POINTS values each, written: log sum_k exp e_k, max_k e_k, -sum_k r_k log r_k */
void mixture_tile_softmax(size_t count, double *terms, double *lse, double *largest, double *entropy);

/* `count` rows of terms become 1 for a point's greatest (the first of equals) and 0 for the others. */
void mixture_tile_harden(size_t count, double *terms);

/* Multiplies `count` rows of responsibilities by the points' weights. */
void mixture_tile_weigh(size_t count, const double *weights, double *responsibilities);

/* Adds sum_p r_p, sum_p r_p u_p and sum_p r_p u_pa u_pb, u = x - mean, to a component's lanes.
 *
 *   u      d x POINTS, overwritten
 *   lanes  (1 + d + seconds) x LANES, the second moments' lower triangle or, unless `matrix`, diagonal */
void mixture_tile_moments(size_t d, bool matrix, const double *mean, const double *responsibilities,
                          const double *x, double *u, double *lanes);

/* The same for a tile of at most LANES points, which stand in front: the terms of the others are copies of
 * the first one's, and their moments are left out. */
void mixture_tile_few_terms(const struct gaussian_mixture *mixture, size_t k, const double *x, double *y,
                            double *term);
void mixture_tile_few_moments(size_t d, bool matrix, const double *mean, const double *responsibilities,
                              const double *x, double *u, double *lanes);

#endif
