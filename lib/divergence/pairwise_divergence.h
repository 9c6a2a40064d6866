/* Divergences of every row of P against every row of Q: n x m matrices, in nats.
 *
 * KL of plain rows goes by products of matrices,
 *
 *     KL(p, q) = sum p log p - sum p log q - sum p + sum q
 *
 * (the divergence of divergence/kullback_leibler.h). Where a result is below 1e-4 of the sums it is the
 * difference of, it is computed again row by row, each term >= 0: nearly equal rows keep their digits and
 * none is negative. A result is so off by at most 1e4 c 2^-53 of its value for c columns, and as a rule by
 * less than 1e-11 of it. Zeros of q are kept apart: inf where p > 0 = q.
 *
 * Everything else (skewed, symmetric, smoothed; Jensen-Shannon) goes row against row. An entry depends on
 * nothing but its two rows: not on threads, on the instruction set, or on which rows of P come together. */
#ifndef DIVERGENCE_PAIRWISE_DIVERGENCE_H
#define DIVERGENCE_PAIRWISE_DIVERGENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "divergence/kullback_leibler.h"

struct pairwise_divergence;

/* Keeps the m rows of Q ready; rows have been checked (num/simplex.h).
 *
 *   q           m x columns, row-major; the caller's until free
 *   logarithms  q, and every p, hold logarithms of probabilities
 *   smooth      as in struct divergence_rows
 *   settings    which KL; NULL where only pairwise_divergence_js will be asked for
 *
 * Holds another 8 m columns bytes for a plain KL. NULL: error says why. */
struct pairwise_divergence *pairwise_divergence_create(size_t m, size_t columns, const double *q,
                                                       bool logarithms, double smooth,
                                                       const struct kullback_leibler_settings *settings,
                                                       size_t threads, struct error *error);

/* KL of each row of p (rows x columns) against each of Q.
 *
 *   result  rows x m, written */
__attribute__((warn_unused_result)) int pairwise_divergence_kl(struct pairwise_divergence *pairs, size_t rows,
                                                               const double *p, double *result,
                                                               struct error *error);

/* Jensen-Shannon divergences with weight W of the rows of Q, the same way. */
void pairwise_divergence_js(const struct pairwise_divergence *pairs, size_t rows, const double *p,
                            double weight, double *result);

/* NULL does nothing. */
void pairwise_divergence_free(struct pairwise_divergence *pairs);

#endif
