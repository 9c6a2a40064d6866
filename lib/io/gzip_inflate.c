#include "io/gzip_inflate.h"

#define ZLIB_CONST /* zlib's pointer to its input is to const */
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/memory.h"

enum {
    WINDOW_GZIP = MAX_WBITS + 16, /* zlib's way to ask for the gzip wrapper */
    MAGIC_FIRST = 0x1f,
};

enum place { IN_MEMBER, BETWEEN_MEMBERS, IN_PADDING };

struct gzip_inflate {
    z_stream stream;
    enum place place;
};

struct gzip_inflate *gzip_inflate_create(struct error *error) {
    struct gzip_inflate *decoder = memory_zeros(error, 1, sizeof *decoder);
    if (decoder == NULL)
        return NULL;
    decoder->place = IN_MEMBER;
    if (inflateInit2(&decoder->stream, WINDOW_GZIP) != Z_OK) {
        error_set(error, "out of memory");
        free(decoder);
        return NULL;
    }
    return decoder;
}

static int damaged(const char *reason, struct error *error) {
    return error_set(error, "damaged gzip data (%s)", reason);
}

/* Looks at what follows a member: another one, or zeros to the end. */
static int start_next(struct gzip_inflate *decoder, struct gzip_flow *flow, struct error *error) {
    if (decoder->place == BETWEEN_MEMBERS && *flow->input == MAGIC_FIRST) {
        decoder->place = IN_MEMBER;
        inflateReset(&decoder->stream);
        return 0;
    }
    decoder->place = IN_PADDING;
    while (flow->left > 0 && *flow->input == 0) {
        flow->input++;
        flow->left--;
    }
    return flow->left == 0 ? 0 : damaged("other bytes follow it", error);
}

static uInt clamp(size_t count) {
    return (uInt)(count < UINT_MAX ? count : UINT_MAX);
}

/* One call of zlib: at least a byte is taken or written, or there is nothing to do. */
static int inflate_member(struct gzip_inflate *decoder, struct gzip_flow *flow, struct error *error) {
    z_stream *stream = &decoder->stream;
    stream->next_in = flow->input;
    stream->avail_in = clamp(flow->left);
    stream->next_out = flow->output;
    stream->avail_out = clamp(flow->room);
    int status = inflate(stream, Z_NO_FLUSH);
    flow->left -= (size_t)(stream->next_in - flow->input);
    flow->room -= (size_t)(stream->next_out - flow->output);
    flow->input = stream->next_in;
    flow->output = stream->next_out;
    if (status == Z_STREAM_END)
        decoder->place = BETWEEN_MEMBERS;
    else if (status == Z_MEM_ERROR)
        return error_set(error, "out of memory");
    else if (status != Z_OK && status != Z_BUF_ERROR)
        return damaged(stream->msg != NULL ? stream->msg : "unreadable", error);
    return 0;
}

int gzip_inflate_step(struct gzip_inflate *decoder, struct gzip_flow *flow, struct error *error) {
    /* zlib may hold output back though no input is left, so a member is asked once in any case */
    do {
        if (decoder->place != IN_MEMBER && flow->left > 0 && start_next(decoder, flow, error) < 0)
            return -1;
        if (decoder->place == IN_MEMBER && inflate_member(decoder, flow, error) < 0)
            return -1;
    } while (flow->left > 0 && flow->room > 0);
    return 0;
}

int gzip_inflate_finish(const struct gzip_inflate *decoder, struct error *error) {
    return decoder->place == IN_MEMBER ? error_set(error, "gzip data are cut short") : 0;
}

void gzip_inflate_free(struct gzip_inflate *decoder) {
    if (decoder == NULL)
        return;
    inflateEnd(&decoder->stream);
    free(decoder);
}
