/* Kernel density estimates in many dimensions: the regimes of Biroli and Mezard 2024, Kernel density
 * estimators in large dimensions.
 *
 * Points and query are drawn from N(0, diag(v)), d and n large, alpha = log(n) / d; the kernel is a gaussian
 * of variance h^2. The n terms of the estimate form a random energy model. Per dimension, means over a of the
 * variances v_a, u_a = l v_a / h^2:
 *
 *     zeta(l)  = mean[ -log(1 + u_a) / 2 - u_a / (2 (1 + u_a)) ]       log of the l-th moment of a term
 *     s(l)     = alpha + mean[ -log(1 + u_a) / 2 + u_a / (2 (1 + u_a)^2) ]          entropy; falls with l
 *     tail index l_c(h): s(l_c) = 0, so that l_c = (h / h_g)^2
 *     h_clt    l_c = 2: above, the central limit theorem holds for the estimate's fluctuations
 *     h_g      l_c = 1: below, a few points carry the sum (condensation)
 *     delta    = mean[ v_a (u_a + 2) / (1 + u_a)^2 ] at h_g, l = 1: squared distance per dimension to the
 *              nearest point
 *     h_kl     = sqrt(delta): least Kullback-Leibler divergence from the truth
 *
 * They hold as d and log n grow; at finite d changes of regime are smooth over some 1/sqrt(d) of h. */
#ifndef DENSITY_LARGE_DIMENSION_H
#define DENSITY_LARGE_DIMENSION_H

#include <stddef.h>

struct large_dimension_spectrum {
    size_t dimensions;       /* at least 1 */
    const double *variances; /* positive */
    double alpha;            /* log(n) / d, positive */
};

struct large_dimension_thresholds {
    double h_clt, h_g, h_kl, delta;
};

struct large_dimension_thresholds large_dimension_thresholds(const struct large_dimension_spectrum *spectrum);

/* l_c(h) = (h / h_g)^2: 1 < l_c < 2 is the index of the stable law of the fluctuations. */
double large_dimension_tail_index(const struct large_dimension_thresholds *thresholds, double h);

/* 1 classical (h >= h_clt), 2 stable (h_g <= h < h_clt), 3 condensed (h < h_g). */
int large_dimension_regime(const struct large_dimension_thresholds *thresholds, double h);

/* lim (1/d) E log f_h(x): zeta(1), or -alpha - delta / (2 h^2) below h_g, less log h + log(2 pi) / 2. */
double large_dimension_log_density_rate(const struct large_dimension_spectrum *spectrum,
                                        const struct large_dimension_thresholds *thresholds, double h);

/* lim (1/d) KL(truth | f_h) >= 0, least at h_kl. */
double large_dimension_kl_rate(const struct large_dimension_spectrum *spectrum,
                               const struct large_dimension_thresholds *thresholds, double h);

#endif
