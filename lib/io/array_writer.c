#include "io/array_writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/npy_header.h"

enum {
    ARRAY_BYTES = 1 << 22, /* of an array where one is written per flush: the header is nothing beside it */
    FLOATS = 1 << 12       /* turned into floats at a time */
};

enum plan {
    PLAN_PROMISED, /* one array, its rows known before */
    PLAN_MENDED,   /* one array, its header written over at the end */
    PLAN_ARRAYS    /* one array after another */
};

struct array_writer {
    struct byte_sink *sink;
    enum plan plan;
    size_t columns;
    bool float32;
    uint64_t promised, rows; /* rows: that came */
    bool begun;              /* some array is in the sink */

    /* PLAN_ARRAYS: rows gathered for the next one. */
    unsigned char *gathered;
    size_t capacity, used;
    uint64_t gathered_rows;
};

static const char *type_of(const struct array_writer *writer) {
    return writer->float32 ? "<f4" : "<f8";
}

static int write_header(struct array_writer *writer, uint64_t rows, struct error *error) {
    unsigned char header[NPY_HEADER_MATRIX];
    npy_header_write_matrix(header, type_of(writer), rows, writer->columns);
    writer->begun = true;
    return byte_sink_write(writer->sink, header, sizeof header, error);
}

struct array_writer *array_writer_open(struct byte_sink *sink, size_t columns, bool float32, int64_t rows,
                                       struct error *error) {
    struct array_writer *writer = memory_zeros(error, 1, sizeof *writer);
    if (writer == NULL)
        return NULL;
    writer->sink = sink;
    writer->columns = columns;
    writer->float32 = float32;
    writer->promised = rows >= 0 ? (uint64_t)rows : 0;
    writer->plan = byte_sink_seekable(sink) ? PLAN_MENDED : rows >= 0 ? PLAN_PROMISED : PLAN_ARRAYS;
    if (writer->plan != PLAN_ARRAYS && write_header(writer, writer->promised, error) < 0) {
        array_writer_free(writer);
        return NULL;
    }
    return writer;
}

/* Bytes to where the plan wants them. */
static int put(struct array_writer *writer, const void *bytes, size_t count, struct error *error) {
    if (writer->plan != PLAN_ARRAYS)
        return byte_sink_write(writer->sink, bytes, count, error);
    if (count > SIZE_MAX - writer->used)
        return error_set(error, "out of memory (a row does not fit an address)");
    if (memory_reserve(error, &writer->gathered, &writer->capacity, writer->used + count, 1) < 0)
        return -1;
    memcpy(writer->gathered + writer->used, bytes, count);
    writer->used += count;
    return 0;
}

static int put_floats(struct array_writer *writer, const double *values, size_t count, struct error *error) {
    float floats[FLOATS];
    while (count > 0) {
        size_t part = count < FLOATS ? count : FLOATS;
        for (size_t i = 0; i < part; i++)
            floats[i] = (float)values[i];
        if (put(writer, floats, part * sizeof floats[0], error) < 0)
            return -1;
        values += part;
        count -= part;
    }
    return 0;
}

static int end_array(struct array_writer *writer, struct error *error) {
    if (write_header(writer, writer->gathered_rows, error) < 0 ||
        byte_sink_write(writer->sink, writer->gathered, writer->used, error) < 0)
        return -1;
    writer->used = 0;
    writer->gathered_rows = 0;
    return 0;
}

/* Rows are put in parts that make an array of their own where arrays follow one another. */
int array_writer_rows(struct array_writer *writer, const double *rows, size_t row_count,
                      struct error *error) {
    size_t width = writer->float32 ? sizeof(float) : sizeof(double);
    size_t part_rows = writer->columns < ARRAY_BYTES / width ? ARRAY_BYTES / width / writer->columns : 1;
    while (row_count > 0) {
        size_t part = row_count < part_rows ? row_count : part_rows, count = part * writer->columns;
        int status = writer->float32 ? put_floats(writer, rows, count, error)
                                     : put(writer, rows, count * sizeof *rows, error);
        if (status < 0)
            return -1;
        rows += count;
        row_count -= part;
        writer->rows += part;
        writer->gathered_rows += part;
        if (writer->plan == PLAN_ARRAYS && writer->used >= ARRAY_BYTES && end_array(writer, error) < 0)
            return -1;
    }
    return 0;
}

int array_writer_flush(struct array_writer *writer, struct error *error) {
    if (writer->plan == PLAN_ARRAYS && writer->gathered_rows > 0 && end_array(writer, error) < 0)
        return -1;
    return byte_sink_flush(writer->sink, error);
}

int array_writer_finish(struct array_writer *writer, struct error *error) {
    unsigned char header[NPY_HEADER_MATRIX];
    switch (writer->plan) {
    case PLAN_PROMISED:
        if (writer->rows != writer->promised)
            return error_set(error, "%llu rows were to be written, and %llu came",
                             (unsigned long long)writer->promised, (unsigned long long)writer->rows);
        return 0;
    case PLAN_MENDED:
        if (writer->rows == writer->promised)
            return 0;
        npy_header_write_matrix(header, type_of(writer), writer->rows, writer->columns);
        return byte_sink_rewrite(writer->sink, 0, header, sizeof header, error);
    case PLAN_ARRAYS:
        break;
    }
    return writer->gathered_rows > 0 || !writer->begun ? end_array(writer, error) : 0;
}

void array_writer_free(struct array_writer *writer) {
    if (writer == NULL)
        return;
    free(writer->gathered);
    free(writer);
}
