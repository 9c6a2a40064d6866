#include "io/zip_directory.h"

#include "io/zip_format.h"

static int damaged(const struct zip_input *input, const char *reason, struct error *error) {
    return error_set(error, "%s: damaged zip archive: %s", zip_input_name(input), reason);
}

/* The kind of the record that comes, or 0 at the end of the stream. */
static int next_record(struct zip_input *input, uint32_t *kind, struct error *error) {
    const unsigned char *bytes;
    size_t available;
    if (zip_input_peek(input, 4, &bytes, &available, error) < 0)
        return -1;
    *kind = available == 4 ? zip_get32(bytes) : 0;
    return 0;
}

static int skip_entry(struct zip_input *input, struct error *error) {
    const unsigned char *entry = zip_input_show(input, ZIP_CENTRAL_SIZE, error);
    if (entry == NULL)
        return -1;
    size_t name = zip_get16(entry + 28), extra = zip_get16(entry + 30), comment = zip_get16(entry + 32);
    return zip_input_read(input, NULL, ZIP_CENTRAL_SIZE + name + extra + comment, error);
}

/* The 64-bit end record may grow; it says how long it is behind its first 12 bytes. */
static int skip_end64(struct zip_input *input, struct error *error) {
    const unsigned char *end = zip_input_show(input, ZIP_END64_SIZE, error);
    if (end == NULL)
        return -1;
    uint64_t size = zip_get64(end + 4);
    if (size < ZIP_END64_SIZE - 12 || size > ZIP_INPUT_SIZE)
        return damaged(input, "the end record has no sensible size", error);
    return zip_input_read(input, NULL, (size_t)size + 12, error);
}

static int read_end(struct zip_input *input, uint64_t members, struct error *error) {
    const unsigned char *end = zip_input_show(input, ZIP_END_SIZE, error);
    const unsigned char *beyond;
    size_t available;
    if (end == NULL)
        return -1;
    size_t comment = zip_get16(end + 20);
    uint64_t entries = zip_get16(end + 10);
    if (entries != ZIP_16_FULL && entries != members)
        return damaged(input, "its end record counts other members than are there", error);
    if (zip_input_read(input, NULL, ZIP_END_SIZE + comment, error) < 0 ||
        zip_input_peek(input, 1, &beyond, &available, error) < 0)
        return -1;
    return available == 0 ? 0 : damaged(input, "other bytes follow it", error);
}

int zip_directory_read(struct zip_input *input, uint64_t members, struct error *error) {
    uint64_t entries = 0;
    uint32_t kind;
    for (;;) {
        if (next_record(input, &kind, error) < 0)
            return -1;
        if (kind != ZIP_CENTRAL)
            break;
        if (skip_entry(input, error) < 0)
            return -1;
        entries++;
    }
    if (entries != members)
        return kind == 0 ? damaged(input, "its directory is cut short", error)
                         : damaged(input, "its directory lists other members than are there", error);
    if (kind == ZIP_END64) {
        if (skip_end64(input, error) < 0 || next_record(input, &kind, error) < 0)
            return -1;
        if (kind == ZIP_LOCATOR64 && (zip_input_read(input, NULL, ZIP_LOCATOR64_SIZE, error) < 0 ||
                                      next_record(input, &kind, error) < 0))
            return -1;
    }
    if (kind != ZIP_END)
        return damaged(input, "its end record is missing", error);
    return read_end(input, members, error);
}
