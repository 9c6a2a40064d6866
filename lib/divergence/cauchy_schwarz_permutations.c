#include "divergence/cauchy_schwarz_permutations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "num/elementary.h"
#include "num/pair_cost.h"

enum { BATCH = 32, BLOCK_ROWS = 32, TILE_TARGETS = 256, TILE = BLOCK_ROWS * TILE_TARGETS };

/* A permutation that leaves the statistic as it is may round to less: by some units in the last place of the
 * means, up to 1, or of their logarithms, whose difference it is. */
static bool reaches(double statistic, double observed) {
    return statistic >= observed - 1e-12 * fabs(observed) - 1e-14;
}

/* Sums of kernels by labels, for each permutation of a batch: both in P, one in each, both in Q. */
struct batch_sums {
    double pp[BATCH], pq[BATCH], qq[BATCH];
};

struct batch {
    struct pair_cost cost;   /* of the pooled rows against themselves: the kernels' exponents */
    const double *labels;    /* rows x BATCH: 1 in P, 0 in Q */
    struct batch_sums *sums; /* for each block of rows */
    double *tiles;           /* for each thread */
};

/* sums[b] += sum_j k_j labels_jb; returns sum_j k_j. */
static INSTRUCTION_SETS double add_labelled(size_t count, const double *exponents, const double *labels,
                                            double *sums) {
    double total = 0;
    for (size_t j = 0; j < count; j++) {
        double k = elementary_exp(-exponents[j]);
        total += k;
#pragma omp simd
        for (size_t b = 0; b < BATCH; b++)
            sums[b] += k * labels[j * BATCH + b];
    }
    return total;
}

/* parallel_body */
static void sum_block(void *context, size_t block, size_t worker) {
    const struct batch *batch = context;
    size_t all = batch->cost.sources, begin = block * BLOCK_ROWS;
    size_t rows = all - begin < BLOCK_ROWS ? all - begin : BLOCK_ROWS;
    double *tile = batch->tiles + worker * TILE, in_p[BLOCK_ROWS][BATCH] = {{0}}, total[BLOCK_ROWS] = {0};
    struct batch_sums *sums = &batch->sums[block];
    *sums = (struct batch_sums){{0}, {0}, {0}};
    for (size_t first = 0; first < all; first += TILE_TARGETS) {
        size_t count = all - first < TILE_TARGETS ? all - first : TILE_TARGETS;
        struct pair_cost_window window = {begin, rows, first, count};
        pair_cost_tile(&batch->cost, &window, tile);
        for (size_t i = 0; i < rows; i++)
            total[i] += add_labelled(count, tile + i * count, batch->labels + first * BATCH, in_p[i]);
    }
    for (size_t i = 0; i < rows; i++)
        for (size_t b = 0; b < BATCH; b++) {
            double label = batch->labels[(begin + i) * BATCH + b];
            sums->pp[b] += label * in_p[i][b];
            sums->pq[b] += (1 - label) * in_p[i][b];
            sums->qq[b] += (1 - label) * (total[i] - in_p[i][b]);
        }
}

static double statistic_of(const struct cauchy_schwarz_samples *samples, bool discrepancy, double pp,
                           double pq, double qq) {
    double m = (double)samples->p_rows, n = (double)samples->q_rows;
    if (discrepancy)
        return pp / (m * m) + qq / (n * n) - 2 * pq / (m * n);
    return log(pp) + log(qq) - 2 * log(pq);
}

static void draw_labels(const struct permutation_test *test, size_t first, size_t p_rows, size_t all,
                        size_t *order, double *labels) {
    struct random_stream stream;
    for (size_t b = 0; b < BATCH; b++) {
        random_start(&stream, test->seed, test->filter, "permutations", first + b);
        random_permutation(&stream, all, order);
        for (size_t i = 0; i < all; i++)
            labels[order[i] * BATCH + b] = i < p_rows;
    }
}

