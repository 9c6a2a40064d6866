#include "divergence/f_generator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest_name.h"
#include "divergence/relative_entropy.h"

enum { KINDS = F_GENERATOR_ALPHA + 1, NEWTON_STEPS_MAX = 100 };

/* For nearest_name: the names alone. */
static const char *const names[KINDS] = {"kl",   "rkl",    "softened-rkl", "js", "jeffreys", "hellinger",
                                         "chi2", "neyman", "le-cam",       "tv", "alpha"};

/* f(0) and f'(inf) of those without a parameter. */
static const struct {
    double at_zero, slope_at_infinity;
} limits[F_GENERATOR_ALPHA] = {
    [F_GENERATOR_KL] = {0, INFINITY},
    [F_GENERATOR_RKL] = {INFINITY, 0},
    [F_GENERATOR_SOFTENED_RKL] = {INFINITY, -ELEMENTARY_LN2},
    [F_GENERATOR_JS] = {ELEMENTARY_LN2 / 2, ELEMENTARY_LN2 / 2},
    [F_GENERATOR_JEFFREYS] = {INFINITY, INFINITY},
    [F_GENERATOR_HELLINGER] = {1, 0},
    [F_GENERATOR_CHI2] = {1, INFINITY},
    [F_GENERATOR_NEYMAN] = {INFINITY, 1},
    [F_GENERATOR_LE_CAM] = {0.5, 0.5},
    [F_GENERATOR_TV] = {0.5, 0.5},
};

int f_generator_parse(struct f_generator *generator, const char *text, struct error *error) {
    static const char key[] = ":alpha=";
    char quoted[ERROR_QUOTE_SIZE], *end;
    size_t length = strcspn(text, ":"), kind = 0;
    error_quote(quoted, text, length);
    while (kind < KINDS && (strlen(names[kind]) != length || strncmp(text, names[kind], length) != 0))
        kind++;
    if (kind == KINDS) {
        const char *nearest = nearest_name(quoted, names, KINDS);
        return error_set_usage(error, "--divergence: unknown divergence '%s'%s%s%s", quoted,
                               nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
                               nearest != NULL ? "'?" : "");
    }
    *generator = (struct f_generator){.kind = (enum f_generator_kind)kind};
    const char *rest = text + length;
    if (kind != F_GENERATOR_ALPHA) {
        return *rest == '\0'
                   ? 0
                   : error_set_usage(error, "--divergence: %s takes no parameter, got '%s'", quoted, text);
    }
    if (strncmp(rest, key, sizeof key - 1) != 0)
        return error_set_usage(error, "--divergence: expected alpha:alpha=A, got '%s'", text);
    rest += sizeof key - 1;
    generator->alpha = strtod(rest, &end);
    if (end == rest || *end != '\0' || !isfinite(generator->alpha))
        return error_set_usage(error, "--divergence: expected a number for alpha, got '%s'", rest);
    if (generator->alpha == 0 || generator->alpha == 1)
        return error_set_usage(error, "--divergence: alpha may not be %g: that limit is %s", generator->alpha,
                               generator->alpha == 0 ? "rkl" : "kl");
    return 0;
}

const char *f_generator_name(const struct f_generator *generator) {
    return names[generator->kind];
}

bool f_generator_has_weight(const struct f_generator *generator) {
    return generator->kind != F_GENERATOR_TV;
}

/* r^A - 1 = h (h + 2), h = r^(A/2) - 1, keeps its digits where r^A is near 1. */
static double power_less_1(double r, double exponent) {
    double half = expm1(exponent / 2 * log(r));
    return isinf(half) ? half : half * (half + 2);
}

/* (r^A - A r + A - 1) / (A (A - 1)). With L = log r and tail(x) = (e^x - 1 - x) / x^2 it is
 * L^2 (A tail(A L) - tail(L)) / (A - 1), which keeps its digits near r = 1. */
