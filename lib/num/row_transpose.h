/* A stage whose rows are the columns of the rows before it. They are all read at once and held in memory. Its
 * columns are called r1, r2, ... where the columns before had names. */
#ifndef NUM_ROW_TRANSPOSE_H
#define NUM_ROW_TRANSPOSE_H

#include "io/row_stream.h"

/* No rows at all are an error: the result would have no columns. */
__attribute__((warn_unused_result)) int row_transpose_push(struct row_stream **chain, struct error *error);

#endif
