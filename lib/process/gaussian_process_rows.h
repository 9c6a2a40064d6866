/* Models that keep their training rows and no factor: by the approximation of Vecchia, or by a Kalman filter.
 */
#ifndef PROCESS_GAUSSIAN_PROCESS_ROWS_H
#define PROCESS_GAUSSIAN_PROCESS_ROWS_H

#include <stddef.h>

#include "base/error.h"
#include "process/gaussian_process_model.h"
#include "process/gaussian_process_whitening.h"

/* Fills the model's rows, in an order, and its coefficients; those of an earlier call are freed. Returns 0 or
 * -1. */
__attribute__((warn_unused_result)) int
gaussian_process_rows_fill(struct gaussian_process_model *model, const struct gaussian_process_data *data,
                           const size_t *order, const struct gaussian_process_whitening *whitening,
                           struct error *error);

/* What the mean leaves of the model's targets, rows x outputs, to be freed. NULL: out of memory. */
double *gaussian_process_rows_residuals(const struct gaussian_process_model *model, struct error *error);

/* Refuses what takes the factor that such a model does not have. Returns 0, or -1: "--terms needs an exact
 * factor, this model is by Vecchia's approximation". */
__attribute__((warn_unused_result)) int
gaussian_process_rows_refuse(const struct gaussian_process_model *model, const char *option,
                             struct error *error);

#endif
