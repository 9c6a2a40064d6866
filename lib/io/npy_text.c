#include "io/npy_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { UTF8_SIZE_MAX = 4, ASCII_END = 0x80 };

static bool is_scalar(uint32_t code) {
    return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

static char *put_code(char *text, uint32_t code) {
    if (code < 0x80) {
        *text++ = (char)code;
    } else if (code < 0x800) {
        *text++ = (char)(0xc0 | code >> 6);
        *text++ = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *text++ = (char)(0xe0 | code >> 12);
        *text++ = (char)(0x80 | (code >> 6 & 0x3f));
        *text++ = (char)(0x80 | (code & 0x3f));
    } else {
        *text++ = (char)(0xf0 | code >> 18);
        *text++ = (char)(0x80 | (code >> 12 & 0x3f));
        *text++ = (char)(0x80 | (code >> 6 & 0x3f));
        *text++ = (char)(0x80 | (code & 0x3f));
    }
    return text;
}

/* Element i; anything that is no character of its type becomes one beyond Unicode. */
static uint32_t code_at(const struct npy_type *type, const unsigned char *raw, size_t i) {
    uint32_t code;
    if (type->kind == 'S')
        return raw[i] < ASCII_END ? raw[i] : UINT32_MAX;
    memcpy(&code, raw + i * sizeof code, sizeof code);
    return type->order == '>' ? __builtin_bswap32(code) : code;
}

char *npy_text_decode(const struct npy_type *type, const unsigned char *raw, struct error *error) {
    size_t length = type->kind == 'S' ? type->size : type->size / sizeof(uint32_t);
    while (length > 0 && code_at(type, raw, length - 1) == 0)
        length--;
    /* four bytes a code point at most, so no product below can exceed the element's own size by more */
    char *text = memory_matrix(error, length + 1, UTF8_SIZE_MAX, 1);
    if (text == NULL)
        return NULL;
    char *next = text;
    for (size_t i = 0; i < length; i++) {
        uint32_t code = code_at(type, raw, i);
        if (code == 0 || !is_scalar(code)) {
            error_set(error, "character %zu is none", i + 1);
            free(text);
            return NULL;
        }
        next = put_code(next, code);
    }
    *next = '\0';
    return text;
}

/* Reads one code point. Returns the bytes it took, or 0 where they are no UTF-8: a wrong or missing
 * continuation, more bytes than needed, a surrogate, past the end of Unicode. */
static size_t take_code(const unsigned char *text, uint32_t *code) {
    static const uint32_t least[UTF8_SIZE_MAX + 1] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = *text < 0x80 ? 1 : *text < 0xc0 ? 0 : *text < 0xe0 ? 2 : *text < 0xf0 ? 3 : 4;
    if (length == 0 || *text > 0xf7)
        return 0;
    *code = length == 1 ? *text : *text & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (text[i] & 0x3fu);
    }
    return *code >= least[length] && is_scalar(*code) ? length : 0;
}

uint32_t *npy_text_encode(const char *text, size_t *count, struct error *error) {
    const unsigned char *next = (const unsigned char *)text;
    uint32_t *codes = memory_zeros(error, strlen(text) + 1, sizeof *codes);
    if (codes == NULL)
        return NULL;
    *count = 0;
    while (*next != '\0') {
        size_t length = take_code(next, &codes[*count]);
        if (length == 0) {
            error_set(error, "the text is no UTF-8");
            free(codes);
            return NULL;
        }
        next += length;
        ++*count;
    }
    *count = *count > 0 ? *count : 1;
    return codes;
}
