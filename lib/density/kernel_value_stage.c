#include "density/kernel_value_stage.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct value_stage {
    struct row_stream stream;
    struct kernel_values values;
    size_t value_columns;
    uint64_t rows_before;
    const char **names;
    double *results, *buffer;
    size_t results_capacity, buffer_capacity;
};

/* The rows' values, in results. */
static int evaluate(struct value_stage *stage, size_t rows, const double *x, struct error *error) {
    const struct kernel_values *values = &stage->values;
    if (values->evaluation == NULL) {
        kernel_distribution_values(values->distribution, values->threads, rows, x, stage->results);
        return 0;
    }
    size_t first = values->leave_one_out ? (size_t)stage->rows_before : KERNEL_EVALUATION_ALL;
    return kernel_evaluation_rows(values->evaluation, rows, x, first, stage->results, error);
}

/* Coordinates and results side by side. */
static void join(struct value_stage *stage, size_t rows) {
    const struct row_stream *source = stage->stream.source;
    double *to = stage->buffer;
    for (size_t i = 0; i < rows; i++, to += stage->stream.columns) {
        memcpy(to, source->rows + i * source->columns, source->columns * sizeof *to);
        memcpy(to + source->columns, stage->results + i * stage->value_columns,
               stage->value_columns * sizeof *to);
    }
}

static int next(struct row_stream *stream, struct error *error) {
    struct value_stage *stage = (struct value_stage *)stream;
    int status = row_stream_next(stream->source, error);
    stream->row_count = 0;
    if (status == 0 && stage->rows_before == 0 && stage->values.name != NULL)
        return error_set(error, "%s: no rows", stage->values.name);
    if (status <= 0)
        return status;
    size_t rows = stream->source->row_count;
    if (rows == 0)
        return 1;
    if (row_stream_reserve(&stage->results, &stage->results_capacity, rows, stage->value_columns, error) <
            0 ||
        evaluate(stage, rows, stream->source->rows, error) < 0)
        return -1;
    stream->rows = stage->results;
    if (stage->values.coordinates) {
        if (row_stream_reserve(&stage->buffer, &stage->buffer_capacity, rows, stream->columns, error) < 0)
            return -1;
        join(stage, rows);
        stream->rows = stage->buffer;
    }
    stage->rows_before += rows;
    stream->row_count = rows;
    return 1;
}

static void free_stage(struct row_stream *stream) {
    struct value_stage *stage = (struct value_stage *)stream;
    free(stage->names);
    free(stage->results);
    free(stage->buffer);
    free(stage);
}

static const struct row_stream_kind value_kind = {.next = next, .free = free_stage};

int kernel_value_stage_push(struct row_stream **chain, const struct kernel_values *values,
                            struct error *error) {
    static const char *const distribution_names[] = {"cdf"};
    const char *const *value_names = distribution_names;
    struct value_stage *stage = memory_zeros(error, 1, sizeof *stage);
    if (stage == NULL)
        return -1;
    size_t kept = values->coordinates ? (*chain)->columns : 0, count = 1;
    if (values->evaluation != NULL) {
        count = kernel_evaluation_columns(values->evaluation);
        value_names = kernel_evaluation_names(values->evaluation);
    }
    const char **names = memory_array(error, kept + count, sizeof *names);
    if (names == NULL) {
        free(stage);
        return -1;
    }
    for (size_t i = 0; i < kept; i++)
        names[i] = (*chain)->names[i];
    for (size_t i = 0; i < count; i++)
        names[kept + i] = value_names[i];
    row_stream_put(chain, &stage->stream, &value_kind);
    stage->stream.columns = kept + count;
    stage->stream.names = names;
    stage->stream.rewindable = false;
    stage->values = *values;
    stage->value_columns = count;
    stage->names = names;
    return 0;
}
