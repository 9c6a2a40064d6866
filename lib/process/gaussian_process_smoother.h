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

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "process/gaussian_process_model.h"

struct gaussian_process_smoother;

/* The model's rows must ascend and its covariance have states. Returns NULL with the error set: out of
 * memory, or a row that is determined by others. The model must outlive it.
 *
 *   term   the summand of the kernel to predict, or -1: their sum
 *   basis  whether the columns of the mean's basis are smoothed like targets, behind these */
__attribute__((warn_unused_result)) struct gaussian_process_smoother *
gaussian_process_smoother_open(const struct gaussian_process_model *model, int term, bool basis,
                               size_t threads, struct error *error);

/* NULL does nothing. */
void gaussian_process_smoother_close(struct gaussian_process_smoother *smoother);

/* Of each query, in the model's units: the mean less the mean function (count x width, outputs and basis),
 * and the variance (count), unless NULL; of f, or of its derivative, which must exist. */
void gaussian_process_smoother_at(struct gaussian_process_smoother *smoother, size_t count, const double *x,
                                  bool slope, double *means, double *variances);

/* The joint covariance of f at count queries, count x count. With T the product of the steps A and of C at
 * the rows from place s to place t > s, it is h P_s T' (1 - L_t P_t) h' (de Jong 1989). O(rows + count^2).
 * Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_smoother_joint(struct gaussian_process_smoother *smoother, size_t count, const double *x,
                                double *covariance, struct error *error);

/* Of a row in the model's order, the diagonal entry of C^-1 and C^-1 R (outputs): 1 / S + k' L+ k and v / S -
 * k' l+ (de Jong 1988). */
void gaussian_process_smoother_precision(const struct gaussian_process_smoother *smoother, size_t row,
                                         double *precision, double *weights);

#endif
