/* Mergeable sums of a part of the rows (--partial): an NPZ of kind "partial".
 *
 * A filter whose result is a sum over rows writes the sums of the rows it saw; those of all parts, added,
 * give what one run over all rows would have given. Sums are double-double: each named array stands beside
 * NAME_carry. */
#ifndef IO_PARTIAL_H
#define IO_PARTIAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/command.h"
#include "base/error.h"

/* A sum by name: its values, and what rounding left out of them. */
struct partial_sum {
    const char *name;
    double value, carry;
};

/* Writes the file of one part: filter, options (the text of those that matter for the result), shard where
 * --shard was given, rows, and the sums. Returns 0 or -1. */
__attribute__((warn_unused_result)) int partial_write(const struct command *command, const char *options,
                                                      uint64_t rows, size_t count,
                                                      const struct partial_sum *sums, struct error *error);

#endif
