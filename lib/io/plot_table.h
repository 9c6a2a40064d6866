/* A table to be drawn: its numbers, and which columns play which part. */
#ifndef IO_PLOT_TABLE_H
#define IO_PLOT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/stream_options.h"
#include "io/matrix.h"

/* What was asked for; NULL where nothing was. */
struct plot_choice {
    const char *x;     /* the horizontal column */
    const char *y;     /* a list: the vertical ones */
    const char *by;    /* the column whose values part curves; may hold words */
    bool values_alone; /* nothing is horizontal unless x says so: histograms, matrices */
    bool words;        /* the horizontal column may hold words: bars */
};

#define PLOT_TABLE_NO_COLUMN ((size_t)-1)

/* The words behind the codes of a column; count 0: the column holds numbers. */
struct plot_words {
    char **words;
    size_t count;
};

struct plot_table {
    struct matrix matrix;
    size_t x;  /* a column of the matrix, or PLOT_TABLE_NO_COLUMN */
    size_t *y; /* y_count columns */
    size_t y_count;
    size_t by; /* or PLOT_TABLE_NO_COLUMN; its values are codes 0, 1, ... */
    bool x_typed, y_typed;
    struct plot_words groups, words; /* of the columns by and x */
};

/* Reads an operand whole. Columns left over by a choice of y are not parsed, so that they may hold words.
 * Unless x was typed, the first column is horizontal where there is another to be vertical. Returns 0, or -1
 * with nothing to free. */
__attribute__((warn_unused_result)) int plot_table_read(struct plot_table *table, const char *operand,
                                                        const struct row_format *format,
                                                        const struct plot_choice *choice,
                                                        struct error *error);

/* The column of that name, or PLOT_TABLE_NO_COLUMN. */
size_t plot_table_find(const struct plot_table *table, const char *name);

/* The name of a column, or NULL. */
const char *plot_table_name(const struct plot_table *table, size_t column);

/* An all-zero table is fine. */
void plot_table_free(struct plot_table *table);

#endif
