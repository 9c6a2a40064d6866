#include "io/row_pairs.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Finds the column of keys and the names of the others. */
static int describe_side(struct row_side *side, struct error *error) {
    const struct row_reader *reader = side->reader;
    size_t words, kept = 0;
    side->key = ROW_READER_NO_COLUMN;
    for (size_t i = 0; i < reader->columns && side->key == ROW_READER_NO_COLUMN; i++)
        if (row_reader_levels(reader, i, &words) != NULL)
            side->key = i;
    if (side->key != ROW_READER_NO_COLUMN && reader->columns == 1)
        return error_set(error, "%s has no column beside the key", reader->name);
    if (reader->names == NULL)
        return 0;
    side->names = memory_array(error, reader->columns, sizeof *side->names);
    if (side->names == NULL)
        return -1;
    for (size_t i = 0; i < reader->columns; i++)
        if (i != side->key)
            side->names[kept++] = reader->names[i];
    return 0;
}

static size_t side_columns(const struct row_side *side) {
    return side->reader->columns - (side->key != ROW_READER_NO_COLUMN);
}

/* Whether an operand has one row alone, by reading its beginning. Returns 1 or 0, or -1 with the error set.
 */
static int has_one_row(const char *operand, const struct row_format *format, struct error *error) {
    struct row_format whole = *format;
    size_t rows = 0;
    int status;
    whole.shards = 0;
    struct row_reader *reader = row_reader_open(operand, &whole, error);
    if (reader == NULL)
        return -1;
    while ((status = row_reader_next(reader, error)) == 1 && rows + reader->row_count < 2)
        rows += reader->row_count;
    row_reader_close(reader);
    return status < 0 ? -1 : status == 0 && rows == 1;
}

static void close_side(struct row_side *side) {
    row_reader_close(side->reader);
    free(side->only);
    free(side->stripped);
    free(side->keys);
    free(side->names);
    *side = (struct row_side){0};
}

/* A part of the rows is read where there are several: one row is paired with every part of the other side,
 * unless that has one row as well. */
static int open_side(struct row_side *side, const char *operand, const struct row_format *format,
                     bool one_row_is_whole, struct error *error) {
    struct row_format kept = *format;
    if (kept.missing == MISSING_SKIP)
        kept.missing = MISSING_KEEP;
    if (kept.shards > 0 && one_row_is_whole && strcmp(operand, "-") != 0) {
        int one_row = has_one_row(operand, &kept, error);
        if (one_row < 0)
            return -1;
        if (one_row)
            kept.shards = 0;
    }
    side->sharded = kept.shards > 0;
    side->reader = row_reader_open(operand, &kept, error);
    return side->reader == NULL ? -1 : describe_side(side, error);
}

int row_pairs_open(struct row_pairs *pairs, const char *left, const char *right,
                   const struct row_format *left_format, const struct row_format *right_format,
                   struct error *error) {
    struct row_side *sides[2] = {&pairs->left, &pairs->right};
    *pairs = (struct row_pairs)ROW_PAIRS_CLOSED;
    if (open_side(&pairs->left, left, left_format, true, error) < 0 ||
        open_side(&pairs->right, right, right_format, true, error) < 0)
        return -1;
    if (left_format->shards > 0 && !pairs->left.sharded && !pairs->right.sharded) {
        close_side(&pairs->left);
        if (open_side(&pairs->left, left, left_format, false, error) < 0)
            return -1;
    }
    for (size_t i = 0; i < 2 && pairs->left.sharded && pairs->right.sharded; i++)
        if (sides[i]->reader->format == MATRIX_CSV)
            return error_set_usage(error,
                                   "--shard cuts %s by bytes, which parts its rows from the other matrix's: "
                                   "convert both with matcat -b",
                                   sides[i]->reader->name);
    pairs->skip_missing = left_format->missing == MISSING_SKIP || right_format->missing == MISSING_SKIP;
    pairs->columns = side_columns(&pairs->left);
    if (pairs->columns == side_columns(&pairs->right))
        return 0;
    if (pairs->left.key == ROW_READER_NO_COLUMN)
        return row_reader_widths_error(error, left, pairs->columns, right, side_columns(&pairs->right));
    return error_set(error, "%s has %zu column%s beside the key, %s %zu", left, pairs->columns,
                     pairs->columns == 1 ? "" : "s", right, side_columns(&pairs->right));
}

