/* psi'(x), the derivative of digamma, for x > 0.
 *
 * Recurrence psi'(x) = psi'(x + 1) + 1/x^2 up to 10, then the asymptotic series (Abramowitz and Stegun 1964,
 * 6.4.12). The relative error is at most 1e-15 or so. */
#ifndef NUM_TRIGAMMA_H
#define NUM_TRIGAMMA_H

double trigamma(double x);

#endif
