/* Costs of pairs are made from differences of coordinates, never from |x|^2 + |y|^2 - 2 xy: nothing is lost
 * where distances are small against the points' norms, and no centre is needed. In the dimensions met here
 * the loop costs little more than the exponential that follows it. */
#include "num/pair_cost.h"

#include <math.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "num/elementary.h"
#include "num/lanes.h"

/* Targets are turned into columns by strips, a chunk of coordinates at a time: 8 KiB, in the first cache. */
enum { STRIP = 64, CHUNK = 16, GROUPS = 4, GROUP = GROUPS * LANES };

struct strip {
    size_t coordinates;            /* of the chunk */
    double columns[CHUNK * STRIP]; /* coordinate k of target j at k * STRIP + j; 0 behind the last target */
};

enum reduction { SUM_SQUARES, SUM_ABSOLUTE, LARGEST };

static enum reduction reduction_of(enum ground_cost_kind kind) {
    if (kind == GROUND_COST_CITYBLOCK)
        return SUM_ABSOLUTE;
    return kind == GROUND_COST_CHEBYSHEV ? LARGEST : SUM_SQUARES;
}

ALWAYS_INLINE lanes lanes_select(lanes when, lanes a, lanes b) {
    typedef long long words __attribute__((vector_size(LANES * sizeof(long long))));
    words mask = (words)when;
    return (lanes)(((words)a & mask) | ((words)b & ~mask));
}

/* Adds the chunk's coordinates of one source to the sums of GROUP targets. */
ALWAYS_INLINE void add_group(enum reduction reduction, const struct strip *strip, size_t offset,
                             const double *x, double *sums) {
    lanes sum[GROUPS];
    LANES_UNROLL
    for (size_t g = 0; g < GROUPS; g++)
        sum[g] = lanes_load(sums + g * LANES);
    for (size_t k = 0; k < strip->coordinates; k++) {
        const double *column = strip->columns + k * STRIP + offset;
        LANES_UNROLL
        for (size_t g = 0; g < GROUPS; g++) {
            lanes difference = x[k] - lanes_load(column + g * LANES);
            lanes absolute = lanes_select((lanes)(difference < 0), -difference, difference);
            if (reduction == SUM_SQUARES)
                sum[g] += difference * difference;
            else if (reduction == SUM_ABSOLUTE)
                sum[g] += absolute;
            else
                sum[g] = lanes_select((lanes)(absolute > sum[g]), absolute, sum[g]);
        }
    }
    LANES_UNROLL
    for (size_t g = 0; g < GROUPS; g++)
        lanes_store(sums + g * LANES, sum[g]);
}

INSTRUCTION_SETS static void add_squares(const struct strip *strip, size_t count, const double *x,
                                         double *sums) {
    for (size_t offset = 0; offset < count; offset += GROUP)
        add_group(SUM_SQUARES, strip, offset, x, sums + offset);
}

INSTRUCTION_SETS static void add_absolute(const struct strip *strip, size_t count, const double *x,
                                          double *sums) {
    for (size_t offset = 0; offset < count; offset += GROUP)
        add_group(SUM_ABSOLUTE, strip, offset, x, sums + offset);
}

INSTRUCTION_SETS static void add_largest(const struct strip *strip, size_t count, const double *x,
                                         double *sums) {
    for (size_t offset = 0; offset < count; offset += GROUP)
        add_group(LARGEST, strip, offset, x, sums + offset);
}

INSTRUCTION_SETS static void finish_root(size_t count, double scale, double *sums) {
    for (size_t j = 0; j < count; j++)
        sums[j] = scale * sqrt(sums[j]);
}

INSTRUCTION_SETS static void finish_scale(size_t count, double scale, double *sums) {
    for (size_t j = 0; j < count; j++)
        sums[j] *= scale;
}

/* |x - y|^p = exp(p/2 log |x - y|^2); exp(-inf) = 0 where the points are equal. */
INSTRUCTION_SETS static void finish_power(size_t count, double half, double scale, double *sums) {
#pragma omp simd
    for (size_t j = 0; j < count; j++)
        sums[j] = scale * elementary_exp(half * elementary_log(sums[j]));
}

static void finish_row(const struct ground_cost *ground, size_t count, double *sums) {
    if (ground->kind == GROUND_COST_EUCLIDEAN)
        finish_root(count, ground->scale, sums);
    else if (ground->kind == GROUND_COST_POWER)
        finish_power(count, ground->power / 2, ground->scale, sums);
    else if (ground->kind == GROUND_COST_COSINE)
        finish_scale(count, ground->scale / 2, sums);
    else if (ground->scale != 1)
        finish_scale(count, ground->scale, sums);
}

