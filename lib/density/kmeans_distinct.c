#include "density/kmeans_distinct.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* 0 and -0 are one value, and hash alike. */
static uint64_t hash_row(size_t columns, const double *x) {
    uint64_t hash = 0x9e3779b97f4a7c15;
    for (size_t j = 0; j < columns; j++) {
        double value = x[j] + 0.0;
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        hash = (hash ^ bits) * 0xff51afd7ed558ccd;
        hash ^= hash >> 32;
    }
    return hash;
}

static bool equal_rows(size_t columns, const double *x, const double *y) {
    size_t j = 0;
    while (j < columns && x[j] == y[j])
        j++;
    return j == columns;
}

/* A table with open addressing of row numbers plus 1. */
int kmeans_distinct(const struct kmeans_data *data, size_t enough, size_t *distinct, struct error *error) {
    size_t d = data->columns, most = enough < data->rows ? enough : data->rows, size = 2;
    *distinct = 0;
    while (size < most * 2 && size <= SIZE_MAX / 4)
        size *= 2;
    size_t *table = memory_zeros(error, size, sizeof *table);
    if (table == NULL)
        return -1;
    for (size_t i = 0; i < data->rows && *distinct < most; i++) {
        if (data->weights != NULL && !(data->weights[i] > 0))
            continue;
        const double *x = data->points + i * d;
        size_t at = hash_row(d, x) & (size - 1);
        while (table[at] != 0 && !equal_rows(d, x, data->points + (table[at] - 1) * d))
            at = (at + 1) & (size - 1);
        if (table[at] == 0) {
            table[at] = i + 1;
            ++*distinct;
        }
    }
    free(table);
    return 0;
}
