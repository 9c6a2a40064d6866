/* The columns of several operands side by side, as the beginning of a chain of stages. All must have the same
 * number of rows. Where some have names, the columns of the others are called x1, x2, ... by their place. */
#ifndef IO_ROW_PASTE_H
#define IO_ROW_PASTE_H

#include <stddef.h>

#include "io/row_stream.h"

/* Opens count >= 1 operands, kept by the caller; format holds for each of them. Rows may not be dropped
 * (MISSING_SKIP is refused): the others would go on beside the wrong ones. NULL: error says why. */
struct row_stream *row_paste_open(const char *const *operands, size_t count, const struct row_format *format,
                                  struct error *error);

#endif
