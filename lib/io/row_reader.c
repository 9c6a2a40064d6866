#include "io/row_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/array_rows.h"
#include "io/byte_source.h"
#include "io/csv_reader.h"

/* What a row_reader is inside: one of csv and array is open. */
struct reader {
    struct row_reader face; /* first: a pointer to it is one to the whole */
    struct byte_source *source;
    struct csv_reader *csv;
    struct array_rows *array;
    char *name;
};

static struct reader *inside(struct row_reader *reader) {
    return (struct reader *)reader;
}

static const struct reader *inside_const(const struct row_reader *reader) {
    return (const struct reader *)reader;
}

/* "m.npz:means" names an array of m.npz, unless a file has that very name. Sets *path to the archive's path,
 * the caller's to free, and *array to the array's name, or leaves both NULL. Returns 0, or -1: out of memory.
 */
static int split_operand(const char *operand, char **path, const char **array, struct error *error) {
    const char *colon = strrchr(operand, ':');
    *path = NULL;
    *array = NULL;
    if (colon == NULL || colon == operand || colon[1] == '\0' || access(operand, F_OK) == 0)
        return 0;
    *path = memory_text(error, operand, (size_t)(colon - operand));
    if (*path == NULL)
        return -1;
    if (strcmp(*path, "-") != 0 && access(*path, F_OK) != 0) {
        free(*path);
        *path = NULL;
        return 0;
    }
    *array = colon + 1;
    return 0;
}

/* Tells the format by the first bytes. */
static int open_stream(struct reader *reader, const struct row_format *format, struct error *error) {
    const unsigned char *bytes;
    size_t available;
    reader->source = byte_source_open(reader->name, error);
    if (reader->source == NULL || byte_source_peek(reader->source, 1, &bytes, &available, error) < 0)
        return -1;
    reader->face.compressed = byte_source_compressed(reader->source);
    /* No text begins with this byte; a text that begins with P may be a line shorter than four bytes. */
    if (available == 1 && bytes[0] == 0x93) {
        reader->array = array_rows_open_npy(reader->source, format, error);
        return reader->array != NULL ? 0 : -1;
    }
    if (available == 1 && bytes[0] == 'P') {
        if (byte_source_peek(reader->source, 2, &bytes, &available, error) < 0)
            return -1;
        if (available == 2 && memcmp(bytes, "PK", 2) == 0 &&
            byte_source_peek(reader->source, 4, &bytes, &available, error) < 0)
            return -1;
        if (available == 4 && memcmp(bytes, "PK\3\4", 4) == 0)
            return error_set(error, "%s: an NPZ, which holds several arrays: name one of them, %s:ARRAY",
                             reader->name, reader->name);
    }
    reader->csv = csv_reader_open(reader->source, format, error);
    return reader->csv != NULL ? 0 : -1;
}

static int open_operand(struct reader *reader, const struct row_format *format, struct error *error) {
    char *path;
    const char *array;
    if (split_operand(reader->name, &path, &array, error) < 0)
        return -1;
    if (array == NULL)
        return open_stream(reader, format, error);
    reader->array = array_rows_open_npz(reader->name, path, array, format, error);
    free(path);
    return reader->array != NULL ? 0 : -1;
}

static void describe(struct reader *reader) {
    struct row_reader *face = &reader->face;
    face->name = reader->name;
    if (reader->csv == NULL) {
        face->format = MATRIX_NPY;
        face->type = array_rows_type(reader->array);
        face->columns = array_rows_columns(reader->array);
        return;
    }
    const struct csv_plan *plan = csv_reader_plan(reader->csv);
    face->format = MATRIX_CSV;
    face->type = "text";
    face->columns = plan->columns;
    face->names = (const char *const *)plan->names;
}

struct row_reader *row_reader_open(const char *operand, const struct row_format *format,
                                   struct error *error) {
    struct reader *reader = memory_zeros(error, 1, sizeof *reader);
    if (reader == NULL)
        return NULL;
    reader->name = memory_text(error, operand, strlen(operand));
    if (reader->name == NULL) {
        row_reader_close(&reader->face);
        return NULL;
    }
    if (open_operand(reader, format, error) < 0) {
        row_reader_close(&reader->face);
        return NULL;
    }
    describe(reader);
    return &reader->face;
}

