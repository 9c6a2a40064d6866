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
    const double
        *rows;      /* the pairs' rows: row_count x columns, or the one row where repeated; NULL: unread */
    size_t first;   /* the index of rows in the block, for row_side_error */
    bool sharded;   /* a part of its rows is read */
    bool repeated;  /* one row, the same for all pairs */
    size_t taken;   /* rows of the block that are used up */
    uint64_t total; /* rows taken so far */
    double *only;   /* the row to repeat */
    size_t key;     /* the column of keys; ROW_READER_NO_COLUMN: none */
    const double
        *block;       /* the block without keys: the reader's own rows where there are none, NULL: unread */
    double *stripped; /* room for it */
    double *keys;     /* the block's keys, as codes */
    size_t stripped_capacity, keys_capacity;
    const char **names; /* of the columns that are no keys; NULL: the input has none */
};

struct row_pairs {
    struct row_side left, right;
    size_t row_count;   /* pairs at hand */
    size_t columns;     /* of the rows compared */
    size_t unread_most; /* so many rows at a time may be left in their file; set after opening; 0: none */
    bool skip_missing;  /* pairs with a missing value in either row are dropped */
    uint64_t skipped;   /* how many were */
    const double *keys; /* the pairs' keys as codes, where the left format has a text column; else NULL */
};

#define ROW_PAIRS_CLOSED                                                                                     \
    { .row_count = 0 }

/* Opens both operands; they must have the same number of columns. Where left_format->text names a column of
 * the left one, that is no part of its rows but their key. MISSING_SKIP drops the pair, so that rows stay
 * beside each other. Of formats with shards, the parts of both are read, which must be NPY, but all of a
 * matrix of one row (of the right one, where both have one). Returns 0, or -1 with the error set;
 * row_pairs_close is right in either case. */
__attribute__((warn_unused_result)) int row_pairs_open(struct row_pairs *pairs, const char *left,
                                                       const char *right,
                                                       const struct row_format *left_format,
                                                       const struct row_format *right_format,
                                                       struct error *error);

/* The next pairs. Returns 1: row_count >= 1 pairs, valid until the next call; 0: the end of both; -1: error,
 * also where one ends before the other and neither has one row. */
__attribute__((warn_unused_result)) int row_pairs_next(struct row_pairs *pairs, struct error *error);

/* Reads count of the pairs' rows of a side whose rows are NULL, from the first-th on, into room (count x
 * columns). Callable from several threads at once. Returns 0 or -1. */
__attribute__((warn_unused_result)) int row_side_read(const struct row_side *side, size_t first, size_t count,
                                                      double *room, struct error *error);

/* row_reader_check for rows so read. */
__attribute__((warn_unused_result)) int row_side_check(const struct row_side *side, size_t first,
                                                       size_t count, const double *rows, struct error *error);

/* Whether row_pairs_next would return without waiting. */
bool row_pairs_ready(const struct row_pairs *pairs);

/* The words behind the codes of the keys, or NULL where there are none. They grow as rows are read. */
const char *const *row_pairs_keys(const struct row_pairs *pairs);

/* The names of the columns, those of the left matrix first; NULL where neither has any. */
const char *const *row_pairs_names(const struct row_pairs *pairs);

/* Pairs that are known to follow, or -1. */
int64_t row_pairs_rows_ahead(const struct row_pairs *pairs);

/* row_reader_error for a row of a side's block and a column of its rows. Returns -1. */
__attribute__((format(printf, 5, 6))) int row_side_error(const struct row_side *side, struct error *error,
                                                         size_t row, size_t column, const char *format, ...);

/* Closing what was never opened is harmless. */
void row_pairs_close(struct row_pairs *pairs);

#endif
