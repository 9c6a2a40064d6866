/* Gzip members made of blocks of bytes, on several threads.
 *
 * Each block becomes a member of its own, so that blocks need nothing of each other; members one after
 * another are one gzip stream (RFC 1952). Level 1: the higher ones cost up to seven times the time for a
 * tenth of the size. No time and no name are stored, so the bytes depend on the input alone. */
#ifndef IO_GZIP_DEFLATE_H
#define IO_GZIP_DEFLATE_H

#include <stddef.h>

#include "base/error.h"

enum { GZIP_BLOCK_SIZE = 1 << 20 };

struct gzip_deflate;

/* For up to `blocks` blocks at a time. NULL: error says why. */
struct gzip_deflate *gzip_deflate_create(size_t blocks, size_t threads, struct error *error);

/* Deflates count bytes, cut in blocks of GZIP_BLOCK_SIZE (the last may be shorter; 0 bytes are one empty
 * block). Returns 0, or -1. */
__attribute__((warn_unused_result)) int gzip_deflate_blocks(struct gzip_deflate *deflater,
                                                            const unsigned char *bytes, size_t count,
                                                            struct error *error);

/* The members made last: member `block`, *size bytes, valid until the next call; NULL past the last. */
const unsigned char *gzip_deflate_member(const struct gzip_deflate *deflater, size_t block, size_t *size);

/* NULL does nothing. */
void gzip_deflate_free(struct gzip_deflate *deflater);

#endif
