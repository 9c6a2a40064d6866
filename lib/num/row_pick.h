/* The beginning of a stage that hands on some of its source's rows: which, it decides row by row.
 *
 * A stage has a struct row_pick as its first member and calls these from its own functions of the same
 * name. */
#ifndef NUM_ROW_PICK_H
#define NUM_ROW_PICK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "io/row_stream.h"

struct row_pick {
    struct row_stream stream;
    size_t *places; /* where in the source's block the rows handed on stand */
    size_t places_capacity;
    double *buffer;
    size_t buffer_capacity;
};

/* The rows of the source's next block that `keeps` keeps, each asked for once, in order. Returns 1, 0 or -1
 * as row_stream_next does. */
__attribute__((warn_unused_result)) int row_pick_next(struct row_pick *pick,
                                                      bool (*keeps)(struct row_pick *pick, const double *row),
                                                      struct error *error);

/* A row_stream_kind's: the source's row that a row was. */
int row_pick_refuse(const struct row_stream *stream, size_t row, const char *text, struct error *error);

/* Frees the buffers, not the stage. */
void row_pick_free(struct row_pick *pick);

#endif
