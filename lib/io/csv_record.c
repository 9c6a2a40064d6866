#include "io/csv_record.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static const char *line_end(const char *text, const char *end) {
    return memchr(text, '\n', (size_t)(end - text));
}

/* A line of blanks alone; returns its newline, or NULL where something is on it. */
static const char *blank_line(const struct csv_syntax *syntax, const char *text) {
    text = csv_skip_blanks(syntax, text);
    text += *text == '\r';
    return *text == '\n' ? text : NULL;
}

const char *csv_record_skip(const struct csv_syntax *syntax, const char *text, const char *end,
                            size_t *lines) {
    while (text < end) {
        const char *stop = *text == '#' ? line_end(text, end) : blank_line(syntax, text);
        if (stop == NULL)
            return text;
        text = stop + 1;
        ++*lines;
    }
    return text;
}

/* The quote that closes the field at text (behind the opening one), or NULL. */
static const char *closing_quote(struct csv_field *field, const char *text, const char *end) {
    for (;;) {
        text = memchr(text, '"', (size_t)(end - text));
        if (text == NULL || text[1] != '"') /* the newline at the end is no quote */
            return text;
        field->escaped = true;
        text += 2;
    }
}

/* Whether the field ends at c. */
static bool ends_field(const struct csv_syntax *syntax, char c) {
    return c == syntax->delimiter || c == '\n' || (syntax->delimiter == CSV_BLANKS && c == '\t');
}

/* Reads the field at text, blanks skipped. Returns its delimiter or newline; NULL: a quote is open, or (error
 * set) wrong. */
static const char *read_field(struct csv_field *field, const struct csv_syntax *syntax, const char *text,
                              const char *end, struct error *error) {
    const char *stop;
    *field = (struct csv_field){.text = text};
    if (*text != '"') {
        for (stop = text; !ends_field(syntax, *stop); stop++)
            ;
        const char *last = stop;
        while (last > text && (csv_blank(syntax, last[-1]) || (*stop == '\n' && last[-1] == '\r')))
            last--;
        field->length = (size_t)(last - text);
        return stop;
    }

    field->text = text + 1;
    const char *close = closing_quote(field, text + 1, end);
    if (close == NULL)
        return NULL;
    field->length = (size_t)(close - field->text);
    stop = close + 1;
    if (syntax->delimiter != CSV_BLANKS)
        stop = csv_skip_blanks(syntax, stop);
    if (*stop == '\r' && stop[1] == '\n')
        stop++;
    if (ends_field(syntax, *stop))
        return stop;
    error_set(error, "text after the closing quote");
    return NULL;
}

/* The next field's first byte; NULL where stop ends the record. */
static const char *next_field(const struct csv_syntax *syntax, const char *stop) {
    if (syntax->delimiter == CSV_BLANKS) {
        stop = csv_skip_blanks(syntax, stop);
        if (*stop == '\r' && stop[1] == '\n')
            stop++;
        return *stop == '\n' ? NULL : stop;
    }
    return *stop == '\n' ? NULL : csv_skip_blanks(syntax, stop + 1);
}

static size_t count_lines(const char *text, const char *end) {
    size_t lines = 0;
    while (text < end && (text = line_end(text, end)) != NULL) {
        lines++;
        text++;
    }
    return lines;
}

int csv_record_split(struct csv_record *record, const struct csv_syntax *syntax, const char *text,
                     const char *end, struct error *error) {
    const char *at = csv_skip_blanks(syntax, text), *stop = at;
    record->count = 0;
    error->text[0] = '\0';
    for (; at != NULL; at = next_field(syntax, stop)) {
        if (record->count == CSV_FIELDS_MAX)
            return error_set(error, "more than %d fields", CSV_FIELDS_MAX);
        if (memory_reserve(error, &record->fields, &record->capacity, record->count + 1,
                           sizeof *record->fields) < 0)
            return -1;
        stop = read_field(&record->fields[record->count], syntax, at, end, error);
        if (stop == NULL && error->text[0] != '\0')
            return error_prefix(error, "field %zu", record->count + 1);
        if (stop == NULL)
            return 0;
        record->count++;
    }

    if (syntax->delimiter == CSV_BLANKS)
        stop = line_end(stop, end);
    record->after = stop + 1;
    if (memchr(text, '\0', (size_t)(record->after - text)) != NULL)
        return error_set(error, "a NUL byte: this is no plain text (UTF-16 or binary?)");
    record->lines = count_lines(text, record->after);
    return 1;
}

size_t csv_record_unescape(char *text, const struct csv_field *field) {
    size_t length = 0;
    for (size_t i = 0; i < field->length; i++) {
        text[length++] = field->text[i];
        i += field->escaped && field->text[i] == '"';
    }
    return length;
}

void csv_record_free(struct csv_record *record) {
    free(record->fields);
    *record = (struct csv_record){0};
}
