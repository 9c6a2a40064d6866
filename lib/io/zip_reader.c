#include "io/zip_reader.h"

#define ZLIB_CONST /* zlib's pointer to its input is to const */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"
#include "io/zip_directory.h"
#include "io/zip_format.h"
#include "io/zip_input.h"

enum {
    WINDOW_RAW = -MAX_WBITS, /* zlib's way to ask for deflate without a wrapper */
    NAME_SIZE_MAX = 1024,
    DESCRIPTOR_SIZE_MAX = 24,
    SIGNATURE_SIZE = 4,
    PLACE_SIZE = 512,
    SCRATCH_SIZE = 16 * 1024,
    /* Deflate reaches 1032 to 1 on a run of one byte. What expands so and is long is a bomb, or not worth its
       memory. */
    EXPANSION_MAX = 200,
    EXPANSION_FREE = 64 * 1024 * 1024,
};

struct zip_reader {
    struct zip_input input;
    uint64_t members; /* begun so far */

    /* The member at hand. */
    char name[NAME_SIZE_MAX + 1];
    char place[PLACE_SIZE];
    bool deflated;
    bool sizes_follow;
    bool size_known;          /* size holds: from the header, or by zip_reader_expect */
    uint64_t size, packed;    /* inflated and as stored; packed not where sizes follow */
    uint32_t checksum;        /* as its header has it; not where sizes follow */
    uint64_t read, taken;     /* inflated bytes handed out; bytes of the stream used for them */
    uint32_t checksum_so_far; /* of the bytes handed out */
    bool ended;               /* deflated data are at their end */
    z_stream stream;
    bool stream_open;
};

