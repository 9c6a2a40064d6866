/* A window on the bytes of an archive: headers are looked at whole, data are passed on. Errors name the
 * source. */
#ifndef IO_ZIP_INPUT_H
#define IO_ZIP_INPUT_H

#include <stddef.h>

#include "base/error.h"
#include "io/byte_source.h"

enum { ZIP_INPUT_SIZE = 128 * 1024 }; /* the longest field of a header is 65 535 bytes */

struct zip_input {
    struct byte_source *source; /* the caller's */
    unsigned char *buffer;      /* ZIP_INPUT_SIZE */
    size_t start, count;        /* what of it is not yet taken */
};

int zip_input_open(struct zip_input *input, struct byte_source *source, struct error *error);

const char *zip_input_name(const struct zip_input *input);

/* Shows the coming bytes without taking them: `wanted` of them (at most ZIP_INPUT_SIZE), fewer only at the
 * end of the stream. Returns 0 or -1. */
__attribute__((warn_unused_result)) int zip_input_peek(struct zip_input *input, size_t wanted,
                                                       const unsigned char **bytes, size_t *available,
                                                       struct error *error);

/* The same, where fewer are an error: NULL. */
const unsigned char *zip_input_show(struct zip_input *input, size_t wanted, struct error *error);

/* Takes bytes that were shown. */
void zip_input_take(struct zip_input *input, size_t count);

/* Takes exactly count bytes, into buffer, or nowhere where that is NULL. Returns 0, or -1. */
__attribute__((warn_unused_result)) int zip_input_read(struct zip_input *input, void *buffer, size_t count,
                                                       struct error *error);

void zip_input_close(struct zip_input *input);

#endif
