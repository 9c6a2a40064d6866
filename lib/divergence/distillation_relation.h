/* Terms that compare a batch as a whole.
 *
 *     dist      t^2 (beta mean_i (1 - corr of row i of p and q) + gamma mean_c (1 - corr of column c)),
 * Pearson's correlation. Huang and others 2022, Knowledge distillation from a stronger teacher, NeurIPS.
 *     sinkhorn  the cost of entropic transport between the student's and the teacher's rows as two clouds of
 *               points: num/sinkhorn_clouds.h. Cui and others 2024, Sinkhorn distance minimization for
 *               knowledge distillation, LREC-COLING.
 *
 * A row's value is its own correlation's part and the columns' mean; its part of the transport's cost. */
#ifndef DIVERGENCE_DISTILLATION_RELATION_H
#define DIVERGENCE_DISTILLATION_RELATION_H

#include "divergence/distillation_term.h"

extern const struct distillation_kind distillation_relation_dist, distillation_relation_sinkhorn;

/* Whether the term is a transport of a whole batch that has one plan. */
bool distillation_relation_has_plan(const struct distillation_term *term);

/* The plan of a term that has one, times the rows: rows x rows, student by teacher. Returns 0 or -1. */
__attribute__((warn_unused_result)) int distillation_relation_plan(const struct distillation_term *term,
                                                                   const struct distillation_batch *batch,
                                                                   double *plan, struct error *error);

#endif
