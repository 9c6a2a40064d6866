/* The predictive distribution of a scale mixture at each query: Student's t where the posterior of the scale
 * is an inverse gamma and the noise is shared, with 2 a' degrees of freedom, the Gaussian process's mean and
 * scale^2 (b'/a') v, v its variance at s = 1 (Lee and others 2022, theorem 3.2); else a mixture of normal
 * distributions over the nodes of s. */
#ifndef PROCESS_GAUSSIAN_PROCESS_MIXTURE_H
#define PROCESS_GAUSSIAN_PROCESS_MIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "process/gaussian_process_model.h"
#include "process/gaussian_process_prediction.h"
#include "process/gaussian_process_scale_prediction.h"

struct gaussian_process_mixture {
    const struct gaussian_process_model *model;
    struct gaussian_process_predictor *shared; /* the caller's; NULL where the noise is separate */
    struct gaussian_process_scale_predictor separate;
    size_t capacity;           /* queries at a time */
    double *means, *variances; /* of the last queries: capacity x outputs at s = 1, or x nodes of each */
    double *centres, *deviations, *logs; /* nodes: the components in view */
};

/* Returns 0, or -1 with nothing to close. */
__attribute__((warn_unused_result)) int
gaussian_process_mixture_open(struct gaussian_process_mixture *mixture,
                              const struct gaussian_process_model *model,
                              struct gaussian_process_predictor *shared, size_t threads, struct error *error);

/* An all-zero one is fine. */
void gaussian_process_mixture_close(struct gaussian_process_mixture *mixture);

/* Whether predictions are Student's t, and with how many degrees of freedom. */
bool gaussian_process_mixture_is_student(const struct gaussian_process_model *model);
double gaussian_process_mixture_freedom(const struct gaussian_process_model *model, size_t output);

/* Looks at count queries, at most capacity, and writes the means of f, count x outputs. Without `whole` there
 * are means alone. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_mixture_look(struct gaussian_process_mixture *mixture, size_t count, const double *x,
                              bool whole, double *means, struct error *error);

/* Of query i and an output, of f or with `noisy` of a new target: the variance (infinite up to 2 degrees of
 * freedom), the scale of a Student t, the quantile of p. */
double gaussian_process_mixture_variance(struct gaussian_process_mixture *mixture, size_t i, size_t output,
                                         bool noisy);
double gaussian_process_mixture_scale(struct gaussian_process_mixture *mixture, size_t i, size_t output,
                                      bool noisy);
double gaussian_process_mixture_quantile(struct gaussian_process_mixture *mixture, size_t i, size_t output,
                                         bool noisy, double p);

/* The log density of new targets y (outputs) of query i, which share s where there is one for all. */
double gaussian_process_mixture_log_density(struct gaussian_process_mixture *mixture, size_t i,
                                            const double *y);

#endif
