#include "process/covariance_matern.h"

#include <math.h>

#include "base/instruction_sets.h"
#include "num/bessel_k.h"
#include "num/elementary.h"

/* e^-z is 0 from here on, before z^2 leaves the doubles. */
ALWAYS_INLINE double within_reach(double z) {
    return z > 1000 ? 1000 : z;
}

enum half_integer { HALF, THREE_HALVES, FIVE_HALVES, OTHER };

static enum half_integer closed_form(double nu) {
    return nu == 0.5 ? HALF : nu == 1.5 ? THREE_HALVES : nu == 2.5 ? FIVE_HALVES : OTHER;
}

INSTRUCTION_SETS static void values_half(size_t count, double variance, double *values) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        values[i] = variance * elementary_exp(-sqrt(values[i]));
}

INSTRUCTION_SETS static void values_three_halves(size_t count, double variance, double *values) {
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        double z = within_reach(sqrt(3 * values[i]));
        values[i] = variance * (1 + z) * elementary_exp(-z);
    }
}

INSTRUCTION_SETS static void values_five_halves(size_t count, double variance, double *values) {
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        double z = within_reach(sqrt(5 * values[i]));
        values[i] = variance * (1 + z + z * z / 3) * elementary_exp(-z);
    }
}

/* M at nu and at nu - 1 for nu > 1, from the order mu in (0, 1]: M_(mu+1) = M_mu + c z^(mu+1) K_(1-mu) with
 * c = 2^-mu / Gamma(mu + 1), then M_(nu+1) = M_nu + z^2 / (4 nu (nu - 1)) M_(nu-1), which is K's recurrence.
 */
static double general(double nu, double z, double *before) {
    double steps = ceil(nu) - 1, mu = nu - steps;
    double k, k_next, at_order, at_other; /* K_mu and K_(1-mu), K being even in its order */
    bessel_k_pair(mu > 0.5 ? mu - 1 : -mu, z, &k, &k_next);
    at_order = mu > 0.5 ? k_next : k;
    at_other = mu > 0.5 ? k : k_next;
    double scale = pow(z, mu) * exp2(1 - mu) / tgamma(mu);
    double last = scale * at_order, current = last;
    *before = 0;
    if (steps > 0) {
        current = last + scale / (2 * mu) * z * at_other;
        *before = last;
    }
    for (double order = mu + 1; order < nu - 0.5; order++) {
        double next = current + z * z / (4 * order * (order - 1)) * *before;
        *before = current;
        current = next;
    }
    return current;
}

/* From here on M is Debye's expansion of K, uniform in z (Abramowitz and Stegun 1964, 9.7.8): the recurrence
 * would start from a K that underflows though M does not. What is left out is 1e-3 / nu^5. */
static const double order_large = 200;

/* sum_k (-1)^k u_k(t) / nu^k up to k = 4. */
static double debye_sum(double nu, double t) {
    double s = t * t, v = t / nu;
    double u1 = (3 - 5 * s) / 24;
    double u2 = (81 + s * (-462 + 385 * s)) / 1152;
    double u3 = (30375 + s * (-369603 + s * (765765 - 425425 * s))) / 414720;
    double u4 = (4465125 + s * (-94121676 + s * (349922430 + s * (-446185740 + 185910725 * s)))) / 39813120;
    return 1 + v * (-u1 + v * (u2 + v * (-u3 + v * u4)));
}

/* With s = sqrt(1 + (z/nu)^2): exp(nu (1 - s + log((1 + s)/2))) / sqrt(s) times sums, whose quotient is that
 * of K's and Gamma's expansions, as M is 1 at z = 0. */
static double large_order(double nu, double z) {
    double x = z / nu, root = sqrt(1 + x * x), excess = x * x / (1 + root);
    return exp(nu * (log1p(excess / 2) - excess)) / sqrt(root) * debye_sum(nu, 1 / root) / debye_sum(nu, 1);
}

static double value_other(double nu, double square) {
    double z = sqrt(2 * nu * square), before;
    if (square == 0)
        return 1;
    if (nu > order_large && isfinite(z))
        return large_order(nu, z);
    return isfinite(z) ? general(nu, z, &before) : 0;
}

/* dM/dr2 = dM/dz nu / z with dM/dz = -2^(1-nu)/Gamma(nu) z^nu K_(nu-1)(z): -nu M_(nu-1) / (2 (nu - 1)) for nu
 * > 1; below, K_(nu-1) = K_(1-nu) directly. */
static double slope_other(double nu, double square) {
    if (square == 0)
        return nu > 1 ? -nu / (2 * (nu - 1)) : 0;
    double z = sqrt(2 * nu * square), before;
    if (!isfinite(z))
        return 0;
    if (nu > 1) {
        if (nu - 1 > order_large)
            return -nu * large_order(nu - 1, z) / (2 * (nu - 1));
        general(nu, z, &before);
        return -nu * before / (2 * (nu - 1));
    }
    double scale = pow(z, nu - 1) * exp2(1 - nu) / tgamma(nu);
    return -nu * scale * bessel_k(1 - nu, z);
}

void covariance_matern_values(double nu, size_t count, double variance, double *values) {
    switch (closed_form(nu)) {
    case HALF:
        values_half(count, variance, values);
        break;
    case THREE_HALVES:
        values_three_halves(count, variance, values);
        break;
    case FIVE_HALVES:
        values_five_halves(count, variance, values);
        break;
    case OTHER:
        for (size_t i = 0; i < count; i++)
            values[i] = variance * value_other(nu, values[i]);
    }
}

/* -e^-r / (2 r), -3/2 e^-z, -5/6 (1 + z) e^-z. */
INSTRUCTION_SETS static void slopes_closed(enum half_integer form, size_t count, double variance,
                                           double *values) {
    if (form == HALF) {
#pragma omp simd
        for (size_t i = 0; i < count; i++) {
            double r = sqrt(values[i]);
            values[i] = r > 0 ? -0.5 * variance * elementary_exp(-r) / r : 0;
        }
    } else if (form == THREE_HALVES) {
#pragma omp simd
        for (size_t i = 0; i < count; i++)
            values[i] = -1.5 * variance * elementary_exp(-sqrt(3 * values[i]));
    } else {
#pragma omp simd
        for (size_t i = 0; i < count; i++) {
            double z = within_reach(sqrt(5 * values[i]));
            values[i] = -5.0 / 6 * variance * (1 + z) * elementary_exp(-z);
        }
    }
}

void covariance_matern_slopes(double nu, size_t count, double variance, double *values) {
    enum half_integer form = closed_form(nu);
    if (form != OTHER) {
        slopes_closed(form, count, variance, values);
        return;
    }
    for (size_t i = 0; i < count; i++)
        values[i] = variance * slope_other(nu, values[i]);
}
