/* Divergences between normal distributions N(m, S), S = L L^T, in closed form, in nats.
 *
 *     KL(p, q) = [tr(S_q^-1 S_p) + (m_q - m_p)^T S_q^-1 (m_q - m_p) - d + log |S_q| - log |S_p|] / 2
 *              = [sum_i h(B_ii^2) + sum_(i > j) B_ij^2 + |L_q^-1 (m_q - m_p)|^2] / 2,
 *
 * B = L_q^-1 L_p, h(t) = t - 1 - log t. The second form adds terms that are none of them negative, so that
 * nearly equal Gaussians keep their digits. */
#ifndef DIVERGENCE_GAUSSIAN_DIVERGENCE_H
#define DIVERGENCE_GAUSSIAN_DIVERGENCE_H

#include <stddef.h>

#include "base/error.h"
#include "num/gaussian.h"

/* Values of workspace for d dimensions. */
#define GAUSSIAN_DIVERGENCE_WORKSPACE(d) (((d) + 1) * (d))

/* KL from means and lower triangular factors, zeros above the diagonal; d values and d x d values each. The
 * workspace's content is lost. */
double gaussian_divergence_from_factors(size_t d, const double *mean_p, const double *factor_p,
                                        const double *mean_q, const double *factor_q, double *workspace);

/* KL(p, q), of the same dimensions. Returns 0, or -1 where memory fails. */
__attribute__((warn_unused_result)) int gaussian_divergence_kl(const struct gaussian *p,
                                                               const struct gaussian *q, double *divergence,
                                                               struct error *error);

/* Geometric Jensen-Shannon divergence (Nielsen 2019, On the Jensen-Shannon symmetrization of distances
 * relying on abstract means, Entropy 21, 485): (1 - w) KL(p, g) + w KL(q, g), where g is the normalised
 * geometric mean p^(1 - w) q^w, the Gaussian of
 *
 *     S_g = ((1 - w) S_p^-1 + w S_q^-1)^-1,   m_g = S_g ((1 - w) S_p^-1 m_p + w S_q^-1 m_q).
 *
 *   weight  w, in [0, 1]
 *
 * Returns 0, or -1 where memory fails. */
__attribute__((warn_unused_result)) int gaussian_divergence_geometric(const struct gaussian *p,
                                                                      const struct gaussian *q, double weight,
                                                                      double *divergence,
                                                                      struct error *error);

#endif
