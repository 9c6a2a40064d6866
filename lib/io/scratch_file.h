/* A file without a name, for what does not fit in memory; the system removes it when it is closed. It lies in
 * $TMPDIR, or in /tmp. */
#ifndef IO_SCRATCH_FILE_H
#define IO_SCRATCH_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Returns a descriptor, which is closed with close(), or -1. */
__attribute__((warn_unused_result)) int scratch_file_open(struct error *error);

/* Writes all of the bytes behind those written before. Returns 0 or -1. */
__attribute__((warn_unused_result)) int scratch_file_write(int descriptor, const void *bytes, size_t count,
                                                           struct error *error);

/* Reads exactly count bytes that were written at the offset. Returns 0 or -1. */
__attribute__((warn_unused_result)) int scratch_file_read(int descriptor, uint64_t offset, void *bytes,
                                                          size_t count, struct error *error);

#endif
