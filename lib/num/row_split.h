/* A stage that hands out a random part of the rows, and at a second reading the rest, both in input order.
 *
 * The part has round(F n) of the n rows, every set of that size with equal probability (selection sampling,
 * Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S). Stratified, each class of n_c rows gives the
 * whole part of F n_c, and the classes with the largest remainders one more, until there are round(F n). */
#ifndef NUM_ROW_SPLIT_H
#define NUM_ROW_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include "io/row_stream.h"

struct row_split_settings {
    double fraction; /* F, in [0, 1] */
    size_t column;   /* whose values are the classes, or ROW_SPLIT_NO_COLUMN */
    uint64_t seed;
    const char *filter; /* for the random numbers */
};

#define ROW_SPLIT_NO_COLUMN ((size_t)-1)

/* Reads a rewindable chain once, to count rows and classes, and puts the stage on it, which hands out the
 * part. Memory for the classes alone. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
row_split_push(struct row_stream **chain, const struct row_split_settings *settings, struct error *error);

/* From the next rewinding on, the stage hands out the rest. The stages above it must be rewound with it. */
void row_split_choose_rest(struct row_stream *stage);

#endif
