/* `gmmfit --method stepwise`: a mixture fitted to rows that need not fit in memory. */
#ifndef DENSITY_MIXTURE_STEPWISE_RUN_H
#define DENSITY_MIXTURE_STEPWISE_RUN_H

#include "base/command.h"
#include "density/mixture_choice.h"
#include "density/mixture_options.h"

/* Reads the operand batch by batch, again and again where it is a regular file, and writes the model.
 *
 *   choice  one size and type; its restarts' settings are those of the start, which is made from the first
 * rows
 *
 * Returns 0, or -1 with command->error set. */
__attribute__((warn_unused_result)) int mixture_stepwise_run(struct command *command,
                                                             const struct mixture_options *options,
                                                             struct mixture_choice *choice);

#endif
