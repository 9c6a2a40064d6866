/* From the terms e_k(x) = log w_k + log N(x; mu_k, C_k) of num/gaussian_mixture_density.h to
 *
 *     log f = log sum_k exp e_k,   responsibilities r_k = exp(e_k - log f). */
#ifndef NUM_GAUSSIAN_MIXTURE_POSTERIOR_H
#define NUM_GAUSSIAN_MIXTURE_POSTERIOR_H

#include <stddef.h>

#include "num/gaussian_mixture.h"

/* Turns terms into responsibilities, in their place. A uniform component takes part: r_1 .. r_K sum to 1 less
 * its share. Where all terms are -inf the responsibilities are nan.
 *
 *   terms        rows x K
 *   log_density  rows values, written; or NULL */
void gaussian_mixture_posterior_rows(const struct gaussian_mixture *mixture, size_t rows, double *terms,
                                     double *log_density);

/* The component (from 1) with the greatest term, the first of equal ones; 0 where the uniform component's is
 * greater than all. Where all terms are -inf the label is nan.
 *
 *   terms   rows x K
 *   labels  rows values, `stride` apart, written */
void gaussian_mixture_posterior_labels(const struct gaussian_mixture *mixture, size_t rows,
                                       const double *terms, size_t stride, double *labels);

#endif
