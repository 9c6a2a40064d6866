/* Mixtures of fewer components, by merging pairs (Runnalls 2007, Kullback-Leibler approach to Gaussian
 * mixture reduction, IEEE Trans. Aerospace and Electronic Systems 43, 989-999).
 *
 * Each step merges the pair whose merging has the least upper bound on the Kullback-Leibler divergence,
 *
 *     [(w_i + w_j) log |C_ij| - w_i log |C_i| - w_j log |C_j|] / 2,
 *
 * into the Gaussian with the pair's weight, mean and covariance C_ij. Mean and covariance of the whole stay.
 */
#ifndef NUM_GAUSSIAN_MIXTURE_REDUCE_H
#define NUM_GAUSSIAN_MIXTURE_REDUCE_H

#include <stddef.h>

#include "base/error.h"
#include "num/gaussian_mixture.h"

/* A prepared mixture of `components` full components, heaviest first, 1 <= components <= K. Refused: a
 * uniform component. Holds K^2 costs; time grows with K^2 d^3. NULL: error says why. */
struct gaussian_mixture *gaussian_mixture_reduce(const struct gaussian_mixture *mixture, size_t components,
                                                 size_t threads, struct error *error);

#endif
