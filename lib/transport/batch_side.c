#include "transport/batch_side.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "io/decimal.h"
#include "num/distribution_rows.h"
#include "num/vector.h"
#include "transport/transport_input.h"

int batch_side_open(struct batch_side *side, struct command *command, const char *operand) {
    side->command = command;
    side->reader = row_reader_open(operand, &command->input, &command->error);
    if (side->reader == NULL)
        return -1;
    side->columns = side->reader->columns;
    return 0;
}

int batch_side_reserve(struct batch_side *side, size_t capacity, struct error *error) {
    side->capacity = capacity;
    side->rows = memory_matrix(error, capacity, side->columns, sizeof *side->rows);
    return side->rows != NULL ? 0 : -1;
}

/* Rows are checked in slices, several at a time. */
enum { SLICES_MAX = 64, SLICE_VALUES = 4096 };

struct slice {
    bool failed;                     /* to read; error says why */
    struct distribution_fault fault; /* text empty: none; rows counted from the first of all */
    struct error error;
};

struct checking {
    const struct batch_side *side;
    size_t row;         /* of the reader's block, the first of them */
    const double *read; /* there; NULL: in the file as yet */
    double *rows;       /* what is made of them */
    size_t count, slice_rows;
    struct slice slices[SLICES_MAX];
};

/* Whether all values are, nan being nowhere. */
INSTRUCTION_SETS static bool all_between(size_t count, const double *values, double least, double most) {
    size_t outside = 0;
#pragma omp simd reduction(+ : outside)
    for (size_t k = 0; k < count; k++)
        outside += !(values[k] >= least && values[k] <= most);
    return outside == 0;
}

/* What kept rows from being costs, or points. */
static void check_values(const struct checking *checking, size_t first, size_t end,
                         struct distribution_fault *fault) {
    const struct batch_side *side = checking->side;
    bool costs = side->kind == BATCH_SIDE_COSTS;
    double least = costs ? 0 : -TRANSPORT_POINT_MAX, most = costs ? INFINITY : TRANSPORT_POINT_MAX;
    char number[DECIMAL_SIZE];
    if (all_between((end - first) * side->columns, checking->rows + first * side->columns, least, most))
        return;
    for (size_t k = first * side->columns; k < end * side->columns; k++) {
        double value = checking->rows[k];
        if (value >= least && value <= most)
            continue;
        number[decimal_print(number, value)] = '\0';
        fault->row = k / side->columns;
        fault->column = k % side->columns;
        snprintf(fault->text, sizeof fault->text, "expected %s, got '%s'",
                 costs ? "a cost of at least 0" : "a coordinate within 1e150", number);
        return;
    }
}

/* The softmax at once, without the logarithms; false where it is nan somewhere. The rows may be read in
 * place.
 */
static bool softmax_slice(const struct checking *checking, size_t first, size_t end, const double *read) {
    const struct batch_side *side = checking->side;
    double *rows = checking->rows + first * side->columns;
    vector_softmax(end - first, side->columns, side->command->distribution.temperature, read, rows);
    return all_between((end - first) * side->columns, rows, 0, 1);
}

/* Distributions, or points by --logits or --log-probs, of rows that are as they were read. */
static void make_distributions(const struct checking *checking, size_t first, size_t end,
                               struct distribution_fault *fault) {
    const struct batch_side *side = checking->side;
    struct distribution_options options = side->command->distribution;
    const double *prepared;
    double *rows = checking->rows + first * side->columns;
    bool logarithms = distribution_rows_in_logarithms(&options);
    if (side->kind == BATCH_SIDE_POINTS && !logarithms)
        return;
    options.normalize = options.normalize && !logarithms;
    if (!distribution_rows_prepare(&options, end - first, side->columns, rows, rows, &prepared, fault)) {
        fault->row += first;
        return;
    }
    fault->text[0] = '\0';
    if (logarithms)
        vector_exp((end - first) * side->columns, rows, rows);
}

/* The rows as they were read, to the place of what is made of them. Returns 0 or -1. */
static int take_rows(const struct checking *checking, size_t first, size_t end, struct error *error) {
    const struct batch_side *side = checking->side;
    double *rows = checking->rows + first * side->columns;
    if (checking->read == NULL)
        return row_reader_read(side->reader, checking->row + first, end - first, rows, error);
    memcpy(rows, checking->read + first * side->columns, (end - first) * side->columns * sizeof *rows);
    return 0;
}

