/* Rows as CSV text. */
#ifndef IO_CSV_PRINT_H
#define IO_CSV_PRINT_H

#include <stdbool.h>
#include <stddef.h>

struct csv_print_style {
    bool as_float; /* digits that read back to the same float */
    int digits;    /* significant ones; 0: the shortest that read back */
};

/* Room for a number and what follows it. */
enum { CSV_PRINT_NUMBER_SIZE = 33 };

/* Writes row_count rows, each with a text before it where labels is not NULL. Returns the bytes written: at
 * most CSV_PRINT_NUMBER_SIZE a number, and for each label csv_print_text_size. */
size_t csv_print_rows(char *text, const struct csv_print_style *style, const char *const *labels,
                      const double *rows, size_t row_count, size_t columns);

/* Room for a name or a label, quotes and a delimiter included. */
size_t csv_print_text_size(const char *word);

/* Writes a name or a label, in quotes where it could be read as anything else than one field: it is empty,
 * holds a delimiter, a quote or a line's end, has blanks around it or starts with #. Returns its length. */
size_t csv_print_text(char *text, const char *word);

#endif
