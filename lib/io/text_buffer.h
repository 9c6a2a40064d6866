/* Text that grows at its end. A failure is kept until the end, so that it is looked for once. */
#ifndef IO_TEXT_BUFFER_H
#define IO_TEXT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* All zero is empty. */
struct text_buffer {
    char *bytes;
    size_t length, capacity;
    struct error error;
    bool failed;
};

void text_buffer_add(struct text_buffer *buffer, const void *bytes, size_t count);
void text_buffer_text(struct text_buffer *buffer, const char *text);
void text_buffer_character(struct text_buffer *buffer, int character);
__attribute__((format(printf, 2, 3))) void text_buffer_print(struct text_buffer *buffer, const char *format,
                                                             ...);

/* So many blanks. */
void text_buffer_blanks(struct text_buffer *buffer, size_t count);

/* Returns the text, not ended by a zero byte, which the caller frees, and its length; or NULL where memory
 * did not suffice. The buffer is empty then. */
__attribute__((warn_unused_result)) char *text_buffer_take(struct text_buffer *buffer, size_t *length,
                                                           struct error *error);

#endif
