/* The transport plan behind a loss, as a file. */
#ifndef DIVERGENCE_DISTILLATION_PLAN_H
#define DIVERGENCE_DISTILLATION_PLAN_H

#include "base/command.h"
#include "divergence/distillation_loss.h"

/* The first term that has a plan (distillation_relation_plan); NULL: none has. */
const struct distillation_term *distillation_plan_term(const struct distillation_loss *loss);

/* Writes the plan of a batch to path, in command's layout, columns p1, p2, ... Returns 0, or -1 with
 * command->error set. */
__attribute__((warn_unused_result)) int distillation_plan_write(struct command *command, const char *path,
                                                                const struct distillation_term *term,
                                                                const struct distillation_batch *batch);

#endif
