#include "divergence/kernel_alignment.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "num/blas.h"
#include "num/vector.h"

enum { TILE = 64, ENTRIES = TILE * TILE, STRIP = 32 };

/* The tiles of a row of blocks, and what is summed over them. */
struct tiles {
    const struct kernel_alignment *problem;
    size_t layers, pairs, blocks;
    double *sums;    /* layers x n: of each Gram matrix's rows, without the diagonal where unbiased */
    double *totals;  /* layers */
    double *room;    /* threads x layers x ENTRIES */
    double *results; /* blocks x pairs; the pairs: left x right, then each layer with itself */
};

static size_t block_size(size_t count, size_t block) {
    size_t left = count - block * TILE;
    return left < TILE ? left : TILE;
}

/* Adds up, for STRIP columns at most, products or squared differences of TILE rows and TILE columns. */
INSTRUCTION_SETS static void add_strip(size_t rows, size_t width, bool products, const double *x,
                                       size_t stride, const double *columns, double *tile) {
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < width; k++) {
            const double value = x[i * stride + k], *column = columns + k * TILE;
            double *row = tile + i * TILE;
            if (products)
                for (size_t j = 0; j < TILE; j++)
                    row[j] += value * column[j];
            else
                for (size_t j = 0; j < TILE; j++)
                    row[j] += (value - column[j]) * (value - column[j]);
        }
}

/* A tile of a Gram matrix, TILE x TILE; entries beyond the last row are 0. */
static void make_tile(const struct kernel_layer *layer, size_t count, size_t i, size_t j, double *tile) {
    double columns[STRIP * TILE];
    size_t rows = block_size(count, i), others = block_size(count, j);
    memset(tile, 0, ENTRIES * sizeof *tile);
    for (size_t first = 0; first < layer->width; first += STRIP) {
        size_t end = layer->width - first > STRIP ? first + STRIP : layer->width;
        memset(columns, 0, sizeof columns);
        for (size_t row = 0; row < others; row++)
            for (size_t k = first; k < end; k++)
                columns[(k - first) * TILE + row] = layer->rows[(j * TILE + row) * layer->stride + k];
        add_strip(rows, end - first, layer->rate == 0, layer->rows + i * TILE * layer->stride + first,
                  layer->stride, columns, tile);
    }
    if (layer->rate > 0) {
        vector_scale(ENTRIES, -layer->rate, tile);
        vector_exp(ENTRIES, tile, tile);
    }
    for (size_t row = 0; row < TILE; row++)
        for (size_t k = row < rows ? others : 0; k < TILE; k++)
            tile[row * TILE + k] = 0;
}

