#include "density/kernel_sums_boxes.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "density/kernel_sums_box_grid.h"
#include "num/elementary.h"
#include "num/lanes.h"

enum {
    NODES = KERNEL_SUMS_NODES,
    SIDE = 2 * KERNEL_SUMS_REACH + 1, /* cells looked at along a column, at most */
    EXACT = 4096,                     /* points of a box that may be summed one by one */
    FEWEST = 500,                     /* points: below, tiles are as quick */
};

struct kernel_sums_boxes {
    struct kernel_sums_box_grid grid;
    double log_scale, relative, absolute;
};

int kernel_sums_boxes_create(const struct kernel_density *density,
                             const struct kernel_sums_boxes_settings *settings,
                             struct kernel_sums_boxes **boxes, struct error *error) {
    size_t d = density->dimensions;
    *boxes = NULL;
    if (density->kernel.name != KERNEL_GAUSSIAN || density->local != NULL || d > 2 ||
        !(settings->relative > 0) || density->count < FEWEST || density->count >= UINT32_MAX)
        return 0;
    struct kernel_sums_boxes *made = memory_zeros(error, 1, sizeof *made);
    if (made == NULL)
        return -1;
    made->log_scale = density->kernel.log_constant - density->log_determinant;
    /* Logarithms and exponentials on the way out have a share of the tolerance. */
    made->relative = 0.99 * settings->relative;
    made->absolute = 0.99 * settings->absolute * exp(-made->log_scale);
    int status = 0;
    if (kernel_sums_cells_choose(&made->grid.cells, d, density->count, fmin(made->relative, 0.1)))
        status = kernel_sums_box_grid_create(&made->grid, density, settings->threads, error);
    if (status == 1)
        *boxes = made;
    else
        kernel_sums_boxes_free(made);
    return status < 0 ? -1 : 0;
}

void kernel_sums_boxes_free(struct kernel_sums_boxes *boxes) {
    if (boxes != NULL)
        kernel_sums_box_grid_free(&boxes->grid);
    free(boxes);
}

/* The gaussians of a query about the nodes of the cells near it along one column, from `reach` cells below
 * its own. */
INSTRUCTION_SETS static void column_gaussians(const struct kernel_sums_cells *cells, double x, size_t reach,
                                              double *restrict gaussians) {
    double own = floor(x / cells->width) - (double)reach;
    for (size_t k = 0; k <= 2 * reach; k++) {
        double from_centre = x - (own + (double)k + 0.5) * cells->width;
#pragma omp simd
        for (size_t a = 0; a < cells->nodes; a++) {
            double u = from_centre - cells->places[a];
            gaussians[k * cells->nodes + a] = elementary_exp(-0.5 * u * u);
        }
    }
}

/* What a query has gathered: the sum, and the bound of its error. */
struct gathered {
    double sum, error;
};

ALWAYS_INLINE double row_product(size_t p, const double *restrict values, const double *restrict first,
                                 const double *restrict second) {
    lanes products[NODES / LANES] = {{0}}, total = {0};
    for (size_t a = 0; a < p; a++) {
        LANES_UNROLL
        for (size_t g = 0; g < p / LANES; g++)
            products[g] += first[a] * lanes_load(values + a * p + g * LANES);
    }
    LANES_UNROLL
    for (size_t g = 0; g < p / LANES; g++)
        total += products[g] * lanes_load(second + g * LANES);
    return (total[0] + total[2]) + (total[1] + total[3]);
}

/* first^T values second, nodes x nodes, with the number of nodes known to the compiler. */
INSTRUCTION_SETS static double box_product(size_t p, const double *values, const double *first,
                                           const double *second) {
    switch (p) {
    case 4:
        return row_product(4, values, first, second);
    case 8:
        return row_product(8, values, first, second);
    case 12:
        return row_product(12, values, first, second);
    case 16:
        return row_product(16, values, first, second);
    case 20:
        return row_product(20, values, first, second);
    default:
        return row_product(NODES, values, first, second);
    }
}

static size_t difference(size_t a, size_t b) {
    return a > b ? a - b : b - a;
}

