/* Ratios of Gamma functions whose arguments lie close together, without the cancellation of their logarithms:
 * Stirling's series where a is large (Abramowitz and Stegun 1964, 6.1.41 and 6.3.18). For a > 0, h >= 0. */
#ifndef NUM_GAMMA_RATIO_H
#define NUM_GAMMA_RATIO_H

/* log Gamma(a + h) - log Gamma(a), to a few units in the last place of max(1, h log(a + h)). */
double gamma_ratio_log(double a, double h);

/* Its derivative in a: psi(a + h) - psi(a). */
double gamma_ratio_slope(double a, double h);

/* log Gamma(a), a > 0, from any thread. */
double gamma_ratio_log_gamma(double a);

/* log Gamma(a) - (a log a - a), and its derivative psi(a) - log a: what is left of the leading terms. */
double gamma_ratio_excess(double a);
double gamma_ratio_excess_slope(double a);

#endif
