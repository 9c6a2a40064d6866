#include "io/row_pairs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

int row_pairs_open(struct row_pairs *pairs, const char *left, const char *right,
                   const struct row_format *left_format, const struct row_format *right_format,
                   struct error *error) {
    *pairs = (struct row_pairs)ROW_PAIRS_CLOSED;
    pairs->left.reader = row_reader_open(left, left_format, error);
    if (pairs->left.reader == NULL)
        return -1;
    pairs->right.reader = row_reader_open(right, right_format, error);
    if (pairs->right.reader == NULL)
        return -1;
    pairs->columns = pairs->left.reader->columns;
    if (pairs->columns != pairs->right.reader->columns)
        return error_set(error, "%s has %zu columns, %s %zu", left, pairs->columns, right,
                         pairs->right.reader->columns);
    return 0;
}

static size_t rows_left(const struct row_side *side) {
    return side->reader->row_count - side->taken;
}

/* Keeps the side's only row for as long as the other side has rows. */
static int start_repeating(struct row_side *side, struct error *error) {
    side->repeated = true;
    side->rows = side->only;
    side->first = 0;
    return side->only != NULL ? 1 : error_set(error, "out of memory");
}

/* The first row is copied as long as it may turn out to be the only one: the reader's block does not outlive
 * its end. */
static int keep_first(struct row_side *side, struct error *error) {
    size_t columns = side->reader->columns;
    if (side->total > 0 || side->only != NULL)
        return 0;
    side->only = memory_array(error, columns, sizeof *side->only);
    if (side->only == NULL)
        return -1;
    memcpy(side->only, side->reader->rows, columns * sizeof *side->only);
    return 0;
}

/* Sees to it that the side has rows at hand. Returns 1: it has; 0: it has ended; -1. */
static int refill(struct row_side *side, struct error *error) {
    if (side->repeated || rows_left(side) > 0)
        return 1;
    int status = row_reader_next(side->reader, error);
    side->taken = 0;
    if (status == 1)
        return keep_first(side, error) < 0 ? -1 : 1;
    side->reader->row_count = 0;
    return status == 0 && side->total == 1 ? start_repeating(side, error) : status;
}

/* Counts what is left of the longer side, so that the message can name both numbers. */
static int counts_differ(struct row_pairs *pairs, struct error *error) {
    struct row_side *sides[2] = {&pairs->left, &pairs->right};
    for (size_t i = 0; i < 2; i++) {
        int status = 1;
        sides[i]->total += rows_left(sides[i]);
        while (sides[i]->reader->row_count > 0 && (status = row_reader_next(sides[i]->reader, error)) == 1)
            sides[i]->total += sides[i]->reader->row_count;
        if (status < 0)
            return -1;
    }
    return error_set(error, "%s has %" PRIu64 " rows, %s %" PRIu64, pairs->left.reader->name,
                     pairs->left.total, pairs->right.reader->name, pairs->right.total);
}

static void take(struct row_side *side, size_t count) {
    if (side->repeated)
        return;
    side->first = side->taken;
    side->rows = side->reader->rows + side->taken * side->reader->columns;
    side->taken += count;
    side->total += count;
}

int row_pairs_next(struct row_pairs *pairs, struct error *error) {
    struct row_side *left = &pairs->left, *right = &pairs->right;
    int left_status = refill(left, error);
    int right_status = left_status < 0 ? -1 : refill(right, error);
    if (left_status < 0 || right_status < 0)
        return -1;
    /* A repeated side never ends; both are repeated where both have one row, which is then behind us. */
    bool left_ended = left_status == 0 || left->repeated, right_ended = right_status == 0 || right->repeated;
    if (left_ended && right_ended)
        return 0;
    if (left_status == 0 || right_status == 0)
        return counts_differ(pairs, error);
    size_t count = left->repeated ? rows_left(right) : rows_left(left);
    if (!right->repeated && rows_left(right) < count)
        count = rows_left(right);
    take(left, count);
    take(right, count);
    pairs->row_count = count;
    return 1;
}

static bool side_ready(const struct row_side *side) {
    return side->repeated || rows_left(side) > 0 || row_reader_ready(side->reader);
}

bool row_pairs_ready(const struct row_pairs *pairs) {
    return side_ready(&pairs->left) && side_ready(&pairs->right);
}

void row_pairs_close(struct row_pairs *pairs) {
    row_reader_close(pairs->left.reader);
    row_reader_close(pairs->right.reader);
    free(pairs->left.only);
    free(pairs->right.only);
    *pairs = (struct row_pairs)ROW_PAIRS_CLOSED;
}
