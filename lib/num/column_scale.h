/* Columns moved to mean 0 and scaled to deviation 1, and back: y = (x - mean) / deviation, x = y deviation +
 * mean.
 *
 * As a model (NPZ): kind `scale`, mean (d), deviation (d). */
#ifndef NUM_COLUMN_SCALE_H
#define NUM_COLUMN_SCALE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "io/npz.h"
#include "io/row_stream.h"
#include "num/model_check.h"

struct column_scale {
    size_t columns;
    double *mean, *deviation; /* columns values each; mean is the start of one allocation */
};

enum column_scale_direction { COLUMN_SCALE_APPLY, COLUMN_SCALE_UNDO };

/* Means and deviations (divisor n - 1; 1 where only_center) of all rows of a stream. A column whose deviation
 * is 0, or that holds an infinite value, is an error that names it. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int column_scale_fit(struct column_scale *scale,
                                                         struct row_stream *stream, bool only_center,
                                                         size_t threads, struct error *error);

/* Takes the arrays of a model of kind `scale`, checked: equal lengths, finite, deviations above 0. Returns 0,
 * or -1 with nothing to free. */
__attribute__((warn_unused_result)) int column_scale_take(struct column_scale *scale, const struct npz *npz,
                                                          struct error *error);

/* Writes the model to a file. Returns 0 or -1. */
__attribute__((warn_unused_result)) int column_scale_write(const struct column_scale *scale, const char *path,
                                                           struct error *error);

/* Puts a stage on the chain that applies the scale, or undoes it. *scale is moved into the stage, which frees
 * it; where the stage could not be made it is the caller's still. */
__attribute__((warn_unused_result)) int column_scale_push(struct row_stream **chain,
                                                          struct column_scale *scale,
                                                          enum column_scale_direction direction,
                                                          struct error *error);

/* An all-zero one is fine. */
void column_scale_free(struct column_scale *scale);

extern const struct model_check column_scale_check;

#endif
