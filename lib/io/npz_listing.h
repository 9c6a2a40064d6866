/* What arrays an NPZ holds, from their headers alone: names, types and shapes; values are passed over, so
 * that arrays which cannot be read as numbers (lists of texts) are listed too. */
#ifndef IO_NPZ_LISTING_H
#define IO_NPZ_LISTING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "io/byte_source.h"
#include "io/npy_header.h"

/* Is told of an array. Returns 0, or -1 with the error set, which ends the listing. */
typedef int npz_listing_visit(void *context, const char *name, const struct npy_header *header,
                              struct error *error);

/* Whether the bytes that begin a stream are those of a zip archive; four are enough to tell. */
bool npz_listing_begins(const unsigned char *bytes, size_t count);

/* Goes through an archive, which may come from a pipe, to its end; the source stays the caller's. Returns 0
 * or -1. */
__attribute__((warn_unused_result)) int npz_listing_read(struct byte_source *source, npz_listing_visit *visit,
                                                         void *context, struct error *error);

#endif
