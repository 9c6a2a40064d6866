#include "density/kmeans_start.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "density/kmeans_kernel.h"

enum { TILES_MAX = 4, CANDIDATES_MAX = TILES_MAX * KMEANS_TILE };

/* Rows drawn one after the other by their distance to those drawn before. */
struct seeding {
    const struct kmeans_data *data;
    size_t threads, blocks;
    bool cityblock;
    double *nearest; /* rows: the distance D to the nearest centre so far */
    double *totals;  /* blocks: the sum of v D in each */
    size_t candidate_count, tiles;
    size_t candidates[CANDIDATES_MAX]; /* the last of them is the centre chosen before */
    double *tile_values;               /* tiles x columns x 8 */
    double *candidate_totals;          /* blocks x candidates: totals as they were with each one chosen */
};

static double weight_of(const struct kmeans_data *data, size_t row) {
    return data->weights != NULL ? data->weights[row] : 1;
}

static size_t block_end(const struct kmeans_data *data, size_t block) {
    size_t end = (block + 1) * KMEANS_BLOCK_ROWS;
    return end < data->rows ? end : data->rows;
}

ALWAYS_INLINE void measure_tile(const struct seeding *seeding, size_t tile, const double *x, bool cityblock,
                                double *distances) {
    size_t d = seeding->data->columns;
    lanes low, high;
    kmeans_kernel_tile(d, x, seeding->tile_values + tile * d * KMEANS_TILE, cityblock, &low, &high);
    lanes_store(distances, low);
    lanes_store(distances + LANES, high);
}

/* For each candidate the sum of v min(D, its distance); D itself has the last candidate taken in. */
ALWAYS_INLINE void try_block(const struct seeding *seeding, size_t block, bool cityblock) {
    const struct kmeans_data *data = seeding->data;
    size_t d = data->columns, last = seeding->candidate_count - 1;
    double totals[CANDIDATES_MAX] = {0}, distances[CANDIDATES_MAX];
    for (size_t i = block * KMEANS_BLOCK_ROWS; i < block_end(data, block); i++) {
        double weight = weight_of(data, i);
        for (size_t tile = 0; tile < seeding->tiles; tile++)
            measure_tile(seeding, tile, data->points + i * d, cityblock, distances + tile * KMEANS_TILE);
        double nearest = seeding->nearest[i];
        nearest = distances[last] < nearest ? distances[last] : nearest;
        seeding->nearest[i] = nearest;
        for (size_t c = 0; c < seeding->tiles * KMEANS_TILE; c++)
            totals[c] += weight * (distances[c] < nearest ? distances[c] : nearest);
    }
    memcpy(seeding->candidate_totals + block * CANDIDATES_MAX, totals, sizeof totals);
}

INSTRUCTION_SETS
static void try_euclidean(void *context, size_t block, size_t worker) {
    (void)worker;
    try_block(context, block, false);
}

INSTRUCTION_SETS
static void try_cityblock(void *context, size_t block, size_t worker) {
    (void)worker;
    try_block(context, block, true);
}

/* Takes the candidates' totals, the last one being the centre chosen before. */
static void try_candidates(struct seeding *seeding) {
    size_t d = seeding->data->columns;
    seeding->tiles = (seeding->candidate_count + KMEANS_TILE - 1) / KMEANS_TILE;
    for (size_t c = 0; c < seeding->tiles * KMEANS_TILE; c++) {
        size_t row = seeding->candidates[c < seeding->candidate_count ? c : 0];
        for (size_t j = 0; j < d; j++)
            seeding->tile_values[kmeans_kernel_place(d, c) + j * KMEANS_TILE] =
                seeding->data->points[row * d + j];
    }
    parallel_for(seeding->threads, seeding->blocks, seeding->cityblock ? try_cityblock : try_euclidean,
                 seeding);
}

