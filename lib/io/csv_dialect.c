#include "io/csv_dialect.h"

#include <stddef.h>
#include <string.h>

/* The first of the characters in `wanted` outside quotes, or end. */
static const char *find_outside_quotes(const char *text, const char *end, const char *wanted) {
    bool quoted = false, before_field = true;
    for (; text < end; text++) {
        if (*text == '"' && (quoted || before_field))
            quoted = !quoted;
        else if (!quoted && *text != '\0' && strchr(wanted, *text) != NULL)
            return text;
        before_field = strchr(", \t;|\"", *text) != NULL; /* a quote too: "" goes on with the field */
    }
    return end;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* One comma, between digits, in text .. end. */
static bool holds_decimal_comma(const char *text, const char *end) {
    const char *comma = memchr(text, ',', (size_t)(end - text));
    if (comma == NULL || comma == text || !is_digit(comma[-1]) || !is_digit(comma[1]))
        return false;
    return memchr(comma + 1, ',', (size_t)(end - comma - 1)) == NULL;
}

/* 1,5;2,5: semicolons cut the record into fields that each hold one comma between digits. */
static bool written_with_decimal_commas(const char *text, const char *end) {
    const char *stop = find_outside_quotes(text, end, ";");
    if (stop == end)
        return false;
    for (;;) {
        if (!holds_decimal_comma(text, stop))
            return false;
        if (stop == end)
            return true;
        text = stop + 1;
        stop = find_outside_quotes(text, end, ";");
    }
}

static char detect_delimiter(const char *text, const char *end, bool decimal_comma) {
    static const char *const candidates[] = {",", "\t", ";", "|"};
    for (size_t i = decimal_comma; i < sizeof candidates / sizeof candidates[0]; i++) {
        if (find_outside_quotes(text, end, candidates[i]) < end)
            return candidates[i][0];
    }
    return find_outside_quotes(text, end, " ") < end ? CSV_BLANKS : decimal_comma ? ';' : ',';
}

int csv_dialect_detect(struct csv_syntax *syntax, const char *text, const char *end,
                       const struct row_format *format, struct error *error) {
    syntax->point = format->decimal_comma ? ',' : '.';
    syntax->delimiter = format->delimiter;
    if (format->delimiter == syntax->point)
        return error_set_usage(error, "'%c' cannot be both the delimiter and the decimal point",
                               format->delimiter);
    if (format->delimiter != 0 && strchr("\"#\n\r+-0123456789eE", format->delimiter) != NULL)
        return error_set_usage(error, "this character cannot be the delimiter");
    if (format->delimiter != 0)
        return 0;

    /* Without the blanks around the record, and its newline. */
    while (end > text && strchr(" \r\n", end[-1]) != NULL)
        end--;
    while (text < end && *text == ' ')
        text++;
    if (!format->decimal_comma && written_with_decimal_commas(text, end))
        return error_set(error, "numbers are written with decimal commas (--decimal-comma reads them)");
    syntax->delimiter = detect_delimiter(text, end, format->decimal_comma);
    return 0;
}
