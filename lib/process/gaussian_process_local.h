/* Predictions from the nearest training rows: those of a model by Vecchia's approximation.
 *
 * With K_c = L L' the covariance of the M nearest targets, noise included, and k their covariance with f(x),
 * the mean is that of x plus (L^-1 k)' L^-1 r_c, the variance k(x, x) - |L^-1 k|^2. Where K_c is singular as
 * little is added to its diagonal as works, up to 1e-6 of k(x, x). */
#ifndef PROCESS_GAUSSIAN_PROCESS_LOCAL_H
#define PROCESS_GAUSSIAN_PROCESS_LOCAL_H

#include <stddef.h>

#include "base/error.h"
#include "process/gaussian_process_model.h"

struct gaussian_process_local;

/* Returns NULL with the error set: out of memory, or too many inputs. The model must outlive it. */
__attribute__((warn_unused_result)) struct gaussian_process_local *
gaussian_process_local_open(const struct gaussian_process_model *model, size_t threads, struct error *error);

/* NULL does nothing. */
void gaussian_process_local_close(struct gaussian_process_local *local);

/* Of each query, in the model's units: the mean less the mean function (count x outputs), and the variance of
 * f (count), unless NULL. A query's result does not depend on the others. Returns 0, or -1: no factor. */
__attribute__((warn_unused_result)) int gaussian_process_local_at(struct gaussian_process_local *local,
                                                                  size_t count, const double *x,
                                                                  double *means, double *variances,
                                                                  struct error *error);

#endif
