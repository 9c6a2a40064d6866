/* A gzip stream read from a descriptor and inflated on a thread of its own, some 1 MiB ahead of its user. */
#ifndef IO_GZIP_READER_H
#define IO_GZIP_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

struct gzip_reader;

/* Starts reading. `first` (first_count bytes, at most 64, copied) were read from the descriptor already. The
 * descriptor stays the caller's, and may be used by nobody else until gzip_reader_close. NULL: error says
 * why. */
struct gzip_reader *gzip_reader_open(int descriptor, const void *first, size_t first_count,
                                     struct error *error);

/* Reads at least 1 and at most capacity inflated bytes, waiting only while there is none. Returns their
 * number, 0 at the end, or -1 (the error does not name the source). */
__attribute__((warn_unused_result)) ssize_t gzip_reader_read(struct gzip_reader *reader, void *buffer,
                                                             size_t capacity, struct error *error);

/* Whether a read would return without waiting for the writer of a pipe: waits itself until the bytes that
 * came are inflated. */
bool gzip_reader_ready(struct gzip_reader *reader);

/* Ends the thread, even where it waits for input. NULL does nothing. */
void gzip_reader_close(struct gzip_reader *reader);

#endif
