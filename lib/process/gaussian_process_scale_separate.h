/* A scale mixture whose noise does not scale: y = sqrt(s) f + e. The evidence of the data, its gradient, and
 * the model's arrays, from posteriors of s over a spectrum. */
#ifndef PROCESS_GAUSSIAN_PROCESS_SCALE_SEPARATE_H
#define PROCESS_GAUSSIAN_PROCESS_SCALE_SEPARATE_H

#include "base/error.h"
#include "process/gaussian_process_kind.h"
#include "process/gaussian_process_spectrum.h"
#include "process/scale_posterior.h"

struct gaussian_process_scale_separate {
    const struct gaussian_process_task *task;
    struct gaussian_process_spectrum spectrum;
    struct covariance_points points;
    struct covariance_work work;
};

/* Returns 0, or -1 with nothing to close: "--scale-noise separate needs noise > 0". */
__attribute__((warn_unused_result)) int
gaussian_process_scale_separate_open(struct gaussian_process_scale_separate *separate,
                                     const struct gaussian_process_task *task, struct error *error);

/* An all-zero one is fine. */
void gaussian_process_scale_separate_close(struct gaussian_process_scale_separate *separate);

/* The spectrum at the model's parameters. Returns 1; 0 where there is none; or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_scale_separate_update(struct gaussian_process_scale_separate *separate, struct error *error);

/* d log p / d (the kernel's parameters, the noise) of outputs first .. first + count - 1, whose posterior is
 * given, added to gradient. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_scale_separate_gradient(struct gaussian_process_scale_separate *separate, size_t first,
                                         size_t count, const struct scale_posterior *posterior,
                                         double *gradient, struct error *error);

/* Fills the model's arrays, the scale's nodes being there. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_scale_separate_fill(struct gaussian_process_scale_separate *separate, struct error *error);

#endif
