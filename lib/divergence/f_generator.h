/* Generators of f-divergences D_f(p || q) = sum q f(p / q): f is convex on r > 0 with f(1) = 0.
 *
 *     kl            r log r                               KL(p, q)
 *     rkl           -log r                                KL(q, p)
 *     softened-rkl  (r + 1) log((r + 1) / (2 r))          2 KL((p + q) / 2, p)
 *     js            [r log r - (r + 1) log((r + 1)/2)]/2  Jensen-Shannon
 *     jeffreys      (r - 1) log r                         KL(p, q) + KL(q, p)
 *     hellinger     1 - sqrt r                            1 - sum sqrt(p q)
 *     chi2          (r - 1)^2                             Pearson
 *     neyman        (1 - r)^2 / r                         Neyman
 *     le-cam        (1 - r)^2 / (2 (1 + r))               half the triangular discrimination
 *     tv            |r - 1| / 2                           total variation
 *     alpha         (r^A - A r + A - 1) / (A (A - 1))     Amari; A -> 1 is kl, A -> 0 is rkl
 *
 * The gradient of D_f(p || q) by the parameters of a q that is drawn from weighs each draw's difference of
 * scores by h(r) = r^2 f''(r), the weight of distillation by distribution matching.
 *
 * Sources: Ali and Silvey 1966, J. Royal Statistical Society B 28, 131-142; Nguyen, Wainwright and Jordan
 * 2010, IEEE Trans. Inf. Theory 56, 5847-5861 (conjugates). */
#ifndef DIVERGENCE_F_GENERATOR_H
#define DIVERGENCE_F_GENERATOR_H

#include <stdbool.h>

#include "base/error.h"

/* In the order of the table above. Those before F_GENERATOR_ALPHA have no parameter. */
enum f_generator_kind {
    F_GENERATOR_KL,
    F_GENERATOR_RKL,
    F_GENERATOR_SOFTENED_RKL,
    F_GENERATOR_JS,
    F_GENERATOR_JEFFREYS,
    F_GENERATOR_HELLINGER,
    F_GENERATOR_CHI2,
    F_GENERATOR_NEYMAN,
    F_GENERATOR_LE_CAM,
    F_GENERATOR_TV,
    F_GENERATOR_ALPHA
};

struct f_generator {
    enum f_generator_kind kind;
    double alpha; /* of F_GENERATOR_ALPHA: finite, neither 0 nor 1 */
};

/* Reads "js" or "alpha:alpha=0.5". Returns 0, or -1 with a usage error. */
__attribute__((warn_unused_result)) int f_generator_parse(struct f_generator *generator, const char *text,
                                                          struct error *error);

/* "softened-rkl" */
const char *f_generator_name(const struct f_generator *generator);

/* Whether f has a second derivative, and so a weight: all but tv. */
bool f_generator_has_weight(const struct f_generator *generator);

/* f(r), f'(r) and f''(r) for r > 0. f'(1) of tv is 0, its f'' 0. */
double f_generator_value(const struct f_generator *generator, double r);
double f_generator_slope(const struct f_generator *generator, double r);
double f_generator_curvature(const struct f_generator *generator, double r);

/* h(r) = r^2 f''(r) for r from 0 to inf, as its limit at either end; nan for tv. */
double f_generator_weight(const struct f_generator *generator, double r);

/* f*(t) = sup over r >= 0 of t r - f(r); inf beyond f'(inf). f*(f'(r)) = r f'(r) - f(r) (Fenchel). */
double f_generator_conjugate(const struct f_generator *generator, double t);

/* f(0) and the limit of f' at infinity (and of f(r) / r): what a unit of mass costs that only q, or only p,
 * has. */
double f_generator_at_zero(const struct f_generator *generator);
double f_generator_slope_at_infinity(const struct f_generator *generator);

#endif
