/* Merges partial sums.
 *
 * Sums are added without rounding, in as many words as that takes (num/exact_sum), so that the merged sums,
 * written again or not, are the same to the last bit in whatever order and groups parts come. */
#ifndef NUM_PARTIAL_MERGE_H
#define NUM_PARTIAL_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "io/partial.h"

/* Adds a part to *merged, which is NULL before the first and the caller's to free. Refused, with both values
 * named: another filter, options, number of shards or shape than the first part's; and, unless
 * repeated_allowed, a shard that is there. Returns 0, or -1, after which *merged can only be freed. */
__attribute__((warn_unused_result)) int partial_merge_add(struct partial **merged, const struct partial *part,
                                                          bool repeated_allowed, struct error *error);

/* How many of the shards 1 ... N are missing; 0 where parts have no shards.
 *
 *   text  which, written: "2, 5-7", ended by "..." where they are too many */
enum { PARTIAL_MERGE_TEXT_SIZE = 128 };
uint64_t partial_merge_missing(const struct partial *merged, char text[PARTIAL_MERGE_TEXT_SIZE]);

#endif
