/* What files hold, as rows of a table: `matcat --info` and `--list`. */
#ifndef IO_MATRIX_INFO_H
#define IO_MATRIX_INFO_H

#include "base/error.h"
#include "base/stream_options.h"
#include "io/text_table.h"

/* file, format, compression, type, rows, columns */
enum { MATRIX_INFO_COLUMNS = 6 };
extern const char *const matrix_info_names[MATRIX_INFO_COLUMNS];

/* Adds the row of an operand, or for an NPZ a row for each array. Rows are counted, but as few fields as
 * possible are read as numbers, so that a CSV of words passes (on a pipe all of them are). Returns 0 or -1.
 */
__attribute__((warn_unused_result)) int matrix_info_add(struct text_table *table, const char *operand,
                                                        const struct row_format *format, struct error *error);

/* array, type, shape */
enum { MATRIX_INFO_LIST_COLUMNS = 3 };
extern const char *const matrix_info_list_names[MATRIX_INFO_LIST_COLUMNS];

/* Adds a row for each array of an NPZ. Returns 0 or -1. */
__attribute__((warn_unused_result)) int matrix_info_list(struct text_table *table, const char *operand,
                                                         struct error *error);

#endif
