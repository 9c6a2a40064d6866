/* What files hold, as rows of a table: `matcat --info` and `--list`. */
#ifndef IO_MATRIX_INFO_H
#define IO_MATRIX_INFO_H

#include <stddef.h>

#include "base/error.h"
#include "base/stream_options.h"

/* Writes file,format,compression,type,rows,columns: a row an operand, or for an NPZ a row an array. Of a CSV
 * the first column alone is read, as numbers or as words, so that a table of words passes. Returns 0 or -1.
 */
__attribute__((warn_unused_result)) int matrix_info_write(const struct row_layout *layout,
                                                          const char *const *operands, size_t count,
                                                          const struct row_format *format,
                                                          struct error *error);

/* Writes array,type,shape: a row for each array of the NPZs. Returns 0 or -1. */
__attribute__((warn_unused_result)) int matrix_info_list(const struct row_layout *layout,
                                                         const char *const *operands, size_t count,
                                                         struct error *error);

#endif
