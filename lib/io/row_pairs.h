/* Two matrices read side by side: row i of one with row i of the other.
 *
 * A matrix of one row is paired with every row of the other. Memory is bounded by two readers' blocks. */
#ifndef IO_ROW_PAIRS_H
#define IO_ROW_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "io/row_reader.h"

/* One of the two, and its part of the rows at hand. */
struct row_side {
    struct row_reader *reader;
    const double *rows; /* the pairs' rows: row_count x columns, or the one row where repeated */
    size_t first;       /* the index of rows in the reader's block, for row_reader_error */
    bool repeated;      /* one row, the same for all pairs */
    size_t taken;       /* rows of the reader's block that are used up */
    uint64_t total;     /* rows taken so far */
    double *only;       /* the row to repeat */
};

struct row_pairs {
    struct row_side left, right;
    size_t row_count; /* pairs at hand */
    size_t columns;
};

#define ROW_PAIRS_CLOSED                                                                                     \
    { .row_count = 0 }

/* Opens both operands; they must have the same number of columns. Returns 0, or -1 with the error set;
 * row_pairs_close is right in either case. */
__attribute__((warn_unused_result)) int row_pairs_open(struct row_pairs *pairs, const char *left,
                                                       const char *right,
                                                       const struct row_format *left_format,
                                                       const struct row_format *right_format,
                                                       struct error *error);

/* The next pairs. Returns 1: row_count >= 1 pairs, valid until the next call; 0: the end of both; -1: error,
 * also where one ends before the other and neither has one row. */
__attribute__((warn_unused_result)) int row_pairs_next(struct row_pairs *pairs, struct error *error);

/* Whether row_pairs_next would return without waiting. */
bool row_pairs_ready(const struct row_pairs *pairs);

/* Closing what was never opened is harmless. */
void row_pairs_close(struct row_pairs *pairs);

#endif
