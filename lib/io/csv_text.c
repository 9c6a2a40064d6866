#include "io/csv_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* The usual buffer lies in huge pages, the first of which is cleared as a whole: longer than all else takes
 * that is done for a few lines. So a small file gets a power of two above its size, and a pipe begins with
 * what it holds. */
static size_t first_capacity(const struct byte_source *source) {
    if (!byte_source_seekable(source))
        return CSV_TEXT_PIPE;
    size_t capacity = CSV_TEXT_FILE;
    while (capacity < CSV_TEXT_BUFFER && capacity <= byte_source_size(source))
        capacity *= 2;
    return capacity;
}

int csv_text_open(struct csv_text *text, struct byte_source *source, struct error *error) {
    *text = (struct csv_text){
        .source = source, .capacity = first_capacity(source), .stop = UINT64_MAX, .line = 1};
    text->bytes = memory_array(error, text->capacity + 1, 1);
    return text->bytes != NULL ? 0 : -1;
}

uint64_t csv_text_line_number(const struct csv_text *text, uint64_t line) {
    char bytes[1 << 16];
    struct error ignored;
    for (uint64_t at = 0; at < text->sought;) {
        uint64_t left = text->sought - at;
        size_t count = left < sizeof bytes ? (size_t)left : sizeof bytes;
        if (byte_source_read_at(text->source, at, bytes, count, &ignored) < 0)
            break;
        for (size_t i = 0; i < count; i++)
            line += bytes[i] == '\n';
        at += count;
    }
    return line;
}

static int fail(const struct csv_text *text, struct error *error, const char *what) {
    unsigned long long line = csv_text_line_number(text, text->line);
    return error_set(error, "%s:%llu: %s", byte_source_name(text->source), line, what);
}

/* What is taken leaves the buffer. */
static void compact(struct csv_text *text) {
    if (text->begin == 0)
        return;
    memmove(text->bytes, text->bytes + text->begin, text->filled - text->begin);
    text->offset += text->begin;
    text->filled -= text->begin;
    text->scanned -= text->begin;
    text->begin = 0;
}

static int grow(struct csv_text *text, struct error *error) {
    if (text->capacity >= CSV_TEXT_RECORD_MAX)
        return fail(text, error, "a line is longer than 64 MiB");
    size_t capacity = text->capacity < CSV_TEXT_BUFFER ? CSV_TEXT_BUFFER : 2 * text->capacity;
    char *bytes = memory_array(error, capacity + 1, 1);
    if (bytes == NULL)
        return -1;
    memcpy(bytes, text->bytes, text->filled);
    free(text->bytes);
    text->bytes = bytes;
    text->capacity = capacity;
    return 0;
}

/* Ends the text behind the first newline at or after the byte before `stop`. */
static void respect_stop(struct csv_text *text, size_t came_from) {
    if (text->stop == UINT64_MAX || text->offset + text->filled < text->stop)
        return;
    uint64_t last = text->stop > text->offset ? text->stop - 1 - text->offset : 0;
    size_t from = last > came_from ? (size_t)last : came_from;
    const char *newline = memchr(text->bytes + from, '\n', text->filled - from);
    if (newline != NULL) {
        text->filled = (size_t)(newline + 1 - text->bytes);
        text->ended = true;
    }
}

/* One read, into a buffer made larger where one record fills it. */
static int read_more(struct csv_text *text, struct error *error) {
    if (text->filled == text->capacity && grow(text, error) < 0)
        return -1;
    size_t came_from = text->filled;
    ssize_t count =
        byte_source_read(text->source, text->bytes + came_from, text->capacity - came_from, error);
    if (count < 0)
        return -1;
    text->filled += (size_t)count;
    text->ended = count == 0;
    if (count > 0)
        respect_stop(text, came_from);
    return 0;
}

/* At the end of the stream: a last line without a newline gets one. Returns 1 where there is more to scan. */
static int finish(struct csv_text *text, struct error *error) {
    if (text->begin == text->filled)
        return 0;
    if (text->terminated || (text->quoted && text->scanner.state == CSV_SCANNER_QUOTED))
        return fail(text, error, "a quote is not closed");
    text->bytes[text->filled++] = '\n';
    text->terminated = true;
    return 1;
}

