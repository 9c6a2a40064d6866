#include "num/row_pick.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

int row_pick_next(struct row_pick *pick, bool (*keeps)(struct row_pick *pick, const double *row),
                  struct error *error) {
    struct row_stream *stream = &pick->stream;
    const struct row_stream *source = stream->source;
    size_t columns = stream->columns, count = 0;
    int status = row_stream_next(stream->source, error);
    stream->row_count = 0;
    if (status <= 0)
        return status;
    if (memory_reserve(error, &pick->places, &pick->places_capacity, source->row_count,
                       sizeof *pick->places) < 0 ||
        row_stream_reserve(&pick->buffer, &pick->buffer_capacity, source->row_count, columns, error) < 0)
        return -1;
    for (size_t row = 0; row < source->row_count; row++) {
        const double *values = source->rows + row * columns;
        if (!keeps(pick, values))
            continue;
        memcpy(pick->buffer + count * columns, values, columns * sizeof *values);
        pick->places[count++] = row;
    }
    stream->rows = pick->buffer;
    stream->row_count = count;
    return 1;
}

int row_pick_refuse(const struct row_stream *stream, size_t row, const char *text, struct error *error) {
    const struct row_pick *pick = (const struct row_pick *)stream;
    return row_stream_refuse(stream->source, pick->places[row], error, "%s", text);
}

void row_pick_free(struct row_pick *pick) {
    free(pick->places);
    free(pick->buffer);
}
