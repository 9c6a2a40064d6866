/* A zip archive of stored members, written front to back: sizes and checksums are known before the data, so
 * that a pipe will do. Times are fixed (1980-01-01), so the same members make the same bytes. 64-bit fields
 * are written only where 32 bits do not hold a size or an offset. */
#ifndef IO_ZIP_WRITER_H
#define IO_ZIP_WRITER_H

#include <stdint.h>

#include "base/error.h"
#include "io/byte_sink.h"

struct zip_writer;

/* The sink and the path (for messages) stay the caller's. NULL: error says why. */
struct zip_writer *zip_writer_open(struct byte_sink *sink, const char *path, struct error *error);

/* Begins a member; the caller writes its `size` bytes to the sink next. name is UTF-8, copied, at most 1024
 * bytes; a name given before is an error. */
__attribute__((warn_unused_result)) int zip_writer_member(struct zip_writer *writer, const char *name,
                                                          uint64_t size, uint32_t checksum,
                                                          struct error *error);

/* Writes the directory. */
__attribute__((warn_unused_result)) int zip_writer_finish(struct zip_writer *writer, struct error *error);

/* NULL does nothing. */
void zip_writer_free(struct zip_writer *writer);

#endif
