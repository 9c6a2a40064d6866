#include "io/npz_pack.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "io/byte_source.h"
#include "io/decimal.h"
#include "io/matrix.h"
#include "io/npy_header.h"
#include "io/word_list.h"

static const double version = 1;

static ssize_t read_source(void *context, void *buffer, size_t count, struct error *error) {
    return byte_source_read_full(context, buffer, count, error);
}

/* Gives the array the shape that the header of an NPY file says, where its size is that of the array. */
static int take_shape(struct npz_array *array, const char *path, struct error *error) {
    struct stat file;
    struct npy_header header;
    const unsigned char *bytes;
    size_t count;
    if (stat(path, &file) < 0 || !S_ISREG(file.st_mode))
        return 0;
    struct byte_source *source = byte_source_open(path, error);
    if (source == NULL)
        return -1;
    struct npy_header_input input = {read_source, source, path};
    int status = byte_source_peek(source, NPY_MAGIC_SIZE, &bytes, &count, error);
    bool npy = status == 0 && count == NPY_MAGIC_SIZE && npy_header_begins(bytes, count);
    if (npy)
        status = npy_header_read(&header, &input, error);
    byte_source_close(source);
    if (!npy || status < 0 || header.count != array->count || header.rank > NPZ_RANK_MAX)
        return status;
    array->rank = header.rank;
    memcpy(array->shape, header.shape, header.rank * sizeof *header.shape);
    return 0;
}

static int read_matrix(struct npz_array *array, const char *path, const struct row_format *format,
                       struct error *error) {
    struct matrix matrix;
    if (matrix_read(&matrix, path, format, error) < 0)
        return -1;
    array->values = matrix.values;
    matrix.values = NULL;
    array->count = matrix.rows * matrix.columns;
    array->rank = matrix.columns == 1 ? 1 : 2;
    array->shape[0] = matrix.rows;
    array->shape[1] = matrix.columns;
    matrix_free(&matrix);
    return take_shape(array, path, error);
}

/* "m.npz:means", where there is no file of that very name. Returns 1 with the array read, 0 where path is
 * none, or -1. */
static int read_member(struct npz_array *array, const char *path, struct error *error) {
    struct stat file;
    const char *colon = strrchr(path, ':');
    if (colon == NULL || colon - path <= 4 || memcmp(colon - 4, ".npz", 4) != 0 || stat(path, &file) == 0)
        return 0;
    char *archive = memory_text(error, path, (size_t)(colon - path));
    struct npz *npz = archive != NULL ? npz_read_array(archive, colon + 1, error) : NULL;
    free(archive);
    if (npz == NULL)
        return -1;
    char *name = array->name;
    *array = npz->arrays[0];
    npz->arrays[0] = (struct npz_array){.name = array->name};
    array->name = name;
    npz_free(npz);
    return 1;
}

static int read_array(struct npz_array *array, const char *path, const struct row_format *format,
                      struct error *error) {
    int status = read_member(array, path, error);
    if (status != 0)
        return status < 0 ? -1 : 0;
    return read_matrix(array, path, format, error);
}

static int take_value(struct npz_array *array, const char *text, struct error *error) {
    double value;
    const char *end = text + strlen(text);
    array->count = 1;
    if (decimal_parse(text, end, '.', &value) == end) {
        array->values = memory_array(error, 1, sizeof *array->values);
        if (array->values != NULL)
            array->values[0] = value;
        return array->values != NULL ? 0 : -1;
    }
    array->text = memory_text(error, text, strlen(text));
    return array->text != NULL ? 0 : -1;
}

static int add_operand(struct npz *npz, const char *operand, const struct row_format *format,
                       struct error *error) {
    char quoted[ERROR_QUOTE_SIZE];
    struct npz_array *array = &npz->arrays[npz->count];
    size_t length = strcspn(operand, "=");
    bool value = length > 0 && operand[length] == '=' && operand[length - 1] == ':';
    const char *right = operand[length] == '=' ? operand + length + 1 : NULL;
    length -= value;
    if (right == NULL || length == 0 || (*right == '\0' && !value))
        return error_set_usage(error, "--pack: expected NAME=FILE or NAME:=VALUE, got '%s'",
                               error_quote(quoted, operand, strlen(operand)));
    *array = (struct npz_array){.name = memory_text(error, operand, length)};
    npz->count++;
    if (array->name == NULL)
        return -1;
    if (npz_find(npz, array->name) != array)
        return error_set_usage(error, "--pack: array '%s' is given twice",
                               error_quote(quoted, array->name, length));
    return value ? take_value(array, right, error) : read_array(array, right, format, error);
}

