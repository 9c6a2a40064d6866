/* psi(x), the derivative of log Gamma(x), for x > 0 (+inf gives +inf, 0 gives -inf; negative or nan: nan).
 *
 * Recurrence psi(x) = psi(x + 1) - 1/x up to 10, then the asymptotic series (Abramowitz and Stegun 1964,
 * 6.3.18). The error is at most 1e-15 of the greater of |psi(x)| and 1. */
#ifndef NUM_DIGAMMA_H
#define NUM_DIGAMMA_H

double digamma(double x);

#endif
