/* Rows of doubles out, as CSV with a header line or as NPY.
 *
 * NPY goes out as one array where the row count is known or the output can be sought in (the header is mended
 * at the end), as one array per flush on a pipe. */
#ifndef IO_ROW_WRITER_H
#define IO_ROW_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/stream_options.h"

struct row_writer;

/* names: `columns` names written as a CSV header (unless layout->no_names), or NULL for none; names that need
 * quotes get them. rows: how many rows will be written, or -1 where that is not known. */
struct row_writer *row_writer_open(const struct row_layout *layout, size_t columns, const char *const *names,
                                   int64_t rows, struct error *error);

/* The same for rows with a text before their numbers (a key column): CSV alone, columns + 1 names. */
struct row_writer *row_writer_open_labelled(const struct row_layout *layout, size_t columns,
                                            const char *const *names, struct error *error);

/* Writes row_count x columns values, row-major. */
__attribute__((warn_unused_result)) int row_writer_rows(struct row_writer *writer, const double *rows,
                                                        size_t row_count, struct error *error);

/* Like row_writer_rows, with a text before each row's numbers, for a writer opened for it. texts: row_count
 * strings. */
__attribute__((warn_unused_result)) int row_writer_labelled(struct row_writer *writer,
                                                            const char *const *texts, const double *rows,
                                                            size_t row_count, struct error *error);

__attribute__((warn_unused_result)) int row_writer_flush(struct row_writer *writer, struct error *error);

/* Ends and names the output. Returns 0 or -1; frees the writer in any case. */
__attribute__((warn_unused_result)) int row_writer_close(struct row_writer *writer, struct error *error);

/* Frees the writer and leaves nothing under the output's name. NULL does nothing. */
void row_writer_discard(struct row_writer *writer);

/* Writes row_count x columns values under their names (NULL: none) as the whole output. Returns 0 or -1. */
__attribute__((warn_unused_result)) int row_writer_table(const struct row_layout *layout, size_t columns,
                                                         const char *const *names, size_t row_count,
                                                         const double *rows, struct error *error);

/* Writes one bare number, without a header, as the whole output. Returns 0 or -1. */
__attribute__((warn_unused_result)) int row_writer_number(const struct row_layout *layout, double value,
                                                          struct error *error);

#endif
