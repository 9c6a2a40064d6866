/* Terms that treat the label's class, or the teacher's likeliest classes, apart from the rest.
 *
 *     dkd     t^2 (alpha TCKD + beta NCKD): the divergence of the two-class distributions (label, rest), and
 * of the distributions over the rest. Zhao and others 2022, Decoupled knowledge distillation, CVPR. ofa
 * cross-entropy to the teacher with the label's weight (1 + p_y)^gamma - 1. Hao and others 2023, One-for-all:
 * bridge the gap between heterogeneous architectures in knowledge distillation. kl-top  the divergence over
 * the teacher's k likeliest classes (lower class on ties), renormalised or not. Hu and others 2025, OSTQuant,
 * ICLR. */
#ifndef DIVERGENCE_DISTILLATION_TARGETS_H
#define DIVERGENCE_DISTILLATION_TARGETS_H

#include "divergence/distillation_term.h"

extern const struct distillation_kind distillation_targets_dkd, distillation_targets_ofa,
    distillation_targets_kl_top;

#endif
