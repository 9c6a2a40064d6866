/* `gmmfit --method sdp`. */
#ifndef DENSITY_CLUSTERING_RUN_H
#define DENSITY_CLUSTERING_RUN_H

#include "base/command.h"
#include "density/mixture_choice.h"
#include "density/mixture_options.h"

/* Reads the operand, fits what was chosen and writes it. Returns 0, or -1 with command->error set. */
__attribute__((warn_unused_result)) int clustering_run(struct command *command,
                                                       const struct mixture_options *options,
                                                       const struct mixture_choice *choice);

#endif
