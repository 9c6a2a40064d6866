/* Kullback-Leibler divergence between discrete distributions.
 *
 *     KL(p, q) = sum p log(p / q),     0 log 0 = 0,     inf where p > 0 = q
 *
 * computed as sum p log(p / q) - p + q, the same number where both rows have sum 1 (the generalised
 * divergence where they have not), each term >= 0. In nats. A term is off by at most 20 units of 2^-53,
 * mostly by one or two, and a sum by hardly more, whatever the number of columns. Logarithms as input keep
 * what they hold: probabilities that underflow are never rounded to 0 where it would make the result
 * infinite.
 *
 * Source: Kullback and Leibler 1951, On information and sufficiency, Ann. Math. Statist. 22, 79-86; skew: Lee
 * 1999, Measures of distributional similarity, ACL 37. */
#ifndef DIVERGENCE_KULLBACK_LEIBLER_H
#define DIVERGENCE_KULLBACK_LEIBLER_H

#include "divergence/divergence_rows.h"

/* All zero is KL(p, q). */
struct kullback_leibler_settings {
    bool symmetric; /* KL(p, q) + KL(q, p), both skewed where skew > 0 (Jeffreys) */
    double skew;    /* A: (1 - A) q + A p takes the place of q; 0 <= A < 1 */
};

/* The functions below cannot fail, allocate nothing, and may be called from several threads on separate rows.
 * No result may overlap the rows. */

/* The divergence of each row: rows values. */
void kullback_leibler_rows(const struct divergence_rows *rows,
                           const struct kullback_leibler_settings *settings, double *result);

/* The terms whose sum it is: rows x columns. */
void kullback_leibler_terms(const struct divergence_rows *rows,
                            const struct kullback_leibler_settings *settings, double *result);

/* Its derivative, rows x columns. As formulas of p and q (symmetric adds that of KL(q, p)), m the skewed q:
 *
 *     p         log(p / m) + 1 - A p / m
 *     q         -(1 - A) p / m
 *     p-logits  p (g - sum p g) / T, g the first
 *     q-logits  q (g - sum q g) / T, g the second: (q - p) / T for A = 0
 *
 * By p it is -inf where p = 0 < m, and log(p / m) counts as 0 where both are 0; by q it is 0 where p = 0 and
 * -inf where p > 0 = m. By p-logits it is not finite where the divergence is not; by q-logits always.
 *
 *   temperature   T > 0, used for logits only
 *
 * With rows->smooth they are derivatives by the entries before smoothing, through it. */
void kullback_leibler_gradient(const struct divergence_rows *rows,
                               const struct kullback_leibler_settings *settings,
                               enum divergence_gradient variable, double temperature, double *result);

#endif
