/* A Gaussian mixture seen by rows that lack some columns (Ghahramani and Jordan 1994, Supervised learning
 * from incomplete data via an EM approach, NIPS 6; Little and Rubin 2002, Statistical analysis with missing
 * data, chapters 8 and 11). With observed columns o and missing ones m,
 *
 *     e_k = log w_k + log N(x_o; mu_ko, C_k,oo),                        y = L^-1 (x_o - mu_ko),  L L^T =
 * C_k,oo, E[x_m - mu_km | x_o, k] = C_k,mo C_k,oo^-1 (x_o - mu_ko) = W y,   W = C_k,mo L^-T, Cov[x_m | x_o,
 * k] = V_k = C_k,mm - W W^T.
 *
 * Tiles are those of density/mixture_tile.h: 64 points, a coordinate after another. */
#ifndef DENSITY_MIXTURE_MARGINAL_H
#define DENSITY_MIXTURE_MARGINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "num/gaussian_mixture.h"

struct mixture_marginal;

/* Room for mixtures of up to `components` of that type, or of one without matrices. NULL: error says why. */
struct mixture_marginal *mixture_marginal_create(size_t components, size_t dimensions,
                                                 enum gaussian_mixture_type type, struct error *error);

/* Takes a prepared mixture's marginal of the columns that are set in `observed` (d values, at least one of
 * them); factors each covariance once. Both are kept by the caller until the next call. */
void mixture_marginal_set(struct mixture_marginal *marginal, const struct gaussian_mixture *mixture,
                          const bool *observed);

/* Lays the observed columns of up to 64 rows side by side, the first row in what is left: of the tile or,
 * where at most 8 are given, of its first 8 points, which are then all that is computed.
 *
 *   values  a matrix of the mixture's columns
 *   rows    count numbers of its rows
 *   x       observed columns x 64, written */
void mixture_marginal_load(struct mixture_marginal *marginal, const double *values, const size_t *rows,
                           size_t count, double *x);

/* e_k of a tile's points.
 *
 *   x     as loaded
 *   y     observed columns x 64, written, for mixture_marginal_complete
 *   term  64 values, written */
void mixture_marginal_terms(const struct mixture_marginal *marginal, size_t k, const double *x, double *y,
                            double *term);

/* E[x | x_o, k] - mu_k of a tile's points.
 *
 *   u  d x 64, written */
void mixture_marginal_complete(const struct mixture_marginal *marginal, size_t k, const double *x,
                               const double *y, double *u);

/* Adds factor V_k to second moments of which each entry stands `stride` values behind the one before: the
 * lower triangle by rows or, unless `matrix`, the diagonal. */
void mixture_marginal_add_spread(const struct mixture_marginal *marginal, size_t k, double factor,
                                 bool matrix, size_t stride, double *moments);

/* NULL does nothing. */
void mixture_marginal_free(struct mixture_marginal *marginal);

#endif
