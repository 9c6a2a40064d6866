#include "divergence/f_ratio.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "io/column_names.h"
#include "io/decimal.h"

enum { PIECE_VALUES = 16384 };

struct ratio_stage {
    struct row_stream stream;
    struct f_generator generator;
    enum f_ratio_output output;
    size_t threads;
    double *buffer;
    size_t capacity;
    struct column_names names; /* where the source has none */
};

static double result_of(const struct ratio_stage *stage, double x) {
    switch (stage->output) {
    case F_RATIO_WEIGHT:
        return f_generator_weight(&stage->generator, x);
    case F_RATIO_FUNCTION:
        return f_generator_value(&stage->generator, x);
    case F_RATIO_DERIVATIVE:
        return f_generator_slope(&stage->generator, x);
    case F_RATIO_CONJUGATE:
        break;
    }
    return f_generator_conjugate(&stage->generator, x);
}

/* parallel_body */
static void map_piece(void *context, size_t block, size_t worker) {
    const struct ratio_stage *stage = context;
    const struct row_stream *source = stage->stream.source;
    size_t count = source->row_count * source->columns, end = (block + 1) * PIECE_VALUES;
    (void)worker;
    for (size_t i = block * PIECE_VALUES; i < (end < count ? end : count); i++)
        stage->buffer[i] = result_of(stage, source->rows[i]);
}

static int check(const struct ratio_stage *stage, struct error *error) {
    const struct row_stream *source = stage->stream.source;
    size_t count = source->row_count * source->columns;
    char number[DECIMAL_SIZE], place[64];
    for (size_t i = 0; i < count; i++) {
        double x = source->rows[i];
        if (isfinite(x) && (x > 0 || stage->output == F_RATIO_CONJUGATE))
            continue;
        number[decimal_print(number, x)] = '\0';
        return row_stream_refuse(source, i / source->columns, error, "%s: expected a %s, got '%s'",
                                 row_stream_column(source, i % source->columns, place, sizeof place),
                                 stage->output == F_RATIO_CONJUGATE ? "finite slope" : "positive ratio",
                                 number);
    }
    return 0;
}

static int next(struct row_stream *stream, struct error *error) {
    struct ratio_stage *stage = (struct ratio_stage *)stream;
    int status = row_stream_next(stream->source, error);
    stream->row_count = 0;
    if (status <= 0)
        return status;
    size_t rows = stream->source->row_count, count = rows * stream->columns;
    if (check(stage, error) < 0 ||
        row_stream_reserve(&stage->buffer, &stage->capacity, rows, stream->columns, error) < 0)
        return -1;
    parallel_for(stage->threads, (count + PIECE_VALUES - 1) / PIECE_VALUES, map_piece, stage);
    stream->rows = stage->buffer;
    stream->row_count = rows;
    return 1;
}

static void free_stage(struct row_stream *stream) {
    struct ratio_stage *stage = (struct ratio_stage *)stream;
    column_names_free(&stage->names);
    free(stage->buffer);
    free(stage);
}

static const struct row_stream_kind ratio_kind = {.next = next, .free = free_stage};

int f_ratio_push(struct row_stream **chain, const struct f_generator *generator, enum f_ratio_output output,
                 size_t threads, struct error *error) {
    struct ratio_stage *stage = memory_zeros(error, 1, sizeof *stage);
    if (stage == NULL)
        return -1;
    stage->generator = *generator;
    stage->output = output;
    stage->threads = threads;
    if ((*chain)->names == NULL && column_names_add_range(&stage->names, "x", (*chain)->columns, error) < 0) {
        column_names_free(&stage->names);
        free(stage);
        return -1;
    }
    row_stream_put(chain, &stage->stream, &ratio_kind);
    if (stage->names.count > 0)
        stage->stream.names = (const char *const *)stage->names.names;
    return 0;
}
