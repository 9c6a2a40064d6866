#include "io/npy_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/npy_fortran.h"
#include "io/npy_header.h"

enum {
    BLOCK_VALUES = 64 * 1024,
    GROWTH_START = 1 << 20, /* bytes granted to a row before any of it came */
    PLACE_SIZE = 512,
};

struct npy_reader {
    struct byte_source *source;
    struct npy_header header; /* of the array at hand */
    size_t columns;
    char type[NPY_TYPE_SIZE];
    uint64_t arrays;             /* begun so far */
    uint64_t rows_read;          /* handed out or passed over, of all arrays */
    size_t rows_left;            /* of the array at hand */
    uint64_t data;               /* offset of its data in the source */
    struct npy_fortran *fortran; /* reads it where it is in Fortran order */

    /* Bytes of rows as they came: first those handed out, then what came of the next row. */
    unsigned char *raw;
    size_t raw_capacity, raw_filled, raw_handed;
    double *values; /* converted, where raw is not */
    size_t values_capacity;
};

static ssize_t read_source(void *context, void *buffer, size_t count, struct error *error) {
    return byte_source_read_full(context, buffer, count, error);
}

static int fail(const struct npy_reader *reader, struct error *error) {
    return error_prefix(error, "%s", byte_source_name(reader->source));
}

/* A file that is shorter than its header says is refused before memory is asked for. */
static int check_size(const struct npy_reader *reader, struct error *error) {
    if (!byte_source_seekable(reader->source))
        return 0;
    uint64_t there = byte_source_size(reader->source) - byte_source_position(reader->source);
    if (there >= reader->header.bytes)
        return 0;
    return error_set(error, "%s: the file is cut short: %llu of the %llu bytes of its array are there",
                     byte_source_name(reader->source), (unsigned long long)there,
                     (unsigned long long)reader->header.bytes);
}

static int check_header(struct npy_reader *reader, struct error *error) {
    const struct npy_header *header = &reader->header;
    const char *name = byte_source_name(reader->source);
    if (npy_type_is_text(&header->type)) {
        char type[NPY_TYPE_SIZE];
        npy_type_print(&header->type, true, type);
        return error_set(error, "%s: text (type '%s') is no matrix of numbers", name, type);
    }
    if (header->columns == 0)
        return error_set(error, "%s: the array has no columns", name);
    if (reader->arrays > 0 && header->columns != reader->columns)
        return error_set(error, "%s: array %llu has %zu columns, those before it %zu", name,
                         (unsigned long long)reader->arrays + 1, header->columns, reader->columns);
    return check_size(reader, error);
}

/* Reads the next array's header, which is there. */
static int begin_array(struct npy_reader *reader, struct error *error) {
    char place[PLACE_SIZE];
    const char *name = byte_source_name(reader->source);
    if (reader->arrays == 0)
        snprintf(place, sizeof place, "%s", name);
    else
        snprintf(place, sizeof place, "%s: behind row %llu", name, (unsigned long long)reader->rows_read);
    struct npy_header_input input = {read_source, reader->source, place};
    if (npy_header_read(&reader->header, &input, error) < 0 || check_header(reader, error) < 0)
        return -1;
    reader->arrays++;
    reader->rows_left = reader->header.rows;
    reader->data = byte_source_position(reader->source);
    reader->raw_filled = reader->raw_handed = 0;
    if (!reader->header.fortran_order || reader->rows_left == 0)
        return 0;
    npy_fortran_close(reader->fortran);
    reader->fortran = npy_fortran_open(reader->source, &reader->header, error);
    return reader->fortran != NULL ? 0 : -1;
}

/* Goes on to an array that has rows left. Returns 1, 0 at the end of the stream, or -1. */
static int find_rows(struct npy_reader *reader, struct error *error) {
    const unsigned char *bytes;
    size_t available;
    while (reader->rows_left == 0) {
        if (byte_source_peek(reader->source, 1, &bytes, &available, error) < 0)
            return -1;
        if (available == 0)
            return 0;
        if (begin_array(reader, error) < 0)
            return -1;
    }
    return 1;
}

