#include "io/npy_fortran.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
    BLOCK_VALUES = 512 * 1024, /* some KiB of each column a read, for a hundred columns */
    BLOCK_ROWS_MIN = 16,
    TILE_ROWS = 32,         /* cache lines written at a time */
    GROWTH_START = 1 << 20, /* bytes granted to an array before any of it came */
};

struct npy_fortran {
    struct byte_source *source;
    struct npy_header header;
    uint64_t data; /* offset of the array in the source */
    size_t row;    /* the next to hand out */
    bool whole;    /* sliced holds the array */
    unsigned char *raw;
    size_t raw_capacity;
    double *sliced; /* columns of the array, or of a block of its rows */
    double *values; /* block_rows x columns */
    size_t block_rows;
};

/* Where the column stands that comes `column`-th in C order: with indices j1 .. jk of the dimensions behind
 * the first, C order counts the last fastest, Fortran's the first. */
static size_t column_place(const struct npy_header *header, size_t column) {
    size_t place = 0;
    if (header->rank <= 2)
        return column;
    for (size_t i = header->rank - 1; i > 0; i--) {
        place = place * header->shape[i] + column % header->shape[i];
        column /= header->shape[i];
    }
    return place;
}

static void transpose_tile(const struct npy_header *header, const double *sliced, size_t length, size_t count,
                           double *values) {
    for (size_t column = 0; column < header->columns; column++) {
        const double *slice = sliced + column_place(header, column) * length;
        for (size_t row = 0; row < count; row++)
            values[row * header->columns + column] = slice[row];
    }
}

void npy_fortran_transpose(const struct npy_header *header, const double *sliced, size_t length, size_t first,
                           size_t count, double *values) {
    for (size_t row = 0; row < count; row += TILE_ROWS) {
        size_t tile = count - row < TILE_ROWS ? count - row : TILE_ROWS;
        transpose_tile(header, sliced + first + row, length, tile, values + row * header->columns);
    }
}

static int fail(const struct npy_fortran *fortran, struct error *error) {
    return error_prefix(error, "%s", byte_source_name(fortran->source));
}

/* Reads the array into raw, giving it room only as it comes. */
static int read_whole(struct npy_fortran *fortran, struct error *error) {
    size_t filled = 0, bytes = fortran->header.bytes;
    while (filled < bytes) {
        size_t room = 2 * filled < GROWTH_START ? GROWTH_START : 2 * filled;
        room = room < bytes ? room : bytes;
        if (memory_reserve(error, &fortran->raw, &fortran->raw_capacity, room, 1) < 0)
            return fail(fortran, error);
        ssize_t came = byte_source_read_full(fortran->source, fortran->raw + filled, room - filled, error);
        if (came < 0)
            return -1;
        if ((size_t)came < room - filled)
            return error_set(error, "%s: the data end inside an array of %zu rows in Fortran order",
                             byte_source_name(fortran->source), fortran->header.rows);
        filled = room;
    }
    return 0;
}

static int hold_whole(struct npy_fortran *fortran, struct error *error) {
    if (read_whole(fortran, error) < 0)
        return -1;
    fortran->whole = true;
    fortran->sliced = memory_array(error, fortran->header.count, sizeof *fortran->sliced);
    if (fortran->sliced == NULL)
        return fail(fortran, error);
    npy_type_convert(&fortran->header.type, fortran->header.count, fortran->raw, fortran->sliced);
    free(fortran->raw);
    fortran->raw = NULL;
    return 0;
}

/* Memory for reading block by block; the stream goes on behind the array. */
static int prepare_blocks(struct npy_fortran *fortran, struct error *error) {
    const struct npy_header *header = &fortran->header;
    fortran->sliced = memory_matrix(error, fortran->block_rows, header->columns, sizeof *fortran->sliced);
    fortran->raw = memory_matrix(error, fortran->block_rows, header->columns, header->type.size);
    if (fortran->sliced == NULL || fortran->raw == NULL)
        return fail(fortran, error);
    return byte_source_seek(fortran->source, fortran->data + header->bytes, error);
}

struct npy_fortran *npy_fortran_open(struct byte_source *source, const struct npy_header *header,
                                     struct error *error) {
    struct npy_fortran *fortran = memory_zeros(error, 1, sizeof *fortran);
    if (fortran == NULL)
        return NULL;
    size_t rows = BLOCK_VALUES / header->columns;
    rows = rows > BLOCK_ROWS_MIN ? rows : BLOCK_ROWS_MIN;
    fortran->source = source;
    fortran->header = *header;
    fortran->data = byte_source_position(source);
    fortran->block_rows = rows < header->rows ? rows : header->rows;
    bool whole = !byte_source_seekable(source) || fortran->block_rows == header->rows;
    if ((whole ? hold_whole(fortran, error) : prepare_blocks(fortran, error)) < 0)
        goto failed;
    fortran->values = memory_matrix(error, fortran->block_rows, header->columns, sizeof *fortran->values);
    if (fortran->values != NULL)
        return fortran;
    fail(fortran, error);

failed:
    npy_fortran_close(fortran);
    return NULL;
}

/* Gathers `count` rows of each column. */
static int read_slices(struct npy_fortran *fortran, size_t count, struct error *error) {
    const struct npy_header *header = &fortran->header;
    size_t slice = count * header->type.size;
    for (size_t column = 0; column < header->columns; column++) {
        uint64_t offset = ((uint64_t)column * header->rows + fortran->row) * header->type.size;
        if (byte_source_read_at(fortran->source, fortran->data + offset, fortran->raw + column * slice, slice,
                                error) < 0)
            return -1;
    }
    npy_type_convert(&header->type, count * header->columns, fortran->raw, fortran->sliced);
    return 0;
}

int npy_fortran_next(struct npy_fortran *fortran, const double **rows, size_t *row_count,
                     struct error *error) {
    const struct npy_header *header = &fortran->header;
    size_t left = header->rows - fortran->row;
    size_t count = left < fortran->block_rows ? left : fortran->block_rows;
    if (fortran->whole) {
        npy_fortran_transpose(header, fortran->sliced, header->rows, fortran->row, count, fortran->values);
    } else {
        if (read_slices(fortran, count, error) < 0)
            return -1;
        npy_fortran_transpose(header, fortran->sliced, count, 0, count, fortran->values);
    }
    fortran->row += count;
    *rows = fortran->values;
    *row_count = count;
    return 0;
}

void npy_fortran_skip(struct npy_fortran *fortran, size_t rows) {
    fortran->row += rows;
}

void npy_fortran_close(struct npy_fortran *fortran) {
    if (fortran == NULL)
        return;
    free(fortran->raw);
    free(fortran->sliced);
    free(fortran->values);
    free(fortran);
}
