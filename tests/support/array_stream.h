/* A stream of rows over an array, in blocks of a chosen size: the beginning of a chain under test. */
#ifndef SUPPORT_ARRAY_STREAM_H
#define SUPPORT_ARRAY_STREAM_H

#include "io/row_stream.h"

struct array_stream_settings {
    size_t rows, columns;
    const double *values; /* rows x columns, the caller's */
    const char *const *names;
    size_t block; /* rows at a time; 0: all */
    bool counted; /* rows_total is known */
    bool rewindable;
    size_t *rows_read; /* counts the rows handed out; NULL: not wanted */
};

/* Fails the running test where memory is short. */
struct row_stream *array_stream_open(const struct array_stream_settings *settings);

/* What is left of a stream, checked to come without an error: *rows x stream->columns values, freed by the
 * caller. */
double *array_stream_gather(struct row_stream *stream, size_t *rows);

#endif
