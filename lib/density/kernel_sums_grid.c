#include "density/kernel_sums_grid.h"

#include <math.h>
#include <stdlib.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "num/fourier.h"
#include "num/fourier_grid.h"

enum { DIMENSIONS = FOURIER_GRID_DIMENSIONS, CORNERS = 1 << DIMENSIONS };

static const double STEPS = 16; /* of the grid in a deviation of the kernel */
static const size_t MOST_CELLS = (size_t)1 << 28;
static const size_t MOST_BINS[DIMENSIONS + 1] = {0, 1 << 20, 1 << 10, 1 << 7};

struct kernel_sums_grid {
    size_t dimensions, cells;
    size_t sides[DIMENSIONS];
    double low[DIMENSIONS], step[DIMENSIONS];
    double *values; /* cells, the last column running fastest: sums of weights times kernel profiles */
    double log_scale, error;
};

/* Beyond it the profile is below the rounding of the transform, or 0. */
static double kernel_reach(enum kernel_name name) {
    if (kernel_compact(name))
        return 1;
    return name == KERNEL_GAUSSIAN ? 8.5 : 36;
}

/* The least and the greatest coordinate in a column; eights of rows do not wait for each other. */
INSTRUCTION_SETS static void find_range(const struct kernel_density *density, size_t column, double *low,
                                        double *high) {
    enum { EIGHT = 8 };
    const double *x = density->whitened + column;
    size_t d = density->dimensions, whole = density->count / EIGHT * EIGHT;
    double lows[EIGHT], highs[EIGHT];
    for (size_t k = 0; k < EIGHT; k++)
        lows[k] = highs[k] = x[0];
    for (size_t i = 0; i < whole; i += EIGHT)
#pragma omp simd
        for (size_t k = 0; k < EIGHT; k++) {
            double value = x[(i + k) * d];
            lows[k] = value < lows[k] ? value : lows[k];
            highs[k] = value > highs[k] ? value : highs[k];
        }
    for (size_t i = whole; i < density->count; i++) {
        lows[0] = fmin(lows[0], x[i * d]);
        highs[0] = fmax(highs[0], x[i * d]);
    }
    *low = lows[0];
    *high = highs[0];
    for (size_t k = 1; k < EIGHT; k++) {
        *low = fmin(*low, lows[k]);
        *high = fmax(*high, highs[k]);
    }
}

static int lay_grid(struct kernel_sums_grid *grid, const struct kernel_density *density, size_t bins,
                    struct error *error) {
    size_t d = density->dimensions;
    double reach = kernel_reach(density->kernel.name), step = sqrt(kernel_variance(&density->kernel)) / STEPS;
    grid->dimensions = d;
    grid->cells = 1;
    for (size_t c = 0; c < d; c++) {
        double low, high;
        find_range(density, c, &low, &high);
        double extent = (high - low) + 2 * reach, wanted = extent / step + 1;
        size_t most = MOST_BINS[d];
        size_t side = fourier_size(bins > 0 ? bins : wanted < (double)most ? (size_t)wanted : most);
        if (side == 0 || side > MOST_CELLS / grid->cells)
            return error_set_usage(error, "--bins %zu: a grid has at most %zu points in all", bins,
                                   MOST_CELLS);
        grid->cells *= side;
        grid->sides[c] = side;
        grid->step[c] = extent / (double)(side - 1);
        grid->low[c] = low - reach;
    }
    return 0;
}

/* The cell of the grid that holds x: its lowest corner, and shares of its 2^d corners in the linear
 * interpolation. False outside. */
static bool find_corners(const struct kernel_sums_grid *grid, const double *x, size_t *places,
                         double *shares) {
    size_t corners = 1;
    places[0] = 0;
    shares[0] = 1;
    for (size_t c = 0; c < grid->dimensions; c++) {
        double u = (x[c] - grid->low[c]) / grid->step[c];
        if (!(u >= 0 && u <= (double)(grid->sides[c] - 1)))
            return false;
        size_t cell = (size_t)u;
        cell = cell + 1 < grid->sides[c] ? cell : grid->sides[c] - 2;
        double above = u - (double)cell;
        for (size_t k = 0; k < corners; k++) {
            size_t place = places[k] * grid->sides[c] + cell;
            places[k] = place;
            places[corners + k] = place + 1;
            shares[corners + k] = shares[k] * above;
            shares[k] *= 1 - above;
        }
        corners *= 2;
    }
    return true;
}

static void bin_line(struct kernel_sums_grid *grid, const struct kernel_density *density) {
    double per_step = 1 / grid->step[0], last = (double)(grid->sides[0] - 2);
    for (size_t i = 0; i < density->count; i++) {
        double u = (density->whitened[i] - grid->low[0]) * per_step, weight = density->weights[i];
        u = u > 0 ? u : 0; /* rounding alone could leave the grid, by far less than the reach */
        size_t cell = u < last ? (size_t)u : grid->sides[0] - 2;
        double above = weight * (u - (double)cell);
        grid->values[cell] += weight - above;
        grid->values[cell + 1] += above;
    }
}

