#include "divergence/distillation_features.h"
#include "divergence/distillation_labels.h"
#include "divergence/distillation_relation.h"
#include "divergence/distillation_robust.h"
#include "divergence/distillation_rows.h"
#include "divergence/distillation_targets.h"
#include "divergence/distillation_term.h"

const struct distillation_kind *const distillation_kinds[] = {
    &distillation_rows_ce,           &distillation_rows_kl,        &distillation_rows_rkl,
    &distillation_rows_js,           &distillation_rows_tv,        &distillation_rows_jeffreys,
    &distillation_rows_logit_mse,    &distillation_rows_bdkd,      &distillation_targets_dkd,
    &distillation_targets_ofa,       &distillation_targets_kl_top, &distillation_relation_dist,
    &distillation_relation_sinkhorn, &distillation_features_nd,    &distillation_features_cosine,
    &distillation_features_norm,     &distillation_features_hint,  &distillation_features_cka,
    &distillation_robust_ldr,        &distillation_robust_aldr,    &distillation_labels_cs,
    &distillation_labels_ww,         &distillation_labels_gce,     &distillation_labels_sce,
    &distillation_labels_nce,        &distillation_labels_rce,     &distillation_labels_class_mae,
    &distillation_labels_class_mse,  &distillation_labels_rll,     NULL,
};
