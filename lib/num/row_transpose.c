#include "num/row_transpose.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum {
    TILE = 8,           /* columns taken at once: a cache line of each row that is read */
    NAME_SIZE = 24,     /* "r" and any size_t */
    ROWS_MAX = 1 << 28, /* as columns of the result: beyond, their names alone would fill the memory */
};

struct row_transpose {
    struct row_stream stream;
    double *values;                  /* rows x columns of the source */
    size_t source_columns, position; /* position: the next column to hand out as a row */
    char *name_text;
    const char **names;
    double *buffer; /* TILE rows of the result */
    size_t capacity;
};

static int next(struct row_stream *stream, struct error *error) {
    struct row_transpose *transpose = (struct row_transpose *)stream;
    size_t rows = stream->columns, columns = transpose->source_columns;
    size_t count = columns - transpose->position < TILE ? columns - transpose->position : TILE;
    stream->row_count = count;
    if (count == 0)
        return 0;
    if (row_stream_reserve(&transpose->buffer, &transpose->capacity, TILE, rows, error) < 0)
        return -1;
    const double *from = transpose->values + transpose->position;
    for (size_t row = 0; row < rows; row++, from += columns)
        for (size_t i = 0; i < count; i++)
            transpose->buffer[i * rows + row] = from[i];
    transpose->position += count;
    stream->rows = transpose->buffer;
    return 1;
}

static bool ready(struct row_stream *stream) {
    (void)stream;
    return true;
}

static int rewind_transpose(struct row_stream *stream, struct error *error) {
    (void)error;
    ((struct row_transpose *)stream)->position = 0;
    return 0;
}

static void free_transpose(struct row_stream *stream) {
    struct row_transpose *transpose = (struct row_transpose *)stream;
    free(transpose->values);
    free(transpose->name_text);
    free(transpose->names);
    free(transpose->buffer);
    free(transpose);
}

static const struct row_stream_kind transpose_kind = {
    .next = next, .ready = ready, .rewind = rewind_transpose, .free = free_transpose};

static int make_names(struct row_transpose *transpose, size_t count, struct error *error) {
    transpose->name_text = memory_array(error, count, NAME_SIZE);
    transpose->names = memory_array(error, count, sizeof *transpose->names);
    if (transpose->name_text == NULL || transpose->names == NULL)
        return -1;
    for (size_t i = 0; i < count; i++) {
        char *name = transpose->name_text + i * NAME_SIZE;
        snprintf(name, NAME_SIZE, "r%zu", i + 1);
        transpose->names[i] = name;
    }
    return 0;
}

/* Reads the source, and makes what depends on how many rows it has. */
static int read_source(struct row_transpose *transpose, struct row_stream *source, size_t *rows,
                       struct error *error) {
    if (row_stream_gather(source, &transpose->values, rows, error) < 0)
        return -1;
    if (*rows == 0)
        return error_set(error, "no rows to transpose");
    if (*rows > ROWS_MAX)
        return error_set(error, "%zu rows are too many to become columns", *rows);
    return source->names != NULL ? make_names(transpose, *rows, error) : 0;
}

int row_transpose_push(struct row_stream **chain, struct error *error) {
    size_t rows;
    struct row_transpose *transpose = memory_zeros(error, 1, sizeof *transpose);
    if (transpose == NULL)
        return -1;
    if (read_source(transpose, *chain, &rows, error) < 0) {
        free_transpose(&transpose->stream);
        return -1;
    }
    transpose->source_columns = (*chain)->columns;
    row_stream_put(chain, &transpose->stream, &transpose_kind);
    transpose->stream.columns = rows;
    transpose->stream.names = transpose->names;
    transpose->stream.rows_total = (int64_t)transpose->source_columns;
    transpose->stream.rewindable = true;
    return 0;
}
