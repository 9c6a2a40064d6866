/* Rows into a byte sink as NPY: one array where their number is known or the sink can be sought in, else one
 * array per flush. */
#ifndef IO_ARRAY_WRITER_H
#define IO_ARRAY_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "io/byte_sink.h"

struct array_writer;

/* rows: how many will come, or -1. The sink stays the caller's, and nothing is in it yet. NULL: error says
 * why. */
struct array_writer *array_writer_open(struct byte_sink *sink, size_t columns, bool float32, int64_t rows,
                                       struct error *error);

__attribute__((warn_unused_result)) int array_writer_rows(struct array_writer *writer, const double *rows,
                                                          size_t row_count, struct error *error);

/* Hands what came so far to the sink and flushes that. */
__attribute__((warn_unused_result)) int array_writer_flush(struct array_writer *writer, struct error *error);

/* Ends the array; the sink is still to be closed. Rows that were promised and did not come are an error. */
__attribute__((warn_unused_result)) int array_writer_finish(struct array_writer *writer, struct error *error);

/* NULL does nothing. */
void array_writer_free(struct array_writer *writer);

#endif
