/* Log densities of a Gaussian mixture,
 *
 *     log f(x) = log sum_k exp e_k(x),   e_k(x) = log w_k + log N(x; mu_k, C_k),
 *
 * for tiles of 32 points stored by coordinate, one after another; a point's result depends on nothing but the
 * point. Neither over- nor underflows: a point so far that f is 0 still has its log f; where the squared
 * distance overflows it is -inf, as is e_k. */
#ifndef NUM_GAUSSIAN_MIXTURE_DENSITY_H
#define NUM_GAUSSIAN_MIXTURE_DENSITY_H

#include <stddef.h>

#include "base/error.h"
#include "num/gaussian_mixture.h"

/* Values of workspace that the next two functions need: one for each thread at work. */
size_t gaussian_mixture_density_workspace(const struct gaussian_mixture *mixture);

/* log f of each row.
 *
 *   points       rows x d, row-major
 *   log_density  rows values, written
 *   workspace    gaussian_mixture_density_workspace(mixture) values */
void gaussian_mixture_density_rows(const struct gaussian_mixture *mixture, size_t rows, const double *points,
                                   double *log_density, double *workspace);

/* e_k of each row and component.
 *
 *   terms  rows x K, written */
void gaussian_mixture_density_terms(const struct gaussian_mixture *mixture, size_t rows, const double *points,
                                    double *terms, double *workspace);

/* log f of each row, shared out among threads. Returns 0, or -1 where memory fails. */
__attribute__((warn_unused_result)) int
gaussian_mixture_density_log(const struct gaussian_mixture *mixture, size_t threads, size_t rows,
                             const double *points, double *log_density, struct error *error);

#endif
