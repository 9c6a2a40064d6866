#include "io/gzip_isal.h"

#include <stdlib.h>

#include "io/gzip_inflate.h"

#if !defined(GZIP_ZLIB_ONLY) && __has_include(<isa-l/igzip_lib.h>)

#include <dlfcn.h>
#include <isa-l/igzip_lib.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"

struct gzip_isal {
    struct inflate_state state;
};

static struct {
    void (*init)(struct inflate_state *);
    void (*reset)(struct inflate_state *);
    int (*inflate)(struct inflate_state *); /* NULL: no library */
} library;

/* Copies the bytes: dlsym returns a pointer to an object, which C does not convert to one to a function. */
static bool find(void *handle, const char *symbol, void *routine) {
    void *address = dlsym(handle, symbol);
    memcpy(routine, &address, sizeof address);
    return address != NULL;
}

/* The handle stays open for good. */
static void load(void) {
    void *handle = dlopen("libisal.so.2", RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL || !find(handle, "isal_inflate_init", &library.init) ||
        !find(handle, "isal_inflate_reset", &library.reset) ||
        !find(handle, "isal_inflate", &library.inflate))
        library.inflate = NULL;
}

struct gzip_isal *gzip_isal_create(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct error ignored;
    pthread_once(&once, load);
    if (library.inflate == NULL)
        return NULL;
    struct gzip_isal *decoder = memory_zeros(&ignored, 1, sizeof *decoder);
    if (decoder == NULL)
        return NULL;
    library.init(&decoder->state);
    decoder->state.crc_flag = ISAL_GZIP_NO_HDR_VER;
    return decoder;
}

void gzip_isal_reset(struct gzip_isal *decoder) {
    library.reset(&decoder->state);
    decoder->state.crc_flag = ISAL_GZIP_NO_HDR_VER;
}

static uint32_t clamp(size_t count) {
    return (uint32_t)(count < UINT32_MAX ? count : UINT32_MAX);
}

/* In zlib's words, where it has the same ones. */
static const char *reason(int status) {
    switch (status) {
    case ISAL_INCORRECT_CHECKSUM:
        return "incorrect data check";
    case ISAL_INVALID_LOOKBACK:
        return "invalid distance too far back";
    case ISAL_INVALID_SYMBOL:
        return "invalid code";
    default:
        return "invalid block";
    }
}

int gzip_isal_step(struct gzip_isal *decoder, struct gzip_flow *flow, struct error *error) {
    struct inflate_state *state = &decoder->state;
    state->next_in = (uint8_t *)(uintptr_t)flow->input; /* only read */
    state->avail_in = clamp(flow->left);
    state->next_out = flow->output;
    state->avail_out = clamp(flow->room);
    int status = library.inflate(state);
    flow->left -= (size_t)(state->next_in - flow->input);
    flow->room -= (size_t)(state->next_out - flow->output);
    flow->input = state->next_in;
    flow->output = state->next_out;
    if (status != ISAL_DECOMP_OK)
        return error_set(error, "%s", reason(status));
    return state->block_state == ISAL_BLOCK_FINISH;
}

#else

struct gzip_isal *gzip_isal_create(void) {
    return NULL;
}

void gzip_isal_reset(struct gzip_isal *decoder) {
    (void)decoder;
}

int gzip_isal_step(struct gzip_isal *decoder, struct gzip_flow *flow, struct error *error) {
    (void)decoder, (void)flow;
    return error_set(error, "no ISA-L");
}

#endif

void gzip_isal_free(struct gzip_isal *decoder) {
    free(decoder);
}
