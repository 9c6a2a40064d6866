/* Divergences between Gaussian mixtures in one or two dimensions by adaptive quadrature, in nats.
 *
 * The integrand f log(f/g) - f + g is nowhere negative and integrates to KL(f, g), also where f and g nearly
 * agree. It is integrated over the box that holds 9 deviations of every component (less than 1e-18 of the
 * mass lies outside), cut until the estimated error is 1e-10; no component's core is missed, however narrow.
 * The sum's rounding adds some 1e-14 of the value. */
#ifndef DIVERGENCE_MIXTURE_QUADRATURE_H
#define DIVERGENCE_MIXTURE_QUADRATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "num/gaussian_mixture.h"

struct mixture_quadrature_result {
    double value;
    double error;   /* estimated */
    bool converged; /* else the box count ran out, and the value is worth what `error` says */
};

/* KL(f, g). More than two dimensions are a usage error. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
mixture_quadrature_kl(const struct gaussian_mixture *f, const struct gaussian_mixture *g, size_t threads,
                      struct mixture_quadrature_result *result, struct error *error);

/* (1 - weight) KL(f, m) + weight KL(g, m), m = (1 - weight) f + weight g. */
__attribute__((warn_unused_result)) int
mixture_quadrature_js(const struct gaussian_mixture *f, const struct gaussian_mixture *g, double weight,
                      size_t threads, struct mixture_quadrature_result *result, struct error *error);

#endif
