/* Rows of an NPY stream, or of one array of an NPZ, as a row reader hands them out: columns chosen, missing
 * values minded, one part of several. */
#ifndef IO_ARRAY_ROWS_H
#define IO_ARRAY_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/stream_options.h"
#include "io/byte_source.h"

struct array_rows;

/* The rows of an NPY stream; the source stays the caller's. NULL: error says why. */
struct array_rows *array_rows_open_npy(struct byte_source *source, const struct row_format *format,
                                       struct error *error);

/* The rows of an array of an NPZ, held whole. operand: "m.npz:means", kept by the caller for messages. */
struct array_rows *array_rows_open_npz(const char *operand, const char *path, const char *array,
                                       const struct row_format *format, struct error *error);

/* How many of so many rows come before the shard-th of so many parts. */
uint64_t array_rows_before_shard(uint64_t rows, size_t shard, size_t shards);

size_t array_rows_columns(const struct array_rows *array);

/* "f8", "i4", ... */
const char *array_rows_type(const struct array_rows *array);

/* Returns 1: *row_count >= 1 rows, valid until the next call of next or ready; 0: the end; -1. */
__attribute__((warn_unused_result)) int array_rows_next(struct array_rows *array, const double **rows,
                                                        size_t *row_count, struct error *error);

/* The same, but rows may be left in the file, at most `most` of them, for array_rows_read: *rows is NULL
 * then.
 */
__attribute__((warn_unused_result)) int array_rows_next_unread(struct array_rows *array, size_t most,
                                                               const double **rows, size_t *row_count,
                                                               struct error *error);

/* Reads count rows of a block left in the file, from row `first` of it on, into room. Callable from several
 * threads at once. */
__attribute__((warn_unused_result)) int array_rows_read(const struct array_rows *array, size_t first,
                                                        size_t count, double *room, struct error *error);

/* Refuses a missing value among rows so read, where the format does. */
__attribute__((warn_unused_result)) int array_rows_check(const struct array_rows *array, size_t first,
                                                         size_t count, const double *rows,
                                                         struct error *error);

bool array_rows_ready(struct array_rows *array);

/* Of a row of the block last handed out, its number in the file, from 1; of a column, its index in the file.
 */
uint64_t array_rows_number(const struct array_rows *array, size_t row);
size_t array_rows_field(const struct array_rows *array, size_t column);

/* Rows that are known to follow the block last handed out, or -1. */
int64_t array_rows_ahead(const struct array_rows *array);

uint64_t array_rows_skipped(const struct array_rows *array);

/* NULL does nothing. */
void array_rows_close(struct array_rows *array);

#endif
