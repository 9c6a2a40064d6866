/* Predictions of a scale mixture whose noise does not scale, for every node s_j of every scale: with k~ = V
 * k(X, x), D_j = 1 / (1 + s_j W) (process/gaussian_process_spectrum.h),
 *
 *     mean_j = h(x)' b_j + s_j k~' D_j r~_j,    variance_j = s_j k(x, x) - s_j^2 k~' D_j k~,
 *
 * O(n^2 + J n) for a query. Inputs are in the units of the data, results too. */
#ifndef PROCESS_GAUSSIAN_PROCESS_SCALE_PREDICTION_H
#define PROCESS_GAUSSIAN_PROCESS_SCALE_PREDICTION_H

#include <stddef.h>

#include "base/error.h"
#include "process/covariance_matrix.h"
#include "process/gaussian_process_model.h"
#include "process/gaussian_process_spectrum.h"

struct gaussian_process_scale_predictor {
    const struct gaussian_process_model *model;
    size_t capacity; /* queries at a time */
    struct gaussian_process_data data;
    struct gaussian_process_spectrum spectrum;
    struct covariance_points points;
    struct covariance_work work;
    double *weights;                  /* outputs x nodes x rows: s D r~ */
    double *coefficients;             /* outputs x nodes x basis_count */
    double *shrinkage;                /* units x nodes x rows: s^2 D */
    double *scaled, *kernel, *turned; /* capacity x inputs, x rows, x rows */
};

/* Returns 0, or -1 with nothing to close. */
__attribute__((warn_unused_result)) int
gaussian_process_scale_prediction_open(struct gaussian_process_scale_predictor *predictor,
                                       const struct gaussian_process_model *model, size_t threads,
                                       struct error *error);

/* An all-zero one is fine. */
void gaussian_process_scale_prediction_close(struct gaussian_process_scale_predictor *predictor);

/* Of f at count queries, at most capacity:
 *
 *   means      count x outputs x nodes
 *   variances  count x outputs x nodes, at least 0; or NULL
 *
 * Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_scale_prediction_at(struct gaussian_process_scale_predictor *predictor, size_t count,
                                     const double *x, double *means, double *variances, struct error *error);

/* Of the only output under one node: the means of any number of queries, and their covariance, count x count,
 * of targets of unit scale. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_scale_prediction_joint(struct gaussian_process_scale_predictor *predictor, size_t node,
                                        size_t count, const double *x, double *means, double *covariance,
                                        struct error *error);

#endif
