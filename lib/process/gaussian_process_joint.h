/* Joint predictions at all queries together. */
#ifndef PROCESS_GAUSSIAN_PROCESS_JOINT_H
#define PROCESS_GAUSSIAN_PROCESS_JOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/command.h"
#include "process/gaussian_process_model.h"

/* Of all queries of an operand together: their covariance (c_1 ..), or with samples > 0 so many joint draws
 * (sample_1 ..); of f, or with `noisy` of new targets. A mixture's covariance is that of the mixture; a draw
 * takes one s for all rows, from its inverse gamma or among its nodes. One target alone. Returns 0 or -1. */
__attribute__((warn_unused_result)) int gaussian_process_joint_run(struct command *command,
                                                                   const struct gaussian_process_model *model,
                                                                   const char *operand, size_t samples,
                                                                   bool noisy, bool universal);

#endif
