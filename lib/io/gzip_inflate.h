/* Gzip (RFC 1952) undone, chunk by chunk: any number of members one after another, zero padding after the
 * last. Checksums and lengths are verified. */
#ifndef IO_GZIP_INFLATE_H
#define IO_GZIP_INFLATE_H

#include <stddef.h>

#include "base/error.h"

struct gzip_inflate;

/* By ISA-L where that is installed (io/gzip_isal.h), else by zlib. NULL: error says why. */
struct gzip_inflate *gzip_inflate_create(struct error *error);

/* By zlib in any case. */
struct gzip_inflate *gzip_inflate_create_zlib(struct error *error);

/* Where bytes are taken from and where they go. */
struct gzip_flow {
    const unsigned char *input; /* compressed: the next of `left` bytes */
    size_t left;
    unsigned char *output; /* inflated: the first of `room` bytes not yet written */
    size_t room;
};

/* Inflates, moving the flow past what was taken and written, until all input is taken or the room is full. In
 * the second case more may be pending, whether input is left or not. Returns 0, or -1 with the error set;
 * what was written before it counts. */
__attribute__((warn_unused_result)) int gzip_inflate_step(struct gzip_inflate *decoder,
                                                          struct gzip_flow *flow, struct error *error);

/* The input has ended: an error where that is inside a member. */
__attribute__((warn_unused_result)) int gzip_inflate_finish(const struct gzip_inflate *decoder,
                                                            struct error *error);

/* NULL does nothing. */
void gzip_inflate_free(struct gzip_inflate *decoder);

#endif
