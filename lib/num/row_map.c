#include "num/row_map.h"

#include "base/memory.h"
#include "base/parallel.h"

struct map_stage {
    struct row_stream stream;
    struct row_map map;
    double *workspaces; /* one for each thread */
    double *buffer;     /* of results */
    size_t capacity;
};

/* parallel_body */
static void map_piece(void *context, size_t block, size_t worker) {
    const struct map_stage *stage = context;
    const struct row_stream *source = stage->stream.source;
    size_t first = block * stage->map.piece_rows, left = source->row_count - first;
    stage->map.function(stage->map.context, left < stage->map.piece_rows ? left : stage->map.piece_rows,
                        source->rows + first * source->columns, stage->buffer + first * stage->map.columns,
                        stage->workspaces + worker * stage->map.workspace_size);
}

static int next(struct row_stream *stream, struct error *error) {
    struct map_stage *stage = (struct map_stage *)stream;
    int status = row_stream_next(stream->source, error);
    stream->row_count = 0;
    if (status <= 0)
        return status;
    size_t rows = stream->source->row_count, piece = stage->map.piece_rows;
    if (row_stream_reserve(&stage->buffer, &stage->capacity, rows, stream->columns, error) < 0)
        return -1;
    parallel_for(stage->map.threads, rows / piece + (rows % piece > 0), map_piece, stage);
    stream->rows = stage->buffer;
    stream->row_count = rows;
    return 1;
}

static void free_stage(struct row_stream *stream) {
    struct map_stage *stage = (struct map_stage *)stream;
    free(stage->workspaces);
    free(stage->buffer);
    free(stage);
}

static const struct row_stream_kind map_kind = {.next = next, .free = free_stage};

int row_map_push(struct row_stream **chain, const struct row_map *map, struct error *error) {
    struct map_stage *stage = memory_zeros(error, 1, sizeof *stage);
    if (stage == NULL)
        return -1;
    stage->map = *map;
    stage->workspaces = memory_matrix(error, map->threads, map->workspace_size, sizeof *stage->workspaces);
    if (stage->workspaces == NULL) {
        free(stage);
        return -1;
    }
    row_stream_put(chain, &stage->stream, &map_kind);
    stage->stream.columns = map->columns;
    stage->stream.names = map->names;
    return 0;
}