struct npy_reader *npy_reader_open(struct byte_source *source, struct error *error) {
    struct npy_reader *reader = memory_zeros(error, 1, sizeof *reader);
    if (reader == NULL)
        return NULL;
    reader->source = source;
    if (begin_array(reader, error) < 0) {
        npy_reader_close(reader);
        return NULL;
    }
    reader->columns = reader->header.columns;
    npy_type_print(&reader->header.type, false, reader->type);
    return reader;
}

size_t npy_reader_columns(const struct npy_reader *reader) {
    return reader->columns;
}

const char *npy_reader_type(const struct npy_reader *reader) {
    return reader->type;
}

static size_t row_bytes(const struct npy_reader *reader) {
    return reader->columns * reader->header.type.size;
}

/* Bytes of a full block of what is left of the array: at least a row. */
static size_t block_bytes(const struct npy_reader *reader) {
    size_t rows = reader->columns < BLOCK_VALUES ? BLOCK_VALUES / reader->columns : 1;
    return (rows < reader->rows_left ? rows : reader->rows_left) * row_bytes(reader);
}

/* Moves what came of the next row to the front; the block handed out ends here. */
static void drop_handed(struct npy_reader *reader) {
    reader->raw_filled -= reader->raw_handed;
    if (reader->raw_handed > 0 && reader->raw_filled > 0)
        memmove(reader->raw, reader->raw + reader->raw_handed, reader->raw_filled);
    reader->raw_handed = 0;
}

/* Reads on into raw. A row of any length a header may claim is given room only as it comes. Returns 0, or -1;
 * the end of the input is an error here. */
static int read_more(struct npy_reader *reader, struct error *error) {
    size_t wanted = block_bytes(reader);
    size_t room = 2 * reader->raw_filled < GROWTH_START ? GROWTH_START : 2 * reader->raw_filled;
    room = room < wanted ? room : wanted;
    if (memory_reserve(error, &reader->raw, &reader->raw_capacity, room, 1) < 0)
        return fail(reader, error);
    ssize_t came =
        byte_source_read(reader->source, reader->raw + reader->raw_filled, room - reader->raw_filled, error);
    if (came < 0)
        return -1;
    if (came == 0)
        return error_set(error, "%s: the data end in row %llu; its array should have %zu rows",
                         byte_source_name(reader->source),
                         (unsigned long long)(reader->rows_read + reader->raw_filled / row_bytes(reader) + 1),
                         reader->header.rows);
    reader->raw_filled += (size_t)came;
    return 0;
}

/* Fills raw with a row at least and with as much of a block as is there. Rows before an error are handed out,
 * however they came; the next call meets the error again. */
static int fill_block(struct npy_reader *reader, struct error *error) {
    struct error later;
    drop_handed(reader);
    while (reader->raw_filled < row_bytes(reader))
        if (read_more(reader, error) < 0)
            return -1;
    size_t wanted = block_bytes(reader);
    while (reader->raw_filled < wanted && byte_source_ready(reader->source))
        if (read_more(reader, &later) < 0)
            break;
    return 0;
}

/* The rows in raw as doubles. */
static int convert_block(struct npy_reader *reader, const double **rows, size_t *row_count,
                         struct error *error) {
    *row_count = reader->raw_filled / row_bytes(reader);
    reader->raw_handed = *row_count * row_bytes(reader);
    if (npy_type_is_double(&reader->header.type)) {
        *rows = (const double *)(const void *)reader->raw; /* from malloc, so aligned for any type */
        return 0;
    }
    size_t count = *row_count * reader->columns; /* no larger than the bytes that came */
    if (memory_reserve(error, &reader->values, &reader->values_capacity, count, sizeof *reader->values) < 0)
        return fail(reader, error);
    npy_type_convert(&reader->header.type, count, reader->raw, reader->values);
    *rows = reader->values;
    return 0;
}

int npy_reader_next(struct npy_reader *reader, const double **rows, size_t *row_count, struct error *error) {
    int status = find_rows(reader, error);
    if (status <= 0)
        return status;
    if (reader->header.fortran_order)
        status = npy_fortran_next(reader->fortran, rows, row_count, error);
    else if ((status = fill_block(reader, error)) == 0)
        status = convert_block(reader, rows, row_count, error);
    if (status < 0)
        return -1;
    reader->rows_left -= *row_count;
    reader->rows_read += *row_count;
    return 1;
}

