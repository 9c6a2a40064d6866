/* A stage that transforms each row by itself: its softmax, its share of its sum, elementwise log and exp. */
#ifndef NUM_ROW_TRANSFORM_H
#define NUM_ROW_TRANSFORM_H

#include "io/row_stream.h"

enum row_transform {
    ROW_TRANSFORM_NORMALIZE,   /* divided by its sum, which must be finite and not 0 */
    ROW_TRANSFORM_SOFTMAX,     /* exp(x) / sum exp(x) */
    ROW_TRANSFORM_LOG_SOFTMAX, /* the logarithm of that */
    ROW_TRANSFORM_LOG,         /* natural; a negative value is an error that names the place; log 0 = -inf */
    ROW_TRANSFORM_EXP,
};

__attribute__((warn_unused_result)) int row_transform_push(struct row_stream **chain,
                                                           enum row_transform transform, struct error *error);

#endif
