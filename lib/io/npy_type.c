#include "io/npy_type.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/instruction_sets.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "elements are loaded as a little-endian machine does");

/* The digits of a size. Returns false where text is something else. */
static bool parse_size(const char *text, size_t length, size_t *size) {
    *size = 0;
    if (length == 0 || length > 9)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *size = 10 * *size + (size_t)(text[i] - '0');
    }
    return true;
}

/* The sizes that a kind of number comes in. */
static bool known(char kind, size_t size) {
    switch (kind) {
    case 'f':
        return size == 2 || size == 4 || size == 8;
    case 'i':
    case 'u':
        return size == 1 || size == 2 || size == 4 || size == 8;
    case 'b':
        return size == 1;
    case 'U':
    case 'S':
        return true;
    default:
        return false;
    }
}

int npy_type_parse(struct npy_type *type, const char *text, size_t length, struct error *error) {
    char quoted[ERROR_QUOTE_SIZE];
    size_t at = length > 0 && strchr("<>|=", text[0]) != NULL ? 1 : 0;
    type->order = at == 0 || text[0] == '=' ? '<' : text[0];
    type->kind = at < length ? text[at] : '\0';
    if (type->kind == 'O')
        return error_set(error, "Python objects (type '%s') are not read: save numbers",
                         error_quote(quoted, text, length));
    if (at >= length || !parse_size(text + at + 1, length - at - 1, &type->size) ||
        !known(type->kind, type->size))
        return error_set(error, "elements of type '%s' are not read", error_quote(quoted, text, length));
    if (type->kind == 'U')
        type->size *= sizeof(uint32_t);
    if (type->size == 1 || type->kind == 'S')
        type->order = '|';
    return 0;
}

void npy_type_print(const struct npy_type *type, bool with_order, char name[NPY_TYPE_SIZE]) {
    size_t size = type->kind == 'U' ? type->size / sizeof(uint32_t) : type->size;
    if (with_order)
        snprintf(name, NPY_TYPE_SIZE, "%c%c%zu", type->order, type->kind, size);
    else
        snprintf(name, NPY_TYPE_SIZE, "%c%zu", type->kind, size);
}

bool npy_type_is_text(const struct npy_type *type) {
    return type->kind == 'U' || type->kind == 'S';
}

bool npy_type_is_double(const struct npy_type *type) {
    return type->kind == 'f' && type->size == sizeof(double) && type->order != '>';
}

/* Bits of one element. size and swapped are constants wherever this is inlined, so each loop below becomes a
 * plain load and conversion. */
ALWAYS_INLINE uint64_t load(const unsigned char *raw, size_t size, bool swapped) {
    uint16_t half;
    uint32_t single;
    uint64_t whole;
    switch (size) {
    case 1:
        return *raw;
    case 2:
        memcpy(&half, raw, sizeof half);
        return swapped ? __builtin_bswap16(half) : half;
    case 4:
        memcpy(&single, raw, sizeof single);
        return swapped ? __builtin_bswap32(single) : single;
    default:
        memcpy(&whole, raw, sizeof whole);
        return swapped ? __builtin_bswap64(whole) : whole;
    }
}

/* A half: sign, 5 bits of exponent (bias 15), 10 of fraction. Moved into a double's place the exponent is
 * short by 1023 - 15, which one exact product makes good, subnormal halves included. */
ALWAYS_INLINE double from_half(uint64_t bits) {
    static const uint64_t exponent_half = 0x7c00, exponent_double = (uint64_t)0x7ff << 52;
    uint64_t moved = (bits & 0x7fff) << 42;
    bool special = (bits & exponent_half) == exponent_half; /* infinities and nans */
    uint64_t sign = (bits & 0x8000) << 48;
    double value;
    if (special)
        moved |= exponent_double;
    memcpy(&value, &moved, sizeof value);
    if (!special)
        value *= 0x1p1008;
    memcpy(&moved, &value, sizeof moved);
    moved |= sign;
    memcpy(&value, &moved, sizeof value);
    return value;
}

ALWAYS_INLINE double from_float(uint64_t bits, size_t size) {
    uint32_t low = (uint32_t)bits;
    float single;
    double value;
    if (size == 2)
        return from_half(bits);
    if (size == 4) {
        memcpy(&single, &low, sizeof single);
        return (double)single;
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

ALWAYS_INLINE double from_signed(uint64_t bits, size_t size) {
    switch (size) {
    case 1:
        return (double)(int8_t)bits;
    case 2:
        return (double)(int16_t)bits;
    case 4:
        return (double)(int32_t)bits;
    default:
        return (double)(int64_t)bits;
    }
}

ALWAYS_INLINE void convert(char kind, size_t size, bool swapped, size_t count, const unsigned char *raw,
                           double *values) {
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = load(raw + i * size, size, swapped);
        values[i] = kind == 'f'   ? from_float(bits, size)
                    : kind == 'i' ? from_signed(bits, size)
                    : kind == 'b' ? (double)(bits != 0)
                                  : (double)bits;
    }
}

/* One loop a size for each kind and byte order. */
ALWAYS_INLINE void convert_sizes(char kind, size_t size, bool swapped, size_t count, const unsigned char *raw,
                                 double *values) {
    switch (size) {
    case 1:
        convert(kind, 1, swapped, count, raw, values);
        break;
    case 2:
        convert(kind, 2, swapped, count, raw, values);
        break;
    case 4:
        convert(kind, 4, swapped, count, raw, values);
        break;
    default:
        convert(kind, 8, swapped, count, raw, values);
    }
}

ALWAYS_INLINE void convert_kinds(char kind, size_t size, bool swapped, size_t count, const unsigned char *raw,
                                 double *values) {
    switch (kind) {
    case 'f':
        convert_sizes('f', size, swapped, count, raw, values);
        break;
    case 'i':
        convert_sizes('i', size, swapped, count, raw, values);
        break;
    case 'b':
        convert_sizes('b', size, swapped, count, raw, values);
        break;
    default:
        convert_sizes('u', size, swapped, count, raw, values);
    }
}

void npy_type_convert(const struct npy_type *type, size_t count, const unsigned char *raw, double *values) {
    if (type->order == '>')
        convert_kinds(type->kind, type->size, true, count, raw, values);
    else
        convert_kinds(type->kind, type->size, false, count, raw, values);
}
