#include "divergence/kernel_alignment.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "divergence/linear_moments.h"
#include "num/blas.h"
#include "num/vector.h"

/* Blocks of rows are dealt out to GROUPS, whose sums are added in their order: so many run side by side, and
 * memory grows with GROUPS times the rows. */
enum { TILE = 128, ENTRIES = TILE * TILE, GROUPS = 16 };

/* |x - y|^2 = |x|^2 + |y|^2 - 2 x.y keeps its digits where it is no smaller than this part of |x|^2 + |y|^2.
 */
static const double CANCELLATION = 1.0 / 256;

/* The upper triangle of the tiles of all layers' Gram matrices, and what is summed over them. */
struct tiles {
    const struct kernel_alignment *problem;
    size_t layers, pairs, blocks, groups;
    double *squares; /* layers x n: |x|^2 of rows */
    double *sums;    /* groups x layers x n: of each Gram matrix's rows, without the diagonal where unbiased;
                        in the end those of all groups are the first's */
    double *totals;  /* layers */
    double *room;    /* threads x layers x ENTRIES */
    double *results; /* groups x pairs; the pairs: left x right, then each layer with itself */
};

static size_t block_size(size_t count, size_t block) {
    size_t left = count - block * TILE;
    return left < TILE ? left : TILE;
}

static double square_between(size_t width, const double *x, const double *y) {
    double sum = 0;
    for (size_t k = 0; k < width; k++)
        sum += (x[k] - y[k]) * (x[k] - y[k]);
    return sum;
}

/* Products of rows to exponents of the kernel, TILE a row. */
INSTRUCTION_SETS static void take_exponents(double rate, double square, size_t count, const double *squares,
                                            double *row) {
    for (size_t j = 0; j < count; j++) {
        double sum = square + squares[j], distance = sum - 2 * row[j];
        row[j] = distance >= CANCELLATION * sum ? -rate * distance : 1; /* 1: to be done again */
    }
}

static void take_kernel(const struct tiles *tiles, size_t number, size_t i, size_t j, double *tile) {
    const struct kernel_layer *layer = &tiles->problem->layers[number];
    size_t n = tiles->problem->count, rows = block_size(n, i), others = block_size(n, j);
    const double *squares = tiles->squares + number * n;
    for (size_t row = 0; row < rows; row++) {
        double *values = tile + row * TILE;
        const double *x = layer->rows + (i * TILE + row) * layer->stride;
        take_exponents(layer->rate, squares[i * TILE + row], others, squares + j * TILE, values);
        for (size_t k = 0; k < others; k++)
            if (values[k] > 0)
                values[k] = -layer->rate *
                            square_between(layer->width, x, layer->rows + (j * TILE + k) * layer->stride);
        vector_exp(others, values, values);
    }
}

/* A tile of a Gram matrix, TILE x TILE; entries beyond the last row are 0. */
static void make_tile(const struct tiles *tiles, size_t number, size_t i, size_t j, double *tile) {
    const struct kernel_layer *layer = &tiles->problem->layers[number];
    size_t n = tiles->problem->count, rows = block_size(n, i), others = block_size(n, j);
    if (rows < TILE || others < TILE)
        memset(tile, 0, ENTRIES * sizeof *tile);
    blas_multiply(&(struct blas_product){.rows = rows,
                                         .columns = others,
                                         .inner = layer->width,
                                         .alpha = 1,
                                         .a = layer->rows + i * TILE * layer->stride,
                                         .b = layer->rows + j * TILE * layer->stride,
                                         .a_stride = layer->stride,
                                         .b_stride = layer->stride,
                                         .c_stride = TILE,
                                         .b_transposed = true,
                                         .c = tile});
    if (layer->rate > 0)
        take_kernel(tiles, number, i, j, tile);
    for (size_t row = 0; tiles->problem->unbiased && i == j && row < TILE; row++)
        tile[row * TILE + row] = 0;
}

