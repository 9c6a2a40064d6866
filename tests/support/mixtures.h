/* Gaussian mixtures to test with. */
#ifndef SUPPORT_MIXTURES_H
#define SUPPORT_MIXTURES_H

#include <stddef.h>

#include "num/gaussian_mixture.h"

/* A prepared mixture of these arrays, which are copied; the test fails where they are refused. */
struct gaussian_mixture *mixtures_make(size_t components, size_t dimensions, enum gaussian_mixture_type type,
                                       const double *weights, const double *means, const double *covariances);

/* Full components with means of deviation `spread` a coordinate and covariances G G^T / d + I / 4; equal
 * seeds give equal mixtures. */
struct gaussian_mixture *mixtures_random(unsigned seed, size_t components, size_t dimensions, double spread);

/* The pair of the divergences' specification, check 4. */
struct gaussian_mixture *mixtures_specified_f(void);
struct gaussian_mixture *mixtures_specified_g(void);

#endif
