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

static const char number_type[] = "<f8";

struct npz_writer {
    char *path;
    struct byte_sink *sink;
    struct zip_writer *archive;
};

struct npz_writer *npz_writer_open(const char *path, struct error *error) {
    const struct byte_sink_settings settings = {.binary = true};
    const char *name = path != NULL ? path : "standard output";
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

/* One member: a header and `bytes` bytes of elements. */
static int write_array(struct npz_writer *writer, const char *name, size_t header_size,
                       const unsigned char *header, size_t bytes, const void *data, struct error *error) {
    uLong checksum = crc32_z(crc32_z(0, NULL, 0), header, header_size);
    char *member = memory_resize(error, NULL, strlen(name) + sizeof ".npy", 1);
    if (member == NULL)
        return fail(writer, name, error);
    sprintf(member, "%s.npy", name);
    if (bytes > 0)
        checksum = crc32_z(checksum, data, bytes);
    int status = zip_writer_member(writer->archive, member, header_size + bytes, (uint32_t)checksum, error);
    free(member);
    if (status < 0 || byte_sink_write(writer->sink, header, header_size, error) < 0)
        return -1;
    return byte_sink_write(writer->sink, data, bytes, error);
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
    unsigned char header[NPY_HEADER_SIZE_MAX];
    uint64_t dimensions[NPZ_RANK_MAX];
    size_t count = 1, bytes;
    for (size_t i = 0; i < rank; i++) {
        dimensions[i] = shape[i];
        count *= shape[i];
    }
    if (!nan_allowed && refuse_nan(writer, name, count, values, error) < 0)
        return -1;
    if (!memory_product(count, sizeof *values, &bytes))
        return error_set(error, "%s: %s: too large", writer->path, name);
    size_t header_size = npy_header_write(header, number_type, rank, dimensions);
    return write_array(writer, name, header_size, header, bytes, values, error);
}

int npz_writer_number(struct npz_writer *writer, const char *name, double value, struct error *error) {
    return npz_writer_numbers(writer, name, 0, NULL, &value, false, error);
}

int npz_writer_text(struct npz_writer *writer, const char *name, const char *text, struct error *error) {
    unsigned char header[NPY_HEADER_SIZE_MAX];
    char type[NPY_TYPE_SIZE];
    size_t count;
    uint32_t *codes = npy_text_encode(text, &count, error);
    if (codes == NULL)
        return fail(writer, name, error);
    const struct npy_type element = {'<', 'U', count * sizeof *codes};
    npy_type_print(&element, true, type);
    size_t header_size = npy_header_write(header, type, 0, NULL);
    int status = write_array(writer, name, header_size, header, element.size, codes, error);
    free(codes);
    return status;
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
