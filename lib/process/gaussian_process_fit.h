/* Fits an exact Gaussian process, from targets and inputs to a model. */
#ifndef PROCESS_GAUSSIAN_PROCESS_FIT_H
#define PROCESS_GAUSSIAN_PROCESS_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/checkpoint.h"
#include "base/error.h"
#include "base/progress.h"
#include "process/gaussian_process_model.h"
#include "process/gaussian_process_search.h"

struct gaussian_process_fit_settings {
    enum gaussian_process_mean mean;
    enum gaussian_process_objective objective;
    double noise;   /* the start; NAN: 0.1 of the targets' variance, or 0 beside known variances */
    bool fix_noise; /* also so where variances are known and no noise was given */
    double jitter;  /* NAN: as little as needed */
    bool optimize;
    size_t restarts, max_iterations;
    double tolerance;
    uint64_t seed;
    size_t threads;
    struct progress *progress;     /* or NULL */
    struct checkpoint *checkpoint; /* asked between steps; or NULL */
};

struct gaussian_process_fit_result {
    double objective, gradient_norm, jitter;
    size_t iterations, evaluations;
    bool converged;
    const char *bounded; /* a parameter that ended at its bound, or NULL */
};

/* Fits model->covariance (parsed, its parameters at their starts) and the noise to data, whose targets and
 * inputs are in the model's scaled units, and fills in all of the model but names and shifts, which are there
 * already. Returns 0, or -1 with the model still to be freed: "covariance is not positive definite (jitter up
 * to 1e-6 tried)". */
__attribute__((warn_unused_result)) int
gaussian_process_fit_exact(struct gaussian_process_model *model, const struct gaussian_process_data *data,
                           const struct gaussian_process_fit_settings *settings,
                           struct gaussian_process_fit_result *result, struct error *error);

/* The objective at the parameters as they are, with its gradient in the natural parameters (parameter_count +
 * 1, the last for the noise; or NULL). Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_fit_evaluate(const struct gaussian_process_model *model,
                              const struct gaussian_process_data *data,
                              const struct gaussian_process_fit_settings *settings, double *value,
                              double *gradient, struct error *error);

/* The noise variance that a fit starts from, and whether it is held. */
double gaussian_process_fit_noise(const struct gaussian_process_data *data,
                                  const struct gaussian_process_fit_settings *settings, bool *fixed);

#endif