/* How many of the batch, the first `used` permutations of it, reach the statistic. */
static size_t count_batch(const struct cauchy_schwarz_samples *samples, bool discrepancy,
                          const struct permutation_test *test, struct batch *batch, size_t used) {
    size_t blocks = (batch->cost.sources + BLOCK_ROWS - 1) / BLOCK_ROWS, reached = 0;
    parallel_for(samples->threads, blocks, sum_block, batch);
    for (size_t b = 0; b < used; b++) {
        double pp = 0, pq = 0, qq = 0;
        for (size_t i = 0; i < blocks; i++) {
            pp += batch->sums[i].pp[b];
            pq += batch->sums[i].pq[b];
            qq += batch->sums[i].qq[b];
        }
        reached += reaches(statistic_of(samples, discrepancy, pp, pq, qq), test->observed);
    }
    return reached;
}

int cauchy_schwarz_permute_samples(const struct cauchy_schwarz_samples *samples, bool discrepancy,
                                   const struct permutation_test *test, size_t *reached,
                                   struct error *error) {
    size_t all = samples->p_rows + samples->q_rows, d = samples->columns;
    double *pooled = memory_matrix(error, all, d, sizeof *pooled);
    double *labels = memory_matrix(error, all, BATCH, sizeof *labels);
    size_t *order = memory_array(error, all, sizeof *order);
    struct batch batch = {
        .cost = {.sources = all,
                 .targets = all,
                 .x = pooled,
                 .y = pooled,
                 .dimension = d,
                 .ground = {.kind = GROUND_COST_SQEUCLIDEAN,
                            .scale = 0.5 / (samples->bandwidth * samples->bandwidth)}},
        .labels = labels,
        .sums = memory_array(error, (all + BLOCK_ROWS - 1) / BLOCK_ROWS, sizeof *batch.sums),
        .tiles = memory_matrix(error, samples->threads, TILE, sizeof *batch.tiles),
    };
    int status =
        pooled == NULL || labels == NULL || order == NULL || batch.sums == NULL || batch.tiles == NULL ? -1
                                                                                                       : 0;
    *reached = 0;
    if (status == 0) {
        memcpy(pooled, samples->p, samples->p_rows * d * sizeof *pooled);
        memcpy(pooled + samples->p_rows * d, samples->q, samples->q_rows * d * sizeof *pooled);
    }
    for (size_t first = 0; status == 0 && first < test->count; first += BATCH) {
        size_t left = test->count - first;
        draw_labels(test, first, samples->p_rows, all, order, labels);
        *reached += count_batch(samples, discrepancy, test, &batch, left < BATCH ? left : BATCH);
    }
    free(pooled);
    free(labels);
    free(order);
    free(batch.sums);
    free(batch.tiles);
    return status;
}

int cauchy_schwarz_permute_information(const struct cauchy_schwarz_joint *joint, bool normalized,
                                       const struct permutation_test *test, size_t *reached,
                                       struct error *error) {
    size_t rows = joint->p.rows, d = joint->y_columns;
    double *moved = memory_matrix(error, rows, d, sizeof *moved);
    size_t *order = memory_array(error, rows, sizeof *order);
    struct cauchy_schwarz_joint permuted = *joint;
    struct random_stream stream;
    int status = moved == NULL || order == NULL ? -1 : 0;
    permuted.p.y = moved;
    *reached = 0;
    for (size_t i = 0; status == 0 && i < test->count; i++) {
        double value;
        random_start(&stream, test->seed, test->filter, "permutations", i);
        random_permutation(&stream, rows, order);
        for (size_t row = 0; row < rows; row++)
            memcpy(moved + row * d, joint->p.y + order[row] * d, d * sizeof *moved);
        status = cauchy_schwarz_information(&permuted, normalized, &value, NULL, error);
        *reached += status == 0 && reaches(value, test->observed);
    }
    free(moved);
    free(order);
    return status;
}
