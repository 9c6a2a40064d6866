/* The numbers of the zip format that reader and writer share (PKWARE's APPNOTE 6.3, sections 4.3 to 4.5). All
 * fields are little-endian and unaligned. */
#ifndef IO_ZIP_FORMAT_H
#define IO_ZIP_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define ZIP_LOCAL 0x04034b50u      /* before each member */
#define ZIP_DESCRIPTOR 0x08074b50u /* behind a member whose sizes follow it; may be left out */
#define ZIP_CENTRAL 0x02014b50u    /* one an entry of the directory */
#define ZIP_END64 0x06064b50u      /* the directory's end where a count or offset is large, */
#define ZIP_LOCATOR64 0x07064b50u  /* the place of that, */
#define ZIP_END 0x06054b50u        /* and its end in any case */
#define ZIP_32_FULL 0xffffffffu    /* the value stands in the zip64 field */
#define ZIP_16_FULL 0xffffu

enum {
    ZIP_LOCAL_SIZE = 30,
    ZIP_CENTRAL_SIZE = 46,
    ZIP_END64_SIZE = 56,
    ZIP_LOCATOR64_SIZE = 20,
    ZIP_END_SIZE = 22,
    ZIP_EXTRA64 = 1, /* id of the extra field with 64-bit sizes */
    ZIP_STORED = 0,
    ZIP_DEFLATED = 8,
    ZIP_FLAG_ENCRYPTED = 1 << 0,
    ZIP_FLAG_SIZES_FOLLOW = 1 << 3,
    ZIP_FLAG_PATCH = 1 << 5,
    ZIP_FLAG_STRONG = 1 << 6,
    ZIP_FLAG_UTF8 = 1 << 11,
    ZIP_FLAG_MASKED = 1 << 13,
};

static inline uint16_t zip_get16(const unsigned char *bytes) {
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static inline uint32_t zip_get32(const unsigned char *bytes) {
    return zip_get16(bytes) | (uint32_t)zip_get16(bytes + 2) << 16;
}

static inline uint64_t zip_get64(const unsigned char *bytes) {
    return zip_get32(bytes) | (uint64_t)zip_get32(bytes + 4) << 32;
}

/* Writes the low `size` bytes of value and returns the place behind them. */
static inline unsigned char *zip_put(unsigned char *bytes, uint64_t value, size_t size) {
    for (size_t i = 0; i < size; i++)
        *bytes++ = (unsigned char)(value >> (8 * i));
    return bytes;
}

#endif
