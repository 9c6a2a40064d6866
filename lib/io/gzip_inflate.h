/* Gzip (RFC 1952) undone, chunk by chunk: any number of members one after another, zero padding after the
 * last. Checksums and lengths are verified by zlib. */
#ifndef IO_GZIP_INFLATE_H
#define IO_GZIP_INFLATE_H

#include <stddef.h>

#include "base/error.h"

struct gzip_inflate;

/* NULL: error says why. */
struct gzip_inflate *gzip_inflate_create(struct error *error);

/* Takes compressed bytes from *input on (*count of them; both are moved past what was taken) and writes at
 * most capacity bytes to output. Returns how many in *produced. Where it writes less than capacity, all of
 * the input was taken; where it writes as much, more may be pending whether input is left or not. Returns 0,
 * or -1 with the error set; what was written before it counts. */
__attribute__((warn_unused_result)) int gzip_inflate_step(struct gzip_inflate *decoder,
                                                          const unsigned char **input, size_t *count,
                                                          unsigned char *output, size_t capacity,
                                                          size_t *produced, struct error *error);

/* The input has ended: an error where that is inside a member. */
__attribute__((warn_unused_result)) int gzip_inflate_finish(const struct gzip_inflate *decoder,
                                                            struct error *error);

/* NULL does nothing. */
void gzip_inflate_free(struct gzip_inflate *decoder);

#endif
