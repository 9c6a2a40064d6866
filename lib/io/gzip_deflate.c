#include "io/gzip_deflate.h"

#define ZLIB_CONST /* zlib's pointer to its input is to const */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"
#include "base/parallel.h"

enum {
    WINDOW_GZIP = MAX_WBITS + 16, /* zlib's way to ask for the gzip wrapper */
    LEVEL = 1,
    MEMORY_LEVEL = 8, /* zlib's default */
    /* deflate stores what it cannot shrink, in blocks of at least 16 383 bytes (memory level 8) with 5 bytes
     * each; the wrapper is 18 bytes. */
    MEMBER_SIZE_MAX = GZIP_BLOCK_SIZE + (GZIP_BLOCK_SIZE / 16383 + 2) * 5 + 64,
};

struct gzip_deflate {
    size_t threads;
    const unsigned char *bytes; /* the input of the call at work */
    size_t count;
    size_t blocks;          /* of the last call */
    unsigned char *members; /* MEMBER_SIZE_MAX bytes a block */
    size_t *sizes;          /* of each member; 0: failed */
};

struct gzip_deflate *gzip_deflate_create(size_t blocks, size_t threads, struct error *error) {
    struct gzip_deflate *deflater = memory_zeros(error, 1, sizeof *deflater);
    if (deflater == NULL)
        return NULL;
    deflater->threads = threads;
    deflater->members = memory_array(error, blocks, MEMBER_SIZE_MAX);
    deflater->sizes = memory_zeros(error, blocks, sizeof *deflater->sizes);
    if (deflater->members == NULL || deflater->sizes == NULL) {
        gzip_deflate_free(deflater);
        return NULL;
    }
    return deflater;
}

static size_t make_member(const unsigned char *bytes, size_t count, unsigned char *member) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (deflateInit2(&stream, LEVEL, Z_DEFLATED, WINDOW_GZIP, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        return 0;
    stream.next_in = bytes;
    stream.avail_in = (uInt)count;
    stream.next_out = member;
    stream.avail_out = MEMBER_SIZE_MAX;
    int status = deflate(&stream, Z_FINISH);
    deflateEnd(&stream);
    return status == Z_STREAM_END ? MEMBER_SIZE_MAX - stream.avail_out : 0;
}

static void deflate_block(void *context, size_t block, size_t worker) {
    struct gzip_deflate *deflater = context;
    (void)worker;
    size_t start = block * GZIP_BLOCK_SIZE;
    size_t left = deflater->count - start;
    deflater->sizes[block] =
        make_member(deflater->bytes + start, left < GZIP_BLOCK_SIZE ? left : GZIP_BLOCK_SIZE,
                    deflater->members + block * MEMBER_SIZE_MAX);
}

int gzip_deflate_blocks(struct gzip_deflate *deflater, const unsigned char *bytes, size_t count,
                        struct error *error) {
    deflater->bytes = bytes;
    deflater->count = count;
    deflater->blocks = count > 0 ? (count - 1) / GZIP_BLOCK_SIZE + 1 : 1;
    parallel_for(deflater->threads, deflater->blocks, deflate_block, deflater);
    for (size_t block = 0; block < deflater->blocks; block++)
        if (deflater->sizes[block] == 0)
            return error_set(error, "out of memory");
    return 0;
}

const unsigned char *gzip_deflate_member(const struct gzip_deflate *deflater, size_t block, size_t *size) {
    if (block >= deflater->blocks)
        return NULL;
    *size = deflater->sizes[block];
    return deflater->members + block * MEMBER_SIZE_MAX;
}

void gzip_deflate_free(struct gzip_deflate *deflater) {
    if (deflater == NULL)
        return;
    free(deflater->members);
    free(deflater->sizes);
    free(deflater);
}
