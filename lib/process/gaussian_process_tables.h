/* Tables that `gppredict` makes of a model alone. */
#ifndef PROCESS_GAUSSIAN_PROCESS_TABLES_H
#define PROCESS_GAUSSIAN_PROCESS_TABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/command.h"
#include "process/gaussian_process_model.h"

/* name,value,fixed: the kernel's parameters, the noise, the mean's coefficients, in the model's units. */
__attribute__((warn_unused_result)) int
gaussian_process_tables_parameters(struct command *command, const struct gaussian_process_model *model);

/* mean, variance and log density of each training row given all others (process/gaussian_process_left_out.h),
 * noise included. Spoils the model's factor. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_tables_leave_one_out(struct command *command, struct gaussian_process_model *model);

/* All queries' inputs, count x model->inputs, in the units of the data. Returns NULL where they cannot be
 * read, are not finite, or memory is gone. */
__attribute__((warn_unused_result)) double *
gaussian_process_tables_inputs(struct command *command, const struct gaussian_process_model *model,
                               const char *operand, size_t *count);

/* s,weight: the posterior of a mixture's scale, with `output` before them where each has its own. Returns 0
 * or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_tables_scale(struct command *command, const struct gaussian_process_model *model);

#endif
