/* Rows that are computed as they are asked for, as the beginning of a chain of stages. */
#ifndef IO_ROW_GENERATOR_H
#define IO_ROW_GENERATOR_H

#include <stddef.h>
#include <stdint.h>

#include "io/row_stream.h"

struct row_generator_settings {
    size_t columns;
    const char *const *names; /* columns names, kept by the caller until the stream is freed; or NULL */
    uint64_t rows;            /* in all */
    size_t block;             /* rows at a time, at least 1; the last block has what is left */
    /* Writes rows first .. first + count - 1, `first` a multiple of block. */
    void (*write)(void *context, uint64_t first, size_t count, double *rows);
    void *context; /* the caller's, until the stream is freed */
};

/* NULL: error says why. */
struct row_stream *row_generator_open(const struct row_generator_settings *settings, struct error *error);

#endif
