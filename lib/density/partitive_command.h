/* `kmeans --ppp`: probabilistic partitive partitioning of what was read, and what it writes. */
#ifndef DENSITY_PARTITIVE_COMMAND_H
#define DENSITY_PARTITIVE_COMMAND_H

#include "base/command.h"
#include "density/kmeans_input.h"
#include "density/kmeans_options.h"

/* Writes the columns label, posterior, stability and core of each row, and the files that the options name; a
 * note says what was found. Returns 0, or -1 with command->error set. */
__attribute__((warn_unused_result)) int partitive_command_run(struct command *command,
                                                              const struct kmeans_options *options,
                                                              const struct kmeans_input *input);

#endif
