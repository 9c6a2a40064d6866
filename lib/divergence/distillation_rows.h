/* Divergences between the teacher's and the student's distribution of a row, as terms (struct
 * distillation_kind).
 *
 *     ce         -sum_c w_c log s_c, s the student's softmax at t = 1, w = (1 - smoothing) onehot(label) +
 *                smoothing / C
 *     kl         t^2 sum p (log p - log q);  rkl the same of (q, p);  jeffreys half of both
 *     js         t^2 (KL(p, m) + KL(q, m)) / 2, m = (p + q) / 2
 *     tv         sum |p - q| / 2, no t^2
 *     logit-mse  the mean square of the logits' differences
 *     bdkd       t^2 (a KL(p, q) + b KL(q, p)), a and b between 1 and `emphasis` by which of the two is the
 *                surer; they are constants in the derivative
 *
 * Divergences are summed with - p + q beside each term, so that none is negative. t^2 keeps the size of the
 * derivatives about the same for all temperatures: Hinton, Vinyals and Dean 2015, Distilling the knowledge in
 * a neural network. bdkd: BD-KD, balancing the divergences for online knowledge distillation (Amara and
 * others 2022). */
#ifndef DIVERGENCE_DISTILLATION_ROWS_H
#define DIVERGENCE_DISTILLATION_ROWS_H

#include "divergence/distillation_term.h"

extern const struct distillation_kind distillation_rows_ce, distillation_rows_kl, distillation_rows_rkl,
    distillation_rows_js, distillation_rows_tv, distillation_rows_jeffreys, distillation_rows_logit_mse,
    distillation_rows_bdkd;

#endif
