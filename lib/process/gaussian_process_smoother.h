/* Predictions of a model by a Kalman filter: a filter forward, and backward what later rows say, so that a
 * query takes O(log rows). Nothing is inverted: with m, P of the filter at a place and L, l of the rows to
 * its right (Bryson and Frazier 1963; Bierman 1973),
 *
 *     smoothed mean = m + P l,    covariance = P - P L P,
 *     at a row of innovation v, variance S, gain k, with C = 1 - k h:
 *         l = h' v / S + C' l+,  L = h' h / S + C' L+ C,
 *     and a step to the left l+ = A' l, L+ = A' L A. */
#ifndef PROCESS_GAUSSIAN_PROCESS_SMOOTHER_H
#define PROCESS_GAUSSIAN_PROCESS_SMOOTHER_H

#include <stddef.h>

#include "base/error.h"
#include "process/gaussian_process_model.h"

struct gaussian_process_smoother;

/* The model's rows must ascend and its covariance have states. Returns NULL with the error set: out of
 * memory, or a row that is determined by others. The model must outlive it. */
__attribute__((warn_unused_result)) struct gaussian_process_smoother *
gaussian_process_smoother_open(const struct gaussian_process_model *model, size_t threads,
                               struct error *error);

/* NULL does nothing. */
void gaussian_process_smoother_close(struct gaussian_process_smoother *smoother);

/* Of each query, in the model's units: the mean less the mean function (count x outputs), and the variance of
 * f (count), unless NULL. */
void gaussian_process_smoother_at(struct gaussian_process_smoother *smoother, size_t count, const double *x,
                                  double *means, double *variances);

#endif
