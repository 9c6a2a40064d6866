#include "density/kernel_sums_box_grid.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"

enum {
    NODES = KERNEL_SUMS_NODES,
    PIECE = 512, /* points summed before they join the rest */
    STEP = 8,    /* points whose polynomials are found side by side */
    BLOCK = 64,  /* boxes made by a thread at a time */
};

/* Cells that a grid may have: a few for each point, and numbered by 32 bits. */
static const double CELLS_PER_POINT = 16, CELLS_BESIDE = 4096, MOST_CELLS = 0x1p31;

double kernel_sums_box_grid_cell(const struct kernel_sums_box_grid *grid, double x) {
    return floor(x / grid->cells.width);
}

/* False where the points spread over too many cells. */
static bool lay_grid(struct kernel_sums_box_grid *grid, const struct kernel_density *density) {
    size_t d = density->dimensions, n = density->count;
    double total = 1;
    grid->sides[1] = 1;
    for (size_t c = 0; c < d; c++) {
        double low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < n; i++) {
            double x = density->whitened[i * d + c];
            low = x < low ? x : low;
            high = x > high ? x : high;
        }
        grid->first[c] = kernel_sums_box_grid_cell(grid, low);
        double side = kernel_sums_box_grid_cell(grid, high) - grid->first[c] + 1;
        total *= side;
        if (!(total <= CELLS_PER_POINT * (double)n + CELLS_BESIDE && total <= MOST_CELLS))
            return false;
        grid->sides[c] = (size_t)side;
    }
    return true;
}

static size_t place_of(const struct kernel_sums_box_grid *grid, const double *x) {
    size_t place = (size_t)(kernel_sums_box_grid_cell(grid, x[0]) - grid->first[0]);
    if (grid->dimensions == 2)
        place = place * grid->sides[1] + (size_t)(kernel_sums_box_grid_cell(grid, x[1]) - grid->first[1]);
    return place;
}

/* Sorts the points into boxes, by counting; boxes stand in the order of their cells. */
static int sort_points(struct kernel_sums_box_grid *grid, size_t n, uint32_t *places, struct error *error) {
    size_t cells = grid->sides[0] * grid->sides[1];
    for (size_t i = 0; i < n; i++)
        grid->numbers[places[i]] = 1;
    for (size_t cell = 0; cell < cells; cell++)
        if (grid->numbers[cell] != 0)
            grid->numbers[cell] = (uint32_t)++grid->count;
    grid->starts = memory_zeros(error, grid->count + 2, sizeof *grid->starts);
    if (grid->starts == NULL)
        return -1;
    for (size_t i = 0; i < n; i++) {
        places[i] = grid->numbers[places[i]];
        grid->starts[places[i] + 1]++;
    }
    for (size_t box = 1; box < grid->count + 2; box++)
        grid->starts[box] += grid->starts[box - 1];
    for (size_t i = 0; i < n; i++) /* starts[box + 1] moves to the box's end, the next one's start */
        grid->order[grid->starts[places[i]]++] = (uint32_t)i;
    return 0;
}

static int fill_boxes(struct kernel_sums_box_grid *grid, const struct kernel_density *density,
                      struct error *error) {
    size_t n = density->count, d = density->dimensions;
    grid->numbers = memory_zeros(error, grid->sides[0] * grid->sides[1], sizeof *grid->numbers);
    grid->order = memory_array(error, n, sizeof *grid->order);
    uint32_t *places = memory_array(error, n, sizeof *places);
    int status = grid->numbers != NULL && grid->order != NULL && places != NULL ? 0 : -1;
    if (status == 0) {
        for (size_t i = 0; i < n; i++)
            places[i] = (uint32_t)place_of(grid, density->whitened + i * d);
        status = sort_points(grid, n, places, error);
    }
    free(places);
    return status;
}

/* Offsets from the centre of a cell, in halves of its width, of STEP points along a column; where there are
 * fewer, their weights are 0. */
static void load_offsets(const struct kernel_sums_box_grid *grid, const uint32_t *rows, size_t count,
                         size_t column, double *offsets) {
    double width = grid->cells.width;
    const double *whitened = grid->density->whitened;
    for (size_t i = 0; i < STEP; i++) {
        double x = whitened[rows[i < count ? i : 0] * grid->dimensions + column];
        double centre = (floor(x / width) + 0.5) * width;
        offsets[i] = 2 * (x - centre) / width;
    }
}

/* T_0 .. T_(p-1) at STEP places, each times its factor. */
ALWAYS_INLINE void polynomials(size_t p, const double *restrict offsets, const double *restrict factors,
                               double *restrict values) {
#pragma omp simd
    for (size_t i = 0; i < STEP; i++) {
        values[i] = factors[i];
        values[STEP + i] = factors[i] * offsets[i];
    }
    for (size_t k = 2; k < p; k++)
#pragma omp simd
        for (size_t i = 0; i < STEP; i++)
            values[k * STEP + i] = 2 * offsets[i] * values[(k - 1) * STEP + i] - values[(k - 2) * STEP + i];
}

