/* The figures of a run: as one JSON object (--report FILE), and as lines to read (--verbose). */
#ifndef BASE_REPORT_H
#define BASE_REPORT_H

#include <stddef.h>

#include "base/error.h"

/* All zero is an empty report. Entries stand in the order given. Entries that memory does not suffice for
 * make report_write fail. */
struct report {
    struct report_buffer {
        char *bytes;
        size_t length, capacity;
    } object, lines;
    struct error error;
    int failed;
};

/* A number, with shortest digits (%.17g at the most); inf and nan become the strings "inf", "-inf", "nan". */
void report_number(struct report *report, const char *name, double value);
void report_text(struct report *report, const char *name, const char *value);
void report_numbers(struct report *report, const char *name, size_t count, const double *values);

/* Writes the object to path ("-": standard error). Returns 0 or -1. */
int report_write(struct report *report, const char *path, struct error *error);

/* The figures so far, a line "name value" each; several values stand side by side. The report's own text,
 * until the next entry; NULL where memory did not suffice. */
const char *report_lines(const struct report *report);

void report_free(struct report *report);

#endif
