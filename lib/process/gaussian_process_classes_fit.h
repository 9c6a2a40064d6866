/* Gaussian processes of classes, a kind of fit (process/gaussian_process_kind.h): the objective is the bound
 * of process/gaussian_process_classes_bound.h, its variables beyond the kernel's are the inducing inputs,
 * q(u) and, of a mixture, q(s) and the prior of s. There is no noise and no mean function. */
#ifndef PROCESS_GAUSSIAN_PROCESS_CLASSES_FIT_H
#define PROCESS_GAUSSIAN_PROCESS_CLASSES_FIT_H

#include "process/gaussian_process_kind.h"

extern const struct gaussian_process_kind gaussian_process_classes_fit_kind;

#endif
