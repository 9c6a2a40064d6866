#include "io/matrix.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int copy_names(struct matrix *matrix, const struct row_reader *reader, struct error *error) {
    if (reader->names == NULL)
        return 0;
    matrix->names = memory_zeros(error, matrix->columns, sizeof *matrix->names);
    if (matrix->names == NULL)
        return -1;
    for (size_t i = 0; i < matrix->columns; i++) {
        matrix->names[i] = memory_text(error, reader->names[i], strlen(reader->names[i]));
        if (matrix->names[i] == NULL)
            return -1;
    }
    return 0;
}

/* So much is asked for at a header's word. */
enum { PROMISED_VALUES_MAX = 1 << 23 };

/* Room at once for what is known to follow, unless it is much. Returns the values there is room for. */
static size_t make_first_room(struct matrix *matrix, const struct row_reader *reader) {
    int64_t rows = row_reader_rows_ahead(reader);
    size_t values;
    if (rows <= 0 || !memory_product((size_t)rows, matrix->columns, &values) || values > PROMISED_VALUES_MAX)
        return 0;
    struct error error; /* then it grows as rows come */
    matrix->values = memory_array(&error, values, sizeof *matrix->values);
    return matrix->values != NULL ? values : 0;
}

/* Room for rows more; a promise of the header is believed only as far as rows have come. */
static int make_room(struct matrix *matrix, size_t *capacity, size_t rows, struct error *error) {
    size_t needed;
    if (rows > SIZE_MAX - matrix->rows || !memory_product(matrix->rows + rows, matrix->columns, &needed))
        return error_set(error, "out of memory (the matrix does not fit an address)");
    return memory_reserve(error, &matrix->values, capacity, needed, sizeof *matrix->values);
}

int matrix_read_rest(struct matrix *matrix, struct row_reader *reader, struct error *error) {
    size_t capacity = 0;
    int status;
    *matrix = (struct matrix){.columns = reader->columns};
    if (copy_names(matrix, reader, error) < 0)
        goto failed;
    capacity = make_first_room(matrix, reader);
    while ((status = row_reader_next(reader, error)) > 0) {
        if (make_room(matrix, &capacity, reader->row_count, error) < 0)
            goto failed;
        memcpy(matrix->values + matrix->rows * matrix->columns, reader->rows,
               reader->row_count * matrix->columns * sizeof *matrix->values);
        matrix->rows += reader->row_count;
    }
    if (status < 0)
        goto failed;
    matrix->rows_skipped = reader->rows_skipped;
    if (matrix->rows > 0)
        return 0;
    if (matrix->rows_skipped > 0)
        error_set(error, "%s: every row has a missing value", reader->name);
    else
        error_set(error, "%s: no rows", reader->name);

failed:
    matrix_free(matrix);
    return -1;
}

int matrix_read(struct matrix *matrix, const char *operand, const struct row_format *format,
                struct error *error) {
    *matrix = (struct matrix){0};
    struct row_reader *reader = row_reader_open(operand, format, error);
    if (reader == NULL)
        return -1;
    int status = matrix_read_rest(matrix, reader, error);
    row_reader_close(reader);
    return status;
}

void matrix_free(struct matrix *matrix) {
    for (size_t i = 0; matrix->names != NULL && i < matrix->columns; i++)
        free(matrix->names[i]);
    free(matrix->names);
    free(matrix->values);
    *matrix = (struct matrix){0};
}
