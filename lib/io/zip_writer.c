#include "io/zip_writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/zip_format.h"

enum {
    VERSION_PLAIN = 20, /* of the format, needed to unpack: 2.0, */
    VERSION_WIDE = 45,  /* and 4.5 for 64-bit sizes */
    MADE_ON_UNIX = 3 << 8,
    DATE = 1 << 5 | 1,     /* 1980-01-01, the first day there is */
    ATTRIBUTES_SHIFT = 16, /* Unix permissions stand in the upper half */
    NAME_SIZE_MAX = 1024,
    EXTRA_SIZE_MAX = 4 + 3 * 8,
};

#define PERMISSIONS 0100644u /* a regular file, as numpy.savez writes */

struct member {
    char *name;
    uint64_t size, offset; /* where its local header stands */
    uint32_t checksum;
};

struct zip_writer {
    struct byte_sink *sink;
    const char *path;
    struct member *members;
    size_t count, capacity;
    uint64_t offset; /* bytes of the archive so far, the data of the last member included */
};

struct zip_writer *zip_writer_open(struct byte_sink *sink, const char *path, struct error *error) {
    struct zip_writer *writer = memory_zeros(error, 1, sizeof *writer);
    if (writer == NULL)
        return NULL;
    writer->sink = sink;
    writer->path = path;
    return writer;
}

static int put_out(struct zip_writer *writer, const unsigned char *bytes, const unsigned char *end,
                   struct error *error) {
    size_t count = (size_t)(end - bytes);
    writer->offset += count;
    return byte_sink_write(writer->sink, bytes, count, error);
}

static bool wide(uint64_t value) {
    return value >= ZIP_32_FULL;
}

/* What the 32-bit field of a value holds. */
static uint64_t narrow(uint64_t value) {
    return wide(value) ? ZIP_32_FULL : value;
}

/* The fields that local header and directory entry share: from the version needed to the name's length. */
static unsigned char *put_common(unsigned char *next, const struct member *member, bool any_wide) {
    next = zip_put(next, any_wide ? VERSION_WIDE : VERSION_PLAIN, 2);
    next = zip_put(next, ZIP_FLAG_UTF8, 2);
    next = zip_put(next, ZIP_STORED, 2);
    next = zip_put(next, 0, 2); /* midnight */
    next = zip_put(next, DATE, 2);
    next = zip_put(next, member->checksum, 4);
    next = zip_put(next, narrow(member->size), 4);
    next = zip_put(next, narrow(member->size), 4);
    return zip_put(next, strlen(member->name), 2);
}

static unsigned char *put_name(unsigned char *next, const struct member *member) {
    size_t length = strlen(member->name);
    memcpy(next, member->name, length);
    return next + length;
}

static int write_local(struct zip_writer *writer, const struct member *member, struct error *error) {
    unsigned char header[ZIP_LOCAL_SIZE + NAME_SIZE_MAX + EXTRA_SIZE_MAX];
    bool is_wide = wide(member->size);
    unsigned char *next = zip_put(header, ZIP_LOCAL, 4);
    next = put_common(next, member, is_wide);
    next = zip_put(next, is_wide ? 4 + 2 * 8 : 0, 2);
    next = put_name(next, member);
    if (is_wide) {
        next = zip_put(next, ZIP_EXTRA64, 2);
        next = zip_put(next, 2 * 8, 2);
        next = zip_put(next, member->size, 8);
        next = zip_put(next, member->size, 8);
    }
    return put_out(writer, header, next, error);
}

/* Remembers a member for the directory. NULL: the error is set. */
static const struct member *add_member(struct zip_writer *writer, const char *name, uint64_t size,
                                       uint32_t checksum, struct error *error) {
    if (memory_reserve(error, &writer->members, &writer->capacity, writer->count + 1,
                       sizeof *writer->members) < 0)
        return NULL;
    char *copy = memory_text(error, name, strlen(name));
    if (copy == NULL)
        return NULL;
    struct member *member = &writer->members[writer->count++];
    *member = (struct member){copy, size, writer->offset, checksum};
    return member;
}

static bool given_before(const struct zip_writer *writer, const char *name) {
    for (size_t i = 0; i < writer->count; i++)
        if (strcmp(writer->members[i].name, name) == 0)
            return true;
    return false;
}

