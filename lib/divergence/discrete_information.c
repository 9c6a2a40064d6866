#include "divergence/discrete_information.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "num/running_sum.h"
#include "num/sorted_order.h"

/* sum c log c over the cells of a table, c their counts, and how many are not empty. */
struct cells {
    double sum;
    size_t count;
};

struct discrete_information {
    size_t count;
    uint64_t *x, *yz; /* symbols as 0, 1, ..., by the order of z: equal ones stand together */
    uint64_t *z, *keys;
    uint64_t yz_symbols;
    struct cells of_xz, of_yz, of_z;
    struct sorted_order_entry *entries, *workspace;
    double *values;
};

static int compare_keys(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Sorts the keys, counts how often each is there. */
static struct cells count_cells(size_t count, uint64_t *keys) {
    struct running_sum sum = RUNNING_SUM_EMPTY;
    struct cells cells = {0, 0};
    qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && keys[end] == keys[i];)
            end++;
        double size = (double)(end - i), term = size * log(size);
        running_sum_add(&sum, 1, &term);
        cells.count++;
    }
    cells.sum = running_sum_value(&sum);
    return cells;
}

/* Numbers the values in their order, equal ones alike; returns how many symbols there are. */
static uint64_t number_symbols(struct discrete_information *information, uint64_t *symbols) {
    size_t count = information->count;
    const double *values = information->values;
    uint64_t symbol = 0;
    sorted_order_find(count, values, information->entries, information->workspace);
    for (size_t i = 0; i < count; i++) {
        size_t row = information->entries[i].index;
        symbol += i > 0 && values[row] != values[information->entries[i - 1].index];
        symbols[row] = symbol;
    }
    return symbol + 1;
}

static void take_column(struct discrete_information *information, size_t columns, const double *rows,
                        size_t column) {
    for (size_t i = 0; i < information->count; i++)
        information->values[i] = column < columns ? rows[i * columns + column] : 0;
}

/* Puts x, y and z (in yz and z) into the order of z, as number_symbols left it in entries. */
static void arrange(struct discrete_information *information, uint64_t *column) {
    for (size_t i = 0; i < information->count; i++)
        information->keys[i] = column[information->entries[i].index];
    for (size_t i = 0; i < information->count; i++)
        column[i] = information->keys[i];
}

/* A key for each pair of symbols. */
static void pair_keys(struct discrete_information *information, const uint64_t *a, const uint64_t *b,
                      uint64_t b_symbols) {
    for (size_t i = 0; i < information->count; i++)
        information->keys[i] = a[i] * b_symbols + b[i]; /* both below count */
}

static void number_all(struct discrete_information *information, size_t columns, const double *rows) {
    size_t count = information->count;
    uint64_t z_symbols;
    take_column(information, columns, rows, 0);
    number_symbols(information, information->x);
    take_column(information, columns, rows, 1);
    number_symbols(information, information->yz);
    take_column(information, columns, rows, 2);
    z_symbols = number_symbols(information, information->z);
    arrange(information, information->x);
    arrange(information, information->yz);
    arrange(information, information->z);
    pair_keys(information, information->x, information->z, z_symbols);
    information->of_xz = count_cells(count, information->keys);
    pair_keys(information, information->yz, information->z, z_symbols);
    for (size_t i = 0; i < count; i++)
        information->values[i] = (double)information->keys[i];
    information->of_yz = count_cells(count, information->keys);
    information->yz_symbols = number_symbols(information, information->yz);
    for (size_t i = 0; i < count; i++)
        information->keys[i] = information->z[i];
    information->of_z = count_cells(count, information->keys);
}

struct discrete_information *discrete_information_create(size_t count, size_t columns, const double *rows,
                                                         struct error *error) {
    if (count > DISCRETE_INFORMATION_ROWS_MAX) {
        error_set(error, "more than %d rows", DISCRETE_INFORMATION_ROWS_MAX);
        return NULL;
    }
    struct discrete_information *information = memory_zeros(error, 1, sizeof *information);
    if (information == NULL)
        return NULL;
    information->count = count;
    information->x = memory_array(error, count, sizeof *information->x);
    information->yz = memory_array(error, count, sizeof *information->yz);
    information->z = memory_array(error, count, sizeof *information->z);
    information->keys = memory_array(error, count, sizeof *information->keys);
    information->entries = memory_array(error, count, sizeof *information->entries);
    information->workspace = memory_array(error, count, sizeof *information->workspace);
    information->values = memory_array(error, count, sizeof *information->values);
    if (information->x == NULL || information->yz == NULL || information->z == NULL ||
        information->keys == NULL || information->entries == NULL || information->workspace == NULL ||
        information->values == NULL) {
        discrete_information_free(information);
        return NULL;
    }
    number_all(information, columns, rows);
    return information;
}

double discrete_information_value(struct discrete_information *information, bool corrected) {
    const struct cells *xz = &information->of_xz, *yz = &information->of_yz, *z = &information->of_z;
    pair_keys(information, information->x, information->yz, information->yz_symbols);
    struct cells xyz = count_cells(information->count, information->keys);
    double n = (double)information->count, value = ((xyz.sum - xz->sum) - (yz->sum - z->sum)) / n;
    value = value > 0 ? value : 0; /* rounding */
    double cells = (double)xz->count + (double)yz->count - (double)z->count - (double)xyz.count;
    return corrected ? value + cells / (2 * n) : value;
}

void discrete_information_shuffle(struct discrete_information *information, struct random_stream *stream) {
    uint64_t *x = information->x;
    const uint64_t *z = information->z;
    for (size_t i = 0, end; i < information->count; i = end) {
        for (end = i + 1; end < information->count && z[end] == z[i];)
            end++;
        for (size_t left = end - i; left > 1; left--) {
            size_t j = i + (size_t)random_below(stream, left);
            uint64_t last = x[i + left - 1];
            x[i + left - 1] = x[j];
            x[j] = last;
        }
    }
}

void discrete_information_free(struct discrete_information *information) {
    if (information == NULL)
        return;
    free(information->x);
    free(information->yz);
    free(information->z);
    free(information->keys);
    free(information->entries);
    free(information->workspace);
    free(information->values);
    free(information);
}