static size_t rows_left(const struct row_side *side) {
    return side->reader->row_count - side->taken;
}

/* Parts the block that was read into keys and rows. */
static int strip_keys(struct row_side *side, struct error *error) {
    const struct row_reader *reader = side->reader;
    size_t columns = reader->columns, before = side->key, behind = columns - side->key - 1;
    side->block = reader->rows;
    if (side->key == ROW_READER_NO_COLUMN)
        return 0;
    if (memory_reserve(error, &side->keys, &side->keys_capacity, reader->row_count, sizeof *side->keys) < 0 ||
        memory_reserve(error, &side->stripped, &side->stripped_capacity, reader->row_count * (columns - 1),
                       sizeof *side->stripped) < 0)
        return -1;
    for (size_t i = 0; i < reader->row_count; i++) {
        const double *row = reader->rows + i * columns;
        double *stripped = side->stripped + i * (columns - 1);
        side->keys[i] = row[side->key];
        memcpy(stripped, row, before * sizeof *row);
        memcpy(stripped + before, row + before + 1, behind * sizeof *row);
    }
    side->block = side->stripped;
    return 0;
}

/* The first row is copied, as it may turn out to be the only one: the reader's block does not outlive its
 * end. */
static int keep_first(struct row_side *side, struct error *error) {
    size_t columns = side_columns(side);
    if (side->only != NULL)
        return 0;
    side->only = memory_array(error, columns, sizeof *side->only);
    if (side->only == NULL)
        return -1;
    memcpy(side->only, side->block, columns * sizeof *side->only);
    return 0;
}

/* The next block of a side. An only row is read: it will be repeated. */
static int read_block(struct row_side *side, size_t unread_most, struct error *error) {
    bool only = side->total == 0 && row_reader_rows_ahead(side->reader) == 1;
    return unread_most > 0 && !only ? row_reader_next_unread(side->reader, unread_most, error)
                                    : row_reader_next(side->reader, error);
}

/* Sees to it that the side has rows at hand. Returns 1: it has; 0: it has ended; -1. */
static int refill(struct row_side *side, size_t unread_most, struct error *error) {
    if (side->repeated || rows_left(side) > 0)
        return 1;
    int status = read_block(side, unread_most, error);
    side->taken = 0;
    side->block = NULL;
    if (status == 1 && side->reader->rows == NULL)
        return 1;
    if (status == 1)
        return strip_keys(side, error) < 0 || keep_first(side, error) < 0 ? -1 : 1;
    side->reader->row_count = 0;
    if (status == 0 && side->total == 1 && !side->sharded && side->only != NULL) {
        side->repeated = true;
        side->rows = side->only;
        side->first = 0;
        return 1;
    }
    return status;
}

