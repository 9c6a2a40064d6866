/* The members of a zip archive, front to back, from a stream that cannot be sought in.
 *
 * Stored and deflated members, zip64, sizes in front of the data or behind them (flag bit 3). Local headers
 * are what is read; the directory at the end must list as many members. Refused: encryption, other methods,
 * absolute names, names with "..", sizes and checksums that do not hold, and what expands more than 200-fold
 * beyond 64 MiB (a bomb). Names are at most 1024 bytes.
 *
 * Errors name the source, and the member where they are about one. */
#ifndef IO_ZIP_READER_H
#define IO_ZIP_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "io/byte_source.h"

struct zip_reader;

/* The source stays the caller's. NULL: error says why. */
struct zip_reader *zip_reader_open(struct byte_source *source, struct error *error);

/* Goes to the next member; the one before must have been ended. Returns 1; 0 behind the last, with the
 * directory read to the end of the stream; -1. */
__attribute__((warn_unused_result)) int zip_reader_next(struct zip_reader *reader, struct error *error);

/* The member's name; valid until the next call of zip_reader_next. */
const char *zip_reader_name(const struct zip_reader *reader);

/* The member's place for messages: "m.npz: means.npy". */
const char *zip_reader_place(const struct zip_reader *reader);

/* Whether the member's end can be found: not where it is stored and its size follows it. */
bool zip_reader_bounded(const struct zip_reader *reader);

/* Says how many bytes of the member follow, which its content told; an error where its header says otherwise.
 */
__attribute__((warn_unused_result)) int zip_reader_expect(struct zip_reader *reader, uint64_t bytes,
                                                          struct error *error);

/* Reads exactly count bytes of the member, fewer only at its end. Returns their number, or -1. An unbounded
 * member does not end. */
__attribute__((warn_unused_result)) ssize_t zip_reader_read(struct zip_reader *reader, void *buffer,
                                                            size_t count, struct error *error);

/* Ends the member: an error where bytes are left, or where size or checksum do not hold. */
__attribute__((warn_unused_result)) int zip_reader_end(struct zip_reader *reader, struct error *error);

/* Reads the rest of a bounded member and ends it. */
__attribute__((warn_unused_result)) int zip_reader_skip(struct zip_reader *reader, struct error *error);

/* Sets an error about the member: "m.npz: means.npy: ...". Returns -1. */
__attribute__((format(printf, 3, 4))) int zip_reader_error(const struct zip_reader *reader,
                                                           struct error *error, const char *format, ...);

/* NULL does nothing. */
void zip_reader_close(struct zip_reader *reader);

#endif
