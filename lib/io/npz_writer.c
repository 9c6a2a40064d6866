/* The writing half of io/npz.h. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"
#include "io/npy_header.h"
#include "io/npy_text.h"
#include "io/npz.h"
#include "io/zip_writer.h"

static const char number_type[] = "<f8", extension[] = ".npy";

struct npz_writer {
    char *path;
    struct byte_sink *sink;
    struct zip_writer *archive;
};

/* The bytes of one member. */
struct array_bytes {
    unsigned char header[NPY_HEADER_SIZE_MAX];
    size_t header_size;
    const void *data;
    size_t data_size;
};

struct npz_writer *npz_writer_open(const char *path, struct error *error) {
    const struct byte_sink_settings settings = {.binary = true};
    const char *name = path != NULL && strcmp(path, "-") != 0 ? path : "standard output";
    struct npz_writer *writer = memory_zeros(error, 1, sizeof *writer);
    if (writer == NULL)
        return NULL;
    writer->path = memory_text(error, name, strlen(name));
    if (writer->path == NULL)
        goto failed;
    writer->sink = byte_sink_open(path, &settings, error);
    if (writer->sink == NULL)
        goto failed;
    writer->archive = zip_writer_open(writer->sink, writer->path, error);
    if (writer->archive != NULL)
        return writer;

failed:
    npz_writer_discard(writer);
    return NULL;
}

static int fail(const struct npz_writer *writer, const char *name, struct error *error) {
    return error_prefix(error, "%s: %s", writer->path, name);
}

static uint32_t checksum_of(const struct array_bytes *array) {
    uLong checksum = crc32_z(0, array->header, array->header_size);
    /* zlib takes a null pointer, as an array of no values may have, for a wish to begin */
    if (array->data_size > 0)
        checksum = crc32_z(checksum, array->data, array->data_size);
    return (uint32_t)checksum;
}

static int write_array(struct npz_writer *writer, const char *name, const struct array_bytes *array,
                       struct error *error) {
    char *member = memory_resize(error, NULL, strlen(name) + sizeof extension, 1);
    if (member == NULL)
        return fail(writer, name, error);
    sprintf(member, "%s%s", name, extension);
    int status = zip_writer_member(writer->archive, member, array->header_size + array->data_size,
                                   checksum_of(array), error);
    free(member);
    if (status < 0 || byte_sink_write(writer->sink, array->header, array->header_size, error) < 0)
        return -1;
    return byte_sink_write(writer->sink, array->data, array->data_size, error);
}

static int refuse_nan(const struct npz_writer *writer, const char *name, size_t count, const double *values,
                      struct error *error) {
    for (size_t i = 0; i < count; i++)
        if (isnan(values[i]))
            return error_set(error, "%s: %s: value %zu is nan", writer->path, name, i + 1);
    return 0;
}

int npz_writer_numbers(struct npz_writer *writer, const char *name, size_t rank, const size_t *shape,
                       const double *values, bool nan_allowed, struct error *error) {
    struct array_bytes array = {.data = values};
    uint64_t dimensions[NPZ_RANK_MAX];
    size_t count = 1;
    for (size_t i = 0; i < rank; i++) {
        dimensions[i] = shape[i];
        count *= shape[i];
    }
    if (!nan_allowed && refuse_nan(writer, name, count, values, error) < 0)
        return -1;
    array.data_size = count * sizeof *values; /* they are in memory, so it fits */
    array.header_size = npy_header_write(array.header, number_type, rank, dimensions);
    return write_array(writer, name, &array, error);
}

int npz_writer_number(struct npz_writer *writer, const char *name, double value, struct error *error) {
    return npz_writer_numbers(writer, name, 0, NULL, &value, false, error);
}

/* Texts of one array are as wide as the longest, zeros behind the others. */
static int write_texts(struct npz_writer *writer, const char *name, size_t rank, size_t count,
                       const char *const *texts, struct error *error) {
    struct array_bytes array;
    char type[NPY_TYPE_SIZE];
    const uint64_t shape[] = {count};
    size_t width = 1;
    for (size_t i = 0; i < count; i++)
        width = strlen(texts[i]) > width ? strlen(texts[i]) : width;
    uint32_t *all = memory_zeros(error, count * width + 1, sizeof *all);
    size_t longest = 1;
    for (size_t i = 0; all != NULL && i < count; i++) {
        size_t length;
        uint32_t *codes = npy_text_encode(texts[i], &length, error);
        if (codes == NULL) {
            free(all);
            return fail(writer, name, error);
        }
        memcpy(all + i * width, codes, length * sizeof *codes);
        longest = length > longest ? length : longest;
        free(codes);
    }
    if (all == NULL)
        return fail(writer, name, error);
    for (size_t i = 1; i < count; i++)
        memmove(all + i * longest, all + i * width, longest * sizeof *all);
    const struct npy_type element = {'<', 'U', longest * sizeof *all};
    npy_type_print(&element, true, type);
    array.header_size = npy_header_write(array.header, type, rank, shape);
    array.data = all;
    array.data_size = count * element.size;
    int status = write_array(writer, name, &array, error);
    free(all);
    return status;
}

int npz_writer_text(struct npz_writer *writer, const char *name, const char *text, struct error *error) {
    return write_texts(writer, name, 0, 1, &text, error);
}

int npz_writer_texts(struct npz_writer *writer, const char *name, size_t count, const char *const *texts,
                     struct error *error) {
    return write_texts(writer, name, 1, count, texts, error);
}

int npz_writer_close(struct npz_writer *writer, struct error *error) {
    if (zip_writer_finish(writer->archive, error) < 0) {
        npz_writer_discard(writer);
        return -1;
    }
    int status = byte_sink_close(writer->sink, error);
    writer->sink = NULL;
    npz_writer_discard(writer);
    return status;
}

void npz_writer_discard(struct npz_writer *writer) {
    if (writer == NULL)
        return;
    zip_writer_free(writer->archive);
    byte_sink_discard(writer->sink);
    free(writer->path);
    free(writer);
}
