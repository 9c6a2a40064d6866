#include "num/one_hot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "io/decimal.h"

struct one_hot {
    struct row_stream stream;
    size_t column, classes;
    char **names;
    double *buffer;
    size_t capacity;
};

/* The class that a value stands for. Returns 0, or -1 with the place named; not for nan. */
static int take_class(const struct row_stream *source, size_t row, size_t column, size_t classes,
                      size_t *class, struct error *error) {
    double value = source->rows[row * source->columns + column];
    if (value >= 0 && value < (double)classes && value == floor(value)) {
        *class = (size_t)value;
        return 0;
    }
    char name[ERROR_QUOTE_SIZE + 64], number[DECIMAL_SIZE];
    size_t length = decimal_print(number, value);
    return row_stream_refuse(
        source, row, error, "%s: expected a whole number from 0 to %zu for --one-hot, got %.*s",
        row_stream_column(source, column, name, sizeof name), classes - 1, (int)length, number);
}

/* Writes one row: what stands before the column, its classes, what stands behind it. */
static int expand_row(const struct one_hot *stage, size_t row, struct error *error) {
    const struct row_stream *source = stage->stream.source;
    const double *from = source->rows + row * source->columns;
    double *to = stage->buffer + row * stage->stream.columns, *indicators = to + stage->column;
    size_t class, behind = source->columns - stage->column - 1;
    memcpy(to, from, stage->column * sizeof *to);
    memcpy(indicators + stage->classes, from + stage->column + 1, behind * sizeof *to);
    bool missing = isnan(from[stage->column]);
    for (size_t i = 0; i < stage->classes; i++)
        indicators[i] = missing ? from[stage->column] : 0;
    if (missing)
        return 0;
    if (take_class(source, row, stage->column, stage->classes, &class, error) < 0)
        return -1;
    indicators[class] = 1;
    return 0;
}

static int next(struct row_stream *stream, struct error *error) {
    struct one_hot *stage = (struct one_hot *)stream;
    int status = row_stream_next(stream->source, error);
    stream->row_count = 0;
    if (status <= 0)
        return status;
    size_t rows = stream->source->row_count;
    if (row_stream_reserve(&stage->buffer, &stage->capacity, rows, stream->columns, error) < 0)
        return -1;
    for (size_t row = 0; row < rows; row++)
        if (expand_row(stage, row, error) < 0)
            return -1;
    stream->rows = stage->buffer;
    stream->row_count = rows;
    return 1;
}

static void free_stage(struct row_stream *stream) {
    struct one_hot *stage = (struct one_hot *)stream;
    for (size_t i = 0; stage->names != NULL && i < stage->stream.columns; i++)
        free(stage->names[i]);
    free(stage->names);
    free(stage->buffer);
    free(stage);
}

static const struct row_stream_kind one_hot_kind = {.next = next, .free = free_stage};

/* The name of column i of the result. */
static char *make_name(const struct one_hot *stage, size_t i, const char *const *names, struct error *error) {
    const char *name = names[i < stage->column                    ? i
                             : i < stage->column + stage->classes ? stage->column
                                                                  : i - stage->classes + 1];
    size_t length = strlen(name);
    if (i < stage->column || i >= stage->column + stage->classes)
        return memory_text(error, name, length);
    char *made = memory_array(error, length + 24, 1);
    if (made != NULL)
        snprintf(made, length + 24, "%s_%zu", name, i - stage->column);
    return made;
}

static int make_names(struct one_hot *stage, const char *const *names, struct error *error) {
    if (names == NULL)
        return 0;
    stage->names = memory_zeros(error, stage->stream.columns, sizeof *stage->names);
    if (stage->names == NULL)
        return -1;
    for (size_t i = 0; i < stage->stream.columns; i++)
        if ((stage->names[i] = make_name(stage, i, names, error)) == NULL)
            return -1;
    return 0;
}

int one_hot_push(struct row_stream **chain, size_t column, size_t classes, struct error *error) {
    struct one_hot *stage = memory_zeros(error, 1, sizeof *stage);
    if (stage == NULL)
        return -1;
    size_t columns = (*chain)->columns - 1 + classes;
    stage->column = column;
    stage->classes = classes;
    stage->stream.columns = columns;
    if (make_names(stage, (*chain)->names, error) < 0) {
        free_stage(&stage->stream);
        return -1;
    }
    row_stream_put(chain, &stage->stream, &one_hot_kind);
    stage->stream.columns = columns;
    stage->stream.names = (const char *const *)stage->names;
    return 0;
}

int one_hot_count_classes(struct row_stream *chain, size_t column, size_t *classes, struct error *error) {
    int status;
    *classes = 1;
    while ((status = row_stream_next(chain, error)) > 0)
        for (size_t row = 0; row < chain->row_count; row++) {
            size_t class;
            if (isnan(chain->rows[row * chain->columns + column]))
                continue;
            if (take_class(chain, row, column, ONE_HOT_CLASSES_MAX, &class, error) < 0)
                return -1;
            *classes = class >= *classes ? class + 1 : *classes;
        }
    return status < 0 ? -1 : row_stream_rewind(chain, error);
}
