/* Labels of rows, written as the columns label and distance. */
#ifndef DENSITY_KMEANS_STREAM_H
#define DENSITY_KMEANS_STREAM_H

#include <stdbool.h>

#include "base/command.h"
#include "density/kmeans_model.h"

/* Writes those of the rows of data: of the nearest centres, or (by_model false) the model's own, which
 * balanced ones are. Returns 0, or -1 with command->error set. */
__attribute__((warn_unused_result)) int kmeans_stream_write_labels(struct command *command,
                                                                   const struct kmeans_model *model,
                                                                   const struct kmeans_data *data,
                                                                   bool by_model);

/* Reads the model, and answers the rows of the filter's operand as they come. Returns 0 or -1. */
__attribute__((warn_unused_result)) int kmeans_stream_run(struct command *command, const char *model_path);

#endif
