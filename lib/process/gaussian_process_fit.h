/* Fits a Gaussian process of any kind, from targets and inputs to a model. */
#ifndef PROCESS_GAUSSIAN_PROCESS_FIT_H
#define PROCESS_GAUSSIAN_PROCESS_FIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "process/gaussian_process_kind.h"

struct gaussian_process_fit_result {
    double objective, gradient_norm, jitter;
    size_t iterations, evaluations;
    size_t joined;        /* inducing inputs that met another and were made one with it */
    bool converged, flat; /* flat: no step raised the objective any more */
    bool jitter_is_usual;
    char bounded[COVARIANCE_NAME_SIZE]; /* a parameter that ended at its bound, or "" */
};

/* Fits the task's model->covariance (parsed, its parameters at their starts), the noise and what else the
 * kind has to data, whose targets and inputs are in the model's scaled units, and fills in all of the model
 * but names and shifts, which are there already. Returns 0, or -1 with the model still to be freed:
 * "covariance is not positive definite (jitter up to 1e-6 tried)". */
__attribute__((warn_unused_result)) int gaussian_process_fit_run(const struct gaussian_process_task *task,
                                                                 struct gaussian_process_fit_result *result,
                                                                 struct error *error);

/* The objective at the starts, and where gradient is not NULL its derivatives in the natural parameters, for
 * gaussian_process_fit_slots numbers. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_fit_evaluate(const struct gaussian_process_task *task, double *value, double *gradient,
                              struct error *error);

/* The numbers of a gradient: of the kernel's parameters, the noise, and what else the kind has. */
size_t gaussian_process_fit_slots(const struct gaussian_process_task *task);

/* Describes the parameter of a slot; name is room for the names of what is not the kernel's. */
void gaussian_process_fit_describe(const struct gaussian_process_task *task, size_t slot,
                                   struct gaussian_process_variable *variable,
                                   char name[COVARIANCE_NAME_SIZE]);

#endif
