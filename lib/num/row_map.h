/* A stage that makes each row into another, in pieces shared out among threads.
 *
 * Pieces have a fixed number of rows and each is worked on by itself, so that the result does not depend on
 * the number of threads. */
#ifndef NUM_ROW_MAP_H
#define NUM_ROW_MAP_H

#include <stddef.h>

#include "base/error.h"
#include "io/row_stream.h"

/* Makes `rows` rows of the source's width into as many results.
 *
 *   workspace  of this thread alone: workspace_size values */
typedef void row_map_function(const void *context, size_t rows, const double *values, double *results,
                              double *workspace);

/* Names, context and nan_fault stay the caller's until the chain is freed. */
struct row_map {
    row_map_function *function;
    const void *context;
    size_t columns; /* of a result */
    const char *const *names;
    size_t piece_rows; /* at least 1 */
    size_t workspace_size, threads;
    const char *nan_fault; /* a row whose result holds nan is refused with these words; NULL: it is not */
};

/* Puts the stage on top of the chain. Returns 0 or -1. */
__attribute__((warn_unused_result)) int row_map_push(struct row_stream **chain, const struct row_map *map,
                                                     struct error *error);

#endif