static void sum_rows(void *context, size_t block, size_t worker) {
    const struct tiles *tiles = context;
    const struct kernel_alignment *problem = tiles->problem;
    double *tile = tiles->room + worker * tiles->layers * ENTRIES, parts[TILE];
    size_t n = problem->count;
    for (size_t layer = 0; layer < tiles->layers; layer++) {
        double *sums = tiles->sums + layer * n + block * TILE;
        memset(sums, 0, block_size(n, block) * sizeof *sums);
        for (size_t j = 0; j < tiles->blocks; j++) {
            make_tile(&problem->layers[layer], n, block, j, tile);
            for (size_t i = 0; problem->unbiased && j == block && i < TILE; i++)
                tile[i * TILE + i] = 0;
            vector_row_sums(TILE, TILE, tile, parts);
            for (size_t i = 0; i < block_size(n, block); i++)
                sums[i] += parts[i];
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

static void add_products(void *context, size_t block, size_t worker) {
    const struct tiles *tiles = context;
    const struct kernel_alignment *problem = tiles->problem;
    double *room = tiles->room + worker * tiles->layers * ENTRIES;
    double *results = tiles->results + block * tiles->pairs;
    size_t left = problem->left, right = problem->right;
    memset(results, 0, tiles->pairs * sizeof *results);
    for (size_t j = 0; j < tiles->blocks; j++) {
        for (size_t layer = 0; layer < tiles->layers; layer++) {
            make_tile(&problem->layers[layer], problem->count, block, j, room + layer * ENTRIES);
            centre(tiles, layer, block, j, room + layer * ENTRIES);
        }
        for (size_t a = 0; a < left; a++)
            for (size_t b = 0; b < right; b++)
                results[a * right + b] +=
                    vector_dot(ENTRIES, room + a * ENTRIES, room + (left + b) * ENTRIES);
        for (size_t a = 0; a < tiles->layers; a++)
            results[left * right + a] += vector_dot(ENTRIES, room + a * ENTRIES, room + a * ENTRIES);
    }
}

static void run_tiles(struct tiles *tiles, double *cross, double *self) {
    const struct kernel_alignment *problem = tiles->problem;
    size_t n = problem->count, crossed = problem->left * problem->right;
    double divisor = problem->unbiased ? (double)n * (double)(n - 3) : (double)(n - 1) * (double)(n - 1);
    parallel_for(problem->threads, tiles->blocks, sum_rows, tiles);
    for (size_t layer = 0; layer < tiles->layers; layer++)
        tiles->totals[layer] = vector_sum(n, tiles->sums + layer * n);
    parallel_for(problem->threads, tiles->blocks, add_products, tiles);
    for (size_t pair = 0; pair < tiles->pairs; pair++) {
        double sum = 0;
        for (size_t block = 0; block < tiles->blocks; block++)
            sum += tiles->results[block * tiles->pairs + pair];
        *(pair < crossed ? &cross[pair] : &self[pair - crossed]) = sum / divisor;
    }
}

static int by_tiles(const struct kernel_alignment *problem, double *cross, double *self,
                    struct error *error) {
    size_t layers = problem->left + problem->right, each;
    struct tiles tiles = {.problem = problem,
                          .layers = layers,
                          .pairs = problem->left * problem->right + layers,
                          .blocks = (problem->count + TILE - 1) / TILE};
    int status = -1;
    if (!memory_product(layers, ENTRIES, &each))
        return error_set(error, "out of memory");
    tiles.sums = memory_matrix(error, layers, problem->count, sizeof(double));
    tiles.totals = memory_array(error, layers, sizeof(double));
    tiles.room = memory_matrix(error, problem->threads, each, sizeof(double));
    tiles.results = memory_matrix(error, tiles.blocks, tiles.pairs, sizeof(double));
    if (tiles.sums != NULL && tiles.totals != NULL && tiles.room != NULL && tiles.results != NULL) {
        run_tiles(&tiles, cross, self);
        status = 0;
    }
    free(tiles.sums);
    free(tiles.totals);
    free(tiles.room);
    free(tiles.results);
    return status;
}

bool kernel_alignment_by_products(const struct kernel_alignment *problem) {
    size_t widest = 0;
    for (size_t i = 0; i < problem->left + problem->right; i++) {
        const struct kernel_layer *layer = &problem->layers[i];
        if (layer->rate > 0)
            return false;
        widest = layer->width > widest ? layer->width : widest;
    }
    return widest <= problem->count && problem->count <= INT_MAX;
}

/* The criterion of two linear kernels. The rows of their centred Gram matrices sum to 0, so that without the
 * diagonal s, the squared lengths, they sum to -s. */
static double product_criterion(const struct kernel_alignment *problem, const struct kernel_layer *a,
                                const struct kernel_layer *b, double *product) {
    double n = (double)problem->count, square, s_sum = 0, t_sum = 0, st_sum = 0;
    blas_multiply(&(struct blas_product){.rows = a->width,
                                         .columns = b->width,
                                         .inner = problem->count,
                                         .alpha = 1,
                                         .a = a->rows,
                                         .b = b->rows,
                                         .a_stride = a->stride,
                                         .b_stride = b->stride,
                                         .c_stride = b->width,
                                         .a_transposed = true,
                                         .c = product});
    square = vector_dot(a->width * b->width, product, product);
    if (!problem->unbiased)
        return square / ((n - 1) * (n - 1));
    for (size_t i = 0; i < problem->count; i++) {
        const double *x = a->rows + i * a->stride, *y = b->rows + i * b->stride;
        double s = vector_dot(a->width, x, x), t = vector_dot(b->width, y, y);
        s_sum += s;
        t_sum += t;
        st_sum += s * t;
    }
    return (square - st_sum + s_sum * t_sum / ((n - 1) * (n - 2)) - 2 / (n - 2) * st_sum) / (n * (n - 3));
}

static int by_products(const struct kernel_alignment *problem, double *cross, double *self,
                       struct error *error) {
    size_t widest = 0, layers = problem->left + problem->right;
    const struct kernel_layer *all = problem->layers;
    for (size_t i = 0; i < layers; i++)
        widest = all[i].width > widest ? all[i].width : widest;
    double *product = memory_matrix(error, widest, widest, sizeof *product);
    if (product == NULL)
        return -1;
    int status = blas_load_for(problem->count, error);
    for (size_t a = 0; status == 0 && a < layers; a++) {
        self[a] = product_criterion(problem, &all[a], &all[a], product);
        for (size_t b = 0; a < problem->left && b < problem->right; b++)
            cross[a * problem->right + b] =
                product_criterion(problem, &all[a], &all[problem->left + b], product);
    }
    free(product);
    return status;
}

int kernel_alignment_criteria(const struct kernel_alignment *problem, double *cross, double *self,
                              struct error *error) {
    return kernel_alignment_by_products(problem) ? by_products(problem, cross, self, error)
                                                 : by_tiles(problem, cross, self, error);
}
