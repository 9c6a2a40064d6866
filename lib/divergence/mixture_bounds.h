/* Closed-form approximations and bounds of KL(f, g) between Gaussian mixtures f = sum w_a f_a, g = sum v_b
 * g_b, in nats, from
 *
 *     D_ab = KL(f_a, g_b),   z_ab = log int f_a g_b,   H_a = entropy of f_a.
 *
 * Sources: Hershey and Olsen 2007, Approximating the Kullback Leibler divergence between Gaussian mixture
 * models, ICASSP (variational, product, variational upper bound, matched); Durrieu, Thiran and Kelly 2012,
 * Lower and upper bounds for approximation of the Kullback-Leibler divergence between Gaussian mixture
 * models, ICASSP (lower, upper). */
#ifndef DIVERGENCE_MIXTURE_BOUNDS_H
#define DIVERGENCE_MIXTURE_BOUNDS_H

#include <stddef.h>

#include "base/error.h"
#include "num/gaussian_mixture.h"

enum mixture_bounds_method {
    MIXTURE_BOUNDS_VARIATIONAL, /* sum w_a [LSE_a'(log w_a' - D_aa') - LSE_b(log v_b - D_ab)]; no bound */
    MIXTURE_BOUNDS_PRODUCT,     /* sum w_a [LSE_a'(log w_a' + z_aa') - LSE_b(log v_b + z_ab)]; no bound */
    MIXTURE_BOUNDS_LOWER,       /* sum w_a [LSE_a'(log w_a' - D_aa') - H_a - LSE_b(log v_b + z_ab)] */
    MIXTURE_BOUNDS_UPPER,       /* sum w_a [LSE_a'(log w_a' + z_aa') + H_a - LSE_b(log v_b - D_ab)] */
    MIXTURE_BOUNDS_VARIATIONAL_UPPER, /* the least sum phi_ab (log(phi_ab / psi_ab) + D_ab) over phi, psi >= 0
                                         with sum_b phi_ab = w_a, sum_a psi_ab = v_b */
    MIXTURE_BOUNDS_MATCHED /* sum w_a (D_ab + log(w_a / v_b)), b the least D_ab - log v_b; no bound */
};

/* KL(f, g). Both prepared, of the same dimensions, without noise. Time grows with K_f (K_f + K_g) d^3.
 * Returns 0, or -1 where memory fails. */
__attribute__((warn_unused_result)) int mixture_bounds_kl(enum mixture_bounds_method method,
                                                          const struct gaussian_mixture *f,
                                                          const struct gaussian_mixture *g, size_t threads,
                                                          double *divergence, struct error *error);

/* (1 - weight) KL(f, m) + weight KL(g, m) by the same method, m = (1 - weight) f + weight g, whose components
 * are those of f and g. Lower and upper bounds stay bounds. */
__attribute__((warn_unused_result)) int mixture_bounds_js(enum mixture_bounds_method method,
                                                          const struct gaussian_mixture *f,
                                                          const struct gaussian_mixture *g, double weight,
                                                          size_t threads, double *divergence,
                                                          struct error *error);

/* log of the integral of f g: LSE_ab(log w_a + log v_b + z_ab). Both as above. Returns 0, or -1 where memory
 * fails. */
__attribute__((warn_unused_result)) int mixture_bounds_log_overlap(const struct gaussian_mixture *f,
                                                                   const struct gaussian_mixture *g,
                                                                   size_t threads, double *overlap,
                                                                   struct error *error);

#endif
