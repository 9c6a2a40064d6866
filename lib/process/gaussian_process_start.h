/* Starting values of a covariance's parameters that the expression does not name, from the data. */
#ifndef PROCESS_GAUSSIAN_PROCESS_START_H
#define PROCESS_GAUSSIAN_PROCESS_START_H

#include <stdint.h>

#include "base/error.h"
#include "process/gaussian_process_evidence.h"

/* The variance of the targets about their means, averaged over outputs (divisor rows); 0 where all are equal.
 */
double gaussian_process_start_variance(const struct gaussian_process_data *data);

/* Sets every parameter that is neither given nor fixed: a lengthscale to the median distance of up to 1000
 * rows, over the leaf's columns or (one a column) over its own; a variance to the targets'; a spectral
 * mixture's means to the highest peaks of the periodogram where the one input is evenly spaced, else drawn
 * uniformly below the Nyquist frequency of the smallest spacing, its scales to the inverse range of the
 * inputs, its weights to the targets' variance in equal parts. What is constant in the data leaves the
 * default. Returns 0, or -1: out of memory. */
__attribute__((warn_unused_result)) int gaussian_process_start_set(struct covariance *covariance,
                                                                   const struct gaussian_process_data *data,
                                                                   uint64_t seed, struct error *error);

#endif