/* Makes candidate c's totals those that stand; returns their sum. */
static double take_totals(struct seeding *seeding, size_t c) {
    double sum = 0;
    for (size_t block = 0; block < seeding->blocks; block++)
        sum += seeding->totals[block] = seeding->candidate_totals[block * CANDIDATES_MAX + c];
    return sum;
}

static double sum_totals(const struct seeding *seeding, size_t c) {
    double sum = 0;
    for (size_t block = 0; block < seeding->blocks; block++)
        sum += seeding->candidate_totals[block * CANDIDATES_MAX + c];
    return sum;
}

/* The distance of a row to the nearest centre, the one chosen last included. */
static double current_distance(const struct seeding *seeding, size_t row, size_t chosen) {
    size_t d = seeding->data->columns;
    const double *points = seeding->data->points;
    return fmin(seeding->nearest[row],
                kmeans_kernel_pair(d, points + row * d, points + chosen * d, 1, seeding->cityblock));
}

/* A row by its share of the totals. */
static size_t draw_row(const struct seeding *seeding, size_t chosen, double target) {
    const struct kmeans_data *data = seeding->data;
    size_t block = 0, found = chosen;
    while (block + 1 < seeding->blocks && target >= seeding->totals[block])
        target -= seeding->totals[block++];
    for (size_t i = block * KMEANS_BLOCK_ROWS; i < block_end(data, block); i++) {
        double share = weight_of(data, i) * current_distance(seeding, i, chosen);
        if (!(share > 0))
            continue;
        found = i;
        if (target < share)
            break;
        target -= share;
    }
    return found;
}

/* A row by its weight alone. */
static size_t draw_first(const struct kmeans_data *data, struct random_stream *stream) {
    double total = 0;
    size_t found = 0;
    for (size_t i = 0; i < data->rows; i++)
        total += weight_of(data, i);
    double target = random_uniform(stream) * total;
    for (size_t i = 0; i < data->rows && target >= 0; i++) {
        if (weight_of(data, i) > 0)
            found = i;
        target -= weight_of(data, i);
    }
    return found;
}

/* Greedy k-means++: of several rows drawn with probability v D / sum v D, the one that leaves the least sum.
 */
static void draw_rows(struct seeding *seeding, size_t clusters, struct random_stream *stream,
                      size_t *chosen) {
    size_t trials = 2 + (size_t)log((double)clusters);
    chosen[0] = draw_first(seeding->data, stream);
    seeding->candidates[0] = chosen[0];
    seeding->candidate_count = 1;
    try_candidates(seeding);
    double total = take_totals(seeding, 0);
    for (size_t c = 1; c < clusters; c++) {
        for (size_t i = 0; i < trials; i++)
            seeding->candidates[i] = draw_row(seeding, chosen[c - 1], random_uniform(stream) * total);
        seeding->candidates[trials] = chosen[c - 1];
        seeding->candidate_count = trials + 1;
        try_candidates(seeding);
        size_t best = 0;
        for (size_t i = 1; i < trials; i++)
            if (sum_totals(seeding, i) < sum_totals(seeding, best))
                best = i;
        chosen[c] = seeding->candidates[best];
        total = take_totals(seeding, best);
    }
}

/* The row of positive weight farthest from the centres, ties to the first. */
static size_t farthest_row(const struct seeding *seeding) {
    size_t farthest = 0;
    double most = -1;
    for (size_t i = 0; i < seeding->data->rows; i++) {
        if (seeding->nearest[i] > most && weight_of(seeding->data, i) > 0) {
            most = seeding->nearest[i];
            farthest = i;
        }
    }
    return farthest;
}

