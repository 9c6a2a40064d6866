#include "io/row_generator.h"

#include <stdlib.h>

#include "base/memory.h"

struct row_generator {
    struct row_stream stream;
    struct row_generator_settings settings;
    uint64_t written;
    double *buffer;
};

static int next(struct row_stream *stream, struct error *error) {
    struct row_generator *generator = (struct row_generator *)stream;
    const struct row_generator_settings *settings = &generator->settings;
    uint64_t left = settings->rows - generator->written;
    (void)error;
    stream->row_count = left < settings->block ? (size_t)left : settings->block;
    if (stream->row_count == 0)
        return 0;
    settings->write(settings->context, generator->written, stream->row_count, generator->buffer);
    stream->rows = generator->buffer;
    generator->written += stream->row_count;
    return 1;
}

static bool ready(struct row_stream *stream) {
    (void)stream;
    return true;
}

static int rewind_generator(struct row_stream *stream, struct error *error) {
    (void)error;
    ((struct row_generator *)stream)->written = 0;
    return 0;
}

static void free_generator(struct row_stream *stream) {
    free(((struct row_generator *)stream)->buffer);
    free(stream);
}

static const struct row_stream_kind generator_kind = {
    .next = next, .ready = ready, .rewind = rewind_generator, .free = free_generator};

struct row_stream *row_generator_open(const struct row_generator_settings *settings, struct error *error) {
    struct row_generator *generator = memory_zeros(error, 1, sizeof *generator);
    if (generator == NULL)
        return NULL;
    *generator = (struct row_generator){
        .stream = {.kind = &generator_kind,
                   .columns = settings->columns,
                   .names = settings->names,
                   .rows_total = settings->rows <= INT64_MAX ? (int64_t)settings->rows : -1,
                   .rewindable = true},
        .settings = *settings,
    };
    generator->buffer = memory_matrix(error, settings->block, settings->columns, sizeof(double));
    if (generator->buffer != NULL)
        return &generator->stream;
    free(generator);
    return NULL;
}
