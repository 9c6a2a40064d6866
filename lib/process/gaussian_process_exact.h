/* The exact Gaussian process, a kind of fit (process/gaussian_process_kind.h) by its evidence. */
#ifndef PROCESS_GAUSSIAN_PROCESS_EXACT_H
#define PROCESS_GAUSSIAN_PROCESS_EXACT_H

#include "process/gaussian_process_kind.h"

extern const struct gaussian_process_kind gaussian_process_exact_kind;

#endif
