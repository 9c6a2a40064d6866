/* What went wrong, in one line.
 *
 * Bad data, I/O and memory are reported by return value (-1 or NULL) with the line set here, worded
 * where it was found: the place first ("p.csv:17: field 3: "), then what was expected and what came.
 * The filter's name is put before it, and the line printed, by base/command alone. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

struct error {
    char text[1024]; /* no newline; empty while nothing is wrong */
    bool usage;      /* the caller asked for something impossible: exit status 2 in place of 1 */
};

/* Sets the text. Returns -1, so that a function can end with `return error_set(...)`. */
__attribute__((format(printf, 2, 3))) int error_set(struct error *error, const char *format, ...);

/* The same, with ": " and the system's reason for errno behind it. */
__attribute__((format(printf, 2, 3))) int error_set_system(struct error *error, const char *format, ...);

/* The same for a request that cannot be served whatever the data: exit status 2. */
__attribute__((format(printf, 2, 3))) int error_set_usage(struct error *error, const char *format, ...);

/* Puts "place: " before the text that is there. Returns -1. */
__attribute__((format(printf, 2, 3))) int error_prefix(struct error *error, const char *format, ...);

/* Writes text (any bytes, length known) into quoted as a printable excerpt of at most 40 characters:
 * control characters and bytes that are not ASCII become '?', a longer text ends in "...".
 *
 *   quoted  at least ERROR_QUOTE_SIZE bytes, written; returned */
enum { ERROR_QUOTE_SIZE = 48 };
char *error_quote(char *quoted, const char *text, unsigned long length);

#endif
