/* Cauchy-Schwarz divergence: minus twice the logarithm of a cosine.
 *
 *     rows     log sum p^2 + log sum q^2 - 2 log sum p q
 *     samples  log mean k(P, P) + log mean k(Q, Q) - 2 log mean k(P, Q), means over all pairs
 *
 * That of samples is the divergence of their Gaussian kernel estimates of bandwidth s / sqrt 2.
 * Conditional forms and the mutual information: divergence/cauchy_schwarz_joint.h.
 *
 * Sources: Principe 2010, Information Theoretic Learning; Yu, Yu, Lokse, Jenssen and Principe 2024,
 * Cauchy-Schwarz divergence information bottleneck for regression, ICLR. */
#ifndef DIVERGENCE_CAUCHY_SCHWARZ_H
#define DIVERGENCE_CAUCHY_SCHWARZ_H

#include <stdbool.h>

#include "base/error.h"
#include "divergence/divergence_rows.h"

/* The divergence of each row: rows values, in nats, >= 0, inf for disjoint supports; by
 * log(1 + sum p^2 sum (q - c p)^2 / (sum p q)^2), c = sum p q / sum p^2, in which nothing cancels. Cannot
 * fail. */
void cauchy_schwarz_rows(const struct divergence_rows *rows, double *result);

/* Two samples, row-major. */
struct cauchy_schwarz_samples {
    const double *p, *q;
    size_t p_rows, q_rows, columns;
    double bandwidth;
    size_t threads;
};

/* The divergence to *value; the squared maximum mean discrepancy,
 * mean k(P, P) + mean k(Q, Q) - 2 mean k(P, Q), to *discrepancy; and where it is not NULL the derivative of
 * the divergence by P's rows to gradient (p_rows x columns). Returns 0, or -1 where memory fails, or where a
 * gradient is asked for and all points of P are some 1e154 widths and more from those of Q. */
__attribute__((warn_unused_result)) int
cauchy_schwarz_of_samples(const struct cauchy_schwarz_samples *samples, double *value, double *discrepancy,
                          double *gradient, struct error *error);

#endif
