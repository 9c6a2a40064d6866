/* Scale mixtures of Gaussian processes, a kind of fit (process/gaussian_process_kind.h).
 *
 * Shared noise, u outputs of n rows under one s, h = n u / 2, C = K + noise, D = sum R' C^-1 R:
 *
 *     p(Y | s) = (2 pi s)^-h |C|^(-u/2) exp(-D / (2 s)),
 *     d log p(Y) / d theta = tr[(E[1/s | Y] A A' - u C^-1) dC/d theta] / 2;
 *
 * for s ~ InvGamma(A, B) s | Y ~ InvGamma(A + h, B + D/2) and
 *
 *     log p(Y) = log Gamma(A + h) - log Gamma(A) - h log(2 pi B) - u/2 log |C| - (A + h) log(1 + D / 2B).
 *
 * Separate noise: process/gaussian_process_spectrum.h under every s. */
#ifndef PROCESS_GAUSSIAN_PROCESS_SCALE_FIT_H
#define PROCESS_GAUSSIAN_PROCESS_SCALE_FIT_H

#include "process/gaussian_process_kind.h"

extern const struct gaussian_process_kind gaussian_process_scale_fit_kind;

#endif
