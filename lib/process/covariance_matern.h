/* The Matern correlation of smoothness nu, M_nu(z) = 2^(1-nu) / Gamma(nu) z^nu K_nu(z) at z = sqrt(2 nu) r.
 *
 * Closed forms at nu = 1/2, 3/2 and 5/2 (Rasmussen and Williams 2006, section 4.2); otherwise by Bessel's
 * function at an order below 1 and the recurrence of M itself, whose terms are positive. */
#ifndef PROCESS_COVARIANCE_MATERN_H
#define PROCESS_COVARIANCE_MATERN_H

#include <stddef.h>

/* Each r^2 becomes variance M_nu. */
void covariance_matern_values(double nu, size_t count, double variance, double *values);

/* Each r^2 becomes the derivative of variance M_nu in r^2; at r = 0 and nu <= 1, where it is infinite, 0. */
void covariance_matern_slopes(double nu, size_t count, double variance, double *values);

#endif
