#include "num/row_transform.h"

#include <math.h>

#include "base/memory.h"
#include "io/decimal.h"
#include "num/vector.h"

struct transform_stage {
    struct row_stream stream;
    enum row_transform transform;
    double *buffer;
    size_t capacity;
};

static int normalize(const struct row_stream *source, double *result, struct error *error) {
    for (size_t row = 0; row < source->row_count; row++) {
        const double *x = source->rows + row * source->columns;
        double sum = vector_sum(source->columns, x);
        if (sum == 0 || isinf(sum))
            return row_stream_refuse(source, row, error, "the row's sum is %s: it cannot be normalized",
                                     sum == 0 ? "0" : "infinite");
        for (size_t i = 0; i < source->columns; i++)
            *result++ = x[i] / sum;
    }
    return 0;
}

static int take_log(const struct row_stream *source, double *result, struct error *error) {
    size_t count = source->row_count * source->columns;
    for (size_t i = 0; i < count; i++)
        if (source->rows[i] < 0) {
            char name[ERROR_QUOTE_SIZE + 64], number[DECIMAL_SIZE];
            size_t length = decimal_print(number, source->rows[i]);
            return row_stream_refuse(
                source, i / source->columns, error, "%s: expected a number of at least 0 for --log, got %.*s",
                row_stream_column(source, i % source->columns, name, sizeof name), (int)length, number);
        }
    vector_log(count, source->rows, result);
    return 0;
}

static int transform_block(const struct transform_stage *stage, struct error *error) {
    const struct row_stream *source = stage->stream.source;
    size_t rows = source->row_count, columns = source->columns;
    switch (stage->transform) {
    case ROW_TRANSFORM_NORMALIZE:
        return normalize(source, stage->buffer, error);
    case ROW_TRANSFORM_SOFTMAX:
        vector_softmax(rows, columns, 1, source->rows, stage->buffer);
        return 0;
    case ROW_TRANSFORM_LOG_SOFTMAX:
        vector_log_softmax(rows, columns, 1, source->rows, stage->buffer);
        return 0;
    case ROW_TRANSFORM_LOG:
        return take_log(source, stage->buffer, error);
    case ROW_TRANSFORM_EXP:
        vector_exp(rows * columns, source->rows, stage->buffer);
        return 0;
    }
    return 0;
}

static int next(struct row_stream *stream, struct error *error) {
    struct transform_stage *stage = (struct transform_stage *)stream;
    int status = row_stream_next(stream->source, error);
    stream->row_count = 0;
    if (status <= 0)
        return status;
    size_t rows = stream->source->row_count;
    if (row_stream_reserve(&stage->buffer, &stage->capacity, rows, stream->columns, error) < 0 ||
        transform_block(stage, error) < 0)
        return -1;
    stream->rows = stage->buffer;
    stream->row_count = rows;
    return 1;
}

static void free_stage(struct row_stream *stream) {
    struct transform_stage *stage = (struct transform_stage *)stream;
    free(stage->buffer);
    free(stage);
}

static const struct row_stream_kind transform_kind = {.next = next, .free = free_stage};

int row_transform_push(struct row_stream **chain, enum row_transform transform, struct error *error) {
    struct transform_stage *stage = memory_zeros(error, 1, sizeof *stage);
    if (stage == NULL)
        return -1;
    row_stream_put(chain, &stage->stream, &transform_kind);
    stage->transform = transform;
    return 0;
}
