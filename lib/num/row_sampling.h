/* Stages that draw rows at random, or put them in a random order. Draws are keyed by seed, filter and
 * purpose: the same for the same input, however it comes in blocks. */
#ifndef NUM_ROW_SAMPLING_H
#define NUM_ROW_SAMPLING_H

#include <stddef.h>
#include <stdint.h>

#include "io/row_stream.h"

/* count rows without replacement, every set of that size with equal probability, in input order: a reservoir
 * (Vitter 1985, Random sampling with a reservoir, ACM TOMS 11, 37-57, algorithm R), filled at once from the
 * chain in memory for count rows. All of them, and a note, where there are fewer. */
__attribute__((warn_unused_result)) int row_sampling_push_count(struct row_stream **chain, size_t count,
                                                                uint64_t seed, const char *filter,
                                                                struct error *error);

/* Each row with the given probability, in [0, 1], block by block. */
__attribute__((warn_unused_result)) int row_sampling_push_fraction(struct row_stream **chain,
                                                                   double probability, uint64_t seed,
                                                                   const char *filter, struct error *error);

/* As many rows as there are, drawn with replacement; all rows are read at once and held in memory. */
__attribute__((warn_unused_result)) int row_sampling_push_bootstrap(struct row_stream **chain, uint64_t seed,
                                                                    const char *filter, struct error *error);

/* All rows in a random order, each order with equal probability; read at once and held in memory. */
__attribute__((warn_unused_result)) int row_sampling_push_shuffle(struct row_stream **chain, uint64_t seed,
                                                                  const char *filter, struct error *error);

#endif