int zip_writer_member(struct zip_writer *writer, const char *name, uint64_t size, uint32_t checksum,
                      struct error *error) {
    if (strlen(name) > NAME_SIZE_MAX)
        return error_set(error, "%s: a name is longer than %d bytes", writer->path, NAME_SIZE_MAX);
    if (given_before(writer, name))
        return error_set(error, "%s: '%s' is there twice", writer->path, name);
    const struct member *member = add_member(writer, name, size, checksum, error);
    if (member == NULL)
        return error_prefix(error, "%s", writer->path);
    if (write_local(writer, member, error) < 0)
        return -1;
    writer->offset += size;
    return 0;
}

static int write_entry(struct zip_writer *writer, const struct member *member, struct error *error) {
    unsigned char entry[ZIP_CENTRAL_SIZE + NAME_SIZE_MAX + EXTRA_SIZE_MAX];
    size_t wide_bytes = (wide(member->size) ? 16u : 0u) + (wide(member->offset) ? 8u : 0u);
    unsigned char *next = zip_put(entry, ZIP_CENTRAL, 4);
    next = zip_put(next, MADE_ON_UNIX | VERSION_WIDE, 2);
    next = put_common(next, member, wide_bytes > 0);
    next = zip_put(next, wide_bytes > 0 ? 4 + wide_bytes : 0, 2);
    next = zip_put(next, 0, 2 + 2 + 2); /* no comment, first disk, no text */
    next = zip_put(next, (uint64_t)PERMISSIONS << ATTRIBUTES_SHIFT, 4);
    next = zip_put(next, narrow(member->offset), 4);
    next = put_name(next, member);
    if (wide_bytes > 0) {
        next = zip_put(next, ZIP_EXTRA64, 2);
        next = zip_put(next, wide_bytes, 2);
    }
    if (wide(member->size)) {
        next = zip_put(next, member->size, 8);
        next = zip_put(next, member->size, 8);
    }
    if (wide(member->offset))
        next = zip_put(next, member->offset, 8);
    return put_out(writer, entry, next, error);
}

/* The 64-bit end of a directory that began at `start`, and the record that points to it. */
static unsigned char *put_wide_end(unsigned char *next, const struct zip_writer *writer, uint64_t start) {
    next = zip_put(next, ZIP_END64, 4);
    next = zip_put(next, ZIP_END64_SIZE - 12, 8);
    next = zip_put(next, MADE_ON_UNIX | VERSION_WIDE, 2);
    next = zip_put(next, VERSION_WIDE, 2);
    next = zip_put(next, 0, 4 + 4); /* one disk */
    next = zip_put(next, writer->count, 8);
    next = zip_put(next, writer->count, 8);
    next = zip_put(next, writer->offset - start, 8);
    next = zip_put(next, start, 8);
    next = zip_put(next, ZIP_LOCATOR64, 4);
    next = zip_put(next, 0, 4);
    next = zip_put(next, writer->offset, 8);
    return zip_put(next, 1, 4);
}

int zip_writer_finish(struct zip_writer *writer, struct error *error) {
    unsigned char end[ZIP_END64_SIZE + ZIP_LOCATOR64_SIZE + ZIP_END_SIZE];
    unsigned char *next = end;
    uint64_t start = writer->offset;
    for (size_t i = 0; i < writer->count; i++)
        if (write_entry(writer, &writer->members[i], error) < 0)
            return -1;
    uint64_t size = writer->offset - start;
    bool many = writer->count >= ZIP_16_FULL;
    if (many || wide(start) || wide(size))
        next = put_wide_end(next, writer, start);
    next = zip_put(next, ZIP_END, 4);
    next = zip_put(next, 0, 2 + 2); /* one disk */
    next = zip_put(next, many ? ZIP_16_FULL : writer->count, 2);
    next = zip_put(next, many ? ZIP_16_FULL : writer->count, 2);
    next = zip_put(next, narrow(size), 4);
    next = zip_put(next, narrow(start), 4);
    next = zip_put(next, 0, 2); /* no comment */
    return put_out(writer, end, next, error);
}

void zip_writer_free(struct zip_writer *writer) {
    if (writer == NULL)
        return;
    for (size_t i = 0; i < writer->count; i++)
        free(writer->members[i].name);
    free(writer->members);
    free(writer);
}