/* Counts what is left of the longer side, so that the message can name both numbers. */
static int counts_differ(struct row_pairs *pairs, struct error *error) {
    struct row_side *sides[2] = {&pairs->left, &pairs->right};
    for (size_t i = 0; i < 2; i++) {
        struct row_reader *reader = sides[i]->reader;
        int status = 1;
        sides[i]->total += rows_left(sides[i]);
        while (reader->row_count > 0 && (status = row_reader_next(reader, error)) == 1)
            sides[i]->total += reader->row_count;
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
    side->rows = side->block != NULL ? side->block + side->taken * side_columns(side) : NULL;
    side->taken += count;
    side->total += count;
}

static bool row_has_missing(const struct row_side *side, size_t row, size_t columns) {
    const double *values = side->repeated ? side->rows : side->block + (side->taken + row) * columns;
    for (size_t i = 0; i < columns; i++)
        if (isnan(values[i]))
            return true;
    return false;
}

/* How many pairs follow without a missing value, at most count. */
static size_t count_whole(const struct row_pairs *pairs, size_t count) {
    size_t i = 0;
    while (i < count && !row_has_missing(&pairs->left, i, pairs->columns) &&
           !row_has_missing(&pairs->right, i, pairs->columns))
        i++;
    return i;
}

/* Whether a side's part has no rows, so that the other side's only row has nothing to be paired with. */
static bool part_is_empty(const struct row_side *side, int status, const struct row_side *other) {
    return status == 0 && side->sharded && side->total == 0 && !other->sharded;
}

/* Sees to it that both sides have rows at hand. Returns the number of pairs, 0 at the end of both, -1 on
 * error. */
static ptrdiff_t pairs_at_hand(struct row_pairs *pairs, struct error *error) {
    struct row_side *left = &pairs->left, *right = &pairs->right;
    size_t unread_most = pairs->skip_missing ? 0 : pairs->unread_most;
    int left_status = refill(left, unread_most, error);
    int right_status = left_status < 0 ? -1 : refill(right, unread_most, error);
    if (left_status < 0 || right_status < 0)
        return -1;
    /* A repeated side never ends; where both have one row, that pair is behind us. */
    bool left_ended = left_status == 0 || left->repeated, right_ended = right_status == 0 || right->repeated;
    if (left_ended && right_ended)
        return 0;
    if (part_is_empty(left, left_status, right) || part_is_empty(right, right_status, left))
        return 0;
    if (left_status == 0 || right_status == 0)
        return counts_differ(pairs, error);
    size_t count = left->repeated ? rows_left(right) : rows_left(left);
    return (ptrdiff_t)(!right->repeated && rows_left(right) < count ? rows_left(right) : count);
}

int row_pairs_next(struct row_pairs *pairs, struct error *error) {
    ptrdiff_t at_hand;
    while ((at_hand = pairs_at_hand(pairs, error)) > 0) {
        size_t count = (size_t)at_hand;
        size_t whole = pairs->skip_missing ? count_whole(pairs, count) : count;
        pairs->row_count = whole > 0 ? whole : 1;
        take(&pairs->left, pairs->row_count);
        take(&pairs->right, pairs->row_count);
        pairs->keys = pairs->left.key != ROW_READER_NO_COLUMN ? pairs->left.keys + pairs->left.first : NULL;
        if (whole > 0)
            return 1;
        pairs->skipped++;
    }
    return (int)at_hand;
}

int row_side_read(const struct row_side *side, size_t first, size_t count, double *room,
                  struct error *error) {
    return row_reader_read(side->reader, side->first + first, count, room, error);
}

int row_side_check(const struct row_side *side, size_t first, size_t count, const double *rows,
                   struct error *error) {
    return row_reader_check(side->reader, side->first + first, count, rows, error);
}

static bool side_ready(const struct row_side *side) {
    return side->repeated || rows_left(side) > 0 || row_reader_ready(side->reader);
}

bool row_pairs_ready(const struct row_pairs *pairs) {
    return side_ready(&pairs->left) && side_ready(&pairs->right);
}

const char *const *row_pairs_keys(const struct row_pairs *pairs) {
    size_t count;
    return pairs->left.key != ROW_READER_NO_COLUMN
               ? row_reader_levels(pairs->left.reader, pairs->left.key, &count)
               : NULL;
}

const char *const *row_pairs_names(const struct row_pairs *pairs) {
    return pairs->left.names != NULL ? pairs->left.names : pairs->right.names;
}

int64_t row_pairs_rows_ahead(const struct row_pairs *pairs) {
    int64_t left = row_reader_rows_ahead(pairs->left.reader),
            right = row_reader_rows_ahead(pairs->right.reader);
    return left < 0 || right < 0 ? -1 : left > right ? left : right;
}

int row_side_error(const struct row_side *side, struct error *error, size_t row, size_t column,
                   const char *format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (column != ROW_READER_NO_COLUMN && side->key != ROW_READER_NO_COLUMN && column >= side->key)
        column++;
    return row_reader_error(side->reader, error, row, column, "%s", text);
}

void row_pairs_close(struct row_pairs *pairs) {
    close_side(&pairs->left);
    close_side(&pairs->right);
    *pairs = (struct row_pairs)ROW_PAIRS_CLOSED;
}