bool npy_reader_ready(struct npy_reader *reader) {
    struct error error;
    if (reader->rows_left == 0 || reader->header.fortran_order)
        return byte_source_ready(reader->source);
    drop_handed(reader);
    while (reader->raw_filled < row_bytes(reader)) {
        if (!byte_source_ready(reader->source))
            return false;
        if (read_more(reader, &error) < 0)
            return true; /* the next block will tell */
    }
    return true;
}

bool npy_reader_seekable(const struct npy_reader *reader) {
    return byte_source_seekable(reader->source);
}

/* Adds up the headers from the source's position on. */
static int count_arrays(struct npy_reader *reader, uint64_t *rows, struct error *error) {
    struct npy_header_input input = {read_source, reader->source, byte_source_name(reader->source)};
    struct npy_reader scout = {
        .source = reader->source, .columns = reader->columns, .arrays = reader->arrays};
    while (byte_source_position(reader->source) < byte_source_size(reader->source)) {
        if (npy_header_read(&scout.header, &input, error) < 0 || check_header(&scout, error) < 0)
            return -1;
        scout.arrays++;
        *rows += scout.header.rows;
        uint64_t data = byte_source_position(reader->source);
        if (byte_source_seek(reader->source, data + scout.header.bytes, error) < 0)
            return -1;
    }
    return 0;
}

int npy_reader_rows_ahead(struct npy_reader *reader, uint64_t *rows, struct error *error) {
    uint64_t position = byte_source_position(reader->source);
    *rows = reader->rows_left;
    int status = byte_source_seek(reader->source, reader->data + reader->header.bytes, error);
    if (status == 0)
        status = count_arrays(reader, rows, error);
    struct error unused; /* what was read before can be read again */
    return byte_source_seek(reader->source, position, &unused) < 0 ? -1 : status;
}

/* Passes over rows of the array at hand. */
static int skip_in_array(struct npy_reader *reader, size_t rows, struct error *error) {
    reader->rows_left -= rows;
    reader->rows_read += rows;
    reader->raw_filled = reader->raw_handed = 0;
    if (reader->header.fortran_order) {
        npy_fortran_skip(reader->fortran, rows);
        return 0;
    }
    uint64_t before = reader->header.rows - reader->rows_left;
    return byte_source_seek(reader->source, reader->data + before * row_bytes(reader), error);
}

int npy_reader_skip(struct npy_reader *reader, uint64_t rows, struct error *error) {
    while (rows > 0) {
        int status = find_rows(reader, error);
        if (status < 0)
            return -1;
        if (status == 0)
            return error_set(error, "%s: no row %llu", byte_source_name(reader->source),
                             (unsigned long long)(reader->rows_read + rows));
        size_t here = rows < reader->rows_left ? (size_t)rows : reader->rows_left;
        if (skip_in_array(reader, here, error) < 0)
            return -1;
        rows -= here;
    }
    return 0;
}

int npy_reader_pass(struct npy_reader *reader, size_t most, size_t *row_count, uint64_t *offset,
                    struct error *error) {
    *row_count = 0;
    int status = find_rows(reader, error);
    if (status <= 0 || !byte_source_seekable(reader->source) || reader->header.fortran_order ||
        !npy_type_is_double(&reader->header.type))
        return status;
    size_t rows = most < reader->rows_left ? most : reader->rows_left;
    *offset = reader->data + (uint64_t)(reader->header.rows - reader->rows_left) * row_bytes(reader);
    if (skip_in_array(reader, rows, error) < 0)
        return -1;
    *row_count = rows;
    return 1;
}

int npy_reader_read_at(const struct npy_reader *reader, uint64_t offset, size_t row_count, double *rows,
                       struct error *error) {
    return byte_source_read_at(reader->source, offset, rows, row_count * reader->columns * sizeof *rows,
                               error);
}

void npy_reader_close(struct npy_reader *reader) {
    if (reader == NULL)
        return;
    npy_fortran_close(reader->fortran);
    free(reader->raw);
    free(reader->values);
    free(reader);
}
