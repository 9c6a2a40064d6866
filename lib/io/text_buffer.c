#include "io/text_buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

/* Makes room for count bytes and one more, for the zero byte that printing writes. */
static bool reserve(struct text_buffer *buffer, size_t count) {
    if (!buffer->failed)
        buffer->failed = count >= SIZE_MAX - buffer->length ||
                         memory_reserve(&buffer->error, &buffer->bytes, &buffer->capacity,
                                        buffer->length + count + 1, 1) < 0;
    return !buffer->failed;
}

void text_buffer_add(struct text_buffer *buffer, const void *bytes, size_t count) {
    if (!reserve(buffer, count))
        return;
    memcpy(buffer->bytes + buffer->length, bytes, count);
    buffer->length += count;
}

void text_buffer_text(struct text_buffer *buffer, const char *text) {
    text_buffer_add(buffer, text, strlen(text));
}

void text_buffer_character(struct text_buffer *buffer, int character) {
    char byte = (char)character;
    text_buffer_add(buffer, &byte, 1);
}

void text_buffer_print(struct text_buffer *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0 || !reserve(buffer, (size_t)length))
        return;
    va_start(arguments, format);
    vsnprintf(buffer->bytes + buffer->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
}

void text_buffer_blanks(struct text_buffer *buffer, size_t count) {
    if (!reserve(buffer, count))
        return;
    memset(buffer->bytes + buffer->length, ' ', count);
    buffer->length += count;
}

char *text_buffer_take(struct text_buffer *buffer, size_t *length, struct error *error) {
    bool whole = reserve(buffer, 0); /* an empty text is no NULL */
    char *bytes = buffer->bytes;
    if (!whole) {
        if (buffer->error.text[0] != '\0')
            *error = buffer->error;
        else
            error_set(error, "out of memory (the text does not fit an address)");
        free(bytes);
        bytes = NULL;
    }
    *length = buffer->length;
    *buffer = (struct text_buffer){0};
    return bytes;
}
