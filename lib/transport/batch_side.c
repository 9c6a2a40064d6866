#include "transport/batch_side.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "io/decimal.h"
#include "num/distribution_rows.h"
#include "num/vector.h"

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

/* The first value of rows that are no costs, or no points: its place in values, or count. */
static size_t first_wrong(const struct batch_side *side, size_t count, const double *values) {
    for (size_t k = 0; k < count; k++)
        if (side->kind == BATCH_SIDE_COSTS ? !(values[k] >= 0) : !isfinite(values[k]))
            return k;
    return count;
}

static int refuse(const struct batch_side *side, size_t row, size_t column, double value,
                  struct error *error) {
    char number[DECIMAL_SIZE];
    number[decimal_print(number, value)] = '\0';
    return row_reader_error(side->reader, error, row, column, "expected %s, got '%s'",
                            side->kind == BATCH_SIDE_COSTS ? "a cost of at least 0" : "a finite number",
                            number);
}

/* Distributions, or points by --logits or --log-probs; `row` is their place in the reader's block. */
static int make_distributions(const struct batch_side *side, size_t row, size_t count, double *rows,
                              struct error *error) {
    struct distribution_options options = side->command->distribution;
    struct distribution_fault fault;
    const double *prepared;
    bool logarithms = distribution_rows_in_logarithms(&options);
    if (side->kind == BATCH_SIDE_POINTS && !logarithms)
        return 0;
    options.normalize = options.normalize && !logarithms;
    if (!distribution_rows_prepare(&options, count, side->columns, rows, rows, &prepared, &fault))
        return row_reader_error(side->reader, error, row + fault.row, fault.column, "%s", fault.text);
    if (logarithms)
        vector_exp(count * side->columns, rows, rows);
    return 0;
}

static int check(const struct batch_side *side, size_t row, size_t count, double *rows, struct error *error) {
    size_t values = count * side->columns;
    if (side->kind != BATCH_SIDE_COSTS && make_distributions(side, row, count, rows, error) < 0)
        return -1;
    size_t wrong = side->kind != BATCH_SIDE_WEIGHTS ? first_wrong(side, values, rows) : values;
    if (wrong < values)
        return refuse(side, row + wrong / side->columns, wrong % side->columns, rows[wrong], error);
    if (side->kind == BATCH_SIDE_COSTS && side->scale != 1)
        vector_scale(values, side->scale, rows);
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
            int status = row_reader_next(reader, error);
            if (status < 0)
                return -1;
            side->taken = 0;
            side->ended = status == 0;
            continue;
        }
        size_t left = reader->row_count - side->taken, room = side->capacity - side->count;
        size_t count = left < room ? left : room;
        double *rows = side->rows + side->count * side->columns;
        memcpy(rows, reader->rows + side->taken * side->columns, count * side->columns * sizeof *rows);
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
