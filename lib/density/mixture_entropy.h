/* Entropy of a Gaussian mixture, H = -E log f, in nats. */
#ifndef DENSITY_MIXTURE_ENTROPY_H
#define DENSITY_MIXTURE_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "num/gaussian_mixture.h"

struct mixture_entropy_estimate {
    double value, standard_error;
};

/* The mean of -log f over draws (at least 2) from the mixture, which holds no noise. The same for any number
 * of threads. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
mixture_entropy_monte_carlo(const struct gaussian_mixture *mixture, size_t draws, uint64_t seed,
                            size_t threads, struct mixture_entropy_estimate *estimate, struct error *error);

/* Bounds from the distances of pairs of components,
 *
 *     sum_i w_i H_i - sum_i w_i log sum_j w_j exp(-D_ij),
 *
 * D the Bhattacharyya distance for the lower and KL(N_i, N_j) for the upper one (Kolchinsky and Tracey 2017,
 * Estimating mixture entropy with pairwise distances, Entropy 19, 361). Time grows with K^2 d^3. Returns 0 or
 * -1. */
__attribute__((warn_unused_result)) int mixture_entropy_bounds(const struct gaussian_mixture *mixture,
                                                               size_t threads, double *lower, double *upper,
                                                               struct error *error);

#endif
