#include "process/gaussian_process_filter.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { STRIDE = COVARIANCE_STATES_MAX };

double gaussian_process_filter_value(const struct covariance_states *states, const double *mean) {
    double sum = 0;
    for (size_t k = 0; k < states->term_count; k++)
        sum += mean[states->terms[k].first];
    return sum;
}

void gaussian_process_filter_column(const struct covariance_states *states, const double *p, double *column) {
    for (size_t i = 0; i < states->order; i++)
        column[i] = gaussian_process_filter_value(states, p + i * STRIDE);
}

void gaussian_process_filter_apply(size_t order, const double *a, const double *m, double *result) {
    for (size_t i = 0; i < order; i++) {
        double sum = 0;
        for (size_t j = 0; j < order; j++)
            sum += a[i * STRIDE + j] * m[j];
        result[i] = sum;
    }
}

void gaussian_process_filter_apply_transposed(size_t order, const double *a, const double *m,
                                              double *result) {
    for (size_t i = 0; i < order; i++) {
        double sum = 0;
        for (size_t j = 0; j < order; j++)
            sum += a[j * STRIDE + i] * m[j];
        result[i] = sum;
    }
}

void gaussian_process_filter_multiply(size_t order, const double *a, const double *b, double *result) {
    for (size_t i = 0; i < order; i++)
        for (size_t j = 0; j < order; j++) {
            double sum = 0;
            for (size_t k = 0; k < order; k++)
                sum += a[i * STRIDE + k] * b[k * STRIDE + j];
            result[i * STRIDE + j] = sum;
        }
}

void gaussian_process_filter_sandwich(size_t order, const double *a, const double *b, const double *c,
                                      double *result) {
    double half[COVARIANCE_STATES_AREA];
    gaussian_process_filter_multiply(order, a, b, half);
    for (size_t i = 0; i < order; i++)
        gaussian_process_filter_apply(order, c, half + i * STRIDE, result + i * STRIDE);
}

void gaussian_process_filter_start(struct gaussian_process_filter *filter,
                                   const struct covariance_states *states, size_t width, double *means) {
    double column[STRIDE];
    filter->states = states;
    filter->width = width;
    filter->means = means;
    filter->step = NAN;
    memset(means, 0, width * STRIDE * sizeof *means);
    covariance_states_prior(states, filter->p);
    gaussian_process_filter_column(states, filter->p, column);
    filter->prior = gaussian_process_filter_value(states, column);
}

void gaussian_process_filter_step(struct gaussian_process_filter *filter, double d) {
    if (d != filter->step)
        covariance_states_step(filter->states, d, filter->a, filter->q);
    filter->step = d;
}

void gaussian_process_filter_move(struct gaussian_process_filter *filter) {
    size_t order = filter->states->order;
    double moved[COVARIANCE_STATES_AREA];
    gaussian_process_filter_sandwich(order, filter->a, filter->p, filter->a, moved);
    for (size_t i = 0; i < order; i++)
        for (size_t j = 0; j <= i; j++)
            filter->p[i * STRIDE + j] = filter->p[j * STRIDE + i] =
                moved[i * STRIDE + j] + filter->q[i * STRIDE + j];
    for (size_t c = 0; c < filter->width; c++) {
        double mean[STRIDE];
        gaussian_process_filter_apply(order, filter->a, filter->means + c * STRIDE, mean);
        memcpy(filter->means + c * STRIDE, mean, order * sizeof *mean);
    }
}

bool gaussian_process_filter_weigh(struct gaussian_process_filter *filter, double noise) {
    size_t order = filter->states->order;
    gaussian_process_filter_column(filter->states, filter->p, filter->gain);
    filter->variance = gaussian_process_filter_value(filter->states, filter->gain) + noise;
    for (size_t i = 0; i < order; i++)
        filter->gain[i] /= filter->variance;
    return filter->variance > 8 * DBL_EPSILON * filter->prior && isfinite(filter->variance);
}

void gaussian_process_filter_take(struct gaussian_process_filter *filter, double *values) {
    size_t order = filter->states->order;
    for (size_t c = 0; c < filter->width; c++) {
        double *mean = filter->means + c * STRIDE;
        values[c] -= gaussian_process_filter_value(filter->states, mean);
        for (size_t i = 0; i < order; i++)
            mean[i] += filter->gain[i] * values[c];
    }
    for (size_t i = 0; i < order; i++)
        for (size_t j = 0; j <= i; j++) {
            filter->p[i * STRIDE + j] -= filter->gain[i] * filter->gain[j] * filter->variance;
            filter->p[j * STRIDE + i] = filter->p[i * STRIDE + j];
        }
}
