/* Rows into a byte sink as CSV, printed in blocks on several threads and written in order: while one thread
 * writes a block, the others print the next. */
#ifndef IO_CSV_WRITER_H
#define IO_CSV_WRITER_H

#include <stddef.h>

#include "base/error.h"
#include "io/byte_sink.h"
#include "io/csv_print.h"

struct csv_writer;

/* The sink stays the caller's. NULL: out of memory. */
struct csv_writer *csv_writer_create(struct byte_sink *sink, size_t columns,
                                     const struct csv_print_style *style, size_t threads,
                                     struct error *error);

/* A line of names. */
__attribute__((warn_unused_result)) int csv_writer_names(struct csv_writer *writer, const char *const *names,
                                                         size_t count, struct error *error);

/* labels: a text before each row, or NULL. */
__attribute__((warn_unused_result)) int csv_writer_rows(struct csv_writer *writer, const char *const *labels,
                                                        const double *rows, size_t row_count,
                                                        struct error *error);

/* NULL does nothing. */
void csv_writer_free(struct csv_writer *writer);

#endif
