/* What is behind a gzip member's header inflated by Intel's ISA-L, in half of zlib's time or little more.
 *
 * The library (libisal.so.2) is loaded when the first decoder is created, so that no filter needs it. Where
 * it is absent, or its header was when this was built, there are no decoders. Checksums and lengths are
 * verified. Beyond what zlib takes, it takes an incomplete code whose missing part is never used. */
#ifndef IO_GZIP_ISAL_H
#define IO_GZIP_ISAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct gzip_flow;
struct gzip_isal;

/* A decoder behind the header of a member. NULL: there is none to be had, for want of the library or of
 * memory. */
struct gzip_isal *gzip_isal_create(void);

/* Goes on to the next member, behind its header. */
void gzip_isal_reset(struct gzip_isal *decoder);

/* Inflates until the member ends, all input is taken or the room is full. Returns 1 where the member has
 * ended, else 0, or -1 with the error set to what is wrong. */
__attribute__((warn_unused_result)) int gzip_isal_step(struct gzip_isal *decoder, struct gzip_flow *flow,
                                                       struct error *error);

/* NULL does nothing. */
void gzip_isal_free(struct gzip_isal *decoder);

#endif
