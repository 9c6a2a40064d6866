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
    size_t targets;
    size_t first, coordinates;     /* of the chunk */
    double columns[CHUNK * STRIP]; /* coordinate k of target j at k * STRIP + j; 0 behind the last target */
};

enum reduction { SUM_SQUARES, SUM_ABSOLUTE, LARGEST };

ALWAYS_INLINE lanes lanes_select(lanes when, lanes a, lanes b) {
    typedef long long words __attribute__((vector_size(LANES * sizeof(long long))));
    words mask = (words)when;
    return (lanes)(((words)a & mask) | ((words)b & ~mask));
}

ALWAYS_INLINE lanes lanes_absolute(lanes a) {
    typedef long long words __attribute__((vector_size(LANES * sizeof(long long))));
    return (lanes)((words)a & INT64_MAX);
}

/* Adds the chunk's coordinates of one source to the sums of GROUP targets, which are 0 so far where the chunk
 * is the first. */
ALWAYS_INLINE void add_group(enum reduction reduction, const struct strip *strip, size_t offset,
                             const double *x, double *sums) {
    const lanes none = {0};
    lanes sum[GROUPS];
    LANES_UNROLL
    for (size_t g = 0; g < GROUPS; g++)
        sum[g] = strip->first == 0 ? none : lanes_load(sums + g * LANES);
    for (size_t k = 0; k < strip->coordinates; k++) {
        const double *column = strip->columns + k * STRIP + offset;
        LANES_UNROLL
        for (size_t g = 0; g < GROUPS; g++) {
            lanes difference = x[k] - lanes_load(column + g * LANES);
            lanes absolute = lanes_absolute(difference);
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

/* What coordinates are multiplied by for the cosine. */
static double inverse_norm(size_t dimension, const double *point) {
    double square = 0;
    for (size_t k = 0; k < dimension; k++)
        square += point[k] * point[k];
    return 1 / sqrt(square);
}

/* Sources and the rows of the tile they have under the strip. */
struct rows {
    size_t sources, dimension, stride;
    const double *x;
    bool normalized; /* points are divided by their norms */
    double *tile;
};

/* Adds the strip's chunk to the rows, through a buffer where the strip is not full. */
ALWAYS_INLINE void add_rows(enum reduction reduction, const struct strip *strip, const struct rows *rows) {
    double scaled[CHUNK], buffer[STRIP] = {0};
    size_t bytes = strip->targets * sizeof *buffer;
    for (size_t i = 0; i < rows->sources; i++) {
        const double *point = rows->x + i * rows->dimension, *x = point + strip->first;
        double *row = rows->tile + i * rows->stride, *sums = strip->targets == STRIP ? row : buffer;
        if (rows->normalized) {
            double factor = inverse_norm(rows->dimension, point);
            for (size_t k = 0; k < strip->coordinates; k++)
                scaled[k] = x[k] * factor;
            x = scaled;
        }
        if (strip->first > 0 && sums == buffer)
            memcpy(buffer, row, bytes);
        for (size_t offset = 0; offset < strip->targets; offset += GROUP)
            add_group(reduction, strip, offset, x, sums + offset);
        if (sums == buffer)
            memcpy(row, buffer, bytes);
    }
}

INSTRUCTION_SETS static void add_squares(const struct strip *strip, const struct rows *rows) {
    add_rows(SUM_SQUARES, strip, rows);
}

INSTRUCTION_SETS static void add_absolute(const struct strip *strip, const struct rows *rows) {
    add_rows(SUM_ABSOLUTE, strip, rows);
}

INSTRUCTION_SETS static void add_largest(const struct strip *strip, const struct rows *rows) {
    add_rows(LARGEST, strip, rows);
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

/* Four coordinates of four targets, from as many rows of the points to columns of the strip. */
ALWAYS_INLINE void transpose_four(size_t dimension, const double *points, double *columns) {
    lanes a = lanes_load(points), b = lanes_load(points + dimension);
    lanes c = lanes_load(points + 2 * dimension), d = lanes_load(points + 3 * dimension);
    lanes ab_even = __builtin_shufflevector(a, b, 0, 4, 2, 6),
          ab_odd = __builtin_shufflevector(a, b, 1, 5, 3, 7);
    lanes cd_even = __builtin_shufflevector(c, d, 0, 4, 2, 6),
          cd_odd = __builtin_shufflevector(c, d, 1, 5, 3, 7);
    lanes_store(columns, __builtin_shufflevector(ab_even, cd_even, 0, 1, 4, 5));
    lanes_store(columns + STRIP, __builtin_shufflevector(ab_odd, cd_odd, 0, 1, 4, 5));
    lanes_store(columns + 2 * STRIP, __builtin_shufflevector(ab_even, cd_even, 2, 3, 6, 7));
    lanes_store(columns + 3 * STRIP, __builtin_shufflevector(ab_odd, cd_odd, 2, 3, 6, 7));
}

/* Takes the next chunk of coordinates of the strip's targets, which begin at y. */
INSTRUCTION_SETS static void fill_strip(size_t dimension, const double *y, struct strip *strip) {
    size_t left = dimension - strip->first, targets = strip->targets;
    size_t filled = (targets + GROUP - 1) / GROUP * GROUP, fours = 0;
    strip->coordinates = left < CHUNK ? left : CHUNK;
    y += strip->first;
    for (; fours + LANES <= strip->coordinates; fours += LANES) {
        double *columns = strip->columns + fours * STRIP;
        size_t j = 0;
        for (; j + LANES <= targets; j += LANES)
            transpose_four(dimension, y + j * dimension + fours, columns + j);
        for (; j < targets; j++)
            for (size_t k = 0; k < LANES; k++)
                columns[k * STRIP + j] = y[j * dimension + fours + k];
    }
    for (size_t k = fours; k < strip->coordinates; k++)
        for (size_t j = 0; j < targets; j++)
            strip->columns[k * STRIP + j] = y[j * dimension + k];
    for (size_t k = 0; k < strip->coordinates; k++)
        for (size_t j = targets; j < filled; j++)
            strip->columns[k * STRIP + j] = 0;
}

static void scale_strip(struct strip *strip, const double *factors) {
    for (size_t k = 0; k < strip->coordinates; k++)
        for (size_t j = 0; j < strip->targets; j++)
            strip->columns[k * STRIP + j] *= factors[j];
}

static void add_strip(enum ground_cost_kind kind, const struct strip *strip, const struct rows *rows) {
    if (kind == GROUND_COST_CITYBLOCK)
        add_absolute(strip, rows);
    else if (kind == GROUND_COST_CHEBYSHEV)
        add_largest(strip, rows);
    else
        add_squares(strip, rows);
}

/* Costs of all sources of the window against targets offset .. offset + count of it. */
static void fill_columns(const struct pair_cost *cost, const struct pair_cost_window *window, size_t offset,
                         size_t count, double *tile) {
    double factors[STRIP];
    size_t d = cost->dimension;
    const double *y = cost->y + (window->first_target + offset) * d;
    bool normalized = cost->ground.kind == GROUND_COST_COSINE;
    struct strip strip;
    const struct rows rows = {.sources = window->source_count,
                              .dimension = d,
                              .stride = window->target_count,
                              .x = cost->x + window->first_source * d,
                              .normalized = normalized,
                              .tile = tile + offset};
    for (size_t j = 0; j < count && normalized; j++)
        factors[j] = inverse_norm(d, y + j * d);
    strip.targets = count;
    for (strip.first = 0; strip.first < d; strip.first += CHUNK) {
        fill_strip(d, y, &strip);
        if (normalized)
            scale_strip(&strip, factors);
        add_strip(cost->ground.kind, &strip, &rows);
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
