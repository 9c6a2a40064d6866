/* What a row reader makes of a file, as text: "a,b\n1,2\n3,4\n", then the error or "skipped 2" where rows
 * were. */
#ifndef SUPPORT_READING_H
#define SUPPORT_READING_H

#include <stddef.h>

#include "io/row_reader.h"

struct reading {
    char *text; /* ended by a zero byte */
    size_t length, capacity;
};

/* Adds a text of at most 1000 bytes. */
__attribute__((format(printf, 2, 3))) void reading_add(struct reading *reading, const char *format, ...);

/* Adds a line of numbers, 17 digits each. */
void reading_add_row(struct reading *reading, const double *row, size_t columns);

/* Reads all of an operand in place of what the reading held. */
void reading_of(struct reading *reading, const char *operand, const struct row_format *format);

/* The same through standard input, a pipe that gets so many bytes at a time. */
void reading_of_pipe(struct reading *reading, const char *bytes, size_t count, size_t portion,
                     const struct row_format *format);

void reading_write_file(const char *path, const char *bytes, size_t count);

void reading_free(struct reading *reading);

#endif
