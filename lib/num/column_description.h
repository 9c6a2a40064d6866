/* What is in each column of a stream of rows: counts, mean, deviation, quartiles. */
#ifndef NUM_COLUMN_DESCRIPTION_H
#define NUM_COLUMN_DESCRIPTION_H

#include <stddef.h>

#include "base/error.h"
#include "io/row_stream.h"

/* In the order and by the names of column_description_names. */
enum { COLUMN_DESCRIPTION_FIGURES = 9 };
extern const char *const column_description_names[COLUMN_DESCRIPTION_FIGURES];

/* Describes every column of what is left of a stream, which it holds in memory: count and missing values
 * (nan), then, of those that are not missing, mean, deviation (divisor n - 1), minimum, q1, median, q3 (type
 * 7), maximum. Returns stream->columns x COLUMN_DESCRIPTION_FIGURES values, which the caller frees, or NULL.
 */
double *column_description_read(struct row_stream *stream, size_t threads, struct error *error);

/* The same as a table, a row for each column with its name (x1, x2, ... where there are none) before the
 * figures. Returns 0 or -1. */
__attribute__((warn_unused_result)) int column_description_write(struct row_stream *stream,
                                                                 const struct row_layout *layout,
                                                                 size_t threads, struct error *error);

#endif
