#include "density/kernel_query.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "num/vector.h"

enum { IMAGES_AT_ONCE = 1 << 14 };

int kernel_query_create(struct kernel_query *query, const struct kernel_density *density,
                        const struct kernel_sums_settings *settings, struct error *error) {
    *query = (struct kernel_query){.density = density, .with_images = kernel_images_needed(density)};
    struct kernel_sums_settings own = *settings;
    if (query->with_images)
        own.absolute = 0; /* it would count once an image */
    if (query->with_images && kernel_images_create(&query->images, density, error) < 0)
        return -1;
    query->sums = kernel_sums_create(density, &own, error);
    if (query->sums != NULL)
        return 0;
    kernel_query_free(query);
    return -1;
}

void kernel_query_free(struct kernel_query *query) {
    kernel_sums_free(query->sums);
    kernel_images_free(&query->images);
    free(query->places);
    free(query->signs);
    free(query->logs);
    free(query->scores);
    free(query->skips);
    free(query->counts);
    *query = (struct kernel_query){0};
}

/* What stands for a sum over no point. */
static void write_nothing(const struct kernel_sums_block *block, size_t i, size_t d) {
    block->log_sum[i] = -INFINITY;
    for (size_t j = 0; block->score != NULL && j < d; j++)
        block->score[i * d + j] = NAN;
    if (block->log_squares != NULL)
        block->log_squares[i] = -INFINITY;
    if (block->log_largest != NULL)
        block->log_largest[i] = -INFINITY;
}

/* Whitens rows; those that are not finite afterwards become zeros, so that the sums see numbers alone. */
static void whiten_finite(const struct kernel_density *density, size_t rows, const double *x, double *z) {
    size_t d = density->dimensions;
    kernel_density_whiten(density, rows, x, z);
    for (size_t i = 0; i < rows; i++)
        if (!vector_all_finite(d, z + i * d))
            memset(z + i * d, 0, d * sizeof *z);
}

/* Whether x lies so far out that its whitened place has no finite number: the factor's rows tell. */
static bool out_of_range(const struct kernel_density *density, const double *x, double *room) {
    kernel_density_whiten(density, 1, x, room);
    return !vector_all_finite(density->dimensions, room);
}

static int evaluate_plain(struct kernel_query *query, const struct kernel_sums_block *block,
                          struct error *error) {
    size_t d = query->density->dimensions;
    size_t values = (block->count + 1) * d; /* one row more: room to look at one alone */
    if (memory_reserve(error, &query->places, &query->places_capacity, values, sizeof *query->places) < 0)
        return -1;
    struct kernel_sums_block whitened = *block;
    whitened.queries = query->places;
    whiten_finite(query->density, block->count, block->queries, query->places);
    if (kernel_sums_evaluate(query->sums, &whitened, error) < 0)
        return -1;
    if (block->score != NULL)
        kernel_density_unwhiten_gradient(query->density, block->count, block->score);
    for (size_t i = 0; i < block->count; i++) {
        const double *place = query->places + i * d;
        bool zero = true; /* only a row of zeros can be one that was not finite */
        for (size_t j = 0; j < d; j++)
            zero = zero && place[j] == 0;
        if (zero && out_of_range(query->density, block->queries + i * d, query->places + block->count * d))
            write_nothing(block, i, d);
    }
    return 0;
}

/* Room for the images of some queries. */
static int reserve_images(struct kernel_query *query, size_t count, bool score, struct error *error) {
    size_t values = count * query->density->dimensions;
    if (memory_reserve(error, &query->places, &query->places_capacity, values, sizeof(double)) < 0 ||
        memory_reserve(error, &query->signs, &query->signs_capacity, values, sizeof(double)) < 0 ||
        memory_reserve(error, &query->logs, &query->logs_capacity, count, sizeof(double)) < 0 ||
        memory_reserve(error, &query->skips, &query->skips_capacity, count, sizeof(size_t)) < 0)
        return -1;
    return score ? memory_reserve(error, &query->scores, &query->scores_capacity, values, sizeof(double)) : 0;
}

