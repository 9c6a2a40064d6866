#include "io/row_paste.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "io/row_reader.h"

/* One operand, and how much of its block at hand was handed out. */
struct part {
    struct row_reader *reader;
    size_t used;
    bool ended;
};

struct row_paste {
    struct row_stream stream;
    struct part *parts;
    size_t part_count;
    uint64_t rows_done;
    char **names;
    double *buffer;
    size_t capacity, rows_ahead; /* rows_ahead: how many rows all parts have at hand */
};

static bool has_rows(const struct part *part) {
    return part->used < part->reader->row_count;
}

static uint64_t rows_seen(const struct row_paste *paste, const struct part *part) {
    return paste->rows_done + part->reader->row_count - part->used;
}

/* Some operand has ended: all must have. Returns 0 or -1. */
static int check_ends(const struct row_paste *paste, struct error *error) {
    const struct part *ended = paste->parts, *longer = NULL;
    while (!ended->ended)
        ended++;
    for (size_t i = 0; i < paste->part_count; i++)
        if (!paste->parts[i].ended)
            longer = &paste->parts[i];
    if (longer == NULL)
        return 0;
    return error_set(error, "%s: %" PRIu64 " %s, but %s has %" PRIu64 " or more", ended->reader->name,
                     paste->rows_done, paste->rows_done == 1 ? "row" : "rows", longer->reader->name,
                     rows_seen(paste, longer));
}

/* Sees to it that every part has rows at hand. Returns 1, 0 where all have ended, or -1. */
static int fill(struct row_paste *paste, struct error *error) {
    bool ended = false;
    paste->rows_ahead = SIZE_MAX;
    for (size_t i = 0; i < paste->part_count; i++) {
        struct part *part = &paste->parts[i];
        if (!has_rows(part) && !part->ended) {
            int status = row_reader_next(part->reader, error);
            if (status < 0)
                return -1;
            part->used = 0;
            part->ended = status == 0;
        }
        ended = ended || part->ended;
        size_t ahead = part->reader->row_count - part->used;
        if (!part->ended && ahead < paste->rows_ahead)
            paste->rows_ahead = ahead;
    }
    return ended ? check_ends(paste, error) : 1;
}

static int next(struct row_stream *stream, struct error *error) {
    struct row_paste *paste = (struct row_paste *)stream;
    stream->row_count = 0;
    int status = fill(paste, error);
    if (status <= 0)
        return status;
    size_t rows = paste->rows_ahead, before = 0;
    if (row_stream_reserve(&paste->buffer, &paste->capacity, rows, stream->columns, error) < 0)
        return -1;
    for (size_t i = 0; i < paste->part_count; i++) {
        struct part *part = &paste->parts[i];
        size_t columns = part->reader->columns;
        const double *from = part->reader->rows + part->used * columns;
        for (size_t row = 0; row < rows; row++)
            memcpy(paste->buffer + row * stream->columns + before, from + row * columns,
                   columns * sizeof *from);
        part->used += rows;
        before += columns;
    }
    paste->rows_done += rows;
    stream->rows = paste->buffer;
    stream->row_count = rows;
    return 1;
}

static bool ready(struct row_stream *stream) {
    struct row_paste *paste = (struct row_paste *)stream;
    for (size_t i = 0; i < paste->part_count; i++)
        if (!has_rows(&paste->parts[i]) && !row_reader_ready(paste->parts[i].reader))
            return false;
    return true;
}

static int refuse(const struct row_stream *stream, size_t row, const char *text, struct error *error) {
    const struct row_paste *paste = (const struct row_paste *)stream;
    return error_set(error, "row %" PRIu64 ": %s", paste->rows_done - stream->row_count + row + 1, text);
}

static void free_paste(struct row_stream *stream) {
    struct row_paste *paste = (struct row_paste *)stream;
    for (size_t i = 0; paste->parts != NULL && i < paste->part_count; i++)
        row_reader_close(paste->parts[i].reader);
    for (size_t i = 0; paste->names != NULL && i < stream->columns; i++)
        free(paste->names[i]);
    free(paste->parts);
    free(paste->names);
    free(paste->buffer);
    free(paste);
}

static const struct row_stream_kind paste_kind = {
    .next = next, .ready = ready, .refuse = refuse, .free = free_paste};

/* Opens all parts and adds up their columns. */
static int open_parts(struct row_paste *paste, const char *const *operands, const struct row_format *format,
                      struct error *error) {
    for (size_t i = 0; i < paste->part_count; i++) {
        struct row_reader *reader = paste->parts[i].reader = row_reader_open(operands[i], format, error);
        if (reader == NULL)
            return -1;
        paste->stream.columns += reader->columns;
        if (row_reader_rows_ahead(reader) >= 0)
            paste->stream.rows_total = row_reader_rows_ahead(reader);
    }
    return 0;
}

static int join_names(struct row_paste *paste, struct error *error) {
    bool named = false;
    for (size_t i = 0; i < paste->part_count; i++)
        named = named || paste->parts[i].reader->names != NULL;
    if (!named)
        return 0;
    paste->names = memory_zeros(error, paste->stream.columns, sizeof *paste->names);
    if (paste->names == NULL)
        return -1;
    for (size_t i = 0, column = 0; i < paste->part_count; i++) {
        const struct row_reader *reader = paste->parts[i].reader;
        for (size_t j = 0; j < reader->columns; j++, column++) {
            char made[32];
            snprintf(made, sizeof made, "x%zu", column + 1);
            const char *name = reader->names != NULL ? reader->names[j] : made;
            if ((paste->names[column] = memory_text(error, name, strlen(name))) == NULL)
                return -1;
        }
    }
    paste->stream.names = (const char *const *)paste->names;
    return 0;
}

struct row_stream *row_paste_open(const char *const *operands, size_t count, const struct row_format *format,
                                  struct error *error) {
    if (format->missing == MISSING_SKIP) {
        error_set_usage(error, "--na skip has no meaning with --paste: rows would no longer match");
        return NULL;
    }
    struct row_paste *paste = memory_zeros(error, 1, sizeof *paste);
    if (paste == NULL)
        return NULL;
    *paste = (struct row_paste){.stream = {.kind = &paste_kind, .rows_total = -1}, .part_count = count};
    paste->parts = memory_zeros(error, count, sizeof *paste->parts);
    if (paste->parts == NULL || open_parts(paste, operands, format, error) < 0 ||
        join_names(paste, error) < 0) {
        free_paste(&paste->stream);
        return NULL;
    }
    return &paste->stream;
}
