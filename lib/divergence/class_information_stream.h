/* Streams a classifier's outputs with their labels and writes what cmi is asked of them. */
#ifndef DIVERGENCE_CLASS_INFORMATION_STREAM_H
#define DIVERGENCE_CLASS_INFORMATION_STREAM_H

#include <stdbool.h>

#include "base/command.h"
#include "divergence/class_information_output.h"

struct class_information_request {
    enum class_information_result result;
    bool rows, partial;         /* in place of a result: a value for each row; the sums */
    const char *centroids_path; /* of K x C probabilities in place of the data's centroids, or NULL */
    size_t classes;             /* labels are smaller; SIZE_MAX: any */
};

/* Reads command's operands P LABELS, for rows twice where centroids are not given: what a pipe brought is
 * kept. Returns 0, or -1 with command->error set. */
__attribute__((warn_unused_result)) int
class_information_stream(struct command *command, const struct class_information_request *request);

#endif