/* Adds the moments w T_k of STEP points, in so many lanes. */
INSTRUCTION_SETS static void add_line(size_t p, const double *offsets, const double *weights,
                                      double *restrict moments) {
    double values[NODES * STEP];
    polynomials(p, offsets, weights, values);
#pragma omp simd
    for (size_t i = 0; i < p * STEP; i++)
        moments[i] += values[i];
}

/* Adds the moments w T_k T_l of STEP points. */
INSTRUCTION_SETS static void add_plane(size_t p, const double *first, const double *second,
                                       const double *weights, double *restrict moments) {
    const double ones[STEP] = {1, 1, 1, 1, 1, 1, 1, 1};
    double left[NODES * STEP], right[NODES * STEP], turned[STEP * NODES];
    polynomials(p, first, weights, left);
    polynomials(p, second, ones, right);
    for (size_t i = 0; i < STEP; i++)
        for (size_t l = 0; l < p; l++)
            turned[i * p + l] = right[l * STEP + i];
    for (size_t k = 0; k < p; k++)
        for (size_t i = 0; i < STEP; i++) {
            double factor = left[k * STEP + i];
#pragma omp simd
            for (size_t l = 0; l < p; l++)
                moments[k * p + l] += factor * turned[i * p + l];
        }
}

/* Moments of points start .. end-1 of the order, added to sums. */
static void add_moments(const struct kernel_sums_box_grid *grid, size_t start, size_t end, double *sums) {
    size_t p = grid->cells.nodes, d = grid->dimensions;
    double moments[NODES * NODES], first[STEP], second[STEP], weights[STEP];
    memset(moments, 0, (d == 1 ? p * STEP : p * p) * sizeof *moments);
    for (size_t i = start; i < end; i += STEP) {
        const uint32_t *rows = grid->order + i;
        size_t count = end - i < STEP ? end - i : STEP;
        for (size_t j = 0; j < STEP; j++)
            weights[j] = j < count ? grid->density->weights[rows[j]] : 0;
        load_offsets(grid, rows, count, 0, first);
        if (d == 1) {
            add_line(p, first, weights, moments);
        } else {
            load_offsets(grid, rows, count, 1, second);
            add_plane(p, first, second, weights, moments);
        }
    }
    for (size_t k = 0; k < grid->size; k++)
        for (size_t i = 0; i < (d == 1 ? STEP : 1); i++)
            sums[k] += moments[d == 1 ? k * STEP + i : k];
}

static void make_box(struct kernel_sums_box_grid *grid, size_t box) {
    size_t p = grid->cells.nodes, end = grid->starts[box + 1];
    double *values = grid->values + box * grid->size;
    memset(values, 0, grid->size * sizeof *values);
    for (size_t start = grid->starts[box]; start < end; start += PIECE)
        add_moments(grid, start, end - start < PIECE ? end : start + PIECE, values);
    grid->masses[box] = values[0];
    for (size_t k = 0; grid->dimensions == 2 && k < p; k++)
        kernel_sums_cells_weights(&grid->cells, 1, values + k * p);
    for (size_t k = 0; k < grid->size / p; k++)
        kernel_sums_cells_weights(&grid->cells, grid->size / p, values + k);
}

static void make_block(void *context, size_t block, size_t worker) {
    struct kernel_sums_box_grid *grid = context;
    (void)worker;
    for (size_t box = block * BLOCK; box < grid->count && box < (block + 1) * BLOCK; box++)
        make_box(grid, box);
}

static int make_boxes(struct kernel_sums_box_grid *grid, size_t threads, struct error *error) {
    grid->masses = memory_array(error, grid->count, sizeof *grid->masses);
    grid->values = memory_matrix(error, grid->count, grid->size, sizeof *grid->values);
    if (grid->masses == NULL || grid->values == NULL)
        return -1;
    parallel_for(threads, (grid->count + BLOCK - 1) / BLOCK, make_block, grid);
    return 0;
}

int kernel_sums_box_grid_create(struct kernel_sums_box_grid *grid, const struct kernel_density *density,
                                size_t threads, struct error *error) {
    size_t nodes = grid->cells.nodes;
    grid->density = density;
    grid->dimensions = density->dimensions;
    grid->size = density->dimensions == 1 ? nodes : nodes * nodes;
    if (!lay_grid(grid, density))
        return 0;
    if (fill_boxes(grid, density, error) < 0 || make_boxes(grid, threads, error) < 0) {
        kernel_sums_box_grid_free(grid);
        return -1;
    }
    return 1;
}

void kernel_sums_box_grid_free(struct kernel_sums_box_grid *grid) {
    free(grid->numbers);
    free(grid->masses);
    free(grid->values);
    free(grid->starts);
    free(grid->order);
    *grid = (struct kernel_sums_box_grid){0};
}
