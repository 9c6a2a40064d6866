/* Bytes to standard output or to a file, gzipped if asked.
 *
 * A named file is written as a temporary beside it and gets its name only when it is whole; signals that end
 * the program, and byte_sink_discard, remove the temporary. A name that is not a regular file (a pipe,
 * /dev/full) is written directly. Gzip is written as one member per 1 MiB block of input, deflated on several
 * threads; the bytes do not depend on their number. Standard output is flushed and checked: a full disk is an
 * error. */
#ifndef IO_BYTE_SINK_H
#define IO_BYTE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct byte_sink;

struct byte_sink_settings {
    bool gzip;
    bool binary;    /* the bytes are not text: refused where the sink is a terminal (gzip is too) */
    size_t threads; /* for deflating; 0 is 1 */
};

/* path NULL or "-": standard output. NULL: error says why; a terminal that would get binary or gzip is a
 * usage error. */
struct byte_sink *byte_sink_open(const char *path, const struct byte_sink_settings *settings,
                                 struct error *error);

/* Takes all of the bytes, writing in large blocks. Returns 0 or -1. A closed pipe (EPIPE) ends the program as
 * SIGPIPE would, quietly. */
__attribute__((warn_unused_result)) int byte_sink_write(struct byte_sink *sink, const void *bytes,
                                                        size_t count, struct error *error);

/* Hands everything taken so far to the system (a gzip block is ended). */
__attribute__((warn_unused_result)) int byte_sink_flush(struct byte_sink *sink, struct error *error);

/* Whether what is written is compressed first, on all threads: then writing is not to be done beside other
 * work on them. */
bool byte_sink_compresses(const struct byte_sink *sink);

/* Whether byte_sink_rewrite works: a regular file, no compression, not opened for appending. */
bool byte_sink_seekable(const struct byte_sink *sink);

/* Overwrites count bytes at an offset from where this sink began; later writes go on at the end. Only where
 * seekable. */
__attribute__((warn_unused_result)) int byte_sink_rewrite(struct byte_sink *sink, uint64_t offset,
                                                          const void *bytes, size_t count,
                                                          struct error *error);

/* Flushes, checks, gives a named file its name, frees the sink. Returns 0, or -1 with nothing left under the
 * name. */
__attribute__((warn_unused_result)) int byte_sink_close(struct byte_sink *sink, struct error *error);

/* Frees the sink; a named file is left as it was before. NULL does nothing. */
void byte_sink_discard(struct byte_sink *sink);

#endif