static double alpha_value(double alpha, double r) {
    double logarithm = log1p(r - 1);
    if (fabs(logarithm) < 0.34 && fabs(alpha * logarithm) < 0.34)
        return logarithm * logarithm *
               (alpha * elementary_exp_tail(alpha * logarithm) - elementary_exp_tail(logarithm)) /
               (alpha - 1);
    return (power_less_1(r, alpha) / alpha - (r - 1)) / (alpha - 1);
}

/* log((r + 1) / (2 r)), without overflow of 2 r. */
static double half_excess_logarithm(double r) {
    return log1p(r > 1 ? (1 - r) / r / 2 : (1 - r) / (2 * r));
}

double f_generator_value(const struct f_generator *generator, double r) {
    switch (generator->kind) {
    case F_GENERATOR_KL:
        return r * log(r);
    case F_GENERATOR_RKL:
        return 0 - log(r); /* no -0 at 1 */
    case F_GENERATOR_SOFTENED_RKL:
        return (r + 1) * half_excess_logarithm(r);
    case F_GENERATOR_JS: /* f'(1) = 0, so that it is the sum of two terms without cancellation */
        return (relative_entropy(r, (r + 1) / 2, (1 - r) / 2) +
                relative_entropy(1, (r + 1) / 2, (r - 1) / 2)) /
               2;
    case F_GENERATOR_JEFFREYS:
        return (r - 1) * log(r);
    case F_GENERATOR_HELLINGER:
        return (1 - r) / (1 + sqrt(r));
    case F_GENERATOR_CHI2:
        return (r - 1) * (r - 1);
    case F_GENERATOR_NEYMAN:
        return (1 - r) / r * (1 - r);
    case F_GENERATOR_LE_CAM:
        return (1 - r) / (1 + r) * (1 - r) / 2;
    case F_GENERATOR_TV:
        return fabs(r - 1) / 2;
    case F_GENERATOR_ALPHA:
        break;
    }
    return alpha_value(generator->alpha, r);
}

double f_generator_slope(const struct f_generator *generator, double r) {
    switch (generator->kind) {
    case F_GENERATOR_KL:
        return log(r) + 1;
    case F_GENERATOR_RKL:
        return -1 / r;
    case F_GENERATOR_SOFTENED_RKL:
        return half_excess_logarithm(r) - 1 / r;
    case F_GENERATOR_JS: /* each form where it keeps its digits */
        return (r < 0.5 ? log(2 * r / (1 + r)) : log1p((r - 1) / (r + 1))) / 2;
    case F_GENERATOR_JEFFREYS:
        return log(r) + (r - 1) / r;
    case F_GENERATOR_HELLINGER:
        return -0.5 / sqrt(r);
    case F_GENERATOR_CHI2:
        return 2 * (r - 1);
    case F_GENERATOR_NEYMAN:
        return (r - 1) / r * ((r + 1) / r);
    case F_GENERATOR_LE_CAM:
        return (r - 1) / (r + 1) * ((r + 3) / (r + 1)) / 2;
    case F_GENERATOR_TV:
        return r == 1 ? 0 : copysign(0.5, r - 1);
    case F_GENERATOR_ALPHA:
        break;
    }
    return power_less_1(r, generator->alpha - 1) / (generator->alpha - 1);
}

double f_generator_curvature(const struct f_generator *generator, double r) {
    return generator->kind == F_GENERATOR_TV ? 0 : f_generator_weight(generator, r) / r / r;
}

double f_generator_weight(const struct f_generator *generator, double r) {
    double share = 1 / (1 + 1 / r); /* r / (1 + r), at infinity too */
    switch (generator->kind) {
    case F_GENERATOR_KL:
        return r;
    case F_GENERATOR_RKL:
        return isnan(r) ? r : 1;
    case F_GENERATOR_SOFTENED_RKL:
        return 1 / (1 + r);
    case F_GENERATOR_JS:
        return share / 2;
    case F_GENERATOR_JEFFREYS:
        return r + 1;
    case F_GENERATOR_HELLINGER:
        return sqrt(r) / 4;
    case F_GENERATOR_CHI2:
        return 2 * r * r;
    case F_GENERATOR_NEYMAN:
        return 2 / r;
    case F_GENERATOR_LE_CAM:
        return 4 * share * share / (1 + r);
    case F_GENERATOR_TV:
        return NAN;
    case F_GENERATOR_ALPHA:
        break;
    }
    return pow(r, generator->alpha);
}