/* Reads "2x3x3". Returns 0, or -1 where it is none. */
static int parse_shape(const char *text, size_t *rank, size_t *shape, size_t *count) {
    *rank = 0;
    *count = 1;
    for (;; text++) {
        size_t length = strspn(text, "0123456789"), size = 0;
        if (length == 0 || length > 15 || *rank == NPZ_RANK_MAX)
            return -1;
        for (; length > 0; length--)
            size = 10 * size + (size_t)(*text++ - '0');
        if (!memory_product(*count, size, count))
            return -1;
        shape[(*rank)++] = size;
        if (*text == '\0')
            return 0;
        if (*text != 'x')
            return -1;
    }
}

static int set_shape(struct npz *npz, const char *text, struct error *error) {
    char quoted[ERROR_QUOTE_SIZE];
    size_t rank, shape[NPZ_RANK_MAX], count, length = strcspn(text, "=");
    error_quote(quoted, text, strlen(text));
    if (text[length] != '=' || parse_shape(text + length + 1, &rank, shape, &count) < 0)
        return error_set_usage(error, "--shape: expected NAME=2x3x3, got '%s'", quoted);
    for (size_t i = 0; i < npz->count; i++) {
        struct npz_array *array = &npz->arrays[i];
        if (strlen(array->name) != length || memcmp(array->name, text, length) != 0)
            continue;
        if (array->values == NULL || array->count != count)
            return error_set(error, "--shape %s: that is %zu values, but the array has %zu", quoted, count,
                             array->count);
        array->rank = rank;
        memcpy(array->shape, shape, sizeof shape);
        return 0;
    }
    return error_set_usage(error, "--shape %s: no such array is packed", quoted);
}

static int set_shapes(struct npz *npz, const char *text, struct error *error) {
    struct word_list list;
    if (text == NULL)
        return 0;
    if (word_list_split(&list, text, error) < 0)
        return error_prefix(error, "--shape");
    int status = 0;
    for (size_t i = 0; i < list.count && status == 0; i++)
        status = set_shape(npz, list.words[i], error);
    word_list_free(&list);
    return status;
}

static int add_version(struct npz *npz, struct error *error) {
    if (npz_find(npz, "version") != NULL)
        return 0;
    struct npz_array *array = &npz->arrays[npz->count++];
    *array = (struct npz_array){.name = memory_text(error, "version", strlen("version")),
                                .count = 1,
                                .values = memory_array(error, 1, sizeof *array->values)};
    if (array->name == NULL || array->values == NULL)
        return -1;
    array->values[0] = version;
    return 0;
}

/* Standard input can be one of the arrays, once. */
static int check_standard_input(const struct npz_pack_settings *settings, struct error *error) {
    size_t found = 0;
    for (size_t i = 0; i < settings->count; i++) {
        const char *equals = strchr(settings->operands[i], '=');
        bool file = equals != NULL && (equals == settings->operands[i] || equals[-1] != ':');
        found += file && strcmp(equals + 1, "-") == 0;
    }
    return found > 1 ? error_set_usage(error, "standard input (-) can be read once only") : 0;
}

struct npz *npz_pack_read(const struct npz_pack_settings *settings, struct error *error) {
    if (check_standard_input(settings, error) < 0)
        return NULL;
    struct npz *npz = memory_zeros(error, 1, sizeof *npz);
    if (npz == NULL)
        return NULL;
    npz->path = memory_text(error, settings->path, strlen(settings->path));
    npz->arrays = memory_zeros(error, settings->count + 1, sizeof *npz->arrays);
    int status = npz->path != NULL && npz->arrays != NULL ? 0 : -1;
    for (size_t i = 0; i < settings->count && status == 0; i++)
        status = add_operand(npz, settings->operands[i], settings->format, error);
    if (status == 0)
        status = set_shapes(npz, settings->shapes, error);
    if (status == 0)
        status = add_version(npz, error);
    if (status == 0)
        return npz;
    npz_free(npz);
    return NULL;
}

int npz_pack_write(const struct npz *npz, const char *path, struct error *error) {
    struct npz_writer *writer = npz_writer_open(path, error);
    int status = writer != NULL ? 0 : -1;
    for (size_t i = 0; i < npz->count && status == 0; i++) {
        const struct npz_array *array = &npz->arrays[i];
        if (array->text != NULL)
            status = npz_writer_text(writer, array->name, array->text, error);
        else
            status = npz_writer_numbers(writer, array->name, array->rank, array->shape, array->values, false,
                                        error);
    }
    if (status == 0)
        return npz_writer_close(writer, error);
    npz_writer_discard(writer);
    return -1;
}