/* most: how many rows of an array may be left unread, or 0. */
static int next_block(struct row_reader *face, size_t most, struct error *error) {
    struct reader *reader = inside(face);
    int status;
    face->rows_before += face->row_count;
    face->rows = NULL;
    face->row_count = 0;
    if (reader->csv != NULL) {
        struct csv_block block;
        status = csv_reader_next(reader->csv, &block, error);
        face->rows = block.rows;
        face->row_count = block.row_count;
        face->rows_skipped = csv_reader_rows_skipped(reader->csv);
        return status;
    }
    status = most > 0 ? array_rows_next_unread(reader->array, most, &face->rows, &face->row_count, error)
                      : array_rows_next(reader->array, &face->rows, &face->row_count, error);
    if (status <= 0)
        face->row_count = 0;
    face->rows_skipped = array_rows_skipped(reader->array);
    return status;
}

int row_reader_next(struct row_reader *face, struct error *error) {
    return next_block(face, 0, error);
}

int row_reader_next_unread(struct row_reader *face, size_t most, struct error *error) {
    return next_block(face, most, error);
}

int row_reader_read(const struct row_reader *face, size_t first, size_t count, double *room,
                    struct error *error) {
    return array_rows_read(inside_const(face)->array, first, count, room, error);
}

int row_reader_check(const struct row_reader *face, size_t first, size_t count, const double *rows,
                     struct error *error) {
    return array_rows_check(inside_const(face)->array, first, count, rows, error);
}

bool row_reader_ready(struct row_reader *face) {
    struct reader *reader = inside(face);
    return reader->csv != NULL ? csv_reader_ready(reader->csv) : array_rows_ready(reader->array);
}

int row_reader_error(const struct row_reader *face, struct error *error, size_t row, size_t column,
                     const char *format, ...) {
    const struct reader *reader = inside_const(face);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    error->usage = false;
    if (column != ROW_READER_NO_COLUMN) {
        size_t field = reader->csv != NULL ? csv_reader_plan(reader->csv)->sources[column]
                                           : array_rows_field(reader->array, column);
        error_prefix(error, "field %zu", field + 1);
    }
    if (reader->csv != NULL)
        return error_prefix(error, "%s:%llu", face->name,
                            (unsigned long long)csv_reader_line(reader->csv, row));
    return error_prefix(error, "%s: row %llu", face->name,
                        (unsigned long long)array_rows_number(reader->array, row));
}

const char *const *row_reader_levels(const struct row_reader *face, size_t column, size_t *count) {
    const struct reader *reader = inside_const(face);
    *count = 0;
    if (reader->csv == NULL)
        return NULL;
    const struct csv_plan *plan = csv_reader_plan(reader->csv);
    size_t field = plan->sources[column];
    if (plan->kinds[field] != CSV_FIELD_TEXT)
        return NULL;
    const struct word_table *table = &plan->tables[field];
    static const char *const none[] = {NULL};
    *count = table->count;
    return table->count > 0 ? (const char *const *)table->words : none;
}

int64_t row_reader_rows_ahead(const struct row_reader *face) {
    const struct reader *reader = inside_const(face);
    return reader->array != NULL ? array_rows_ahead(reader->array) : -1;
}

int row_reader_widths_error(struct error *error, const char *left, size_t left_columns, const char *right,
                            size_t right_columns) {
    return error_set(error, "%s has %zu column%s, %s %zu", left, left_columns, left_columns == 1 ? "" : "s",
                     right, right_columns);
}

void row_reader_close(struct row_reader *face) {
    if (face == NULL)
        return;
    struct reader *reader = inside(face);
    csv_reader_close(reader->csv);
    array_rows_close(reader->array);
    byte_source_close(reader->source);
    free(reader->name);
    free(reader);
}
