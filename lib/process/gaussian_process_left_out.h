/* Each training row given all others (Rasmussen and Williams 2006, section 5.4.2), the mean's coefficients
 * being held.
 *
 * With J = C^-1 and a = J R the row's prediction is y_i - a_i / J_ii, its variance, noise included, 1 / J_ii:
 * from the factor, or of a model by a Kalman filter from its smoother, in O(rows). By Vecchia's approximation
 * a row is predicted from the M nearest of the others. */
#ifndef PROCESS_GAUSSIAN_PROCESS_LEFT_OUT_H
#define PROCESS_GAUSSIAN_PROCESS_LEFT_OUT_H

#include <stddef.h>

#include "base/error.h"
#include "process/gaussian_process_model.h"

/* In the order of the data, where the model knows it, and in the model's units.
 *
 *   targets    rows x outputs: y in that order
 *   means      rows x outputs
 *   variances  rows
 *
 * Spoils the factor of an exact model. Returns 0, or -1: "--loo needs the rows, which a sparse model does not
 * keep". */
__attribute__((warn_unused_result)) int gaussian_process_left_out_find(struct gaussian_process_model *model,
                                                                       size_t threads, double *targets,
                                                                       double *means, double *variances,
                                                                       struct error *error);

#endif