/* Where rows were left in the file, a missing value is refused before what else is wrong with it. */
static int refuse_missing(const struct checking *checking, size_t first, size_t end, struct error *error) {
    const struct batch_side *side = checking->side;
    double *rows = checking->rows + first * side->columns;
    if (checking->read != NULL)
        return 0;
    if (row_reader_read(side->reader, checking->row + first, end - first, rows, error) < 0)
        return -1;
    return row_reader_check(side->reader, checking->row + first, end - first, rows, error);
}

static int check_rows(const struct checking *checking, size_t first, size_t end, struct slice *slice) {
    const struct batch_side *side = checking->side;
    struct distribution_fault *fault = &slice->fault;
    double *rows = checking->rows + first * side->columns;
    bool distributions = side->kind != BATCH_SIDE_COSTS;
    if (distributions && side->command->distribution.logits) {
        if (checking->read == NULL && take_rows(checking, first, end, &slice->error) < 0)
            return -1;
        const double *read = checking->read != NULL ? checking->read + first * side->columns : rows;
        if (softmax_slice(checking, first, end, read))
            return 0;
    }
    if (take_rows(checking, first, end, &slice->error) < 0)
        return -1;
    if (distributions)
        make_distributions(checking, first, end, fault);
    if (side->kind != BATCH_SIDE_WEIGHTS && fault->text[0] == '\0')
        check_values(checking, first, end, fault);
    if (fault->text[0] != '\0')
        return refuse_missing(checking, first, end, &slice->error);
    if (side->kind == BATCH_SIDE_COSTS && side->scale != 1)
        vector_scale((end - first) * side->columns, side->scale, rows);
    return 0;
}

static void check_slice(void *context, size_t index, size_t worker) {
    struct checking *checking = context;
    struct slice *slice = &checking->slices[index];
    size_t first = index * checking->slice_rows, end = first + checking->slice_rows;
    (void)worker;
    end = end < checking->count ? end : checking->count;
    slice->fault.text[0] = '\0';
    slice->failed = check_rows(checking, first, end, slice) < 0;
}

/* Takes rows of the reader's block from `row` on. */
static int check(const struct batch_side *side, size_t row, size_t count, double *rows, struct error *error) {
    const double *block = side->reader->rows;
    struct checking checking; /* the slices, which are large, are set one by one */
    checking.side = side;
    checking.row = row;
    checking.read = block != NULL ? block + row * side->columns : NULL;
    checking.rows = rows;
    checking.count = count;
    size_t least = (count + SLICES_MAX - 1) / SLICES_MAX;
    checking.slice_rows = side->columns < SLICE_VALUES ? SLICE_VALUES / side->columns : 1;
    checking.slice_rows = checking.slice_rows > least ? checking.slice_rows : least;
    size_t slices = (count + checking.slice_rows - 1) / checking.slice_rows;
    parallel_for(side->command->threads, slices, check_slice, &checking);
    for (size_t i = 0; i < slices; i++) {
        const struct slice *slice = &checking.slices[i];
        const struct distribution_fault *fault = &slice->fault;
        if (slice->failed) {
            *error = slice->error;
            return -1;
        }
        if (fault->text[0] != '\0')
            return row_reader_error(side->reader, error, row + fault->row, fault->column, "%s", fault->text);
    }
    return 0;
}

bool batch_side_ready(const struct batch_side *side) {
    return side->ended || side->taken < side->reader->row_count || row_reader_ready(side->reader);
}

int batch_side_fill(struct batch_side *side, struct error *error) {
    struct row_reader *reader = side->reader;
    while (side->count < side->capacity && !side->ended) {
        if (side->taken == reader->row_count) {
            if (side->count >= side->unit && !row_reader_ready(reader))
                return 0;
            int status = row_reader_next_unread(reader, side->capacity - side->count, error);
            if (status < 0)
                return -1;
            side->taken = 0;
            side->ended = status == 0;
            continue;
        }
        size_t left = reader->row_count - side->taken, room = side->capacity - side->count;
        size_t count = left < room ? left : room;
        double *rows = side->rows + side->count * side->columns;
        if (check(side, side->taken, count, rows, error) < 0)
            return -1;
        side->taken += count;
        side->count += count;
        side->total += count;
    }
    return 0;
}

void batch_side_drop(struct batch_side *side, size_t rows) {
    side->count -= rows;
    memmove(side->rows, side->rows + rows * side->columns, side->count * side->columns * sizeof *side->rows);
}

void batch_side_close(struct batch_side *side) {
    row_reader_close(side->reader);
    free(side->rows);
    *side = (struct batch_side){0};
}
