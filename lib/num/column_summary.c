#include "num/column_summary.h"

#include <math.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/running_sum.h"

struct column {
    double origin; /* c; nan as long as no value was finite */
    struct running_sum sum, squares;
    double minimum, maximum;
    uint64_t count, missing;
};

struct column_summary {
    size_t columns, threads;
    struct column *column;
    double *scratch; /* for each thread the differences of a block, and their rounding errors */
    size_t capacity;
};

struct column_summary *column_summary_create(size_t columns, size_t threads, struct error *error) {
    struct column_summary *summary = memory_zeros(error, 1, sizeof *summary);
    if (summary == NULL)
        return NULL;
    summary->columns = columns;
    summary->threads = threads > 0 ? threads : 1;
    summary->column = memory_array(error, columns, sizeof *summary->column);
    if (summary->column == NULL) {
        free(summary);
        return NULL;
    }
    for (size_t i = 0; i < columns; i++)
        summary->column[i] =
            (struct column){NAN, RUNNING_SUM_EMPTY, RUNNING_SUM_EMPTY, INFINITY, -INFINITY, 0, 0};
    return summary;
}

/* Splits the values of a column in differences from its origin and their rounding errors (Knuth's exact
 * difference). Returns how many are not missing. */
static size_t take_differences(struct column *column, const double *values, size_t rows, size_t stride,
                               double *differences, double *errors) {
    size_t count = 0;
    for (size_t row = 0; row < rows; row++) {
        double x = values[row * stride];
        if (isnan(x))
            continue;
        if (isnan(column->origin) && isfinite(x))
            column->origin = x;
        double c = isnan(column->origin) ? 0 : column->origin;
        double difference = x - c, part = difference - x;
        double rest = (x - (difference - part)) - (c + part);
        differences[count] = difference;
        errors[count++] = isfinite(difference) ? rest : 0;
        column->minimum = x < column->minimum ? x : column->minimum;
        column->maximum = x > column->maximum ? x : column->maximum;
    }
    column->missing += rows - count;
    column->count += count;
    return count;
}

struct block {
    struct column_summary *summary;
    const double *values;
    size_t rows;
};

/* (d + e)^2 = d^2 + 2 d e, up to e^2 < 2^-106 d^2. */
static void add_column(void *context, size_t i, size_t worker) {
    const struct block *block = context;
    struct column *column = &block->summary->column[i];
    double *differences = block->summary->scratch + 2 * worker * block->rows;
    double *errors = differences + block->rows;
    size_t count = take_differences(column, block->values + i, block->rows, block->summary->columns,
                                    differences, errors);
    running_sum_add(&column->sum, count, differences);
    running_sum_add(&column->sum, count, errors);
    running_sum_add_weighted(&column->squares, count, differences, differences);
    for (size_t row = 0; row < count; row++)
        errors[row] *= 2;
    running_sum_add_weighted(&column->squares, count, differences, errors);
}

int column_summary_add(struct column_summary *summary, size_t rows, const double *values,
                       struct error *error) {
    struct block block = {summary, values, rows};
    size_t workspaces;
    if (!memory_product(2 * rows, summary->threads, &workspaces))
        return error_set(error, "a block of rows does not fit in memory");
    if (memory_reserve(error, &summary->scratch, &summary->capacity, workspaces, sizeof *summary->scratch) <
        0)
        return -1;
    parallel_for(summary->threads, summary->columns, add_column, &block);
    return 0;
}

uint64_t column_summary_count(const struct column_summary *summary, size_t column) {
    return summary->column[column].count;
}

uint64_t column_summary_missing(const struct column_summary *summary, size_t column) {
    return summary->column[column].missing;
}

double column_summary_mean(const struct column_summary *summary, size_t i) {
    const struct column *column = &summary->column[i];
    double n = (double)column->count;
    if (column->count == 0)
        return NAN;
    if (isnan(column->origin) || !isfinite(column->sum.special))
        return running_sum_value(&column->sum);
    double quotient = column->sum.value / n;
    double rest = (fma(-quotient, n, column->sum.value) + column->sum.carry) / n;
    /* origin + quotient may cancel: its rounding error counts (Knuth's exact sum) */
    double mean = column->origin + quotient, part = mean - column->origin;
    double lost = (column->origin - (mean - part)) + (quotient - part);
    return mean + (lost + rest);
}

double column_summary_deviation(const struct column_summary *summary, size_t i) {
    const struct column *column = &summary->column[i];
    double n = (double)column->count, s = column->sum.value;
    if (column->count < 2 || !isfinite(column->minimum) || !isfinite(column->maximum))
        return NAN;
    if (column->minimum == column->maximum)
        return 0;
    /* S^2 / n as quotient + rest, in twice the digits */
    double square = s * s, low = fma(s, s, -square) + 2 * s * column->sum.carry;
    double quotient = square / n;
    double rest = (fma(-quotient, n, square) + low) / n;
    double variance = ((column->squares.value - quotient) + (column->squares.carry - rest)) / (n - 1);
    return sqrt(variance > 0 ? variance : 0);
}

double column_summary_minimum(const struct column_summary *summary, size_t column) {
    return summary->column[column].count > 0 ? summary->column[column].minimum : NAN;
}

double column_summary_maximum(const struct column_summary *summary, size_t column) {
    return summary->column[column].count > 0 ? summary->column[column].maximum : NAN;
}

void column_summary_free(struct column_summary *summary) {
    if (summary == NULL)
        return;
    free(summary->column);
    free(summary->scratch);
    free(summary);
}
