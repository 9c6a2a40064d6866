/* One record of a CSV, cut into fields: quotes after RFC 4180, blanks around fields taken off. */
#ifndef IO_CSV_RECORD_H
#define IO_CSV_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "io/csv_syntax.h"

enum { CSV_FIELDS_MAX = 1 << 22 }; /* more in one record are refused: some 100 MB for their places */

/* Text between delimiters, in the record itself. */
struct csv_field {
    const char *text;
    size_t length;
    bool escaped; /* quoted, and holds "" for a quote */
};

struct csv_record {
    struct csv_field *fields; /* count of them, the record's own */
    size_t count, capacity;
    const char *after; /* the first byte behind the record */
    size_t lines;      /* that it takes */
};

/* Past blank lines and those that start with #, counted in *lines. text .. end is empty or ends with a
 * newline. */
const char *csv_record_skip(const struct csv_syntax *syntax, const char *text, const char *end,
                            size_t *lines);

/* Cuts the record at text, where no line to be skipped is; end[-1] is a newline. Returns 1; 0: a quote is
 * open at the end; -1: the error says what is wrong ("field 2: ..."), without the place. */
__attribute__((warn_unused_result)) int csv_record_split(struct csv_record *record,
                                                         const struct csv_syntax *syntax, const char *text,
                                                         const char *end, struct error *error);

/* Writes the field with "" undone; room for field->length bytes. Returns its length. */
size_t csv_record_unescape(char *text, const struct csv_field *field);

/* Frees the fields; an all-zero record is fine. */
void csv_record_free(struct csv_record *record);

#endif
