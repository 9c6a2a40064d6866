/* Terms of feature vectors: the student's s beside the teacher's t, or the mean of the teacher's features
 * over the row's class, of direction e.
 *
 *     nd      1 - <s, e> / max(|s|, |t|);   cosine  1 - <s, e> / |s|
 *     norm    (|s| - |t|)^2, with another target in place of |t| or one a step above |s|
 *     hint    the mean square of s - t (Romero and others 2015, FitNets)
 *     cka     1 - linear centred kernel alignment of the batches (Kornblith and others 2019); no rows
 *
 * average=class of the first two gives every class in the batch the same weight. Of s = 0 the loss is 1 and
 * the derivative 0. Source of nd: Wang and others 2023, Improving knowledge distillation via regularizing
 * feature norm and direction. */
#ifndef DIVERGENCE_DISTILLATION_FEATURES_H
#define DIVERGENCE_DISTILLATION_FEATURES_H

#include "divergence/distillation_term.h"

extern const struct distillation_kind distillation_features_nd, distillation_features_cosine,
    distillation_features_norm, distillation_features_hint, distillation_features_cka;

#endif
