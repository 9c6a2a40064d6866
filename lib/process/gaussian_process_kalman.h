/* How well a Gaussian process of one input explains its data, exactly and in O(rows): its covariance has
 * states (process/covariance_states.h), which a Kalman filter follows along the sorted inputs.
 *
 * From the state m, P after one row, the next a distance d on: m- = A m, P- = A P A' + Q and with h picking f
 * out of the state, R the row's noise variance,
 *
 *     v = r - h m-,  S = h P- h' + R,  k = P- h' / S,  m = m- + k v,  P = P- - k k' S,
 *     log p(r_i | before) = -(log 2 pi S + v^2 / S) / 2.
 *
 * v / sqrt S is the whitened residual; the mean's basis, filtered like targets, is whitened alike, and
 * generalised least squares is least squares of these. The gradient goes forward along with the filter: each
 * parameter's derivatives of m and P. */
#ifndef PROCESS_GAUSSIAN_PROCESS_KALMAN_H
#define PROCESS_GAUSSIAN_PROCESS_KALMAN_H

#include <stddef.h>

#include "base/error.h"
#include "process/covariance_states.h"
#include "process/gaussian_process_evidence.h"
#include "process/gaussian_process_whitening.h"

struct gaussian_process_kalman {
    const struct gaussian_process_data *data;
    struct covariance *covariance; /* the caller's, whose parameters may change between evaluations */
    struct covariance_states states;
    double jitter;       /* as struct gaussian_process_evidence has it */
    double jitter_added; /* in the last evaluation */
    double jitter_share; /* what part of the mean diagonal that was; 0 where it is set */
    size_t *order;       /* rows: the row that comes i-th, inputs ascending, ties as given */
    double *x, *noise;   /* rows: in that order; noise NULL where there is none by row */
    struct gaussian_process_whitening whitening; /* of the rows in that order */
    double *room;                                /* of the filters */
};

/* The covariance must have states. Returns 0, or -1 with nothing to close. */
__attribute__((warn_unused_result)) int gaussian_process_kalman_open(struct gaussian_process_kalman *kalman,
                                                                     const struct gaussian_process_data *data,
                                                                     enum gaussian_process_mean mean,
                                                                     struct covariance *covariance,
                                                                     struct error *error);

/* An all-zero one is fine. */
void gaussian_process_kalman_close(struct gaussian_process_kalman *kalman);

/* Writes the log likelihood and where gradient is not NULL its derivatives, as
 * gaussian_process_evidence_evaluate does. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_kalman_evaluate(struct gaussian_process_kalman *kalman, double noise, double *value,
                                 double *gradient, struct error *error);

#endif
