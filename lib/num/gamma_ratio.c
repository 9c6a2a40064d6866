#define _DEFAULT_SOURCE /* lgamma_r, the one that writes no global */

#include "num/gamma_ratio.h"

#include <math.h>

#include "num/digamma.h"

/* From here on the series below end beneath 1e-15. */
static const double series_from = 12;

/* Of log Gamma, what Stirling's formula leaves: sum B_2k / (2k (2k - 1) a^(2k - 1)). */
static double log_remainder(double a) {
    double r = 1 / (a * a);
    return (1.0 / 12 +
            r * (-1.0 / 360 + r * (1.0 / 1260 + r * (-1.0 / 1680 + r * (1.0 / 1188 - r * 691.0 / 360360))))) /
           a;
}

/* Of log a - 1/(2a) - psi(a): sum B_2k / (2k a^2k). */
static double slope_remainder(double a) {
    double r = 1 / (a * a);
    return r * (1.0 / 12 +
                r * (-1.0 / 120 + r * (1.0 / 252 + r * (-1.0 / 240 + r * (1.0 / 132 - r * 691.0 / 32760)))));
}

double gamma_ratio_log_gamma(double a) {
    int sign;
    return lgamma_r(a, &sign);
}

double gamma_ratio_log(double a, double h) {
    if (a < series_from)
        return gamma_ratio_log_gamma(a + h) - gamma_ratio_log_gamma(a);
    return (a + h - 0.5) * log1p(h / a) - h + h * log(a) + (log_remainder(a + h) - log_remainder(a));
}

double gamma_ratio_slope(double a, double h) {
    if (a < series_from)
        return digamma(a + h) - digamma(a);
    return log1p(h / a) + 0.5 * h / (a * (a + h)) - (slope_remainder(a + h) - slope_remainder(a));
}

double gamma_ratio_excess(double a) {
    if (a < series_from)
        return gamma_ratio_log_gamma(a) - a * log(a) + a;
    return 0.5 * log(2 * M_PI / a) + log_remainder(a);
}

double gamma_ratio_excess_slope(double a) {
    return a < series_from ? digamma(a) - log(a) : -0.5 / a - slope_remainder(a);
}
