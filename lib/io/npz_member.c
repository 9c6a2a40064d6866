#include "io/npz_member.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/npy_fortran.h"
#include "io/npy_header.h"
#include "io/npy_text.h"

enum {
    STEP_VALUES = 64 * 1024,      /* read and converted at a time */
    STEP_BYTES = 8 * STEP_VALUES, /* of the largest type of numbers */
};

static const char extension[] = ".npy";

static ssize_t read_archive(void *context, void *buffer, size_t count, struct error *error) {
    return zip_reader_read(context, buffer, count, error);
}

static int read_header(struct npy_header *header, struct zip_reader *archive, struct error *error) {
    struct npy_header_input input = {read_archive, archive, zip_reader_place(archive)};
    if (npy_header_read(header, &input, error) < 0)
        return -1;
    return zip_reader_expect(archive, header->bytes, error);
}

/* Reads exactly count bytes. */
static int read_bytes(struct zip_reader *archive, void *buffer, size_t count, struct error *error) {
    ssize_t came = zip_reader_read(archive, buffer, count, error);
    if (came < 0)
        return -1;
    return (size_t)came == count ? 0 : zip_reader_error(archive, error, "the data end inside the array");
}

static int out_of_room(const struct zip_reader *archive, struct error *error) {
    return error_prefix(error, "%s", zip_reader_place(archive));
}

/* All values in the order of the file. Room doubles as they come, so a header that lies costs no more than
 * twice what was sent. */
static int read_values(struct npz_array *array, const struct npy_header *header, struct zip_reader *archive,
                       struct error *error) {
    size_t done = 0, capacity = 0;
    unsigned char *raw = memory_array(error, STEP_BYTES, 1);
    if (raw == NULL)
        return out_of_room(archive, error);
    int status = 0;
    do {
        size_t count = header->count - done < STEP_VALUES ? header->count - done : STEP_VALUES;
        if ((status = read_bytes(archive, raw, count * header->type.size, error)) < 0)
            break;
        size_t room = done + count > 0 ? done + count : 1; /* values are there, be they none */
        if (memory_reserve(error, &array->values, &capacity, room, sizeof *array->values) < 0) {
            status = out_of_room(archive, error);
            break;
        }
        npy_type_convert(&header->type, count, raw, array->values + done);
        done += count;
    } while (done < header->count);
    free(raw);
    return status;
}

/* Values came in Fortran order. */
static int put_in_c_order(struct npz_array *array, const struct npy_header *header,
                          const struct zip_reader *archive, struct error *error) {
    double *ordered = memory_array(error, header->count, sizeof *ordered);
    if (ordered == NULL)
        return out_of_room(archive, error);
    npy_fortran_transpose(header, array->values, header->rows, 0, header->rows, ordered);
    free(array->values);
    array->values = ordered;
    return 0;
}

static int read_numbers(struct npz_array *array, const struct npy_header *header, struct zip_reader *archive,
                        struct error *error) {
    if (read_values(array, header, archive, error) < 0)
        return -1;
    if (header->fortran_order && header->rank > 1 && header->count > 0)
        return put_in_c_order(array, header, archive, error);
    return 0;
}

/* A scalar is array->text, the elements of an array are array->texts. */
static int decode_texts(struct npz_array *array, const struct npy_header *header, const unsigned char *raw,
                        struct error *error) {
    if (header->rank == 0)
        return (array->text = npy_text_decode(&header->type, raw, error)) == NULL ? -1 : 0;
    array->texts = memory_zeros(error, header->count + 1, sizeof *array->texts);
    for (size_t i = 0; array->texts != NULL && i < header->count; i++) {
        array->texts[i] = npy_text_decode(&header->type, raw + i * header->type.size, error);
        if (array->texts[i] == NULL)
            return -1;
    }
    return array->texts == NULL ? -1 : 0;
}

static int read_text(struct npz_array *array, const struct npy_header *header, struct zip_reader *archive,
                     struct error *error) {
    if (header->count > NPZ_TEXTS_MAX)
        return zip_reader_error(archive, error, "an array of %zu texts", header->count);
    if (header->bytes > NPZ_TEXT_MAX)
        return zip_reader_error(archive, error, "a text of %zu bytes", header->bytes);
    unsigned char *raw = memory_array(error, header->bytes, 1);
    if (raw == NULL)
        return out_of_room(archive, error);
    int status = read_bytes(archive, raw, header->bytes, error);
    if (status == 0 && decode_texts(array, header, raw, error) < 0)
        status = out_of_room(archive, error);
    free(raw);
    return status;
}

/* Takes what the array will hold from the budget. */
static int reserve(const struct npy_header *header, const struct zip_reader *archive, uint64_t *budget,
                   struct error *error) {
    size_t values;
    size_t size = npy_type_is_text(&header->type) ? header->type.size : sizeof(double);
    if (!memory_product(header->count, size, &values) || values > *budget)
        return zip_reader_error(archive, error, "the archive would need more than %llu GiB of memory",
                                (unsigned long long)(NPZ_BYTES_MAX >> 30));
    *budget -= values;
    return 0;
}

char *npz_member_name(const struct zip_reader *archive, struct error *error) {
    const char *name = zip_reader_name(archive);
    size_t length = strlen(name), ending = strlen(extension);
    if (length > ending && strcmp(name + length - ending, extension) == 0)
        length -= ending;
    char *copy = memory_text(error, name, length);
    if (copy == NULL)
        out_of_room(archive, error);
    return copy;
}

int npz_member_read(struct npz_array *array, struct zip_reader *archive, uint64_t *budget,
                    struct error *error) {
    struct npy_header header;
    array->name = npz_member_name(archive, error);
    if (array->name == NULL || read_header(&header, archive, error) < 0)
        return -1;
    if (header.rank > NPZ_RANK_MAX)
        return zip_reader_error(archive, error, "%zu dimensions are more than %d", header.rank, NPZ_RANK_MAX);
    if (reserve(&header, archive, budget, error) < 0)
        return -1;
    npy_type_print(&header.type, true, array->type);
    array->rank = header.rank;
    memcpy(array->shape, header.shape, header.rank * sizeof *array->shape);
    array->count = header.count;
    int status = npy_type_is_text(&header.type) ? read_text(array, &header, archive, error)
                                                : read_numbers(array, &header, archive, error);
    return status < 0 ? -1 : zip_reader_end(archive, error);
}

int npz_member_skip(struct zip_reader *archive, struct error *error) {
    struct npy_header header;
    if (!zip_reader_bounded(archive) && read_header(&header, archive, error) < 0)
        return -1;
    return zip_reader_skip(archive, error);
}

void npz_member_free(struct npz_array *array) {
    free(array->name);
    free(array->values);
    free(array->text);
    for (size_t i = 0; array->texts != NULL && i < array->count; i++)
        free(array->texts[i]);
    free(array->texts);
}
