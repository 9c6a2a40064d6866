/* Losses of logits and labels alone, d_k = z_k - z_y + margin (0 at the label y), p the softmax at t = 1.
 *
 *     cs   max(0, max d) (Crammer and Singer 2001);  ww  sum of max(0, d_k) / C (Weston and Watkins 1999)
 *     gce  (1 - p_y^q) / q, at most its value at p_y = k (Zhang and Sabuncu 2018)
 *     rce  a (1 - p_y);  sce  (1 - balance) ce + balance rce (Wang and others 2019)
 *     nce  ce over the sum of what every label would cost (Ma and others 2020)
 *     class-mae  2 (1 - p_y);  class-mse  the squared distance of p from the label (Ghosh and others 2017)
 *     rll  -ln(a + p_y) + the mean over the other classes of ln(a + p_k) */
#ifndef DIVERGENCE_DISTILLATION_LABELS_H
#define DIVERGENCE_DISTILLATION_LABELS_H

#include "divergence/distillation_term.h"

extern const struct distillation_kind distillation_labels_cs, distillation_labels_ww, distillation_labels_gce,
    distillation_labels_sce, distillation_labels_nce, distillation_labels_rce, distillation_labels_class_mae,
    distillation_labels_class_mse, distillation_labels_rll;

#endif
