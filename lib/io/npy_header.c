#include "io/npy_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
    PREFIX_SIZE = NPY_MAGIC_SIZE + 2, /* magic, major, minor */
    TEXT_SIZE_MAX = 65535,            /* what version 1 can say; no array of numbers needs more */
    ALIGNMENT = 64,
    COUNT_DIGITS = 19, /* of the largest row count, 2^63 - 1 */
};

static const unsigned char magic[NPY_MAGIC_SIZE] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

/* What is left of the dict's text. */
struct cursor {
    const char *next, *end;
};

enum { SEEN_TYPE = 1, SEEN_ORDER = 2, SEEN_SHAPE = 4, SEEN_ALL = 7 };

static void skip_blanks(struct cursor *cursor) {
    while (cursor->next < cursor->end && strchr(" \t\r\n", *cursor->next) != NULL && *cursor->next != '\0')
        cursor->next++;
}

static bool take(struct cursor *cursor, const char *word) {
    size_t length = strlen(word);
    skip_blanks(cursor);
    if ((size_t)(cursor->end - cursor->next) < length || memcmp(cursor->next, word, length) != 0)
        return false;
    cursor->next += length;
    return true;
}

static int expected(const struct cursor *cursor, const char *what, struct error *error) {
    char quoted[ERROR_QUOTE_SIZE];
    return error_set(error, "bad NPY header: expected %s, got '%s'", what,
                     error_quote(quoted, cursor->next, (size_t)(cursor->end - cursor->next)));
}

/* A string in quotes of either kind, without escapes. */
static int take_string(struct cursor *cursor, const char **text, size_t *length, struct error *error) {
    skip_blanks(cursor);
    char quote = cursor->next < cursor->end ? *cursor->next : '\0';
    if (quote != '\'' && quote != '"')
        return expected(cursor, "a string", error);
    const char *close = memchr(cursor->next + 1, quote, (size_t)(cursor->end - cursor->next) - 1);
    if (close == NULL)
        return expected(cursor, "a string", error);
    *text = cursor->next + 1;
    *length = (size_t)(close - *text);
    cursor->next = close + 1;
    return 0;
}

static int take_type(struct cursor *cursor, struct npy_header *header, struct error *error) {
    const char *text;
    size_t length;
    skip_blanks(cursor);
    if (cursor->next < cursor->end && (*cursor->next == '[' || *cursor->next == '('))
        return error_set(error, "records (a structured type) are not read: save one array of numbers");
    if (take_string(cursor, &text, &length, error) < 0)
        return -1;
    return npy_type_parse(&header->type, text, length, error);
}

static int take_order(struct cursor *cursor, struct npy_header *header, struct error *error) {
    if (take(cursor, "True"))
        header->fortran_order = true;
    else if (take(cursor, "False"))
        header->fortran_order = false;
    else
        return expected(cursor, "True or False", error);
    return 0;
}

/* Digits, with the L that Python 2 put behind some. */
static int take_dimension(struct cursor *cursor, size_t *dimension, struct error *error) {
    skip_blanks(cursor);
    const char *start = cursor->next;
    *dimension = 0;
    for (; cursor->next < cursor->end && *cursor->next >= '0' && *cursor->next <= '9'; cursor->next++)
        if (__builtin_mul_overflow(*dimension, 10, dimension) ||
            __builtin_add_overflow(*dimension, (size_t)(*cursor->next - '0'), dimension))
            return error_set(error, "bad NPY header: the shape is too large");
    if (cursor->next == start)
        return expected(cursor, "a size", error);
    take(cursor, "L");
    return 0;
}

