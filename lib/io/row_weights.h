/* Weights of rows: a file of one column, finite and not negative. */
#ifndef IO_ROW_WEIGHTS_H
#define IO_ROW_WEIGHTS_H

#include <stdint.h>

#include "base/error.h"
#include "io/matrix.h"

/* Reads them. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int row_weights_read(struct matrix *weights, const char *path,
                                                         struct error *error);

/* Checks that there is one for each of `rows` rows of the operand `name`. Returns 0 or -1. */
__attribute__((warn_unused_result)) int row_weights_check(const struct matrix *weights, const char *path,
                                                          uint64_t rows, const char *name,
                                                          struct error *error);

#endif
