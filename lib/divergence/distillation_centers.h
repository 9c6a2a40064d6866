/* The class means of a teacher's features. */
#ifndef DIVERGENCE_DISTILLATION_CENTERS_H
#define DIVERGENCE_DISTILLATION_CENTERS_H

#include "base/command.h"
#include "divergence/distillation_input.h"
#include "io/matrix.h"

/* Reads them from path or, where that is NULL, takes the means over the input's teacher features, which are
 * read once more for it: classes 0 to the largest label. None may be zero. Returns 0 with *centers to be
 * freed, or -1 with command->error set and nothing to free. */
__attribute__((warn_unused_result)) int
distillation_centers_find(struct command *command, const char *path,
                          const struct distillation_input_settings *input, struct matrix *centers);

/* Writes them, columns c1, c2, ..., in command's layout. Returns 0 or -1. */
__attribute__((warn_unused_result)) int distillation_centers_write(struct command *command, const char *path,
                                                                   const struct matrix *centers);

#endif
