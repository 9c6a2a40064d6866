/* Bytes of a file or of standard input, with gzip undone.
 *
 * Compression is told by the first bytes, never by the name; any number of gzip members may follow one
 * another (trailing zero padding after the last is accepted, other trailing bytes are an error). Inflating
 * runs on a thread of its own and reads ahead, in bounded memory. Regular files are read in large blocks. */
#ifndef IO_BYTE_SOURCE_H
#define IO_BYTE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct byte_source;

/* Opens path; "-" is standard input. Directories are refused. Detecting compression waits for the first
 * bytes. NULL: error says why ("p.csv: No such file or directory"). */
struct byte_source *byte_source_open(const char *path, struct error *error);

/* Reads at least 1 and at most capacity bytes, waiting only while there is none. Returns their number, 0 at
 * the end of the stream, or -1 with the error set, which names the source. A gzip stream that is cut short or
 * damaged is an error. */
__attribute__((warn_unused_result)) ssize_t byte_source_read(struct byte_source *source, void *buffer,
                                                             size_t capacity, struct error *error);

/* Reads until exactly count bytes are there or the stream ends. Returns the number read (less than count only
 * at the end), or -1. */
__attribute__((warn_unused_result)) ssize_t byte_source_read_full(struct byte_source *source, void *buffer,
                                                                  size_t count, struct error *error);

/* Shows up to count (at most 64) coming bytes without taking them; *available is how many came before the
 * end. Returns 0 or -1. */
__attribute__((warn_unused_result)) int byte_source_peek(struct byte_source *source, size_t count,
                                                         const unsigned char **bytes, size_t *available,
                                                         struct error *error);

/* Whether a read would return at once (data or the end at hand). Regular files are always ready. */
bool byte_source_ready(struct byte_source *source);

/* The name for messages: the path as given, "-" for standard input. */
const char *byte_source_name(const struct byte_source *source);

bool byte_source_compressed(const struct byte_source *source);

/* Whether byte_source_read_at works: a regular file without compression. */
bool byte_source_seekable(const struct byte_source *source);

/* Offsets count from where the source began: the start of a file, or the place in it where standard input
 * stood. This many bytes follow there; only where seekable. */
uint64_t byte_source_size(const struct byte_source *source);

/* How many bytes of the (inflated) stream were taken: the offset of the next one. */
uint64_t byte_source_position(const struct byte_source *source);

/* Reads exactly count bytes at an offset, independently of the stream's position; callable from several
 * threads at once. A file that ends before is an error. Only where seekable. */
__attribute__((warn_unused_result)) int byte_source_read_at(struct byte_source *source, uint64_t offset,
                                                            void *buffer, size_t count, struct error *error);

/* Moves the stream to an offset; only where seekable. */
__attribute__((warn_unused_result)) int byte_source_seek(struct byte_source *source, uint64_t offset,
                                                         struct error *error);

/* Standard input from a regular file is left where reading stopped. NULL does nothing. */
void byte_source_close(struct byte_source *source);

#endif
