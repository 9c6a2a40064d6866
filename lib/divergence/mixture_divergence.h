/* Divergences between Gaussian mixtures by evaluating log densities at points of one of them, in nats.
 *
 *     KL(f, g) = E_f[log f - log g]
 *     JS(f, g) = (1 - w) E_f[log f - log m] + w E_g[log g - log m],   m = (1 - w) f + w g
 *
 * Draws come in blocks of 4096 with a random stream each (num/gaussian_mixture_sampler.h) and their sums are
 * merged in block order: the same bytes for any number of threads. Mixtures are prepared, of the same
 * dimensions, without noise. */
#ifndef DIVERGENCE_MIXTURE_DIVERGENCE_H
#define DIVERGENCE_MIXTURE_DIVERGENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "num/gaussian_mixture.h"

struct mixture_divergence_settings {
    size_t draws;       /* from each mixture that is drawn from; at least 2 */
    bool stratified;    /* draws shared out to components by weight, at least 2 to each: then the variance
                           between components does not count */
    uint64_t seed;      /* with filter names the random streams */
    const char *filter; /* "kldiv" */
    size_t threads;
};

struct mixture_divergence_estimate {
    double value, standard_error;
    size_t draws; /* made in all; more than asked for where strata were brought up to 2 */
};

/* KL(f, g) by Monte Carlo. Returns 0, or -1: memory, or a mixture with noise. */
__attribute__((warn_unused_result)) int
mixture_divergence_kl(const struct gaussian_mixture *f, const struct gaussian_mixture *g,
                      const struct mixture_divergence_settings *settings,
                      struct mixture_divergence_estimate *estimate, struct error *error);

/* JS(f, g) with the given weight w of g, by draws from both. */
__attribute__((warn_unused_result)) int
mixture_divergence_js(const struct gaussian_mixture *f, const struct gaussian_mixture *g, double weight,
                      const struct mixture_divergence_settings *settings,
                      struct mixture_divergence_estimate *estimate, struct error *error);

/* KL(f, g) with each E_(f_a) taken as the mean over 2 d sigma points, mu_a +- sqrt(d) times the columns of
 * L_a (Goldberger, Gordon and Greenspan 2003, An efficient image similarity measure based on approximations
 * of KL-divergence between two Gaussian mixtures, ICCV): exact for the quadratic part of log f - log g. */
__attribute__((warn_unused_result)) int mixture_divergence_unscented(const struct gaussian_mixture *f,
                                                                     const struct gaussian_mixture *g,
                                                                     size_t threads, double *divergence,
                                                                     struct error *error);

/* log (p / ((1 - weight) p + weight q)) from the logs of p and q, to full relative accuracy as q nears p. */
double mixture_divergence_log_ratio(double log_p, double log_q, double weight);

#endif
