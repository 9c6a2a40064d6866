#include "divergence/kernel_pass.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/compensated.h"
#include "num/elementary.h"
#include "num/pair_cost.h"

/* A tile is so many rows against so many targets: two of them stay in the second-level cache. */
enum { TILE_ROWS = 32, TILE_TARGETS = 256, TILE = TILE_ROWS * TILE_TARGETS };
enum { K, L, KL, KK, LL, SUMS };

/* A row sum below this has lost terms to underflow. */
static const double SMALLEST_SUM = 1e-290;

struct work {
    const struct kernel_pass *pass;
    double *outputs[SUMS];
    const struct kernel_weights *weights;
    double factor, *gradient;
    double *tiles; /* two for each thread: exponents of K and of L */
};

static struct pair_cost cost_of(const struct kernel_pass *pass, const struct kernel_points *points) {
    return (struct pair_cost){
        .sources = pass->rows,
        .targets = pass->targets,
        .x = points->a,
        .y = points->b,
        .dimension = points->dimension,
        .ground = {.kind = GROUND_COST_SQEUCLIDEAN, .scale = 0.5 / (points->bandwidth * points->bandwidth)},
    };
}

/* The negative exponents of both kernels in a window. */
static void fill_tiles(const struct kernel_pass *pass, const struct pair_cost_window *window, double *of_k,
                       double *of_l) {
    struct pair_cost l = cost_of(pass, &pass->l);
    pair_cost_tile(&l, window, of_l);
    if (pass->k.dimension > 0) {
        struct pair_cost k = cost_of(pass, &pass->k);
        pair_cost_tile(&k, window, of_k);
        return;
    }
    for (size_t i = 0; i < window->source_count * window->target_count; i++)
        of_k[i] = 0;
}

/* Exponents to kernels, in place. */
static INSTRUCTION_SETS void take_exponentials(size_t count, double *tile) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        tile[i] = elementary_exp(-tile[i]);
}

static void add_to_sums(size_t count, const double *k, const double *l, double *sums, double *carries) {
    double tile_sums[SUMS] = {0};
    for (size_t j = 0; j < count; j++) {
        tile_sums[K] += k[j];
        tile_sums[L] += l[j];
        tile_sums[KL] += k[j] * l[j];
        tile_sums[KK] += k[j] * k[j];
        tile_sums[LL] += l[j] * l[j];
    }
    for (size_t s = 0; s < SUMS; s++) {
        double next = sums[s] + tile_sums[s];
        carries[s] += compensated_sum_error(sums[s], tile_sums[s], next);
        sums[s] = next;
    }
}

/* The exponents of a sum's terms, K, L, K L, K^2 or L^2, in place of those of K. */
static void take_terms(int sum, size_t count, double *of_k, const double *of_l) {
    for (size_t j = 0; j < count; j++) {
        double k = of_k[j], l = of_l[j];
        of_k[j] = sum == K ? k : sum == L ? l : sum == KL ? k + l : sum == KK ? 2 * k : 2 * l;
    }
}

/* Adds e^(shift - exponent) of the terms, and lowers *least to the least exponent. */
static double add_terms(size_t count, const double *exponents, double shift, double *least) {
    double total = 0;
    for (size_t j = 0; j < count; j++) {
        total += exp(shift - exponents[j]);
        *least = exponents[j] < *least ? exponents[j] : *least;
    }
    return total;
}

/* log sum exp of one row, by its largest term, in two passes over the row. */
static double careful_sum(const struct kernel_pass *pass, size_t row, int sum, double *of_k, double *of_l) {
    double least = INFINITY, total = 0;
    for (int again = 0; again < 2; again++) {
        double shift = again ? least : 0;
        total = 0;
        for (size_t first = 0; first < pass->targets; first += TILE) {
            size_t left = pass->targets - first;
            struct pair_cost_window window = {row, 1, first, left < TILE ? left : TILE};
            fill_tiles(pass, &window, of_k, of_l);
            take_terms(sum, window.target_count, of_k, of_l);
            total += add_terms(window.target_count, of_k, shift, &least);
        }
    }
    return total > 0 ? log(total) - least : -INFINITY;
}

