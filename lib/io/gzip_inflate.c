#include "io/gzip_inflate.h"

#define ZLIB_CONST /* zlib's pointer to its input is to const */
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/memory.h"
#include "io/gzip_isal.h"

enum {
    WINDOW_GZIP = MAX_WBITS + 16, /* zlib's way to ask for the gzip wrapper */
    MAGIC_FIRST = 0x1f,
};

enum {
    AT_BLOCK = 128 /* in zlib's data_type: what comes next begins a block */
};

enum place { IN_HEADER, IN_MEMBER, BETWEEN_MEMBERS, IN_PADDING };

struct gzip_inflate {
    struct gzip_isal *isal; /* inflates what is behind a member's header; NULL: zlib does */
    z_stream stream;
    enum place place;
};

static struct gzip_inflate *create(struct gzip_isal *isal, struct error *error) {
    struct gzip_inflate *decoder = memory_zeros(error, 1, sizeof *decoder);
    if (decoder == NULL) {
        gzip_isal_free(isal);
        return NULL;
    }
    decoder->place = isal != NULL ? IN_HEADER : IN_MEMBER;
    decoder->isal = isal;
    if (inflateInit2(&decoder->stream, WINDOW_GZIP) != Z_OK) {
        error_set(error, "out of memory");
        gzip_isal_free(isal);
        free(decoder);
        return NULL;
    }
    return decoder;
}

struct gzip_inflate *gzip_inflate_create(struct error *error) {
    return create(gzip_isal_create(), error);
}

struct gzip_inflate *gzip_inflate_create_zlib(struct error *error) {
    return create(NULL, error);
}

static int damaged(const char *reason, struct error *error) {
    return error_set(error, "damaged gzip data (%s)", reason);
}

static bool inside(const struct gzip_inflate *decoder) {
    return decoder->place == IN_HEADER || decoder->place == IN_MEMBER;
}

/* Looks at what follows a member: another one, or zeros to the end. */
static int start_next(struct gzip_inflate *decoder, struct gzip_flow *flow, struct error *error) {
    if (decoder->place == BETWEEN_MEMBERS && *flow->input == MAGIC_FIRST) {
        decoder->place = decoder->isal != NULL ? IN_HEADER : IN_MEMBER;
        inflateReset(&decoder->stream);
        if (decoder->isal != NULL)
            gzip_isal_reset(decoder->isal);
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

static int inflate_by_isal(struct gzip_inflate *decoder, struct gzip_flow *flow, struct error *error) {
    struct error reason;
    int status = gzip_isal_step(decoder->isal, flow, &reason);
    if (status < 0)
        return damaged(reason.text, error);
    if (status == 1)
        decoder->place = BETWEEN_MEMBERS;
    return 0;
}

/* One call of zlib, which stops behind a header where ISA-L takes over. */
static int inflate_by_zlib(struct gzip_inflate *decoder, struct gzip_flow *flow, struct error *error) {
    z_stream *stream = &decoder->stream;
    stream->next_in = flow->input;
    stream->avail_in = clamp(flow->left);
    stream->next_out = flow->output;
    stream->avail_out = clamp(flow->room);
    int status = inflate(stream, decoder->place == IN_HEADER ? Z_BLOCK : Z_NO_FLUSH);
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
    else if (decoder->place == IN_HEADER && (stream->data_type & AT_BLOCK) != 0)
        decoder->place = IN_MEMBER;
    return 0;
}

/* One call of a library: at least a byte is taken or written, or there is nothing to do. */
static int inflate_member(struct gzip_inflate *decoder, struct gzip_flow *flow, struct error *error) {
    return decoder->isal != NULL && decoder->place == IN_MEMBER ? inflate_by_isal(decoder, flow, error)
                                                                : inflate_by_zlib(decoder, flow, error);
}

int gzip_inflate_step(struct gzip_inflate *decoder, struct gzip_flow *flow, struct error *error) {
    /* A library may hold output back though no input is left, so a member is asked once in any case */
    do {
        if (!inside(decoder) && flow->left > 0 && start_next(decoder, flow, error) < 0)
            return -1;
        if (inside(decoder) && inflate_member(decoder, flow, error) < 0)
            return -1;
    } while (flow->left > 0 && flow->room > 0);
    return 0;
}

int gzip_inflate_finish(const struct gzip_inflate *decoder, struct error *error) {
    return inside(decoder) ? error_set(error, "gzip data are cut short") : 0;
}

void gzip_inflate_free(struct gzip_inflate *decoder) {
    if (decoder == NULL)
        return;
    inflateEnd(&decoder->stream);
    gzip_isal_free(decoder->isal);
    free(decoder);
}
