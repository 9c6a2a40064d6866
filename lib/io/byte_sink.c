#include "io/byte_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/temporary_file.h"
#include "io/descriptor.h"
#include "io/gzip_deflate.h"

enum {
    PLAIN_SIZE = 256 * 1024, /* bytes gathered for one write */
    BLOCKS_MAX = 32,         /* gzip blocks gathered, at most: 1 MiB each in, as much out */
    STATUS_SIGPIPE = 141,    /* what a shell reports for it */
};

struct byte_sink {
    char *name;                  /* for messages */
    struct temporary_file *file; /* NULL: standard output */
    int descriptor;
    bool seekable;
    uint64_t start;            /* seekable: offset in the file of the sink's first byte */
    struct gzip_deflate *gzip; /* NULL: no compression */
    bool empty;                /* no gzip member was written yet */
    unsigned char *buffer;     /* taken, not yet handed to the system */
    size_t capacity, used;
};

static int fail(const struct byte_sink *sink, struct error *error) {
    return error_set_system(error, "%s", sink->name);
}

/* The reader is gone, and the parent had SIGPIPE ignored: ends the program as the signal would have. */
static void end_by_sigpipe(void) {
    sigset_t pipe_signal;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    signal(SIGPIPE, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &pipe_signal, NULL);
    raise(SIGPIPE);
    _exit(STATUS_SIGPIPE);
}

static int hand_to_system(struct byte_sink *sink, const void *bytes, size_t count, struct error *error) {
    if (descriptor_write(sink->descriptor, bytes, count) == 0)
        return 0;
    if (errno == EPIPE)
        end_by_sigpipe();
    return fail(sink, error);
}

static int write_members(struct byte_sink *sink, struct error *error) {
    const unsigned char *member;
    size_t size;
    if (gzip_deflate_blocks(sink->gzip, sink->buffer, sink->used, error) < 0)
        return error_prefix(error, "%s", sink->name);
    sink->empty = false;
    for (size_t block = 0; (member = gzip_deflate_member(sink->gzip, block, &size)) != NULL; block++)
        if (hand_to_system(sink, member, size, error) < 0)
            return -1;
    return 0;
}

static int open_output(struct byte_sink *sink, const char *path, struct error *error) {
    bool standard = path == NULL || strcmp(path, "-") == 0;
    const char *name = standard ? "standard output" : path;
    sink->descriptor = STDOUT_FILENO;
    sink->name = memory_text(error, name, strlen(name));
    if (sink->name == NULL)
        return -1;
    if (standard)
        return 0;
    sink->file = temporary_file_create(path, error);
    if (sink->file == NULL)
        return -1;
    sink->descriptor = temporary_file_descriptor(sink->file);
    return 0;
}

static int inspect_output(struct byte_sink *sink, const struct byte_sink_settings *settings,
                          struct error *error) {
    struct stat status;
    if (fstat(sink->descriptor, &status) < 0)
        return fail(sink, error);
    if ((settings->binary || settings->gzip) && isatty(sink->descriptor))
        return error_set_usage(error, "refusing to write %s to a terminal: redirect it, or use -o FILE",
                               settings->gzip ? "gzip" : "binary");
    int flags = fcntl(sink->descriptor, F_GETFL);
    off_t start = S_ISREG(status.st_mode) ? lseek(sink->descriptor, 0, SEEK_CUR) : -1;
    sink->seekable = !settings->gzip && start >= 0 && flags >= 0 && (flags & O_APPEND) == 0;
    sink->start = sink->seekable ? (uint64_t)start : 0;
    return 0;
}

static int allocate_buffers(struct byte_sink *sink, const struct byte_sink_settings *settings,
                            struct error *error) {
    size_t threads = settings->threads > 0 ? settings->threads : 1;
    size_t blocks = threads < BLOCKS_MAX ? threads : BLOCKS_MAX;
    sink->empty = true;
    sink->capacity = settings->gzip ? blocks * GZIP_BLOCK_SIZE : PLAIN_SIZE;
    sink->buffer = memory_array(error, sink->capacity, 1);
    if (sink->buffer == NULL)
        return -1;
    if (settings->gzip)
        sink->gzip = gzip_deflate_create(blocks, threads, error);
    return settings->gzip && sink->gzip == NULL ? -1 : 0;
}

struct byte_sink *byte_sink_open(const char *path, const struct byte_sink_settings *settings,
                                 struct error *error) {
    struct byte_sink *sink = memory_zeros(error, 1, sizeof *sink);
    if (sink == NULL)
        return NULL;
    if (open_output(sink, path, error) == 0 && inspect_output(sink, settings, error) == 0 &&
        allocate_buffers(sink, settings, error) == 0)
        return sink;
    byte_sink_discard(sink);
    return NULL;
}

int byte_sink_write(struct byte_sink *sink, const void *bytes, size_t count, struct error *error) {
    const unsigned char *next = bytes;
    while (count > 0) {
        if (sink->used == 0 && sink->gzip == NULL && count >= sink->capacity)
            return hand_to_system(sink, next, count, error);
        size_t room = sink->capacity - sink->used;
        size_t taken = count < room ? count : room;
        memcpy(sink->buffer + sink->used, next, taken);
        sink->used += taken;
        next += taken;
        count -= taken;
        if (sink->used == sink->capacity && byte_sink_flush(sink, error) < 0)
            return -1;
    }
    return 0;
}

int byte_sink_flush(struct byte_sink *sink, struct error *error) {
    if (sink->used == 0)
        return 0;
    int status = sink->gzip != NULL ? write_members(sink, error)
                                    : hand_to_system(sink, sink->buffer, sink->used, error);
    sink->used = 0;
    return status;
}

bool byte_sink_compresses(const struct byte_sink *sink) {
    return sink->gzip != NULL;
}

bool byte_sink_seekable(const struct byte_sink *sink) {
    return sink->seekable;
}

int byte_sink_rewrite(struct byte_sink *sink, uint64_t offset, const void *bytes, size_t count,
                      struct error *error) {
    if (byte_sink_flush(sink, error) < 0)
        return -1;
    if (descriptor_write_at(sink->descriptor, sink->start + offset, bytes, count) < 0)
        return fail(sink, error);
    return 0;
}

/* Some file systems report a full disk only when a file is closed; standard output itself stays open, so that
 * no other file gets its number. */
static int check_standard_output(const struct byte_sink *sink, struct error *error) {
    int copy = dup(sink->descriptor);
    if (copy >= 0 && close(copy) < 0 && errno != EINTR)
        return fail(sink, error);
    return 0;
}

static void free_sink(struct byte_sink *sink) {
    gzip_deflate_free(sink->gzip);
    free(sink->buffer);
    free(sink->name);
    free(sink);
}

int byte_sink_close(struct byte_sink *sink, struct error *error) {
    int status = byte_sink_flush(sink, error);
    if (status == 0 && sink->gzip != NULL && sink->empty)
        status = write_members(sink, error); /* an empty stream is a member, not an empty file */
    if (status < 0) {
        byte_sink_discard(sink);
        return -1;
    }
    status = sink->file != NULL ? temporary_file_keep(sink->file, error) : check_standard_output(sink, error);
    free_sink(sink);
    return status;
}

void byte_sink_discard(struct byte_sink *sink) {
    if (sink == NULL)
        return;
    temporary_file_discard(sink->file);
    free_sink(sink);
}
