/* The sparse Gaussian process, a kind of fit (process/gaussian_process_kind.h). */
#ifndef PROCESS_GAUSSIAN_PROCESS_SPARSE_FIT_H
#define PROCESS_GAUSSIAN_PROCESS_SPARSE_FIT_H

#include "process/gaussian_process_kind.h"

extern const struct gaussian_process_kind gaussian_process_sparse_fit_kind;

#endif
