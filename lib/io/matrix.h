/* A whole matrix in memory. */
#ifndef IO_MATRIX_H
#define IO_MATRIX_H

#include <stddef.h>
#include <stdint.h>

#include "io/row_reader.h"

struct matrix {
    double *values; /* rows x columns, row-major */
    size_t rows, columns;
    char **names; /* columns names, or NULL */
    uint64_t rows_skipped;
};

/* Reads all rows of an operand. No row at all is an error. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int matrix_read(struct matrix *matrix, const char *operand,
                                                    const struct row_format *format, struct error *error);

/* Reads what is left of an open reader (none of its blocks handed out yet). */
__attribute__((warn_unused_result)) int matrix_read_rest(struct matrix *matrix, struct row_reader *reader,
                                                         struct error *error);

/* Frees what a matrix holds; an all-zero matrix is fine. */
void matrix_free(struct matrix *matrix);

#endif