/* The row farthest from the mean, then always the row farthest from those chosen (Gonzalez 1985). */
static void choose_farthest(struct seeding *seeding, size_t clusters, double *mean, size_t *chosen) {
    const struct kmeans_data *data = seeding->data;
    size_t d = data->columns;
    double total = 0;
    memset(mean, 0, d * sizeof *mean);
    for (size_t i = 0; i < data->rows; i++)
        total += weight_of(data, i);
    for (size_t i = 0; i < data->rows; i++)
        for (size_t j = 0; j < d; j++)
            mean[j] += weight_of(data, i) / total * data->points[i * d + j];
    for (size_t i = 0; i < data->rows; i++)
        seeding->nearest[i] = kmeans_kernel_pair(d, data->points + i * d, mean, 1, seeding->cityblock);
    chosen[0] = farthest_row(seeding);
    for (size_t i = 0; i < data->rows; i++)
        seeding->nearest[i] = INFINITY;
    seeding->candidate_count = 1;
    for (size_t c = 1; c < clusters; c++) {
        seeding->candidates[0] = chosen[c - 1];
        try_candidates(seeding);
        chosen[c] = farthest_row(seeding);
    }
}

/* Rows of positive weight, each subset of that size as likely as any other (Floyd's way would need a search;
 * a list of the rows does not). */
static int draw_distinct(const struct kmeans_data *data, size_t clusters, struct random_stream *stream,
                         size_t *chosen, struct error *error) {
    size_t *rows = memory_array(error, data->rows, sizeof *rows);
    size_t count = 0;
    if (rows == NULL)
        return -1;
    for (size_t i = 0; i < data->rows; i++)
        if (weight_of(data, i) > 0)
            rows[count++] = i;
    for (size_t c = 0; c < clusters; c++) {
        size_t at = c + random_below(stream, count - c);
        chosen[c] = rows[at];
        rows[at] = rows[c];
    }
    free(rows);
    return 0;
}

static int choose_rows(const struct kmeans_data *data, const struct kmeans_settings *settings, size_t restart,
                       size_t *chosen, double *mean, struct error *error) {
    struct random_stream stream;
    random_start(&stream, settings->seed, "kmeans", "start", restart);
    if (settings->init == KMEANS_RANDOM)
        return draw_distinct(data, settings->clusters, &stream, chosen, error);
    struct seeding seeding = {
        .data = data,
        .threads = settings->threads,
        .blocks = (data->rows + KMEANS_BLOCK_ROWS - 1) / KMEANS_BLOCK_ROWS,
        .cityblock = settings->distance == KMEANS_CITYBLOCK,
    };
    seeding.nearest = memory_array(error, data->rows, sizeof *seeding.nearest);
    seeding.totals = memory_array(error, seeding.blocks, sizeof *seeding.totals);
    seeding.candidate_totals =
        memory_matrix(error, seeding.blocks, CANDIDATES_MAX, sizeof *seeding.candidate_totals);
    seeding.tile_values = memory_matrix(error, CANDIDATES_MAX, data->columns, sizeof *seeding.tile_values);
    bool whole = seeding.nearest != NULL && seeding.totals != NULL && seeding.candidate_totals != NULL &&
                 seeding.tile_values != NULL;
    for (size_t i = 0; whole && i < data->rows; i++)
        seeding.nearest[i] = INFINITY;
    if (whole && settings->init == KMEANS_MAXIMIN)
        choose_farthest(&seeding, settings->clusters, mean, chosen);
    else if (whole)
        draw_rows(&seeding, settings->clusters, &stream, chosen);
    free(seeding.nearest);
    free(seeding.totals);
    free(seeding.candidate_totals);
    free(seeding.tile_values);
    return whole ? 0 : -1;
}

int kmeans_start(const struct kmeans_data *data, const struct kmeans_settings *settings, size_t restart,
                 double *centers, struct error *error) {
    size_t d = data->columns, clusters = settings->clusters;
    if (settings->init == KMEANS_PCA)
        return kmeans_start_pca(data, clusters, centers, error);
    size_t *chosen = memory_array(error, clusters, sizeof *chosen);
    int status = chosen == NULL ? -1 : choose_rows(data, settings, restart, chosen, centers, error);
    for (size_t c = 0; status == 0 && c < clusters; c++)
        memcpy(centers + c * d, data->points + chosen[c] * d, d * sizeof *centers);
    free(chosen);
    return status;
}
