/* A Kalman filter along one input, a step at a time; matrices have a stride of COVARIANCE_STATES_MAX. */
#ifndef PROCESS_GAUSSIAN_PROCESS_FILTER_H
#define PROCESS_GAUSSIAN_PROCESS_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "process/covariance_states.h"

struct gaussian_process_filter {
    const struct covariance_states *states;
    size_t width;  /* series that are filtered side by side */
    double *means; /* width x COVARIANCE_STATES_MAX, the caller's */
    double p[COVARIANCE_STATES_AREA];
    double a[COVARIANCE_STATES_AREA], q[COVARIANCE_STATES_AREA]; /* of the last step */
    double step;                                                 /* its length; nan: none yet */
    double prior;                                                /* the variance of f before any data */
    double gain[COVARIANCE_STATES_MAX];                          /* of the last row: k, */
    double variance;                                             /* and S */
};

/* Before the first row. */
void gaussian_process_filter_start(struct gaussian_process_filter *filter,
                                   const struct covariance_states *states, size_t width, double *means);

/* Makes a and q those of a step. */
void gaussian_process_filter_step(struct gaussian_process_filter *filter, double d);

/* Takes the step that was made. */
void gaussian_process_filter_move(struct gaussian_process_filter *filter);

/* Finds gain and variance of a row with a noise variance. False: the variance is not positive, the row is
 * determined by those before it. */
bool gaussian_process_filter_weigh(struct gaussian_process_filter *filter, double noise);

/* Takes in the row: values become the innovations v. */
void gaussian_process_filter_take(struct gaussian_process_filter *filter, double *values);

/* f of a state: h m. */
double gaussian_process_filter_value(const struct covariance_states *states, const double *mean);

/* P h' of a symmetric matrix. */
void gaussian_process_filter_column(const struct covariance_states *states, const double *p, double *column);

/* result = A m, A' m, A B, and A B C' of matrices; results overlap nothing. */
void gaussian_process_filter_apply(size_t order, const double *a, const double *m, double *result);
void gaussian_process_filter_apply_transposed(size_t order, const double *a, const double *m, double *result);
void gaussian_process_filter_multiply(size_t order, const double *a, const double *b, double *result);
void gaussian_process_filter_sandwich(size_t order, const double *a, const double *b, const double *c,
                                      double *result);

#endif