/* What coordinates are multiplied by: 1, or for the cosine 1/|x|. */
static double factor_of(const struct pair_cost *cost, const double *point) {
    double square = 0;
    if (cost->ground.kind != GROUND_COST_COSINE)
        return 1;
    for (size_t k = 0; k < cost->dimension; k++)
        square += point[k] * point[k];
    return 1 / sqrt(square);
}

/* Takes coordinates first .. of count targets. */
static void fill_strip(const struct pair_cost *cost, size_t target, size_t count, size_t first,
                       const double *factors, struct strip *strip) {
    size_t left = cost->dimension - first;
    strip->coordinates = left < CHUNK ? left : CHUNK;
    if (count < STRIP)
        memset(strip->columns, 0, sizeof strip->columns);
    for (size_t j = 0; j < count; j++) {
        const double *point = cost->y + (target + j) * cost->dimension + first;
        for (size_t k = 0; k < strip->coordinates; k++)
            strip->columns[k * STRIP + j] = point[k] * factors[j];
    }
}

/* Adds one chunk to the row of the tile, through a buffer where the strip is not full. */
static void add_chunk(const struct pair_cost *cost, const struct strip *strip, size_t source, size_t first,
                      size_t count, double *row) {
    double point[CHUNK], sums[STRIP] = {0};
    const double *x = cost->x + source * cost->dimension;
    double factor = factor_of(cost, x);
    for (size_t k = 0; k < strip->coordinates; k++)
        point[k] = x[first + k] * factor;
    if (first > 0)
        memcpy(sums, row, count * sizeof *row);
    enum reduction reduction = reduction_of(cost->ground.kind);
    if (reduction == SUM_SQUARES)
        add_squares(strip, count, point, sums);
    else if (reduction == SUM_ABSOLUTE)
        add_absolute(strip, count, point, sums);
    else
        add_largest(strip, count, point, sums);
    memcpy(row, sums, count * sizeof *row);
}

/* Costs of all sources of the window against targets offset .. offset + count of it. */
static void fill_columns(const struct pair_cost *cost, const struct pair_cost_window *window, size_t offset,
                         size_t count, double *tile) {
    struct strip strip;
    double factors[STRIP];
    size_t target = window->first_target + offset;
    for (size_t j = 0; j < count; j++)
        factors[j] = factor_of(cost, cost->y + (target + j) * cost->dimension);
    for (size_t first = 0; first < cost->dimension; first += CHUNK) {
        fill_strip(cost, target, count, first, factors, &strip);
        for (size_t i = 0; i < window->source_count; i++)
            add_chunk(cost, &strip, window->first_source + i, first, count,
                      tile + i * window->target_count + offset);
    }
    for (size_t i = 0; i < window->source_count; i++)
        finish_row(&cost->ground, count, tile + i * window->target_count + offset);
}

static void copy_tile(const struct pair_cost *cost, const struct pair_cost_window *window, double *tile) {
    for (size_t i = 0; i < window->source_count; i++)
        memcpy(tile + i * window->target_count,
               cost->matrix + (window->first_source + i) * cost->targets + window->first_target,
               window->target_count * sizeof *tile);
}

/* One pair at a time: powers of every coordinate's difference outweigh the rest. */
static void fill_pairs(const struct pair_cost *cost, const struct pair_cost_window *window, double *tile) {
    for (size_t i = 0; i < window->source_count; i++)
        for (size_t j = 0; j < window->target_count; j++)
            tile[i * window->target_count + j] = ground_cost_between(
                &cost->ground, cost->dimension, cost->x + (window->first_source + i) * cost->dimension,
                cost->y + (window->first_target + j) * cost->dimension);
}

void pair_cost_tile(const struct pair_cost *cost, const struct pair_cost_window *window, double *tile) {
    if (cost->matrix != NULL) {
        copy_tile(cost, window, tile);
        return;
    }
    if (cost->ground.kind == GROUND_COST_MINKOWSKI) {
        fill_pairs(cost, window, tile);
        return;
    }
    for (size_t offset = 0; offset < window->target_count; offset += STRIP) {
        size_t left = window->target_count - offset;
        fill_columns(cost, window, offset, left < STRIP ? left : STRIP, tile);
    }
}

struct pair_cost pair_cost_reversed(const struct pair_cost *cost) {
    struct pair_cost reversed = *cost;
    reversed.sources = cost->targets;
    reversed.targets = cost->sources;
    reversed.x = cost->y;
    reversed.y = cost->x;
    return reversed;
}
