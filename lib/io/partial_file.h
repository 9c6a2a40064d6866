/* Partial sums as NPZ of kind "partial".
 *
 * Arrays: kind, version, filter, options (texts but for version), rows; shard, (2) I and N where --shard I/N
 * was given, or (k, 2) of the k parts that were merged; NAME for what is the same in all parts; and for each
 * sum NAME, NAME_carry and, where a merged sum has more words, NAME_carry2, NAME_carry3, ..., all of the
 * sum's shape, and NAME_exponent where it is logarithmic. Other arrays are refused, as are missing values. */
#ifndef IO_PARTIAL_FILE_H
#define IO_PARTIAL_FILE_H

#include <stddef.h>

#include "base/error.h"
#include "io/partial.h"

/* Reads an operand (a path or "-") written by one of the filters known. NULL: error says why. */
struct partial *partial_file_read(const char *operand, const struct partial_description *const *known,
                                  size_t known_count, struct error *error);

/* path NULL or "-": standard output. */
__attribute__((warn_unused_result)) int partial_file_write(const struct partial *partial, const char *path,
                                                           struct error *error);

#endif
