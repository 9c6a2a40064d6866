/* The Gaussian process of one input by a Kalman filter, a kind of fit (process/gaussian_process_kind.h). */
#ifndef PROCESS_GAUSSIAN_PROCESS_KALMAN_FIT_H
#define PROCESS_GAUSSIAN_PROCESS_KALMAN_FIT_H

#include "process/gaussian_process_kind.h"

extern const struct gaussian_process_kind gaussian_process_kalman_fit_kind;

#endif
