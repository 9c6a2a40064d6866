#include "io/row_choice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"

int row_choice_open(struct row_choice *choice, size_t width, const struct row_format *format,
                    struct error *error) {
    *choice = (struct row_choice){.width = width, .missing = format->missing};
    if (format->text != NULL && !format->text_optional)
        return error_set(error, "an array of numbers has no text columns");
    if (column_list_choose(&choice->list, format->columns, format->exclude, width, NULL, error) < 0)
        return -1;
    choice->straight = choice->list.count == width;
    for (size_t i = 0; i < choice->list.count; i++)
        choice->straight = choice->straight && choice->list.indices[i] == i;
    return 0;
}

/* Counted as doubles, without a jump, so that the loop becomes vectors. */
static INSTRUCTION_SETS bool any_nan(const double *values, size_t count) {
    double found = 0;
#pragma omp simd reduction(+ : found)
    for (size_t i = 0; i < count; i++)
        found += values[i] != values[i] ? 1.0 : 0.0;
    return found > 0;
}

/* The first nan of a row, or columns. */
static size_t find_nan(const double *row, size_t columns) {
    size_t i = 0;
    while (i < columns && !isnan(row[i]))
        i++;
    return i;
}

static int gather(struct row_choice *choice, const double *rows, size_t count, struct error *error) {
    size_t columns = choice->list.count, needed;
    if (!memory_product(count, columns, &needed))
        return error_set(error, "out of memory (too many columns)");
    if (memory_reserve(error, &choice->values, &choice->value_capacity, needed, sizeof *choice->values) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < columns; j++)
            choice->values[i * columns + j] = rows[i * choice->width + choice->list.indices[j]];
    }
    return 0;
}

/* Drops, in the choice's own memory, the rows with a nan. */
static int drop_missing(struct row_choice *choice, size_t count, size_t *kept, struct error *error) {
    size_t columns = choice->list.count;
    if (memory_reserve(error, &choice->origins, &choice->origin_capacity, count, sizeof *choice->origins) < 0)
        return -1;
    *kept = 0;
    for (size_t i = 0; i < count; i++) {
        const double *row = choice->values + i * columns;
        if (find_nan(row, columns) < columns)
            continue;
        memmove(choice->values + *kept * columns, row, columns * sizeof *row);
        choice->origins[(*kept)++] = i;
    }
    choice->skipped = true;
    choice->rows_skipped += count - *kept;
    return 0;
}

static int refuse(const struct row_choice *choice, const double *rows, size_t count, uint64_t first,
                  struct error *error) {
    size_t columns = choice->list.count, row = 0;
    while (row + 1 < count && find_nan(rows + row * columns, columns) == columns)
        row++;
    size_t field = choice->list.indices[find_nan(rows + row * columns, columns)];
    return error_set(error, "row %llu: field %zu: the value is missing%s", (unsigned long long)(first + row),
                     field + 1, choice->missing == MISSING_FAIL ? " (--na skip drops such rows)" : "");
}

int row_choice_apply(struct row_choice *choice, const double *rows, size_t count, uint64_t first,
                     const double **chosen, size_t *chosen_count, struct error *error) {
    bool copied = !choice->straight;
    choice->skipped = false;
    if (copied && gather(choice, rows, count, error) < 0)
        return -1;
    *chosen = copied ? choice->values : rows;
    *chosen_count = count;
    if (choice->missing == MISSING_KEEP || !any_nan(*chosen, count * choice->list.count))
        return 0;
    if (choice->missing != MISSING_SKIP)
        return refuse(choice, *chosen, count, first, error);
    if (!copied && gather(choice, rows, count, error) < 0)
        return -1;
    *chosen = choice->values;
    return drop_missing(choice, count, chosen_count, error);
}

int row_choice_check(const struct row_choice *choice, const double *rows, size_t count, uint64_t first,
                     struct error *error) {
    bool refused = choice->missing == MISSING_FAIL || choice->missing == MISSING_REFUSE;
    if (!refused || !any_nan(rows, count * choice->list.count))
        return 0;
    return refuse(choice, rows, count, first, error);
}

size_t row_choice_origin(const struct row_choice *choice, size_t row) {
    return choice->skipped ? choice->origins[row] : row;
}

void row_choice_close(struct row_choice *choice) {
    column_list_free(&choice->list);
    free(choice->values);
    free(choice->origins);
    *choice = (struct row_choice){0};
}
