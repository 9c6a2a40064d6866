#include "io/row_stream.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "io/row_writer.h"

int row_stream_next(struct row_stream *stream, struct error *error) {
    return stream->kind->next(stream, error);
}

bool row_stream_ready(struct row_stream *stream) {
    while (stream->kind->ready == NULL)
        stream = stream->source;
    return stream->kind->ready(stream);
}

int row_stream_rewind(struct row_stream *stream, struct error *error) {
    assert(stream->rewindable);
    while (stream->kind->rewind == NULL)
        stream = stream->source;
    return stream->kind->rewind(stream, error);
}

int row_stream_refuse(const struct row_stream *stream, size_t row, struct error *error, const char *format,
                      ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    while (stream->kind->refuse == NULL && stream->source != NULL)
        stream = stream->source;
    if (stream->kind->refuse == NULL)
        return error_set(error, "%s", text);
    return stream->kind->refuse(stream, row, text, error);
}

char *row_stream_column(const struct row_stream *stream, size_t column, char *text, size_t size) {
    char quoted[ERROR_QUOTE_SIZE];
    if (stream->names == NULL)
        snprintf(text, size, "column %zu", column + 1);
    else
        snprintf(text, size, "column %zu (%s)", column + 1,
                 error_quote(quoted, stream->names[column], strlen(stream->names[column])));
    return text;
}

void row_stream_note(const struct row_stream *stream, char *text, size_t size) {
    text[0] = '\0';
    if (stream->kind->note != NULL)
        stream->kind->note(stream, text, size);
}

void row_stream_put(struct row_stream **chain, struct row_stream *stage, const struct row_stream_kind *kind) {
    *stage = (struct row_stream){
        .kind = kind,
        .source = *chain,
        .columns = (*chain)->columns,
        .names = (*chain)->names,
        .rows_total = (*chain)->rows_total,
        .rewindable = (*chain)->rewindable,
    };
    *chain = stage;
}

int row_stream_reserve(double **buffer, size_t *capacity, size_t rows, size_t columns, struct error *error) {
    size_t values;
    if (!memory_product(rows, columns, &values))
        return error_set(error, "%zu rows of %zu columns do not fit in memory", rows, columns);
    return memory_reserve(error, buffer, capacity, values, sizeof **buffer);
}

int row_stream_gather(struct row_stream *stream, double **values, size_t *rows, struct error *error) {
    double *gathered = NULL;
    size_t capacity = 0, count = 0;
    int status = 0;
    while (status == 0 && (status = row_stream_next(stream, error)) > 0) {
        status = row_stream_reserve(&gathered, &capacity, count + stream->row_count, stream->columns, error);
        if (status == 0 && stream->row_count > 0)
            memcpy(gathered + count * stream->columns, stream->rows,
                   stream->row_count * stream->columns * sizeof *gathered);
        count += stream->row_count;
    }
    if (status < 0) {
        free(gathered);
        return -1;
    }
    *values = gathered;
    *rows = count;
    return 0;
}

int row_stream_rename(struct row_stream *stream, const struct word_list *names, struct error *error) {
    if (names->count != stream->columns)
        return error_set(error, "--names: %zu %s for %zu %s", names->count,
                         names->count == 1 ? "name" : "names", stream->columns,
                         stream->columns == 1 ? "column" : "columns");
    stream->names = (const char *const *)names->words;
    return 0;
}

/* Passes rows on until the end. Returns 0 or -1. */
static int copy_rows(struct row_stream *stream, struct row_writer *writer, struct progress *progress,
                     uint64_t *rows, struct error *error) {
    uint64_t total = stream->rows_total > 0 ? (uint64_t)stream->rows_total : 0;
    for (*rows = 0;; *rows += stream->row_count) {
        if (!row_stream_ready(stream) && row_writer_flush(writer, error) < 0)
            return -1;
        int status = row_stream_next(stream, error);
        if (status <= 0)
            return status;
        if (stream->row_count > 0 && row_writer_rows(writer, stream->rows, stream->row_count, error) < 0)
            return -1;
        progress_show(progress, "rows", *rows + stream->row_count, total);
    }
}

int row_stream_write(struct row_stream *stream, const struct row_layout *layout, struct progress *progress,
                     uint64_t *rows, struct error *error) {
    struct row_writer *writer =
        row_writer_open(layout, stream->columns, stream->names, stream->rows_total, error);
    if (writer == NULL)
        return -1;
    if (copy_rows(stream, writer, progress, rows, error) < 0) {
        row_writer_discard(writer);
        return -1;
    }
    return row_writer_close(writer, error);
}

void row_stream_free(struct row_stream *stream) {
    while (stream != NULL) {
        struct row_stream *source = stream->source;
        stream->kind->free(stream);
        stream = source;
    }
}

void row_stream_print_notes(const struct row_stream *top, const struct command *command) {
    char text[256];
    for (const struct row_stream *stage = top; stage != NULL; stage = stage->source) {
        row_stream_note(stage, text, sizeof text);
        if (text[0] != '\0')
            command_note(command, "%s", text);
    }
}