/* The cells near a query along a column: begin .. end-1 of 0 .. 2 reach, clipped to the grid; `shift` + k is
 * the cell's place along the grid. */
struct window {
    size_t begin, end;
    ptrdiff_t shift;
};

static bool find_window(const struct kernel_sums_boxes *boxes, size_t column, double x, size_t reach,
                        struct window *window) {
    size_t side = 2 * reach + 1;
    double below = kernel_sums_box_grid_cell(&boxes->grid, x) - boxes->grid.first[column] - (double)reach;
    if (!(below > -(double)side && below < (double)boxes->grid.sides[column]))
        return false;
    window->shift = (ptrdiff_t)below;
    window->begin = below < 0 ? (size_t)-window->shift : 0;
    size_t left = (size_t)((ptrdiff_t)boxes->grid.sides[column] - window->shift);
    window->end = left < side ? left : side;
    return true;
}

static double line_product(const struct kernel_sums_boxes *boxes, size_t box, const double *gaussians) {
    const double *values = boxes->grid.values + box * boxes->grid.size;
    double sum = 0;
    for (size_t a = 0; a < boxes->grid.cells.nodes; a++)
        sum += values[a] * gaussians[a];
    return sum;
}

static struct gathered gather_line(const struct kernel_sums_boxes *boxes, const double *gaussians,
                                   struct window window, size_t *met) {
    const struct kernel_sums_cells *cells = &boxes->grid.cells;
    struct gathered gathered = {0, cells->far}; /* weights sum to 1 */
    for (size_t k = window.begin; k < window.end; k++) {
        uint32_t number = boxes->grid.numbers[window.shift + (ptrdiff_t)k];
        if (number == 0)
            continue;
        gathered.sum += line_product(boxes, number - 1, gaussians + k * cells->nodes);
        gathered.error += boxes->grid.masses[number - 1] * cells->errors[difference(k, cells->reach)];
        ++*met;
    }
    return gathered;
}

/* A box's points one by one. */
static double exact_line(const struct kernel_sums_boxes *boxes, size_t box, double x) {
    double sum = 0;
    for (size_t i = boxes->grid.starts[box]; i < boxes->grid.starts[box + 1]; i++) {
        double u = x - boxes->grid.density->whitened[boxes->grid.order[i]];
        sum += boxes->grid.density->weights[boxes->grid.order[i]] * exp(-0.5 * u * u);
    }
    return sum;
}

/* Again, for a query at the points' edge: all cells that bounds are known for, the nearest first, and point
 * by point where interpolation could take more than its share of the tolerance of what is there so far. */
static bool gather_line_again(const struct kernel_sums_boxes *boxes, double x, struct gathered *gathered,
                              size_t *met) {
    const struct kernel_sums_cells *cells = &boxes->grid.cells;
    double gaussians[SIDE * NODES], edge = cells->width * KERNEL_SUMS_REACH;
    struct window window;
    if (!find_window(boxes, 0, x, KERNEL_SUMS_REACH, &window))
        return false;
    column_gaussians(cells, x, KERNEL_SUMS_REACH, gaussians);
    *gathered = (struct gathered){0, exp(-0.5 * edge * edge)};
    for (size_t i = 0; i < SIDE; i++) {
        size_t apart = (i + 1) / 2, k = i % 2 == 0 ? KERNEL_SUMS_REACH + apart : KERNEL_SUMS_REACH - apart;
        uint32_t number =
            k >= window.begin && k < window.end ? boxes->grid.numbers[window.shift + (ptrdiff_t)k] : 0;
        if (number == 0)
            continue;
        size_t box = number - 1;
        double error = boxes->grid.masses[box] * cells->errors[apart];
        bool exact = error > boxes->relative / (2 * SIDE) * gathered->sum &&
                     boxes->grid.starts[box + 1] - boxes->grid.starts[box] <= EXACT;
        gathered->sum +=
            exact ? exact_line(boxes, box, x) : line_product(boxes, box, gaussians + k * cells->nodes);
        gathered->error += exact ? 0 : error;
        ++*met;
    }
    return true;
}

