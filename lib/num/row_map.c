#include "num/row_map.h"

#include <math.h>

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

/* "x.csv:3: column 2 (height): 1e+308 is too far ...": the largest value of the row is named. */
static int refuse_row(const struct map_stage *stage, size_t row, struct error *error) {
    const struct row_stream *source = stage->stream.source;
    const double *values = source->rows + row * source->columns;
    size_t largest = 0;
    char name[ERROR_QUOTE_SIZE + 64];
    for (size_t j = 1; j < source->columns; j++)
        if (fabs(values[j]) > fabs(values[largest]))
            largest = j;
    return row_stream_refuse(source, row, error, "%s: %g is %s",
                             row_stream_column(source, largest, name, sizeof name), values[largest],
                             stage->map.nan_fault);
}

static int check_results(const struct map_stage *stage, size_t rows, struct error *error) {
    size_t columns = stage->map.columns;
    for (size_t i = 0; i < rows * columns; i++)
        if (isnan(stage->buffer[i]))
            return refuse_row(stage, i / columns, error);
    return 0;
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
    if (stage->map.nan_fault != NULL && check_results(stage, rows, error) < 0)
        return -1;
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