static void find_squares(void *context, size_t block, size_t worker) {
    const struct tiles *tiles = context;
    size_t n = tiles->problem->count;
    (void)worker;
    for (size_t number = 0; number < tiles->layers; number++) {
        const struct kernel_layer *layer = &tiles->problem->layers[number];
        for (size_t i = block * TILE; i < block * TILE + block_size(n, block); i++) {
            const double *x = layer->rows + i * layer->stride;
            tiles->squares[number * n + i] = vector_dot(layer->width, x, x);
        }
    }
}

/* Adds the columns of a tile to `sums`. */
INSTRUCTION_SETS static void add_columns(size_t rows, size_t columns, const double *tile, double *sums) {
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            sums[j] += tile[i * TILE + j];
}

static void sum_group(void *context, size_t group, size_t worker) {
    const struct tiles *tiles = context;
    size_t n = tiles->problem->count;
    double *tile = tiles->room + worker * tiles->layers * ENTRIES, parts[TILE];
    memset(tiles->sums + group * tiles->layers * n, 0, tiles->layers * n * sizeof(double));
    for (size_t layer = 0; layer < tiles->layers; layer++) {
        double *sums = tiles->sums + (group * tiles->layers + layer) * n;
        for (size_t i = group; i < tiles->blocks; i += GROUPS)
            for (size_t j = i; j < tiles->blocks; j++) {
                make_tile(tiles, layer, i, j, tile);
                vector_row_sums(TILE, TILE, tile, parts);
                for (size_t k = 0; k < block_size(n, i); k++)
                    sums[i * TILE + k] += parts[k];
                if (j > i)
                    add_columns(block_size(n, i), block_size(n, j), tile, sums + j * TILE);
            }
    }
}

/* Centres a tile, and leaves the diagonal out where unbiased. */
static void centre(const struct tiles *tiles, size_t layer, size_t block, size_t other, double *tile) {
    const struct kernel_alignment *problem = tiles->problem;
    double n = (double)problem->count, divisor = problem->unbiased ? n - 2 : n;
    double mean = tiles->totals[layer] / (divisor * (problem->unbiased ? n - 1 : n));
    const double *sums = tiles->sums + layer * problem->count;
    for (size_t i = 0; i < block_size(problem->count, block); i++)
        for (size_t j = 0; j < block_size(problem->count, other); j++)
            tile[i * TILE + j] -= (sums[block * TILE + i] + sums[other * TILE + j]) / divisor - mean;
    for (size_t i = 0; problem->unbiased && block == other && i < TILE; i++)
        tile[i * TILE + i] = 0;
}

/* Adds the products of the tiles of all layers; weight: for how many tiles they stand. */
static void add_products(const struct tiles *tiles, double weight, const double *room, double *results) {
    size_t left = tiles->problem->left, right = tiles->problem->right;
    for (size_t a = 0; a < left; a++)
        for (size_t b = 0; b < right; b++)
            results[a * right + b] +=
                weight * vector_dot(ENTRIES, room + a * ENTRIES, room + (left + b) * ENTRIES);
    for (size_t a = 0; a < tiles->layers; a++)
        results[left * right + a] += weight * vector_dot(ENTRIES, room + a * ENTRIES, room + a * ENTRIES);
}

static void multiply_group(void *context, size_t group, size_t worker) {
    const struct tiles *tiles = context;
    double *room = tiles->room + worker * tiles->layers * ENTRIES;
    double *results = tiles->results + group * tiles->pairs;
    memset(results, 0, tiles->pairs * sizeof *results);
    for (size_t i = group; i < tiles->blocks; i += GROUPS)
        for (size_t j = i; j < tiles->blocks; j++) {
            for (size_t layer = 0; layer < tiles->layers; layer++) {
                make_tile(tiles, layer, i, j, room + layer * ENTRIES);
                centre(tiles, layer, i, j, room + layer * ENTRIES);
            }
            add_products(tiles, i == j ? 1 : 2, room, results);
        }
}