int csv_text_next_line(struct csv_text *text, const char **end, struct error *error) {
    compact(text);
    text->scanner.state = CSV_SCANNER_LINE;
    text->scanned = 0;
    text->quoted = true;
    for (;;) {
        *end = csv_scanner_run(&text->scanner, text->bytes + text->scanned, text->bytes + text->filled, true);
        text->scanned = text->filled;
        if (*end != NULL)
            return 1;
        int status = text->ended ? finish(text, error) : read_more(text, error);
        if (status < 0 || (status == 0 && text->ended && text->begin == text->filled))
            return status;
    }
}

void csv_text_start(struct csv_text *text, const char *at, size_t lines, const struct csv_syntax *syntax) {
    text->begin = text->scanned = (size_t)(at - text->bytes);
    text->line += lines;
    text->quoted = false;
    text->scanner = (struct csv_scanner){.syntax = *syntax};
}

/* Passes over the line that `begin` is in. */
static int skip_line(struct csv_text *text, struct error *error) {
    for (;;) {
        const char *from = text->bytes + text->scanned;
        const char *newline = memchr(from, '\n', text->filled - text->scanned);
        text->begin = newline != NULL ? (size_t)(newline + 1 - text->bytes) : text->filled;
        text->scanned = text->begin;
        if (newline != NULL || text->ended)
            return 0;
        compact(text);
        if (read_more(text, error) < 0)
            return -1;
    }
}

int csv_text_seek(struct csv_text *text, uint64_t offset, bool aligned, uint64_t stop, struct error *error) {
    text->begin = text->scanned = text->filled = 0;
    text->offset = offset;
    text->stop = stop;
    text->ended = offset >= stop;
    if (aligned)
        return byte_source_seek(text->source, offset, error);

    text->offset = offset - 1; /* its byte is a newline where a line begins at offset */
    text->line = 1;
    if (byte_source_seek(text->source, text->offset, error) < 0 || skip_line(text, error) < 0)
        return -1;
    text->sought = text->offset + text->begin;
    return 0;
}

void csv_text_mind_quotes(struct csv_text *text, const char *at) {
    text->begin = text->scanned = (size_t)(at - text->bytes);
    text->cut_count = 0;
    text->quoted = true;
    text->scanner.state = CSV_SCANNER_LINE;
}

/* Small pieces side by side become one. */
static int add_cut(struct csv_text *text, size_t cut, struct error *error) {
    if (text->cut_count > 0) {
        size_t start = text->cut_count > 1 ? text->cuts[text->cut_count - 2] : text->begin;
        if (cut - start <= CSV_TEXT_PIECE) {
            text->cuts[text->cut_count - 1] = cut;
            return 0;
        }
    }
    if (memory_reserve(error, &text->cuts, &text->cut_capacity, text->cut_count + 1, sizeof *text->cuts) < 0)
        return -1;
    text->cuts[text->cut_count++] = cut;
    return 0;
}

/* Behind the last newline that ends a record. */
static const char *last_end(struct csv_text *text, const char *from, const char *to) {
    if (text->quoted)
        return csv_scanner_run(&text->scanner, from, to, false);
    const char *newline = memrchr(from, '\n', (size_t)(to - from));
    return newline != NULL ? newline + 1 : NULL;
}

static int find_cuts(struct csv_text *text, struct error *error) {
    while (text->scanned < text->filled) {
        size_t left = text->filled - text->scanned;
        const char *from = text->bytes + text->scanned;
        const char *to = from + (left < CSV_TEXT_PIECE ? left : CSV_TEXT_PIECE);
        const char *end = last_end(text, from, to);
        text->scanned = (size_t)(to - text->bytes);
        if (end != NULL && add_cut(text, (size_t)(end - text->bytes), error) < 0)
            return -1;
    }
    return 0;
}

int csv_text_fill(struct csv_text *text, bool may_wait, struct error *error) {
    compact(text);
    text->cut_count = 0;
    for (;;) {
        if (find_cuts(text, error) < 0)
            return -1;
        bool whole = text->cut_count > 0;
        if (text->ended) {
            int status = whole ? 0 : finish(text, error);
            if (status <= 0)
                return whole ? 1 : status;
            continue;
        }
        if (whole && text->filled == text->capacity && text->capacity >= CSV_TEXT_BUFFER)
            return 1;
        if ((whole || !may_wait) && !byte_source_ready(text->source))
            return whole ? 1 : 2;
        if (read_more(text, error) < 0)
            return -1;
    }
}

void csv_text_close(struct csv_text *text) {
    free(text->bytes);
    free(text->cuts);
    *text = (struct csv_text){0};
}