/* t = f'(r) reads s = x - log(1 + x) with x = 1 / r, s = -log 2 - t, and f* = log 2 - 1 - log(1 + x). The
 * start is beyond the root, from where Newton's steps fall towards it, as the function is convex. */
static double softened_rkl_conjugate(double t) {
    double s = -ELEMENTARY_LN2 - t;
    if (!(s >= 0))
        return isnan(t) ? t : INFINITY;
    double x = sqrt(2 * s) + s, before = INFINITY;
    for (int i = 0; i < NEWTON_STEPS_MAX && x > 0 && x < before; i++) {
        before = x;
        x -= (x - log1p(x) - s) * (1 + x) / x;
    }
    return ELEMENTARY_LN2 - 1 - log1p(before < INFINITY ? before : x);
}

/* t = f'(r) reads t = x + 1 - e^-x with x = log r, and f* = e^x - 1 + x. The start is below the root, from
 * where Newton's steps rise towards it, as the function is concave. */
static double jeffreys_conjugate(double t) {
    if (!isfinite(t))
        return t;
    double x = t < 0 ? -log1p(-t) : 0, before = -INFINITY;
    for (int i = 0; i < NEWTON_STEPS_MAX && x > before; i++) {
        before = x;
        x -= (x - expm1(-x) - t) / (1 + exp(-x));
    }
    return expm1(before) + before;
}

/* With r = (1 + (A - 1) t)^(1 / (A - 1)): (r^A - 1) / A. */
static double alpha_conjugate(double alpha, double t) {
    double base = (alpha - 1) * t;
    if (alpha > 1 && base <= -1)
        return -1 / alpha;
    if (base < -1)
        return INFINITY;
    return expm1(alpha / (alpha - 1) * log1p(base)) / alpha;
}

double f_generator_conjugate(const struct f_generator *generator, double t) {
    double last = f_generator_slope_at_infinity(generator);
    if (t > last)
        return INFINITY;
    switch (generator->kind) {
    case F_GENERATOR_KL:
        return exp(t - 1);
    case F_GENERATOR_RKL:
        return -1 - log(-t);
    case F_GENERATOR_SOFTENED_RKL:
        return softened_rkl_conjugate(t);
    case F_GENERATOR_JS:
        return t == last ? INFINITY : -log1p(-expm1(2 * t)) / 2;
    case F_GENERATOR_JEFFREYS:
        return jeffreys_conjugate(t);
    case F_GENERATOR_HELLINGER:
        return t == 0 ? INFINITY : -1 - 0.25 / t;
    case F_GENERATOR_CHI2:
        return t < -2 ? -1 : t + t * t / 4;
    case F_GENERATOR_NEYMAN:
        return 2 * t / (1 + sqrt(1 - t));
    case F_GENERATOR_LE_CAM:
        return t < -1.5 ? -0.5 : 2 - t - 2 * sqrt(1 - 2 * t);
    case F_GENERATOR_TV:
        return t < -0.5 ? -0.5 : t;
    case F_GENERATOR_ALPHA:
        break;
    }
    return alpha_conjugate(generator->alpha, t);
}

double f_generator_at_zero(const struct f_generator *generator) {
    if (generator->kind != F_GENERATOR_ALPHA)
        return limits[generator->kind].at_zero;
    return generator->alpha > 0 ? 1 / generator->alpha : INFINITY;
}

double f_generator_slope_at_infinity(const struct f_generator *generator) {
    if (generator->kind != F_GENERATOR_ALPHA)
        return limits[generator->kind].slope_at_infinity;
    return generator->alpha < 1 ? 1 / (1 - generator->alpha) : INFINITY;
}
