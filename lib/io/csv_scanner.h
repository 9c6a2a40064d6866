/* Finds where records end, byte by byte, where quotes may hide newlines. Goes on where it stopped. */
#ifndef IO_CSV_SCANNER_H
#define IO_CSV_SCANNER_H

#include "io/csv_syntax.h"

enum csv_scanner_state {
    CSV_SCANNER_LINE,    /* at the start of a line */
    CSV_SCANNER_COMMENT, /* in a line that starts with # */
    CSV_SCANNER_FIELD,   /* before a field: a quote opens */
    CSV_SCANNER_PLAIN,   /* in a field without quotes, or behind one with */
    CSV_SCANNER_QUOTED,
    CSV_SCANNER_QUOTE /* behind a quote in a quoted field: the end of it, or half of a "" */
};

struct csv_scanner {
    enum csv_scanner_state state;
    /* Before the delimiter is known (0) each of those that may be it ends a field. */
    struct csv_syntax syntax;
};

/* Scans text .. end. Returns the byte after the last (or, where first is true, the first) newline in it that
 * ends a record or a line between records, or NULL; the scan goes on behind end (or behind that newline). */
const char *csv_scanner_run(struct csv_scanner *scanner, const char *text, const char *end, bool first);

#endif
