/* One member of an NPZ as an array. */
#ifndef IO_NPZ_MEMBER_H
#define IO_NPZ_MEMBER_H

#include <stdint.h>

#include "base/error.h"
#include "io/npz.h"
#include "io/zip_reader.h"

/* Reads the member that the archive stands at, to its end. Its memory is taken from *budget (bytes); room is
 * asked for as bytes come, whatever the header says. Returns 0, or -1 with what array holds still to be freed
 * by npz_member_free. array is all zero before. */
__attribute__((warn_unused_result)) int npz_member_read(struct npz_array *array, struct zip_reader *archive,
                                                        uint64_t *budget, struct error *error);

/* Passes over the member. */
__attribute__((warn_unused_result)) int npz_member_skip(struct zip_reader *archive, struct error *error);

/* The array's name: the member's without ".npy". The caller frees it; NULL: error says why. */
char *npz_member_name(const struct zip_reader *archive, struct error *error);

/* Frees what an array holds; all zero is fine. */
void npz_member_free(struct npz_array *array);

#endif