static int take_shape(struct cursor *cursor, struct npy_header *header, struct error *error) {
    header->rank = 0;
    if (!take(cursor, "("))
        return expected(cursor, "a shape", error);
    while (!take(cursor, ")")) {
        if (header->rank == NPY_RANK_MAX)
            return error_set(error, "bad NPY header: more than %d dimensions", NPY_RANK_MAX);
        if (take_dimension(cursor, &header->shape[header->rank++], error) < 0)
            return -1;
        /* (3) is a number in Python, (3,) a shape */
        bool comma = take(cursor, ",");
        if (!comma && (header->rank == 1 || cursor->next == cursor->end || *cursor->next != ')'))
            return expected(cursor, "',' in the shape", error);
    }
    return 0;
}

static int take_entry(struct cursor *cursor, struct npy_header *header, unsigned *seen, struct error *error) {
    const char *key;
    size_t length;
    unsigned now;
    int status;
    if (take_string(cursor, &key, &length, error) < 0)
        return -1;
    if (!take(cursor, ":"))
        return expected(cursor, "':'", error);
    if (length == 5 && memcmp(key, "descr", 5) == 0) {
        now = SEEN_TYPE;
        status = take_type(cursor, header, error);
    } else if (length == 13 && memcmp(key, "fortran_order", 13) == 0) {
        now = SEEN_ORDER;
        status = take_order(cursor, header, error);
    } else if (length == 5 && memcmp(key, "shape", 5) == 0) {
        now = SEEN_SHAPE;
        status = take_shape(cursor, header, error);
    } else {
        return error_set(error, "bad NPY header: a key that is none of descr, fortran_order and shape");
    }
    if (status == 0 && (*seen & now) != 0)
        return error_set(error, "bad NPY header: a key stands there twice");
    *seen |= now;
    return status;
}

static int parse_dict(struct npy_header *header, const char *text, size_t length, struct error *error) {
    struct cursor cursor = {text, text + length};
    unsigned seen = 0;
    if (!take(&cursor, "{"))
        return expected(&cursor, "'{'", error);
    while (!take(&cursor, "}")) {
        if (take_entry(&cursor, header, &seen, error) < 0)
            return -1;
        bool comma = take(&cursor, ",");
        if (!comma && (cursor.next == cursor.end || *cursor.next != '}'))
            return expected(&cursor, "',' or '}'", error);
    }
    skip_blanks(&cursor);
    if (cursor.next < cursor.end)
        return expected(&cursor, "its end", error);
    if (seen != SEEN_ALL)
        return error_set(error, "bad NPY header: descr, fortran_order or shape is missing");
    return 0;
}

/* Products of the shape, refused where they do not fit; a dimension of 0 does not hide the size of a row. */
static int measure(struct npy_header *header, struct error *error) {
    size_t row_bytes;
    header->rows = header->rank > 0 ? header->shape[0] : 1;
    header->columns = 1;
    for (size_t i = 1; i < header->rank; i++)
        if (!memory_product(header->columns, header->shape[i], &header->columns))
            return error_set(error, "bad NPY header: the shape is too large");
    if (!memory_product(header->rows, header->columns, &header->count) ||
        !memory_product(header->columns, header->type.size, &row_bytes) ||
        !memory_product(header->rows, row_bytes, &header->bytes) || header->bytes > INT64_MAX)
        return error_set(error, "bad NPY header: the shape is too large");
    return 0;
}

bool npy_header_begins(const unsigned char *bytes, size_t count) {
    return count > 0 && memcmp(bytes, magic, count < sizeof magic ? count : sizeof magic) == 0;
}

static int fail(const struct npy_header_input *input, struct error *error) {
    return error_prefix(error, "%s", input->place);
}

/* Reads exactly count bytes. */
static int read_exactly(const struct npy_header_input *input, void *buffer, size_t count,
                        struct error *error) {
    ssize_t came = input->read(input->context, buffer, count, error);
    if (came < 0)
        return -1;
    if ((size_t)came < count)
        return error_set(error, "%s: the data end inside an NPY header", input->place);
    return 0;
}

