/* Mixtures made from a mixture: with noise added, and of some of the columns. */
#ifndef NUM_GAUSSIAN_MIXTURE_DERIVED_H
#define NUM_GAUSSIAN_MIXTURE_DERIVED_H

#include <stddef.h>

#include "base/error.h"
#include "num/gaussian_mixture.h"

/* The distribution of alpha X + sigma Z, X from the mixture and Z standard normal: weights w_k, means
 * alpha mu_k, covariances alpha^2 C_k + sigma^2 I. Components with scales become full ones. Refused: a
 * uniform component, which would not stay uniform. Prepared; NULL: error says why. */
struct gaussian_mixture *gaussian_mixture_derived_noised(const struct gaussian_mixture *mixture, double alpha,
                                                         double sigma, struct error *error);

/* The distribution of `count` of the columns, counted from 0, in that order. Refused: a column twice, and a
 * uniform component, whose box is not known. Prepared; NULL: error says why. */
struct gaussian_mixture *gaussian_mixture_derived_marginal(const struct gaussian_mixture *mixture,
                                                           const size_t *columns, size_t count,
                                                           struct error *error);

#endif
