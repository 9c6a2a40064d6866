#include "io/byte_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/descriptor.h"
#include "io/gzip_reader.h"

enum { HEAD_SIZE = 64 };

static const unsigned char gzip_magic[2] = {0x1f, 0x8b};

struct byte_source {
    char *name;
    int descriptor;
    bool seekable;
    bool ended;
    uint64_t start;           /* seekable: offset in the file of the source's first byte */
    uint64_t size;            /* seekable: bytes from there on */
    uint64_t position;        /* bytes of the stream that left the file, the pipe or the inflater */
    struct gzip_reader *gzip; /* NULL: no compression */
    /* Bytes that were shown and not yet taken. */
    unsigned char head[HEAD_SIZE];
    size_t head_start, head_count;
};

static int fail(const struct byte_source *source, struct error *error) {
    return error_set_system(error, "%s", source->name);
}

/* Finds out what was opened. A regular file without a size is one of the system's own (/proc): its length is
 * only known at its end, so it is read like a pipe. */
static int inspect(struct byte_source *source, struct error *error) {
    struct stat status;
    if (fstat(source->descriptor, &status) < 0)
        return fail(source, error);
    if (S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return fail(source, error);
    }
    off_t start = S_ISREG(status.st_mode) && status.st_size > 0 ? lseek(source->descriptor, 0, SEEK_CUR) : -1;
    source->seekable = start >= 0;
    if (source->seekable) {
        source->start = (uint64_t)start;
        source->size = status.st_size > start ? (uint64_t)(status.st_size - start) : 0;
        posix_fadvise(source->descriptor, start, 0, POSIX_FADV_SEQUENTIAL);
    }
    return 0;
}

/* Reads past what is in the head. */
static ssize_t read_on(struct byte_source *source, void *buffer, size_t capacity, struct error *error) {
    ssize_t count;
    if (source->ended || capacity == 0)
        return 0;
    if (source->gzip != NULL) {
        count = gzip_reader_read(source->gzip, buffer, capacity, error);
        if (count < 0)
            return error_prefix(error, "%s", source->name);
    } else if (source->seekable) {
        count = descriptor_read_at(source->descriptor, source->start + source->position, buffer, capacity);
    } else {
        count = descriptor_read(source->descriptor, buffer, capacity);
    }
    if (count < 0)
        return fail(source, error);
    source->ended = count == 0;
    source->position += (uint64_t)count;
    return count;
}

/* Tells compression by the first two bytes; waits for the second only where the first is gzip's. */
static int detect_gzip(struct byte_source *source, struct error *error) {
    const unsigned char *bytes;
    size_t available;
    for (size_t count = 1; count <= sizeof gzip_magic; count++)
        if (byte_source_peek(source, count, &bytes, &available, error) < 0)
            return -1;
        else if (available < count || bytes[count - 1] != gzip_magic[count - 1])
            return 0;
    /* Inflating reads by the descriptor's own position, which peeking into a seekable file has not moved. */
    source->gzip = gzip_reader_open(source->descriptor, bytes, source->seekable ? 0 : available, error);
    if (source->gzip == NULL)
        return error_prefix(error, "%s", source->name);
    source->seekable = source->ended = false;
    source->position = 0;
    source->head_count = 0;
    return 0;
}

struct byte_source *byte_source_open(const char *path, struct error *error) {
    struct byte_source *source = memory_zeros(error, 1, sizeof *source);
    if (source == NULL)
        return NULL;
    source->descriptor = -1;
    source->name = memory_text(error, path, strlen(path));
    if (source->name == NULL)
        goto failed;
    source->descriptor = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (source->descriptor < 0) {
        fail(source, error);
        goto failed;
    }
    if (inspect(source, error) == 0 && detect_gzip(source, error) == 0)
        return source;

failed:
    byte_source_close(source);
    return NULL;
}

static size_t take_head(struct byte_source *source, void *buffer, size_t capacity) {
    size_t count = source->head_count < capacity ? source->head_count : capacity;
    memcpy(buffer, source->head + source->head_start, count);
    source->head_start += count;
    source->head_count -= count;
    return count;
}

ssize_t byte_source_read(struct byte_source *source, void *buffer, size_t capacity, struct error *error) {
    if (source->head_count > 0)
        return (ssize_t)take_head(source, buffer, capacity);
    return read_on(source, buffer, capacity, error);
}

ssize_t byte_source_read_full(struct byte_source *source, void *buffer, size_t count, struct error *error) {
    unsigned char *next = buffer;
    size_t left = count;
    while (left > 0) {
        ssize_t came = byte_source_read(source, next, left, error);
        if (came < 0)
            return -1;
        if (came == 0)
            break;
        next += came;
        left -= (size_t)came;
    }
    return (ssize_t)(count - left);
}

int byte_source_peek(struct byte_source *source, size_t count, const unsigned char **bytes, size_t *available,
                     struct error *error) {
    if (source->head_start > 0) {
        memmove(source->head, source->head + source->head_start, source->head_count);
        source->head_start = 0;
    }
    count = count < HEAD_SIZE ? count : HEAD_SIZE;
    while (source->head_count < count) {
        ssize_t came = read_on(source, source->head + source->head_count, count - source->head_count, error);
        if (came < 0)
            return -1;
        if (came == 0)
            break;
        source->head_count += (size_t)came;
    }
    *bytes = source->head;
    *available = source->head_count < count ? source->head_count : count;
    return 0;
}

bool byte_source_ready(struct byte_source *source) {
    if (source->head_count > 0 || source->ended || source->seekable)
        return true;
    return source->gzip != NULL ? gzip_reader_ready(source->gzip) : descriptor_ready(source->descriptor);
}

const char *byte_source_name(const struct byte_source *source) {
    return source->name;
}

bool byte_source_compressed(const struct byte_source *source) {
    return source->gzip != NULL;
}

bool byte_source_seekable(const struct byte_source *source) {
    return source->seekable;
}

uint64_t byte_source_size(const struct byte_source *source) {
    return source->size;
}

uint64_t byte_source_position(const struct byte_source *source) {
    return source->position - source->head_count;
}

int byte_source_read_at(struct byte_source *source, uint64_t offset, void *buffer, size_t count,
                        struct error *error) {
    unsigned char *next = buffer;
    while (count > 0) {
        ssize_t came = descriptor_read_at(source->descriptor, source->start + offset, next, count);
        if (came < 0)
            return fail(source, error);
        if (came == 0)
            return error_set(error, "%s: the file became shorter while it was read", source->name);
        next += came;
        offset += (uint64_t)came;
        count -= (size_t)came;
    }
    return 0;
}

int byte_source_seek(struct byte_source *source, uint64_t offset, struct error *error) {
    if (offset > source->size)
        return error_set(error, "%s: the file ends before byte %llu", source->name,
                         (unsigned long long)offset);
    source->position = offset;
    source->head_count = 0;
    source->ended = false;
    return 0;
}

void byte_source_close(struct byte_source *source) {
    if (source == NULL)
        return;
    gzip_reader_close(source->gzip);
    if (source->descriptor == STDIN_FILENO && source->seekable)
        lseek(STDIN_FILENO, (off_t)(source->start + byte_source_position(source)), SEEK_SET);
    else if (source->descriptor > STDIN_FILENO)
        close(source->descriptor);
    free(source->name);
    free(source);
}
