#include "density/kmeans_elkan.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "density/kmeans_assign.h"
#include "density/kmeans_kernel.h"

/* What is known of one row. */
struct row {
    const double *x;
    double *lower;
    size_t own;
    double distance; /* to the own centre, squared if Euclidean */
    double upper;    /* on it, or it */
    bool measured;
};

int kmeans_elkan_create(struct kmeans_elkan *elkan, const struct kmeans_assign *assign, struct error *error) {
    size_t k = assign->clusters;
    elkan->lower = memory_matrix(error, assign->data->rows, k, sizeof(double));
    elkan->halves = elkan->lower != NULL ? memory_matrix(error, k, k, sizeof(double)) : NULL;
    if (elkan->halves != NULL)
        return 0;
    kmeans_elkan_free(elkan);
    return -1;
}

static double metric(const struct kmeans_assign *assign, double distance) {
    return assign->cityblock ? distance : sqrt(distance);
}

static const double *center_of(const struct kmeans_assign *assign, size_t cluster) {
    return assign->tile_values + kmeans_kernel_place(assign->data->columns, cluster);
}

void kmeans_elkan_place(struct kmeans_elkan *elkan, const struct kmeans_assign *assign) {
    size_t k = assign->clusters, d = assign->data->columns;
    for (size_t a = 0; a < k; a++)
        elkan->halves[a * k + a] = INFINITY;
    for (size_t a = 0; a < k; a++) {
        for (size_t b = 0; b < a; b++) {
            double sum = 0;
            const double *x = center_of(assign, a), *y = center_of(assign, b);
            for (size_t j = 0; j < d; j++) {
                double difference = x[j * KMEANS_TILE] - y[j * KMEANS_TILE];
                sum += assign->cityblock ? fabs(difference) : difference * difference;
            }
            double half = metric(assign, sum) / 2;
            elkan->halves[a * k + b] = elkan->halves[b * k + a] = half;
            elkan->halves[a * k + a] = fmin(elkan->halves[a * k + a], half);
            elkan->halves[b * k + b] = fmin(elkan->halves[b * k + b], half);
        }
    }
}

/* All distances: the first time. */
ALWAYS_INLINE void compare_all(struct kmeans_assign *assign, struct row *row, bool cityblock) {
    size_t d = assign->data->columns;
    row->distance = INFINITY;
    for (size_t tile = 0; tile < assign->tiles; tile++) {
        lanes low, high;
        double distances[KMEANS_TILE];
        kmeans_kernel_tile(d, row->x, assign->tile_values + tile * d * KMEANS_TILE, cityblock, &low, &high);
        lanes_store(distances, low);
        lanes_store(distances + LANES, high);
        for (size_t i = 0; i < KMEANS_TILE && tile * KMEANS_TILE + i < assign->clusters; i++) {
            size_t c = tile * KMEANS_TILE + i;
            row->lower[c] = metric(assign, distances[i]) + assign->moved[c];
            if (distances[i] < row->distance) {
                row->distance = distances[i];
                row->own = c;
            }
        }
    }
    row->upper = metric(assign, row->distance);
}

ALWAYS_INLINE double measure(const struct kmeans_assign *assign, struct row *row, size_t c, bool cityblock) {
    double distance =
        kmeans_kernel_pair(assign->data->columns, row->x, center_of(assign, c), KMEANS_TILE, cityblock);
    row->lower[c] = metric(assign, distance) + assign->moved[c];
    return distance;
}

/* Whether centre c is surely farther than the own one. */
ALWAYS_INLINE bool is_farther(const struct kmeans_elkan *elkan, const struct kmeans_assign *assign,
                              const struct row *row, size_t c) {
    return kmeans_assign_surely_below(assign, row->upper, row->lower[c] - assign->moved[c]) ||
           kmeans_assign_surely_below(assign, row->upper, elkan->halves[row->own * assign->clusters + c]);
}

ALWAYS_INLINE void compare(const struct kmeans_elkan *elkan, const struct kmeans_assign *assign,
                           struct row *row, bool cityblock) {
    if (kmeans_assign_surely_below(assign, row->upper, elkan->halves[row->own * assign->clusters + row->own]))
        return;
    for (size_t c = 0; c < assign->clusters; c++) {
        if (c == row->own || is_farther(elkan, assign, row, c))
            continue;
        if (!row->measured) {
            row->distance = measure(assign, row, row->own, cityblock);
            row->upper = metric(assign, row->distance);
            row->measured = true;
            if (is_farther(elkan, assign, row, c))
                continue;
        }
        double distance = measure(assign, row, c, cityblock);
        if (distance > row->distance || (distance == row->distance && c > row->own))
            continue;
        row->distance = distance;
        row->upper = metric(assign, distance);
        row->own = c;
    }
}

ALWAYS_INLINE size_t run_block(struct kmeans_elkan *elkan, struct kmeans_assign *assign, size_t block,
                               size_t worker, bool cityblock) {
    size_t d = assign->data->columns, changes = 0, i = block * KMEANS_BLOCK_ROWS;
    size_t end = i + KMEANS_BLOCK_ROWS < assign->data->rows ? i + KMEANS_BLOCK_ROWS : assign->data->rows;
    for (; i < end; i++) {
        struct row row = {.x = assign->data->points + i * d, .lower = elkan->lower + i * assign->clusters};
        size_t own = SIZE_MAX;
        if (assign->started) {
            own = row.own = assign->labels[i];
            row.upper = assign->upper[i] + assign->moved[own];
            compare(elkan, assign, &row, cityblock);
        } else {
            compare_all(assign, &row, cityblock);
        }
        assign->upper[i] = row.upper - assign->moved[row.own];
        if (row.own == own)
            continue;
        assign->labels[i] = (uint32_t)row.own;
        changes++;
        if (assign->sums != NULL)
            kmeans_sums_move(assign->sums, assign->data, i, own, row.own, worker);
    }
    return changes;
}

INSTRUCTION_SETS
static size_t run_euclidean(struct kmeans_elkan *elkan, struct kmeans_assign *assign, size_t block,
                            size_t worker) {
    return run_block(elkan, assign, block, worker, false);
}

INSTRUCTION_SETS
static size_t run_cityblock(struct kmeans_elkan *elkan, struct kmeans_assign *assign, size_t block,
                            size_t worker) {
    return run_block(elkan, assign, block, worker, true);
}

size_t kmeans_elkan_block(struct kmeans_elkan *elkan, struct kmeans_assign *assign, size_t block,
                          size_t worker) {
    return assign->cityblock ? run_cityblock(elkan, assign, block, worker)
                             : run_euclidean(elkan, assign, block, worker);
}

void kmeans_elkan_free(struct kmeans_elkan *elkan) {
    free(elkan->lower);
    free(elkan->halves);
    *elkan = (struct kmeans_elkan){0};
}
