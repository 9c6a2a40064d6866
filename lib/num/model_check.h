/* Models checked before they are packed.
 *
 * Each kind's own reader is its check: the file that has it exports a struct model_check, and a filter hands
 * in those of the kinds it knows, whatever floor they live on. */
#ifndef NUM_MODEL_CHECK_H
#define NUM_MODEL_CHECK_H

#include <stddef.h>

#include "base/error.h"
#include "io/npz.h"
#include "io/npz_pack.h"

struct model_check {
    const char *kind;
    int (*read)(const struct npz *npz, struct error *error); /* 0, or -1 with the reader's message */
};

/* Puts arrays together as io/npz_pack says, checks them by their array `kind` (other kinds pass) and writes
 * them to a path (NULL: standard output). Returns 0 or -1. */
__attribute__((warn_unused_result)) int model_check_pack(const struct npz_pack_settings *packing,
                                                         const char *path,
                                                         const struct model_check *const *checks,
                                                         size_t count, struct error *error);

#endif
