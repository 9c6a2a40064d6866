/* Tables that `gppredict` makes of a model alone, or of all queries together. */
#ifndef PROCESS_GAUSSIAN_PROCESS_TABLES_H
#define PROCESS_GAUSSIAN_PROCESS_TABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/command.h"
#include "process/gaussian_process_model.h"

/* name,value,fixed: the kernel's parameters, the noise, the mean's coefficients, in the model's units. */
__attribute__((warn_unused_result)) int
gaussian_process_tables_parameters(struct command *command, const struct gaussian_process_model *model);

/* mean, variance and log density of each training row given all others (Rasmussen and Williams 2006, section
 * 5.4.2; b held), noise included. Spoils the model's factor. Exact models alone. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_tables_leave_one_out(struct command *command, struct gaussian_process_model *model);

/* Of all queries of an operand together: their covariance (c_1 ..), or with samples > 0 so many joint draws
 * (sample_1 ..); of f, or with `noisy` of new targets. One target alone. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_tables_joint(struct command *command, const struct gaussian_process_model *model,
                              const char *operand, size_t samples, bool noisy, bool universal);

#endif