/* Magic and version. */
static int read_prefix(const struct npy_header_input *input, bool *narrow, struct error *error) {
    unsigned char prefix[PREFIX_SIZE];
    ssize_t came = input->read(input->context, prefix, sizeof prefix, error);
    if (came < 0)
        return -1;
    if (!npy_header_begins(prefix, (size_t)came))
        return error_set(error, "%s: no NPY array", input->place);
    if ((size_t)came < sizeof prefix)
        return error_set(error, "%s: the data end inside an NPY header", input->place);
    unsigned major = prefix[NPY_MAGIC_SIZE], minor = prefix[NPY_MAGIC_SIZE + 1];
    if (major < 1 || major > 3 || minor != 0)
        return error_set(error, "%s: NPY version %u.%u is not read", input->place, major, minor);
    *narrow = major == 1;
    return 0;
}

static int read_text_size(const struct npy_header_input *input, bool narrow, size_t *size,
                          struct error *error) {
    unsigned char field[4] = {0, 0, 0, 0};
    if (read_exactly(input, field, narrow ? 2 : 4, error) < 0)
        return -1;
    *size = (size_t)field[0] | (size_t)field[1] << 8 | (size_t)field[2] << 16 | (size_t)field[3] << 24;
    if (*size > TEXT_SIZE_MAX)
        return error_set(error, "%s: bad NPY header: %zu bytes long", input->place, *size);
    return 0;
}

int npy_header_read(struct npy_header *header, const struct npy_header_input *input, struct error *error) {
    bool narrow = true;
    size_t size = 0;
    if (read_prefix(input, &narrow, error) < 0 || read_text_size(input, narrow, &size, error) < 0)
        return -1;
    char *text = memory_array(error, size, 1);
    if (text == NULL)
        return fail(input, error);
    int status = read_exactly(input, text, size, error);
    if (status == 0 && (parse_dict(header, text, size, error) < 0 || measure(header, error) < 0))
        status = fail(input, error);
    free(text);
    return status;
}

static size_t print_shape(char *text, size_t room, size_t rank, const uint64_t *shape) {
    size_t length = 0;
    for (size_t i = 0; i < rank; i++)
        length += (size_t)snprintf(text + length, room - length, "%s%llu", i > 0 ? ", " : "",
                                   (unsigned long long)shape[i]);
    return length + (size_t)snprintf(text + length, room - length, "%s", rank == 1 ? "," : "");
}

size_t npy_header_write(unsigned char *buffer, const char *type, size_t rank, const uint64_t *shape) {
    char dimensions[NPY_HEADER_SIZE_MAX], text[NPY_HEADER_SIZE_MAX], first[COUNT_DIGITS + 2];
    print_shape(dimensions, sizeof dimensions, rank, shape);
    size_t length = (size_t)snprintf(
        text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type, dimensions);
    size_t digits =
        rank > 0 ? (size_t)snprintf(first, sizeof first, "%llu", (unsigned long long)shape[0]) : 0;
    size_t growth = digits > 0 && digits < COUNT_DIGITS ? COUNT_DIGITS - digits : 0;
    size_t whole = PREFIX_SIZE + 2 + length + growth + 1;
    size_t size = (whole + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    size = size > NPY_HEADER_MATRIX ? size : NPY_HEADER_MATRIX;
    size_t text_size = size - PREFIX_SIZE - 2;
    memset(buffer, ' ', size);
    memcpy(buffer, magic, sizeof magic);
    buffer[NPY_MAGIC_SIZE] = 1;
    buffer[NPY_MAGIC_SIZE + 1] = 0;
    buffer[PREFIX_SIZE] = (unsigned char)(text_size & 0xff);
    buffer[PREFIX_SIZE + 1] = (unsigned char)(text_size >> 8);
    memcpy(buffer + PREFIX_SIZE + 2, text, length);
    buffer[size - 1] = '\n';
    return size;
}

void npy_header_write_matrix(unsigned char *buffer, const char *type, uint64_t rows, uint64_t columns) {
    npy_header_write(buffer, type, 2, (const uint64_t[]){rows, columns});
}
