/* Label distributionally robust losses: the worst case, over weights on the classes near the uniform ones, of
 * the score gaps to the label. Zhu, Ying and Yang 2023, Label distributionally robust losses for multi-class
 * classification, ICML.
 *
 *     ldr   max over w of sum_k w_k d_k - lambda KL(w | 1/C), d_k = f_k - f_y + margin (0 at the label y), no
 *           w_k above 1/k; the margin may be that of class k from the label y, table[k][y]; lambda 0: the
 * mean of the k largest d; inf: the mean of all aldr  ldr at the row's own lambda: l <- lambda_0 - KL(w(l) |
 * 1/C) / A from lambda_0 down to where it stands, less (A/2)(l - lambda_0)^2; A = alpha ln C / lambda_0
 *
 * f are the logits, or these over their mean size (l1), or over the mean of ln(1 + e^z) (softplus). */
#ifndef DIVERGENCE_DISTILLATION_ROBUST_H
#define DIVERGENCE_DISTILLATION_ROBUST_H

#include "divergence/distillation_term.h"

extern const struct distillation_kind distillation_robust_ldr, distillation_robust_aldr;

/* The worst-case weights (rows x columns) and the lambda of each row, where they are not NULL, of a term of
 * these kinds. Returns 0 or -1. */
__attribute__((warn_unused_result)) int distillation_robust_worst_case(const struct distillation_term *term,
                                                                       const struct distillation_batch *batch,
                                                                       double *weights, double *lambdas,
                                                                       struct error *error);

/* Whether the term is of these kinds. */
bool distillation_robust_has_weights(const struct distillation_term *term);

/* Refuses an ldr whose k is above the number of classes; passes other terms. Returns 0 or -1. */
__attribute__((warn_unused_result)) int distillation_robust_check(const struct distillation_term *term,
                                                                  size_t classes, struct error *error);

/* Whether the term is aldr. */
bool distillation_robust_has_lambda(const struct distillation_term *term);

#endif
