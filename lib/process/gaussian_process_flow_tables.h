/* Tables that `gppredict` makes of a network under gradient flow. */
#ifndef PROCESS_GAUSSIAN_PROCESS_FLOW_TABLES_H
#define PROCESS_GAUSSIAN_PROCESS_FLOW_TABLES_H

#include <stdbool.h>

#include "base/command.h"
#include "process/gaussian_process_model.h"

/* time,row,mean,variance (mean_1,variance_1,.. of several outputs) of all queries of an operand, at each of
 * the times as typed ("0,10,inf"), rows from 1; of a mixture under an inverse gamma df and scale as well.
 * Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_flow_tables_states(struct command *command, const struct gaussian_process_model *model,
                                    const char *operand, const char *times, bool last_layer);

/* mode,eigenvalue,rate,coefficient (coefficient_1,..) of the training kernel, largest first: the error along
 * a mode decays as exp(-rate t), and began, less the random start, as its coefficient v . (y - m), in the
 * units of the data. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_flow_tables_modes(struct command *command, const struct gaussian_process_model *model,
                                   bool last_layer);

#endif
