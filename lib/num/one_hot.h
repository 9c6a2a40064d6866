/* A stage that replaces a column of whole numbers 0 .. C-1 by C columns, 1 in the column of the value, 0 in
 * the others; a missing value (nan) stays missing in all of them. The column `kind` becomes kind_0, kind_1,
 * ... */
#ifndef NUM_ONE_HOT_H
#define NUM_ONE_HOT_H

#include <stddef.h>

#include "io/row_stream.h"

enum { ONE_HOT_CLASSES_MAX = 1 << 20 };

/* Puts the stage on the chain. classes: C, at least 1. Returns 0 or -1. */
__attribute__((warn_unused_result)) int one_hot_push(struct row_stream **chain, size_t column, size_t classes,
                                                     struct error *error);

/* Reads a rewindable chain once for the number of classes: the column's largest value plus 1. */
__attribute__((warn_unused_result)) int one_hot_count_classes(struct row_stream *chain, size_t column,
                                                              size_t *classes, struct error *error);

#endif