static void bin_points(struct kernel_sums_grid *grid, const struct kernel_density *density) {
    size_t d = density->dimensions, places[CORNERS];
    double shares[CORNERS];
    if (d == 1) {
        bin_line(grid, density);
        return;
    }
    for (size_t i = 0; i < density->count; i++)
        if (find_corners(grid, density->whitened + i * d, places, shares))
            for (size_t k = 0; k < (size_t)1 << d; k++)
                grid->values[places[k]] += density->weights[i] * shares[k];
}

/* The kernel's profile at each offset; subscripts beyond the middle are negative offsets. */
static void fill_kernel(const struct kernel_sums_grid *grid, const struct kernel *kernel, double *values) {
    double reach = kernel_reach(kernel->name);
    for (size_t cell = 0; cell < grid->cells; cell++) {
        double squared = 0, product = 1;
        size_t rest = cell;
        for (size_t c = grid->dimensions; c-- > 0; rest /= grid->sides[c]) {
            size_t place = rest % grid->sides[c], mirror = grid->sides[c] - place;
            double offset = grid->step[c] * (double)(place < mirror ? place : mirror);
            squared += offset * offset;
            if (kernel->form == KERNEL_PRODUCT)
                product *= offset <= reach ? kernel_profile(kernel->name, offset * offset) : 0;
        }
        if (kernel->form == KERNEL_RADIAL)
            product = squared <= reach * reach ? kernel_profile(kernel->name, squared) : 0;
        values[cell] = product;
    }
}

/* 5/24 of the greatest sum of second differences, one column after the other: 1/12 for binning, the mean of
 * step^2 / 2 u (1 - u), and 1/8 for interpolation. */
static void estimate_error(struct kernel_sums_grid *grid) {
    double largest = 0, curvature = 0;
    for (size_t cell = 0; cell < grid->cells; cell++) {
        double sum = 0, value = grid->values[cell];
        size_t stride = 1, rest = cell;
        for (size_t c = grid->dimensions; c-- > 0; rest /= grid->sides[c], stride *= grid->sides[c]) {
            size_t place = rest % grid->sides[c];
            if (place > 0 && place + 1 < grid->sides[c])
                sum += fabs(grid->values[cell - stride] - 2 * value + grid->values[cell + stride]);
        }
        largest = fmax(largest, value);
        curvature = fmax(curvature, sum);
    }
    grid->error = largest > 0 ? 5.0 / 24 * curvature / largest + 1e-14 : INFINITY;
}

struct kernel_sums_grid *kernel_sums_grid_create(const struct kernel_density *density, size_t bins,
                                                 struct error *error) {
    if (density->local != NULL) {
        error_set_usage(error, "--method fft takes one bandwidth for all points: use --method tree");
        return NULL;
    }
    struct kernel_sums_grid *grid = memory_zeros(error, 1, sizeof *grid);
    if (grid == NULL)
        return NULL;
    double *kernel = NULL;
    int status = lay_grid(grid, density, bins, error);
    if (status == 0) {
        grid->values = memory_zeros(error, grid->cells, sizeof *grid->values);
        kernel = memory_array(error, grid->cells, sizeof *kernel);
        status = grid->values != NULL && kernel != NULL ? 0 : -1;
    }
    if (status == 0) {
        bin_points(grid, density);
        fill_kernel(grid, &density->kernel, kernel);
        status = fourier_grid_convolve(grid->dimensions, grid->sides, grid->values, kernel, error);
    }
    free(kernel);
    if (status < 0) {
        kernel_sums_grid_free(grid);
        return NULL;
    }
    grid->log_scale = density->kernel.log_constant - density->log_determinant;
    estimate_error(grid);
    return grid;
}

void kernel_sums_grid_free(struct kernel_sums_grid *grid) {
    if (grid != NULL)
        free(grid->values);
    free(grid);
}

double kernel_sums_grid_evaluate(const struct kernel_sums_grid *grid, const double *query) {
    size_t places[CORNERS];
    double shares[CORNERS], sum = 0;
    if (!find_corners(grid, query, places, shares))
        return -INFINITY;
    for (size_t k = 0; k < (size_t)1 << grid->dimensions; k++)
        sum += shares[k] * grid->values[places[k]];
    return sum > 0 ? grid->log_scale + log(sum) : -INFINITY; /* rounding may leave less than 0 */
}

double kernel_sums_grid_error(const struct kernel_sums_grid *grid) {
    return grid->error;
}
