#include "io/row_thinning.h"

#include <string.h>

#include "base/memory.h"

struct row_thinning {
    struct row_stream stream;
    size_t step, skip; /* skip: rows to pass over before the next that is kept */
    size_t first;      /* where in the source's block the first kept row stands */
    double *buffer;
    size_t capacity;
};

static int next(struct row_stream *stream, struct error *error) {
    struct row_thinning *thinning = (struct row_thinning *)stream;
    const struct row_stream *source = stream->source;
    size_t columns = stream->columns, kept = 0;
    stream->row_count = 0;
    int status = row_stream_next(stream->source, error);
    if (status <= 0)
        return status;
    size_t most = source->row_count / thinning->step + 1;
    if (row_stream_reserve(&thinning->buffer, &thinning->capacity, most, columns, error) < 0)
        return -1;
    size_t row = thinning->first = thinning->skip;
    for (; row < source->row_count; row += thinning->step)
        memcpy(thinning->buffer + kept++ * columns, source->rows + row * columns,
               columns * sizeof *thinning->buffer);
    thinning->skip = row - source->row_count;
    stream->rows = thinning->buffer;
    stream->row_count = kept;
    return 1;
}

static int rewind_thinning(struct row_stream *stream, struct error *error) {
    ((struct row_thinning *)stream)->skip = 0;
    return row_stream_rewind(stream->source, error);
}

static int refuse(const struct row_stream *stream, size_t row, const char *text, struct error *error) {
    const struct row_thinning *thinning = (const struct row_thinning *)stream;
    return row_stream_refuse(stream->source, thinning->first + row * thinning->step, error, "%s", text);
}

static void free_thinning(struct row_stream *stream) {
    struct row_thinning *thinning = (struct row_thinning *)stream;
    free(thinning->buffer);
    free(thinning);
}

static const struct row_stream_kind thinning_kind = {
    .next = next, .rewind = rewind_thinning, .refuse = refuse, .free = free_thinning};

int row_thinning_push(struct row_stream **chain, size_t step, struct error *error) {
    struct row_thinning *thinning = memory_zeros(error, 1, sizeof *thinning);
    if (thinning == NULL)
        return -1;
    row_stream_put(chain, &thinning->stream, &thinning_kind);
    thinning->step = step;
    int64_t rows = thinning->stream.rows_total;
    if (rows > 0)
        thinning->stream.rows_total = (int64_t)((uint64_t)(rows - 1) / step) + 1;
    return 0;
}