/* Adds the groups' sums to those of the first. */
static void merge_sums(const struct tiles *tiles) {
    size_t n = tiles->problem->count, count = tiles->layers * n;
    for (size_t group = 1; group < tiles->groups; group++)
        for (size_t i = 0; i < count; i++)
            tiles->sums[i] += tiles->sums[group * count + i];
    for (size_t layer = 0; layer < tiles->layers; layer++)
        tiles->totals[layer] = vector_sum(n, tiles->sums + layer * n);
}

static void run_tiles(struct tiles *tiles, double *cross, double *self) {
    const struct kernel_alignment *problem = tiles->problem;
    size_t n = problem->count, crossed = problem->left * problem->right;
    double divisor = problem->unbiased ? (double)n * (double)(n - 3) : (double)(n - 1) * (double)(n - 1);
    parallel_for(problem->threads, tiles->blocks, find_squares, tiles);
    parallel_for(problem->threads, tiles->groups, sum_group, tiles);
    merge_sums(tiles);
    parallel_for(problem->threads, tiles->groups, multiply_group, tiles);
    for (size_t pair = 0; pair < tiles->pairs; pair++) {
        double sum = 0;
        for (size_t group = 0; group < tiles->groups; group++)
            sum += tiles->results[group * tiles->pairs + pair];
        *(pair < crossed ? &cross[pair] : &self[pair - crossed]) = sum / divisor;
    }
}

static size_t widest_layer(const struct kernel_alignment *problem) {
    size_t widest = 0;
    for (size_t i = 0; i < problem->left + problem->right; i++)
        widest = problem->layers[i].width > widest ? problem->layers[i].width : widest;
    return widest;
}

static int by_tiles(const struct kernel_alignment *problem, double *cross, double *self,
                    struct error *error) {
    size_t layers = problem->left + problem->right, each, widest = widest_layer(problem);
    struct tiles tiles = {.problem = problem,
                          .layers = layers,
                          .pairs = problem->left * problem->right + layers,
                          .blocks = (problem->count + TILE - 1) / TILE};
    int status = -1;
    tiles.groups = tiles.blocks < GROUPS ? tiles.blocks : GROUPS;
    if (!memory_product(layers, ENTRIES, &each) || widest > INT_MAX)
        return error_set(error, "out of memory");
    if (blas_load_for(widest > problem->count ? widest : problem->count, error) < 0)
        return -1;
    tiles.squares = memory_matrix(error, layers, problem->count, sizeof(double));
    tiles.sums = memory_matrix(error, tiles.groups * layers, problem->count, sizeof(double));
    tiles.totals = memory_array(error, layers, sizeof(double));
    tiles.room = memory_matrix(error, problem->threads, each, sizeof(double));
    tiles.results = memory_matrix(error, tiles.groups, tiles.pairs, sizeof(double));
    if (tiles.squares != NULL && tiles.sums != NULL && tiles.totals != NULL && tiles.room != NULL &&
        tiles.results != NULL) {
        run_tiles(&tiles, cross, self);
        status = 0;
    }
    free(tiles.squares);
    free(tiles.sums);
    free(tiles.totals);
    free(tiles.room);
    free(tiles.results);
    return status;
}

bool kernel_alignment_by_products(const struct kernel_alignment *problem) {
    for (size_t i = 0; i < problem->left + problem->right; i++)
        if (problem->layers[i].rate > 0)
            return false;
    return widest_layer(problem) <= problem->count && problem->count <= INT_MAX;
}

static int by_products(const struct kernel_alignment *problem, double *cross, double *self,
                       struct error *error) {
    struct linear_moments *moments = linear_moments_create(problem, problem->count, error);
    if (moments == NULL)
        return -1;
    linear_moments_move(moments, problem->count, NULL);
    linear_moments_add(moments, problem);
    linear_moments_criteria(moments, cross, self);
    linear_moments_free(moments);
    return 0;
}

int kernel_alignment_criteria(const struct kernel_alignment *problem, double *cross, double *self,
                              struct error *error) {
    return kernel_alignment_by_products(problem) ? by_products(problem, cross, self, error)
                                                 : by_tiles(problem, cross, self, error);
}