int zip_reader_error(const struct zip_reader *reader, struct error *error, const char *format, ...) {
    char text[sizeof error->text / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return error_set(error, "%s: %s", reader->place, text);
}

struct zip_reader *zip_reader_open(struct byte_source *source, struct error *error) {
    struct zip_reader *reader = memory_zeros(error, 1, sizeof *reader);
    if (reader == NULL)
        return NULL;
    if (zip_input_open(&reader->input, source, error) < 0)
        goto failed;
    if (inflateInit2(&reader->stream, WINDOW_RAW) != Z_OK) {
        error_set(error, "%s: out of memory", byte_source_name(source));
        goto failed;
    }
    reader->stream_open = true;
    return reader;

failed:
    zip_reader_close(reader);
    return NULL;
}

/* Whether a name stays inside the directory that the archive would be unpacked in. Nothing is unpacked here,
 * but such an archive is not what it pretends to be. */
static bool harmless(const char *name, size_t length) {
    if (length == 0 || name[0] == '/' || memchr(name, '\0', length) != NULL ||
        memchr(name, '\\', length) != NULL || (length > 1 && name[1] == ':'))
        return false;
    for (size_t start = 0; start < length;) {
        const char *slash = memchr(name + start, '/', length - start);
        size_t part = slash != NULL ? (size_t)(slash - name) - start : length - start;
        if (part == 2 && name[start] == '.' && name[start + 1] == '.')
            return false;
        start += part + 1;
    }
    return true;
}

static int read_name(struct zip_reader *reader, size_t length, struct error *error) {
    char quoted[ERROR_QUOTE_SIZE];
    const char *source = zip_input_name(&reader->input);
    if (length > NAME_SIZE_MAX)
        return error_set(error, "%s: a member's name is %zu bytes long", source, length);
    const unsigned char *bytes = zip_input_show(&reader->input, length, error);
    if (bytes == NULL)
        return -1;
    memcpy(reader->name, bytes, length);
    reader->name[length] = '\0';
    zip_input_take(&reader->input, length);
    error_quote(quoted, reader->name, length);
    if (!harmless(reader->name, length))
        return error_set(error, "%s: a member's name is refused: '%s'", source, quoted);
    snprintf(reader->place, sizeof reader->place, "%.440s: %s", source, quoted);
    return 0;
}

/* The 64-bit field holds the sizes that are full in the header: inflated, then packed. */
static void read_wide_sizes(struct zip_reader *reader, const unsigned char *field, size_t length) {
    if (reader->size == ZIP_32_FULL && length >= 8) {
        reader->size = zip_get64(field);
        field += 8;
        length -= 8;
    }
    if (reader->packed == ZIP_32_FULL && length >= 8)
        reader->packed = zip_get64(field);
}

/* Extra fields: an id, a length, that many bytes. */
static int read_extra(struct zip_reader *reader, size_t length, struct error *error) {
    const unsigned char *extra = zip_input_show(&reader->input, length, error);
    if (extra == NULL)
        return -1;
    for (size_t at = 0; at + 4 <= length;) {
        size_t id = zip_get16(extra + at), size = zip_get16(extra + at + 2);
        at += 4;
        if (size > length - at)
            break;
        if (id == ZIP_EXTRA64)
            read_wide_sizes(reader, extra + at, size);
        at += size;
    }
    zip_input_take(&reader->input, length);
    return 0;
}

static int check_flags(const struct zip_reader *reader, unsigned flags, unsigned method,
                       struct error *error) {
    if ((flags & (ZIP_FLAG_ENCRYPTED | ZIP_FLAG_STRONG | ZIP_FLAG_MASKED)) != 0)
        return zip_reader_error(reader, error, "encrypted members are not read");
    if ((flags & ZIP_FLAG_PATCH) != 0 || (method != ZIP_STORED && method != ZIP_DEFLATED))
        return zip_reader_error(reader, error, "compression method %u is not read (stored and deflated are)",
                                method);
    if (method == ZIP_STORED && (flags & ZIP_FLAG_SIZES_FOLLOW) == 0 && reader->packed != reader->size)
        return zip_reader_error(reader, error, "its two sizes differ though it is stored");
    return 0;
}

static int read_local_header(struct zip_reader *reader, struct error *error) {
    const unsigned char *header = zip_input_show(&reader->input, ZIP_LOCAL_SIZE, error);
    if (header == NULL)
        return -1;
    unsigned flags = zip_get16(header + 6), method = zip_get16(header + 8);
    size_t name_length = zip_get16(header + 26), extra_length = zip_get16(header + 28);
    reader->checksum = zip_get32(header + 14);
    reader->packed = zip_get32(header + 18);
    reader->size = zip_get32(header + 22);
    zip_input_take(&reader->input, ZIP_LOCAL_SIZE);
    if (read_name(reader, name_length, error) < 0 || read_extra(reader, extra_length, error) < 0)
        return -1;
    reader->members++;
    reader->deflated = method == ZIP_DEFLATED;
    reader->sizes_follow = (flags & ZIP_FLAG_SIZES_FOLLOW) != 0;
    reader->size_known = !reader->sizes_follow;
    reader->read = reader->taken = 0;
    reader->checksum_so_far = 0;
    reader->ended = false;
    inflateReset(&reader->stream);
    return check_flags(reader, flags, method, error);
}

int zip_reader_next(struct zip_reader *reader, struct error *error) {
    const unsigned char *bytes;
    size_t available;
    if (zip_input_peek(&reader->input, SIGNATURE_SIZE, &bytes, &available, error) < 0)
        return -1;
    uint32_t kind = available == SIGNATURE_SIZE ? zip_get32(bytes) : 0;
    if (kind == ZIP_LOCAL)
        return read_local_header(reader, error) < 0 ? -1 : 1;
    if (reader->members == 0 && kind != ZIP_END && kind != ZIP_END64)
        return error_set(error, available == 0 ? "%s: no data" : "%s: no zip archive",
                         zip_input_name(&reader->input));
    return zip_directory_read(&reader->input, reader->members, error);
}

const char *zip_reader_name(const struct zip_reader *reader) {
    return reader->name;
}

const char *zip_reader_place(const struct zip_reader *reader) {
    return reader->place;
}

bool zip_reader_bounded(const struct zip_reader *reader) {
    return reader->deflated || reader->size_known;
}

int zip_reader_expect(struct zip_reader *reader, uint64_t bytes, struct error *error) {
    if (reader->size_known && (reader->size < reader->read || reader->size - reader->read != bytes))
        return zip_reader_error(reader, error, "the archive gives it %llu bytes, its content %llu",
                                (unsigned long long)reader->size, (unsigned long long)(reader->read + bytes));
    if (__builtin_add_overflow(reader->read, bytes, &reader->size))
        return zip_reader_error(reader, error, "too large");
    reader->size_known = true;
    return 0;
}

static ssize_t read_stored(struct zip_reader *reader, unsigned char *buffer, size_t count,
                           struct error *error) {
    if (reader->size_known && count > reader->size - reader->read)
        count = (size_t)(reader->size - reader->read);
    if (count > 0 && zip_input_read(&reader->input, buffer, count, error) < 0)
        return -1;
    reader->taken += count;
    return (ssize_t)count;
}

/* One call of zlib on what the window holds, but for bytes behind the member. Returns 0 or -1. */
static int inflate_some(struct zip_reader *reader, struct error *error) {
    z_stream *stream = &reader->stream;
    if (zip_input_show(&reader->input, 1, error) == NULL)
        return -1;
    size_t offered = reader->input.count;
    if (!reader->sizes_follow && offered > reader->packed - reader->taken)
        offered = (size_t)(reader->packed - reader->taken);
    stream->next_in = reader->input.buffer + reader->input.start;
    stream->avail_in = (uInt)offered;
    int status = inflate(stream, Z_NO_FLUSH);
    size_t taken = offered - stream->avail_in;
    zip_input_take(&reader->input, taken);
    reader->taken += taken;
    reader->ended = status == Z_STREAM_END;
    if (status == Z_OK || status == Z_STREAM_END)
        return 0;
    if (status == Z_MEM_ERROR)
        return zip_reader_error(reader, error, "out of memory");
    return zip_reader_error(reader, error, "damaged deflated data (%s)",
                            stream->msg != NULL ? stream->msg : "cut short");
}

static ssize_t read_deflated(struct zip_reader *reader, unsigned char *buffer, size_t count,
                             struct error *error) {
    z_stream *stream = &reader->stream;
    size_t done = 0;
    while (done < count && !reader->ended) {
        uInt room = (uInt)(count - done < UINT_MAX ? count - done : UINT_MAX);
        stream->next_out = buffer + done;
        stream->avail_out = room;
        if (inflate_some(reader, error) < 0)
            return -1;
        done += room - stream->avail_out;
    }
    return (ssize_t)done;
}

ssize_t zip_reader_read(struct zip_reader *reader, void *buffer, size_t count, struct error *error) {
    ssize_t came = reader->deflated ? read_deflated(reader, buffer, count, error)
                                    : read_stored(reader, buffer, count, error);
    if (came < 0)
        return -1;
    reader->checksum_so_far = (uint32_t)crc32_z(reader->checksum_so_far, buffer, (size_t)came);
    reader->read += (uint64_t)came;
    if (reader->deflated && reader->read > EXPANSION_FREE && reader->read / EXPANSION_MAX > reader->taken)
        return zip_reader_error(reader, error, "expands more than %d-fold, beyond %d MiB: refused",
                                EXPANSION_MAX, EXPANSION_FREE >> 20);
    if (reader->size_known && reader->read > reader->size)
        return zip_reader_error(reader, error, "more bytes than the %llu it should have",
                                (unsigned long long)reader->size);
    return came;
}

/* Whether the descriptor at bytes, with fields of `width` bytes, is the member's, and an archive goes on
 * behind it. Returns its length, or 0. */
static size_t match_descriptor(const struct zip_reader *reader, const unsigned char *bytes, size_t available,
                               size_t width) {
    size_t start = available >= 4 && zip_get32(bytes) == ZIP_DESCRIPTOR ? 4 : 0;
    size_t length = start + 4 + 2 * width;
    if (available < length + 2 || bytes[length] != 'P' || bytes[length + 1] != 'K')
        return 0;
    const unsigned char *sizes = bytes + start + 4;
    uint64_t packed = width == 8 ? zip_get64(sizes) : zip_get32(sizes);
    uint64_t size = width == 8 ? zip_get64(sizes + 8) : zip_get32(sizes + 4);
    bool same = zip_get32(bytes + start) == reader->checksum_so_far && packed == reader->taken &&
                size == reader->read;
    return same ? length : 0;
}

/* The descriptor may lack its signature, and nothing says whether its sizes have 32 or 64 bits; what was read
 * tells. */
static int read_descriptor(struct zip_reader *reader, struct error *error) {
    const unsigned char *bytes;
    size_t available;
    if (zip_input_peek(&reader->input, DESCRIPTOR_SIZE_MAX + 2, &bytes, &available, error) < 0)
        return -1;
    size_t length = match_descriptor(reader, bytes, available, 8);
    if (length == 0)
        length = match_descriptor(reader, bytes, available, 4);
    if (length == 0)
        return zip_reader_error(reader, error, "the size or checksum behind it does not hold");
    zip_input_take(&reader->input, length);
    return 0;
}

int zip_reader_end(struct zip_reader *reader, struct error *error) {
    unsigned char more;
    if (reader->deflated && !reader->ended) {
        ssize_t came = zip_reader_read(reader, &more, 1, error);
        if (came < 0)
            return -1;
        if (came > 0)
            return zip_reader_error(reader, error, "more bytes than its content needs");
    }
    if (!reader->size_known || reader->read != reader->size)
        return zip_reader_error(reader, error, "%llu bytes came of the %llu it should have",
                                (unsigned long long)reader->read, (unsigned long long)reader->size);
    if (reader->sizes_follow)
        return read_descriptor(reader, error);
    if (reader->taken != reader->packed)
        return zip_reader_error(reader, error, "its compressed size does not hold");
    if (reader->checksum_so_far != reader->checksum)
        return zip_reader_error(reader, error, "its checksum does not hold");
    return 0;
}

int zip_reader_skip(struct zip_reader *reader, struct error *error) {
    unsigned char scratch[SCRATCH_SIZE];
    ssize_t came;
    while ((came = zip_reader_read(reader, scratch, sizeof scratch, error)) > 0)
        continue;
    if (came < 0)
        return -1;
    if (!reader->size_known && zip_reader_expect(reader, 0, error) < 0)
        return -1;
    return zip_reader_end(reader, error);
}

void zip_reader_close(struct zip_reader *reader) {
    if (reader == NULL)
        return;
    if (reader->stream_open)
        inflateEnd(&reader->stream);
    zip_input_close(&reader->input);
    free(reader);
}