/* parallel_body: the sums of a block of rows. */
static void sum_rows(void *context, size_t block, size_t worker) {
    const struct work *work = context;
    const struct kernel_pass *pass = work->pass;
    double *of_k = work->tiles + worker * 2 * TILE, *of_l = of_k + TILE;
    double sums[TILE_ROWS][SUMS] = {{0}}, carries[TILE_ROWS][SUMS] = {{0}};
    size_t begin = block * TILE_ROWS, rows = pass->rows - begin < TILE_ROWS ? pass->rows - begin : TILE_ROWS;
    for (size_t first = 0; first < pass->targets; first += TILE_TARGETS) {
        size_t left = pass->targets - first, count = left < TILE_TARGETS ? left : TILE_TARGETS;
        struct pair_cost_window window = {begin, rows, first, count};
        fill_tiles(pass, &window, of_k, of_l);
        take_exponentials(rows * count, of_k);
        take_exponentials(rows * count, of_l);
        for (size_t i = 0; i < rows; i++)
            add_to_sums(count, of_k + i * count, of_l + i * count, sums[i], carries[i]);
    }
    for (size_t i = 0; i < rows; i++)
        for (int s = 0; s < SUMS; s++) {
            double sum = sums[i][s] + carries[i][s];
            if (work->outputs[s] != NULL)
                work->outputs[s][begin + i] =
                    sum < SMALLEST_SUM ? careful_sum(pass, begin + i, s, of_k, of_l) : log(sum);
        }
}

/* W_ij of one pair, from the exponents. */
static double weight_of(const struct kernel_weights *weights, size_t i, size_t j, double k, double l) {
    double kernel = exp(-l), own = weights->shift, weight = weights->square * kernel * kernel;
    if (weights->log_rows != NULL)
        weight += exp(weights->log_rows[i] - k - l);
    if (weights->log_targets != NULL)
        weight += exp(weights->log_targets[j] - k - l);
    if (weights->rows != NULL)
        own += weights->rows[i];
    if (weights->targets != NULL)
        own += weights->targets[j];
    return weight + own * kernel;
}

/* parallel_body: the gradient of a block of rows. */
static void add_gradient_rows(void *context, size_t block, size_t worker) {
    const struct work *work = context;
    const struct kernel_pass *pass = work->pass;
    double *of_k = work->tiles + worker * 2 * TILE, *of_l = of_k + TILE;
    size_t begin = block * TILE_ROWS, rows = pass->rows - begin < TILE_ROWS ? pass->rows - begin : TILE_ROWS;
    size_t d = pass->l.dimension;
    double scale = work->factor / (pass->l.bandwidth * pass->l.bandwidth);
    for (size_t first = 0; first < pass->targets; first += TILE_TARGETS) {
        size_t left = pass->targets - first, count = left < TILE_TARGETS ? left : TILE_TARGETS;
        struct pair_cost_window window = {begin, rows, first, count};
        fill_tiles(pass, &window, of_k, of_l);
        for (size_t i = 0; i < rows * count; i++) {
            size_t row = begin + i / count, target = first + i % count;
            double weight = scale * weight_of(work->weights, row, target, of_k[i], of_l[i]);
            const double *a = pass->l.a + row * d, *b = pass->l.b + target * d;
            for (size_t c = 0; weight != 0 && c < d; c++) /* b - a may be infinite where the kernel is 0 */
                work->gradient[row * d + c] += weight * (b[c] - a[c]);
        }
    }
}

static int run(struct work *work, parallel_body *body, struct error *error) {
    size_t threads = work->pass->threads;
    work->tiles = memory_matrix(error, threads, 2 * TILE, sizeof *work->tiles);
    if (work->tiles == NULL)
        return -1;
    parallel_for(threads, (work->pass->rows + TILE_ROWS - 1) / TILE_ROWS, body, work);
    free(work->tiles);
    return 0;
}

int kernel_pass_sums(const struct kernel_pass *pass, const struct kernel_row_sums *sums,
                     struct error *error) {
    struct work work = {.pass = pass, .outputs = {sums->k, sums->l, sums->kl, sums->kk, sums->ll}};
    return run(&work, sum_rows, error);
}

int kernel_pass_add_gradient(const struct kernel_pass *pass, const struct kernel_weights *weights,
                             double factor, double *gradient, struct error *error) {
    struct work work = {.pass = pass, .weights = weights, .factor = factor, .gradient = gradient};
    return run(&work, add_gradient_rows, error);
}
