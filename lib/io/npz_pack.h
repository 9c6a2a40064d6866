/* Makes an NPZ of arrays that are typed or read from files: `matcat --pack`.
 *
 *   NAME=FILE     an array: a CSV or NPY matrix of one column becomes a vector, an NPY file and an array of
 * an NPZ ("m.npz:means") keep their own shape NAME:=VALUE   a 0-d number, or a text where VALUE is none */
#ifndef IO_NPZ_PACK_H
#define IO_NPZ_PACK_H

#include <stddef.h>

#include "base/error.h"
#include "base/stream_options.h"
#include "io/npz.h"

struct npz_pack_settings {
    const char *const *operands; /* as above */
    size_t count;
    const char *shapes; /* "NAME=2x3x3,..": shapes of the same size in place of their own, or NULL */
    const struct row_format *format; /* how files are read */
    const char *path;                /* where it will be written, for messages */
};

/* The arrays in the order of the operands, and `version` 1 at the end where none of them has that name. The
 * caller frees it with npz_free; NULL: error says why. */
struct npz *npz_pack_read(const struct npz_pack_settings *settings, struct error *error);

/* Writes all arrays to a path (NULL: standard output). Returns 0 or -1. */
__attribute__((warn_unused_result)) int npz_pack_write(const struct npz *npz, const char *path,
                                                       struct error *error);

#endif