/* log sum exp of the images' logs, and the mean of their scores weighted by their share of the density. */
static void combine_images(const struct kernel_query *query, const struct kernel_sums_block *block, size_t i,
                           size_t first) {
    size_t d = query->density->dimensions, count = query->counts[i];
    const double *logs = query->logs + first;
    double largest = -INFINITY, sum = 0;
    for (size_t g = 0; g < count; g++)
        largest = fmax(largest, logs[g]);
    write_nothing(block, i, d);
    if (largest == -INFINITY)
        return;
    for (size_t g = 0; g < count; g++)
        sum += exp(logs[g] - largest);
    block->log_sum[i] = largest + log(sum);
    for (size_t j = 0; block->score != NULL && j < d; j++) {
        double score = 0;
        for (size_t g = 0; g < count; g++) {
            size_t place = (first + g) * d + j;
            if (logs[g] > -INFINITY)
                score += exp(logs[g] - largest) / sum * query->signs[place] * query->scores[place];
        }
        block->score[i * d + j] = score;
    }
}

/* Queries begin .. end, whose images are `total` together. */
static int evaluate_images(struct kernel_query *query, const struct kernel_sums_block *block, size_t begin,
                           size_t end, size_t total, struct error *error) {
    size_t d = query->density->dimensions, at = 0;
    if (reserve_images(query, total, block->score != NULL, error) < 0)
        return -1;
    for (size_t i = begin; i < end; i++)
        for (size_t g = 0; g < query->counts[i]; g++, at++) {
            kernel_images_write(&query->images, block->queries + i * d, g, query->places + at * d,
                                query->signs + at * d);
            query->skips[at] = block->skip != NULL ? block->skip[i] : SIZE_MAX;
        }
    const struct kernel_sums_block inner = {
        .count = total,
        .queries = query->places,
        .skip = block->skip != NULL ? query->skips : NULL,
        .log_sum = query->logs,
        .score = block->score != NULL ? query->scores : NULL,
    };
    whiten_finite(query->density, total, query->places, query->places);
    if (total > 0 && kernel_sums_evaluate(query->sums, &inner, error) < 0)
        return -1;
    if (block->score != NULL)
        kernel_density_unwhiten_gradient(query->density, total, query->scores);
    at = 0;
    for (size_t i = begin; i < end; at += query->counts[i++])
        combine_images(query, block, i, at);
    return 0;
}

/* counts[i] for each query of the block. */
static int count_images(struct kernel_query *query, const struct kernel_sums_block *block,
                        struct error *error) {
    size_t d = query->density->dimensions;
    if (memory_reserve(error, &query->counts, &query->counts_capacity, block->count, sizeof(size_t)) < 0 ||
        memory_reserve(error, &query->places, &query->places_capacity, d, sizeof(double)) < 0)
        return -1;
    for (size_t i = 0; i < block->count; i++) {
        const double *x = block->queries + i * d;
        query->counts[i] =
            out_of_range(query->density, x, query->places) ? 0 : kernel_images_count(&query->images, x);
        if (query->counts[i] > KERNEL_IMAGES_MAX)
            return error_set(error, "more than %d images of a query: a period is too short for the data",
                             KERNEL_IMAGES_MAX);
    }
    return 0;
}

int kernel_query_evaluate(struct kernel_query *query, const struct kernel_sums_block *block,
                          struct error *error) {
    if (!query->with_images)
        return evaluate_plain(query, block, error);
    if (count_images(query, block, error) < 0)
        return -1;
    for (size_t begin = 0, end; begin < block->count; begin = end) {
        size_t total = query->counts[begin];
        for (end = begin + 1; end < block->count && total + query->counts[end] <= IMAGES_AT_ONCE; end++)
            total += query->counts[end];
        if (evaluate_images(query, block, begin, end, total, error) < 0)
            return -1;
    }
    return 0;
}
