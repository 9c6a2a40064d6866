/* Bandwidths by cross-validation of the squared error.
 *
 * With D = (y_i - y_j)^2 / h^2, sums over i < j with masses, n the effective size:
 *
 *     LSCV(h) = (1 + (2/n) sum e^(-D/4)) / (2 n h sqrt(pi)) - 4 sum e^(-D/2) / (n (n - 1) h sqrt(2 pi))
 *     BCV(h)  = (1 + sum e^(-D/4) (D^2 - 12 D + 12) / (32 n)) / (2 n h sqrt(pi))
 *
 * lscv: the global minimum on [0.02, 2] x oversmoothed, found on a grid and refined. bcv: the largest local
 * minimiser not above oversmoothed, and oversmoothed itself where there is none. In d dimensions LSCV is that
 * of the points in whitened coordinates, one bandwidth for all of them, divided by |S|, which moves no
 * minimum.
 *
 * Sources: Rudemo 1982 and Bowman 1984 (LSCV); Scott and Terrell 1987, Biased and unbiased cross-validation
 * in density estimation, JASA 82, 1131-1146; Sain, Baggerly and Scott 1994, JASA 89 (d > 1). */
#ifndef DENSITY_BANDWIDTH_SQUARES_H
#define DENSITY_BANDWIDTH_SQUARES_H

#include <stddef.h>

#include "base/error.h"
#include "density/bandwidth_column.h"
#include "density/bandwidth_pairs.h"

/* The two criteria at a bandwidth that the pairs are good for; n is the effective size. */
double bandwidth_squares_lscv(const struct bandwidth_pairs *pairs, double n, size_t dimensions, double h);
double bandwidth_squares_bcv(const struct bandwidth_pairs *pairs, double n, double h);

/* Each writes the bandwidth of a column. Returns 0, or -1: a constant column; so many values equal to others
 * that LSCV falls without bound as h -> 0. */
__attribute__((warn_unused_result)) int bandwidth_squares_choose_lscv(const struct bandwidth_column *column,
                                                                      double *bandwidth, struct error *error);
__attribute__((warn_unused_result)) int bandwidth_squares_choose_bcv(const struct bandwidth_column *column,
                                                                     double *bandwidth, struct error *error);

/* The one factor h for points in whitened coordinates (deviations 1; count x dimensions), searched for on
 * [0.02, 2] x 1.144 n^(-1/(d+4)).
 *
 *   masses  count, or NULL
 *
 * Returns 0, or -1 as above. */
__attribute__((warn_unused_result)) int
bandwidth_squares_choose_whitened(const struct bandwidth_pairs_input *whitened, double n, double *bandwidth,
                                  struct error *error);

#endif
