/* A stage that keeps the first of every `step` rows: 1, 1 + step, 1 + 2 step, ... */
#ifndef IO_ROW_THINNING_H
#define IO_ROW_THINNING_H

#include "io/row_stream.h"

/* step >= 1 */
__attribute__((warn_unused_result)) int row_thinning_push(struct row_stream **chain, size_t step,
                                                          struct error *error);

#endif
