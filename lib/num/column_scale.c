#include "num/column_scale.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/column_summary.h"

static int allocate(struct column_scale *scale, size_t columns, struct error *error) {
    *scale = (struct column_scale){columns, memory_matrix(error, 2, columns, sizeof(double)), NULL};
    if (scale->mean == NULL)
        return -1;
    scale->deviation = scale->mean + columns;
    return 0;
}

/* Takes one column's figures out of the summary. */
static int take_column(struct column_scale *scale, const struct column_summary *summary, size_t column,
                       const struct row_stream *stream, struct error *error) {
    char name[ERROR_QUOTE_SIZE + 64];
    row_stream_column(stream, column, name, sizeof name);
    scale->mean[column] = column_summary_mean(summary, column);
    if (column_summary_count(summary, column) == 0)
        return error_set(error, "%s has no values to take the mean of", name);
    if (!isfinite(scale->mean[column]))
        return error_set(error, "%s has no finite mean", name);
    if (scale->deviation[column] == 1)
        return 0;
    scale->deviation[column] = column_summary_deviation(summary, column);
    if (column_summary_minimum(summary, column) == column_summary_maximum(summary, column))
        return error_set(error, "%s is constant, nothing to divide by (--center subtracts means alone)",
                         name);
    if (!isfinite(scale->deviation[column]) || scale->deviation[column] <= 0)
        return error_set(error, "%s has no finite deviation", name);
    return 0;
}

static int summarize(struct column_summary *summary, struct row_stream *stream, struct error *error) {
    int status;
    while ((status = row_stream_next(stream, error)) > 0)
        if (column_summary_add(summary, stream->row_count, stream->rows, error) < 0)
            return -1;
    return status;
}

int column_scale_fit(struct column_scale *scale, struct row_stream *stream, bool only_center, size_t threads,
                     struct error *error) {
    if (allocate(scale, stream->columns, error) < 0)
        return -1;
    struct column_summary *summary = column_summary_create(stream->columns, threads, error);
    int status = summary != NULL ? summarize(summary, stream, error) : -1;
    for (size_t i = 0; i < stream->columns && status == 0; i++) {
        scale->deviation[i] = only_center ? 1 : 0;
        status = take_column(scale, summary, i, stream, error);
    }
    column_summary_free(summary);
    if (status < 0)
        column_scale_free(scale);
    return status;
}

static int check_values(const struct npz *npz, const struct npz_array *mean,
                        const struct npz_array *deviation, struct error *error) {
    if (mean->count != deviation->count)
        return error_set(error, "%s: mean has %zu values, but deviation has %zu", npz->path, mean->count,
                         deviation->count);
    for (size_t i = 0; i < mean->count; i++) {
        if (!isfinite(mean->values[i]))
            return error_set(error, "%s: mean: value %zu is not finite", npz->path, i + 1);
        if (!isfinite(deviation->values[i]) || deviation->values[i] <= 0)
            return error_set(error, "%s: deviation: value %zu is not a finite number above 0", npz->path,
                             i + 1);
    }
    return 0;
}

int column_scale_take(struct column_scale *scale, const struct npz *npz, struct error *error) {
    char quoted[ERROR_QUOTE_SIZE];
    const char *kind = npz_require_text(npz, "kind", error);
    if (kind == NULL)
        return -1;
    if (strcmp(kind, "scale") != 0)
        return error_set(error, "%s: kind: expected 'scale', got '%s'", npz->path,
                         error_quote(quoted, kind, strlen(kind)));
    const struct npz_array *mean = npz_require(npz, "mean", 1, error);
    const struct npz_array *deviation = mean != NULL ? npz_require(npz, "deviation", 1, error) : NULL;
    if (deviation == NULL || check_values(npz, mean, deviation, error) < 0 ||
        allocate(scale, mean->count, error) < 0)
        return -1;
    memcpy(scale->mean, mean->values, mean->count * sizeof(double));
    memcpy(scale->deviation, deviation->values, mean->count * sizeof(double));
    return 0;
}

int column_scale_write(const struct column_scale *scale, const char *path, struct error *error) {
    struct npz_writer *writer = npz_writer_open(path, error);
    if (writer == NULL)
        return -1;
    const size_t *shape = &scale->columns;
    if (npz_writer_text(writer, "kind", "scale", error) < 0 ||
        npz_writer_number(writer, "version", 1, error) < 0 ||
        npz_writer_numbers(writer, "mean", 1, shape, scale->mean, false, error) < 0 ||
        npz_writer_numbers(writer, "deviation", 1, shape, scale->deviation, false, error) < 0) {
        npz_writer_discard(writer);
        return -1;
    }
    return npz_writer_close(writer, error);
}

struct scale_stage {
    struct row_stream stream;
    struct column_scale scale;
    enum column_scale_direction direction;
    double *buffer;
    size_t capacity;
};

static void apply(const struct column_scale *scale, size_t rows, const double *x, double *y) {
    for (size_t row = 0; row < rows; row++, x += scale->columns, y += scale->columns)
        for (size_t i = 0; i < scale->columns; i++)
            y[i] = (x[i] - scale->mean[i]) / scale->deviation[i];
}

static void undo(const struct column_scale *scale, size_t rows, const double *y, double *x) {
    for (size_t row = 0; row < rows; row++, x += scale->columns, y += scale->columns)
        for (size_t i = 0; i < scale->columns; i++)
            x[i] = y[i] * scale->deviation[i] + scale->mean[i];
}

static int next(struct row_stream *stream, struct error *error) {
    struct scale_stage *stage = (struct scale_stage *)stream;
    int status = row_stream_next(stream->source, error);
    stream->row_count = 0;
    if (status <= 0)
        return status;
    size_t rows = stream->source->row_count;
    if (row_stream_reserve(&stage->buffer, &stage->capacity, rows, stream->columns, error) < 0)
        return -1;
    (stage->direction == COLUMN_SCALE_APPLY ? apply : undo)(&stage->scale, rows, stream->source->rows,
                                                            stage->buffer);
    stream->rows = stage->buffer;
    stream->row_count = rows;
    return 1;
}

static void free_stage(struct row_stream *stream) {
    struct scale_stage *stage = (struct scale_stage *)stream;
    column_scale_free(&stage->scale);
    free(stage->buffer);
    free(stage);
}

static const struct row_stream_kind scale_kind = {.next = next, .free = free_stage};

int column_scale_push(struct row_stream **chain, struct column_scale *scale,
                      enum column_scale_direction direction, struct error *error) {
    if (scale->columns != (*chain)->columns)
        return error_set(error, "the scale is for %zu columns, but the data have %zu", scale->columns,
                         (*chain)->columns);
    struct scale_stage *stage = memory_zeros(error, 1, sizeof *stage);
    if (stage == NULL)
        return -1;
    row_stream_put(chain, &stage->stream, &scale_kind);
    stage->scale = *scale;
    stage->direction = direction;
    *scale = (struct column_scale){0, NULL, NULL};
    return 0;
}

void column_scale_free(struct column_scale *scale) {
    free(scale->mean);
    *scale = (struct column_scale){0, NULL, NULL};
}

static int check(const struct npz *npz, struct error *error) {
    struct column_scale scale;
    if (column_scale_take(&scale, npz, error) < 0)
        return -1;
    column_scale_free(&scale);
    return 0;
}

const struct model_check column_scale_check = {"scale", check};
