/* Jensen-Shannon divergence between discrete distributions.
 *
 *     JS_W(p, q) = (1 - W) KL(p, m) + W KL(q, m),     m = (1 - W) p + W q
 *
 * Finite for any two distributions, 0 only where p = q or W is 0 or 1, at most -(1-W) log(1-W) - W log W,
 * which is log 2 at W = 1/2, where it is symmetric and its square root a metric (Endres and Schindelin 2003).
 * In nats. Each column's part is >= 0, and right to some units of 2^-53 however near p and q are.
 *
 * Source: Lin 1991, Divergence measures based on the Shannon entropy, IEEE Trans. Inf. Theory 37, 145-151. */
#ifndef DIVERGENCE_JENSEN_SHANNON_H
#define DIVERGENCE_JENSEN_SHANNON_H

#include "divergence/divergence_rows.h"

/* The functions below cannot fail, allocate nothing, and may be called from several threads on separate rows.
 * No result may overlap the rows. The weight W is in [0, 1]. */

/* The divergence of each row: rows values. */
void jensen_shannon_rows(const struct divergence_rows *rows, double weight, double *result);

/* The terms whose sum it is: rows x columns. */
void jensen_shannon_terms(const struct divergence_rows *rows, double weight, double *result);

/* Its derivative, rows x columns:
 *
 *     p         (1 - W) log(p / m)     -inf where p = 0 < m, 0 where both are
 *     q         W log(q / m)
 *     p-logits  (1 - W) p (log(p / m) - KL(p, m)) / T
 *     q-logits  W q (log(q / m) - KL(q, m)) / T
 *
 *   temperature   T > 0, used for logits only
 *
 * With rows->smooth they are derivatives by the entries before smoothing, through it. */
void jensen_shannon_gradient(const struct divergence_rows *rows, double weight,
                             enum divergence_gradient variable, double temperature, double *result);

#endif