/* Whether the sum is as good as promised; near the smallest doubles its terms are not. */
static bool suffices(const struct kernel_sums_boxes *boxes, const struct gathered *gathered) {
    double lower = gathered->sum - gathered->error;
    return gathered->sum > 1e-280 && gathered->error <= boxes->absolute + boxes->relative * lower;
}

/* With K the greatest kernel and E the error's bound along each column, a box errs by at most its mass times
 * E K' + (K + E) E': one factor is replaced after the other. */
static struct gathered gather_plane(const struct kernel_sums_boxes *boxes, double gaussians[2][SIDE * NODES],
                                    const struct window *windows, size_t *met) {
    const struct kernel_sums_cells *cells = &boxes->grid.cells;
    size_t p = cells->nodes;
    struct gathered gathered = {0, cells->far};
    for (size_t k = windows[0].begin; k < windows[0].end; k++) {
        const uint32_t *row =
            boxes->grid.numbers + (size_t)(windows[0].shift + (ptrdiff_t)k) * boxes->grid.sides[1];
        size_t apart = difference(k, cells->reach);
        double largest = cells->largest[apart], error = cells->errors[apart];
        for (size_t l = windows[1].begin; l < windows[1].end; l++) {
            size_t other = difference(l, cells->reach);
            uint32_t number = row[windows[1].shift + (ptrdiff_t)l];
            if (number == 0 || largest * cells->largest[other] <= cells->far)
                continue;
            gathered.sum += box_product(p, boxes->grid.values + (number - 1) * boxes->grid.size,
                                        gaussians[0] + k * p, gaussians[1] + l * p);
            gathered.error += boxes->grid.masses[number - 1] *
                              (error * cells->largest[other] + (largest + error) * cells->errors[other]);
            ++*met;
        }
    }
    return gathered;
}

/* Takes a point's term off. What rounding did to the sum before is an error of what remains. */
static void take_off(const struct kernel_sums_boxes *boxes, const double *query, size_t row,
                     struct gathered *gathered) {
    const struct kernel_density *density = boxes->grid.density;
    double squared = 0;
    for (size_t c = 0; c < boxes->grid.dimensions; c++) {
        double apart = query[c] - density->whitened[row * boxes->grid.dimensions + c];
        squared += apart * apart;
    }
    gathered->error += 1e-14 * gathered->sum;
    gathered->sum -= density->weights[row] * exp(-0.5 * squared);
}

static bool evaluate_line(const struct kernel_sums_boxes *boxes, double x, struct gathered *gathered,
                          size_t *met) {
    double gaussians[SIDE * NODES];
    struct window window;
    if (!find_window(boxes, 0, x, boxes->grid.cells.reach, &window))
        return false;
    column_gaussians(&boxes->grid.cells, x, boxes->grid.cells.reach, gaussians);
    *gathered = gather_line(boxes, gaussians, window, met);
    return true;
}

static bool evaluate_plane(const struct kernel_sums_boxes *boxes, const double *query,
                           struct gathered *gathered, size_t *met) {
    double gaussians[2][SIDE * NODES];
    struct window windows[2];
    for (size_t c = 0; c < 2; c++) {
        if (!find_window(boxes, c, query[c], boxes->grid.cells.reach, &windows[c]))
            return false;
        column_gaussians(&boxes->grid.cells, query[c], boxes->grid.cells.reach, gaussians[c]);
    }
    *gathered = gather_plane(boxes, gaussians, windows, met);
    return true;
}

bool kernel_sums_boxes_evaluate(const struct kernel_sums_boxes *boxes, const double *query, size_t skip,
                                double *log_sum, size_t *met) {
    bool line = boxes->grid.dimensions == 1;
    for (int attempt = 0; attempt < (line ? 2 : 1); attempt++) {
        struct gathered gathered;
        bool near = attempt > 0 ? gather_line_again(boxes, query[0], &gathered, met)
                    : line      ? evaluate_line(boxes, query[0], &gathered, met)
                                : evaluate_plane(boxes, query, &gathered, met);
        if (near && skip != SIZE_MAX)
            take_off(boxes, query, skip, &gathered);
        if (near && suffices(boxes, &gathered)) {
            *log_sum = boxes->log_scale + log(gathered.sum);
            return true;
        }
    }
    return false;
}
