#include "support/array_stream.h"

#include <stdlib.h>

#include "support/assertions.h"

struct array_stream {
    struct row_stream stream;
    struct array_stream_settings settings;
    size_t position;
};

static int next(struct row_stream *stream, struct error *error) {
    struct array_stream *array = (struct array_stream *)stream;
    size_t left = array->settings.rows - array->position;
    size_t block = array->settings.block > 0 ? array->settings.block : array->settings.rows;
    (void)error;
    stream->row_count = left < block ? left : block;
    stream->rows = array->settings.values + array->position * stream->columns;
    array->position += stream->row_count;
    if (array->settings.rows_read != NULL)
        *array->settings.rows_read += stream->row_count;
    return stream->row_count > 0;
}

static bool ready(struct row_stream *stream) {
    (void)stream;
    return true;
}

static int rewind_array(struct row_stream *stream, struct error *error) {
    (void)error;
    ((struct array_stream *)stream)->position = 0;
    return 0;
}

static int refuse(const struct row_stream *stream, size_t row, const char *text, struct error *error) {
    const struct array_stream *array = (const struct array_stream *)stream;
    return error_set(error, "array:%zu: %s", array->position - stream->row_count + row + 1, text);
}

static void free_array(struct row_stream *stream) {
    free(stream);
}

static const struct row_stream_kind array_kind = {
    .next = next, .ready = ready, .rewind = rewind_array, .refuse = refuse, .free = free_array};

struct row_stream *array_stream_open(const struct array_stream_settings *settings) {
    struct array_stream *array = malloc(sizeof *array);
    assert_non_null(array);
    *array = (struct array_stream){.stream = {.kind = &array_kind,
                                              .columns = settings->columns,
                                              .names = settings->names,
                                              .rows_total = settings->counted ? (int64_t)settings->rows : -1,
                                              .rewindable = settings->rewindable},
                                   .settings = *settings};
    return &array->stream;
}

double *array_stream_gather(struct row_stream *stream, size_t *rows) {
    struct error error = {0};
    double *values = NULL;
    int status = row_stream_gather(stream, &values, rows, &error);
    if (status < 0)
        fail_msg("%s", error.text);
    return values;
}
