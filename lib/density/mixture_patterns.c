#include "density/mixture_patterns.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { WORD_BITS = 64 };

/* A record a row: words of bits, a set one for a value that is there, and the row's number. */
struct records {
    size_t rows, words;
    uint64_t *values; /* rows x (words + 1) */
};

/* Most values first, so that complete rows stand in front and empty ones at the end; rows as they stood. */
static int compare_records(const void *one, const void *other, void *context) {
    const uint64_t *a = one, *b = other;
    size_t words = *(const size_t *)context;
    for (size_t i = 0; i < words; i++)
        if (a[i] != b[i])
            return a[i] > b[i] ? -1 : 1;
    return a[words] < b[words] ? -1 : a[words] > b[words];
}

static int sort_records(struct records *records, size_t rows, size_t d, const double *values,
                        struct error *error) {
    records->rows = rows;
    records->words = (d + WORD_BITS - 1) / WORD_BITS;
    size_t size = records->words + 1;
    records->values = memory_matrix(error, rows, size, sizeof *records->values);
    if (records->values == NULL)
        return -1;
    memset(records->values, 0, rows * size * sizeof *records->values);
    for (size_t i = 0; i < rows; i++) {
        uint64_t *record = records->values + i * size;
        for (size_t j = 0; j < d; j++)
            if (!isnan(values[i * d + j]))
                record[j / WORD_BITS] |= UINT64_C(1) << (WORD_BITS - 1 - j % WORD_BITS);
        record[records->words] = i;
    }
    qsort_r(records->values, rows, size * sizeof *records->values, compare_records, &records->words);
    return 0;
}

static const uint64_t *record_of(const struct records *records, size_t i) {
    return records->values + i * (records->words + 1);
}

static bool is_empty(const struct records *records, size_t i) {
    for (size_t word = 0; word < records->words; word++)
        if (record_of(records, i)[word] != 0)
            return false;
    return true;
}

/* Whether sorted record i begins a pattern. */
static bool is_first(const struct records *records, size_t i) {
    return i == 0 ||
           memcmp(record_of(records, i - 1), record_of(records, i), records->words * sizeof(uint64_t)) != 0;
}

/* Room for as many patterns and tiles as the records make. */
static int make_room(struct mixture_patterns *patterns, const struct records *records, struct error *error) {
    size_t rows = records->rows, run = 0;
    for (; patterns->empty < rows && is_empty(records, rows - 1 - patterns->empty); patterns->empty++)
        continue;
    for (size_t i = 0; i < rows - patterns->empty; i++) {
        patterns->count += is_first(records, i);
        run = is_first(records, i) ? 0 : run + 1;
        patterns->tile_count += run % MIXTURE_PATTERNS_TILE == 0;
    }
    patterns->observed =
        memory_matrix(error, patterns->count, patterns->dimensions, sizeof *patterns->observed);
    patterns->order = memory_array(error, rows - patterns->empty, sizeof *patterns->order);
    patterns->tiles = memory_array(error, patterns->tile_count, sizeof *patterns->tiles);
    return patterns->observed != NULL && patterns->order != NULL && patterns->tiles != NULL ? 0 : -1;
}

static void set_observed(struct mixture_patterns *patterns, size_t pattern, const uint64_t *record) {
    for (size_t j = 0; j < patterns->dimensions; j++)
        patterns->observed[pattern * patterns->dimensions + j] =
            (record[j / WORD_BITS] >> (WORD_BITS - 1 - j % WORD_BITS) & 1) != 0;
}

static void lay_out(struct mixture_patterns *patterns, const struct records *records) {
    struct mixture_patterns_tile *tile = patterns->tiles;
    size_t pattern = 0;
    for (size_t i = 0; i < records->rows - patterns->empty; i++) {
        bool first = is_first(records, i);
        patterns->order[i] = (size_t)record_of(records, i)[records->words];
        if (first)
            set_observed(patterns, pattern++, record_of(records, i));
        if (first || tile[-1].count == MIXTURE_PATTERNS_TILE)
            *tile++ = (struct mixture_patterns_tile){.pattern = pattern - 1, .from = i};
        tile[-1].count++;
    }
}

static int check_columns(size_t rows, size_t d, const double *values, const double *weights,
                         struct error *error) {
    for (size_t j = 0; j < d; j++) {
        size_t i = 0;
        while (i < rows && (isnan(values[i * d + j]) || (weights != NULL && weights[i] == 0)))
            i++;
        if (i == rows)
            return error_set(error, "column %zu has no values", j + 1);
    }
    return 0;
}

struct mixture_patterns *mixture_patterns_create(size_t rows, size_t dimensions, const double *values,
                                                 const double *weights, struct error *error) {
    struct records records = {0};
    struct mixture_patterns *patterns = check_columns(rows, dimensions, values, weights, error) == 0
                                            ? memory_zeros(error, 1, sizeof *patterns)
                                            : NULL;
    if (patterns == NULL)
        return NULL;
    patterns->dimensions = dimensions;
    int status = sort_records(&records, rows, dimensions, values, error);
    if (status == 0)
        status = make_room(patterns, &records, error);
    if (status == 0)
        lay_out(patterns, &records);
    free(records.values);
    if (status == 0)
        return patterns;
    mixture_patterns_free(patterns);
    return NULL;
}

int mixture_patterns_fill(struct mixture_patterns *patterns, size_t rows, double *values,
                          const double *weights, double filling, struct error *error) {
    size_t d = patterns->dimensions, tile = 0;
    bool any = true;
    for (size_t j = 0; j < d; j++)
        any = any && patterns->observed[j]; /* of the first pattern: all others have fewer */
    for (; any && tile < patterns->tile_count && patterns->tiles[tile].pattern == 0; tile++)
        patterns->complete += patterns->tiles[tile].count;
    patterns->complete_values = memory_matrix(error, patterns->complete, d, sizeof *values);
    patterns->complete_weights = memory_array(error, patterns->complete, sizeof *weights);
    if (patterns->complete_values == NULL || patterns->complete_weights == NULL)
        return -1;
    for (size_t i = 0; i < patterns->complete; i++) {
        size_t row = patterns->order[i];
        memcpy(patterns->complete_values + i * d, values + row * d, d * sizeof *values);
        patterns->complete_weights[i] = weights != NULL ? weights[row] : 1;
    }
    for (size_t i = 0; i < rows * d; i++)
        if (isnan(values[i]))
            values[i] = filling;
    return 0;
}

void mixture_patterns_free(struct mixture_patterns *patterns) {
    if (patterns == NULL)
        return;
    free(patterns->observed);
    free(patterns->order);
    free(patterns->tiles);
    free(patterns->complete_values);
    free(patterns->complete_weights);
    free(patterns);
}
