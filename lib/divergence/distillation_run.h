/* A distillation loss of matrices in files, as kdloss prints it. */
#ifndef DIVERGENCE_DISTILLATION_RUN_H
#define DIVERGENCE_DISTILLATION_RUN_H

#include "divergence/distillation_options.h"
#include "io/partial.h"

/* Of kdloss --partial: the sum of the rows' losses, and how many. */
extern const struct partial_description distillation_run_partial;

/* Streams the input, whose number of classes is filled in, through the loss and writes the total, the terms,
 * rows or derivatives, as options say. Tables that terms name are read into the loss. Returns 0, or -1 with
 * command->error set. */
int distillation_run(struct command *command, const struct distillation_options *options,
                     struct distillation_loss *loss, struct distillation_input_settings *input);

#endif
