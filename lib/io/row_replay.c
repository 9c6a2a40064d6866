#include "io/row_replay.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/scratch_file.h"

enum { BLOCK_VALUES = 1 << 16 };

enum state {
    RECORDING, /* rows come from the source and are kept */
    MEMORY,    /* rows come from memory */
    FILED,     /* rows come from the scratch file */
    PASSING,   /* rows come from the source, which is rewound for each reading */
};

struct row_replay {
    struct row_stream stream;
    enum state state;
    size_t bytes_max;
    uint64_t rows;     /* recorded so far; all of them once the end was reached */
    uint64_t position; /* the next row to hand out */
    bool ended;
    int descriptor;  /* of the scratch file, or -1 */
    double *kept;    /* the rows in memory; a block of the file */
    size_t capacity; /* of kept, in values */
};

static size_t row_bytes(const struct row_replay *replay) {
    return replay->stream.columns * sizeof *replay->kept;
}

static void drop_memory(struct row_replay *replay) {
    free(replay->kept);
    replay->kept = NULL;
    replay->capacity = 0;
}

/* Whether there are so many rows, and they can be read again: none need to be kept then. */
static bool known_to_outgrow(const struct row_replay *replay) {
    const struct row_stream *source = replay->stream.source;
    return source->rewindable && source->rows_total > 0 &&
           (uint64_t)source->rows_total > replay->bytes_max / row_bytes(replay);
}

/* The rows have outgrown memory. */
static int leave_memory(struct row_replay *replay, struct error *error) {
    if (replay->stream.source->rewindable) {
        replay->state = PASSING;
        drop_memory(replay);
        return 0;
    }
    replay->descriptor = scratch_file_open(error);
    if (replay->descriptor < 0 ||
        scratch_file_write(replay->descriptor, replay->kept, replay->rows * row_bytes(replay), error) < 0)
        return -1;
    drop_memory(replay);
    return 0;
}

/* Keeps the source's block, wherever rows are kept at this point. */
static int record_block(struct row_replay *replay, struct error *error) {
    const struct row_stream *source = replay->stream.source;
    size_t bytes, limit = replay->bytes_max;
    if (!memory_product(source->row_count, row_bytes(replay), &bytes))
        return error_set(error, "a block of rows does not fit in memory");
    bool fits = bytes <= limit && replay->rows * row_bytes(replay) <= limit - bytes;
    if (replay->state == RECORDING && replay->descriptor < 0 && !fits && leave_memory(replay, error) < 0)
        return -1;
    if (replay->state == RECORDING && replay->descriptor >= 0) {
        if (scratch_file_write(replay->descriptor, source->rows, bytes, error) < 0)
            return -1;
    } else if (replay->state == RECORDING && bytes > 0) {
        if (row_stream_reserve(&replay->kept, &replay->capacity, replay->rows + source->row_count,
                               source->columns, error) < 0)
            return -1;
        memcpy(replay->kept + replay->rows * source->columns, source->rows, bytes);
    }
    replay->rows += source->row_count;
    return 0;
}

static int next_from_source(struct row_replay *replay, struct error *error) {
    struct row_stream *source = replay->stream.source;
    int status = row_stream_next(source, error);
    if (status == 0) {
        replay->ended = true;
        replay->stream.rows_total = (int64_t)replay->rows;
    } else if (status > 0) {
        if (!replay->ended && record_block(replay, error) < 0)
            return -1;
        replay->stream.rows = source->rows;
        replay->stream.row_count = source->row_count;
    }
    return status;
}

static int next(struct row_stream *stream, struct error *error) {
    struct row_replay *replay = (struct row_replay *)stream;
    stream->row_count = 0;
    if (replay->state == RECORDING || replay->state == PASSING)
        return next_from_source(replay, error);
    uint64_t count = BLOCK_VALUES / stream->columns + 1;
    if (count > replay->rows - replay->position)
        count = replay->rows - replay->position;
    if (count == 0)
        return 0;
    if (replay->state == FILED) {
        if (row_stream_reserve(&replay->kept, &replay->capacity, count, stream->columns, error) < 0 ||
            scratch_file_read(replay->descriptor, replay->position * row_bytes(replay), replay->kept,
                              count * row_bytes(replay), error) < 0)
            return -1;
        stream->rows = replay->kept;
    } else {
        stream->rows = replay->kept + replay->position * stream->columns;
    }
    stream->row_count = count;
    replay->position += count;
    return 1;
}

static bool ready(struct row_stream *stream) {
    const struct row_replay *replay = (const struct row_replay *)stream;
    bool reading = replay->state == RECORDING || replay->state == PASSING;
    return !reading || row_stream_ready(stream->source);
}

static int rewind_replay(struct row_stream *stream, struct error *error) {
    struct row_replay *replay = (struct row_replay *)stream;
    int status = 1;
    while (!replay->ended && status > 0)
        status = next_from_source(replay, error);
    if (status < 0)
        return -1;
    if (replay->state == RECORDING)
        replay->state = replay->descriptor < 0 ? MEMORY : FILED;
    replay->position = 0;
    return replay->state == PASSING ? row_stream_rewind(stream->source, error) : 0;
}

static int refuse(const struct row_stream *stream, size_t row, const char *text, struct error *error) {
    const struct row_replay *replay = (const struct row_replay *)stream;
    if (replay->state == RECORDING || replay->state == PASSING)
        return row_stream_refuse(stream->source, row, error, "%s", text);
    return error_set(error, "row %" PRIu64 ": %s", replay->position - stream->row_count + row + 1, text);
}

static void free_replay(struct row_stream *stream) {
    struct row_replay *replay = (struct row_replay *)stream;
    if (replay->descriptor >= 0)
        close(replay->descriptor);
    free(replay->kept);
    free(replay);
}

static const struct row_stream_kind replay_kind = {
    .next = next, .ready = ready, .rewind = rewind_replay, .refuse = refuse, .free = free_replay};

int row_replay_push(struct row_stream **chain, size_t bytes_max, struct error *error) {
    struct row_replay *replay = memory_zeros(error, 1, sizeof *replay);
    if (replay == NULL)
        return -1;
    row_stream_put(chain, &replay->stream, &replay_kind);
    replay->stream.rewindable = true;
    replay->bytes_max = bytes_max;
    replay->descriptor = -1;
    if (known_to_outgrow(replay))
        replay->state = PASSING;
    return 0;
}
