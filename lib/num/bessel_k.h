/* The modified Bessel function of the second kind K_nu(z), for real order.
 *
 * Temme's series up to z = 2 (Temme 1975, J. Comput. Phys. 19, 324-337), Steed's continued fraction beyond
 * (Thompson and Barnett 1987, Comput. Phys. Commun. 47, 245-257), both at the order nearest to 0; the upward
 * recurrence is stable. Errors are below 5e-15 relative. */
#ifndef NUM_BESSEL_K_H
#define NUM_BESSEL_K_H

/* Writes K_mu(z) and K_(mu+1)(z) for |mu| <= 1/2 and z > 0. Both are 0 where they underflow (z > 705). */
void bessel_k_pair(double mu, double z, double *k, double *k_next);

/* K_nu(z) for nu >= 0 and z > 0; inf where it overflows. */
double bessel_k(double nu, double z);

#endif
