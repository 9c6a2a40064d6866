/* The quantile of the standard normal distribution, for 0 < p < 1 (-inf at 0, +inf at 1, nan outside).
 *
 * Newton's method on log Phi, which is concave, with libm's erfc: good to 4e-16 relative, or 4e-16 absolute
 * near the median, from p = 1e-300 on; above one half the complement 1 - p is what counts. */
#ifndef NUM_NORMAL_QUANTILE_H
#define NUM_NORMAL_QUANTILE_H

double normal_quantile(double p);

#endif
