/* What the command line of `matcat` asks for. Texts are as typed. */
#ifndef NUM_ROW_PIPELINE_OPTIONS_H
#define NUM_ROW_PIPELINE_OPTIONS_H

#include <math.h>
#include <stdbool.h>

#include "base/command.h"
#include "num/row_pipeline.h"

struct row_pipeline_options {
    struct row_pipeline_settings rows;
    const char *names, *print_levels, *shape;
    bool describe, info, list, pack;
    size_t parts; /* how many operands follow F of --split */
};

#define ROW_PIPELINE_OPTIONS_DEFAULT                                                                         \
    { .rows = ROW_PIPELINE_NOTHING }

/* Refuses what cannot go together, and a split without two files to write to beside those that are read.
 * Returns 0, or -1 with a usage error in command->error. */
__attribute__((warn_unused_result)) int
row_pipeline_options_check(struct command *command, const struct row_pipeline_options *options);

#endif
