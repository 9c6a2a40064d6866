/* The Gaussian process by Vecchia's approximation, a kind of fit (process/gaussian_process_kind.h). */
#ifndef PROCESS_GAUSSIAN_PROCESS_VECCHIA_FIT_H
#define PROCESS_GAUSSIAN_PROCESS_VECCHIA_FIT_H

#include "process/gaussian_process_kind.h"

extern const struct gaussian_process_kind gaussian_process_vecchia_fit_kind;

#endif
