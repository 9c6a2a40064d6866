/* The regularised incomplete beta function I_x(a, b): the distribution function of Beta(a, b), for a, b > 0
 * and 0 <= x <= 1.
 *
 * By its continued fraction (Abramowitz and Stegun 1964, 26.5.8; evaluated as Lentz 1976 does), of I_x or of
 * 1 - I_(1 - x), whichever converges fast. */
#ifndef NUM_INCOMPLETE_BETA_H
#define NUM_INCOMPLETE_BETA_H

/* complement is 1 - x, given by itself so that it keeps its digits. Relative error some 1e-15 (a + b)
 * from a + b = 10 on: 1e-12 at 1e3. */
double incomplete_beta(double a, double b, double x, double complement);

#endif
