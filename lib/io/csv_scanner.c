#include "io/csv_scanner.h"

#include <stddef.h>

static bool is_delimiter(const struct csv_syntax *syntax, char c) {
    if (syntax->delimiter == 0)
        return c == ',' || c == '\t' || c == ';' || c == '|';
    return c == syntax->delimiter || (syntax->delimiter == CSV_BLANKS && c == '\t');
}

/* The state after c, which is no newline. */
static enum csv_scanner_state step(const struct csv_scanner *scanner, char c) {
    switch (scanner->state) {
    case CSV_SCANNER_COMMENT:
        return CSV_SCANNER_COMMENT;
    case CSV_SCANNER_QUOTED:
        return c == '"' ? CSV_SCANNER_QUOTE : CSV_SCANNER_QUOTED;
    case CSV_SCANNER_QUOTE:
        if (c == '"')
            return CSV_SCANNER_QUOTED;
        break;
    case CSV_SCANNER_LINE:
        if (c == '#')
            return CSV_SCANNER_COMMENT;
        /* fall through */
    case CSV_SCANNER_FIELD:
        if (c == '"')
            return CSV_SCANNER_QUOTED;
        if (csv_blank(&scanner->syntax, c))
            return CSV_SCANNER_FIELD;
        break;
    case CSV_SCANNER_PLAIN:
        break;
    }
    return is_delimiter(&scanner->syntax, c) ? CSV_SCANNER_FIELD : CSV_SCANNER_PLAIN;
}

const char *csv_scanner_run(struct csv_scanner *scanner, const char *text, const char *end, bool first) {
    const char *last = NULL;
    for (; text < end; text++) {
        if (*text != '\n') {
            scanner->state = step(scanner, *text);
        } else if (scanner->state != CSV_SCANNER_QUOTED) {
            scanner->state = CSV_SCANNER_LINE;
            last = text + 1;
            if (first)
                return last;
        }
    }
    return last;
}
