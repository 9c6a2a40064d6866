#include "density/kernel_sums_boxes.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "density/kernel_sums_cells.h"
#include "num/elementary.h"
#include "num/lanes.h"

enum {
    NODES = KERNEL_SUMS_NODES,
    SIDE = 2 * KERNEL_SUMS_REACH + 1, /* cells looked at along a column, at most */
    PIECE = 512,                      /* points summed before they join the rest */
    BLOCK = 64,                       /* boxes made by a thread at a time */
    FEWEST = 500,                     /* points: below, tiles are as quick */
};

/* Cells that a grid may have: a few for each point. */
static const double CELLS_PER_POINT = 16, CELLS_BESIDE = 4096;

struct kernel_sums_boxes {
    struct kernel_sums_cells cells;
    size_t dimensions, size; /* size: numbers a box, nodes^d */
    double first[2];         /* the grid's first cell along each column, as a multiple of the width */
    size_t sides[2];         /* cells along each column; sides[1] is 1 where d = 1 */
    uint32_t *numbers;       /* sides[0] x sides[1]: 1 + the box in a cell, or 0 */
    size_t count;            /* boxes */
    double *masses;          /* count: sums of the points' weights */
    double *values;          /* count x size */
    size_t *starts, *order;  /* count + 1, points: which points a box has */
    double log_scale, relative, absolute;
};

static double cell_of(const struct kernel_sums_boxes *boxes, double x) {
    return floor(x / boxes->cells.width);
}

/* False where the points spread over too many cells. */
static bool lay_grid(struct kernel_sums_boxes *boxes, const struct kernel_density *density) {
    size_t d = density->dimensions, n = density->count;
    double total = 1;
    boxes->sides[1] = 1;
    for (size_t c = 0; c < d; c++) {
        double low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < n; i++) {
            low = fmin(low, density->whitened[i * d + c]);
            high = fmax(high, density->whitened[i * d + c]);
        }
        boxes->first[c] = cell_of(boxes, low);
        double side = cell_of(boxes, high) - boxes->first[c] + 1;
        total *= side;
        if (!(total <= CELLS_PER_POINT * (double)n + CELLS_BESIDE))
            return false;
        boxes->sides[c] = (size_t)side;
    }
    return true;
}

static size_t place_of(const struct kernel_sums_boxes *boxes, const double *x) {
    size_t place = (size_t)(cell_of(boxes, x[0]) - boxes->first[0]);
    if (boxes->dimensions == 2)
        place = place * boxes->sides[1] + (size_t)(cell_of(boxes, x[1]) - boxes->first[1]);
    return place;
}

/* Sorts the points into boxes, by counting; boxes stand in the order of their cells. */
static int fill_boxes(struct kernel_sums_boxes *boxes, const struct kernel_density *density,
                      struct error *error) {
    size_t n = density->count, d = density->dimensions, cells = boxes->sides[0] * boxes->sides[1];
    boxes->numbers = memory_zeros(error, cells, sizeof *boxes->numbers);
    boxes->order = memory_array(error, n, sizeof *boxes->order);
    if (boxes->numbers == NULL || boxes->order == NULL)
        return -1;
    for (size_t i = 0; i < n; i++)
        boxes->numbers[place_of(boxes, density->whitened + i * d)] = 1;
    for (size_t cell = 0; cell < cells; cell++)
        if (boxes->numbers[cell] != 0)
            boxes->numbers[cell] = (uint32_t)++boxes->count;
    boxes->starts = memory_zeros(error, boxes->count + 2, sizeof *boxes->starts);
    if (boxes->starts == NULL)
        return -1;
    for (size_t i = 0; i < n; i++)
        boxes->starts[boxes->numbers[place_of(boxes, density->whitened + i * d)] + 1]++;
    for (size_t box = 1; box < boxes->count + 2; box++)
        boxes->starts[box] += boxes->starts[box - 1];
    for (size_t i = 0; i < n; i++) /* starts[box + 1] moves to the box's end, the next one's start */
        boxes->order[boxes->starts[boxes->numbers[place_of(boxes, density->whitened + i * d)]]++] = i;
    return 0;
}

/* T_k(2 v / width) for k < nodes, v from the centre of x's cell. */
static void polynomials(const struct kernel_sums_cells *cells, double x, double *values) {
    double centre = (floor(x / cells->width) + 0.5) * cells->width;
    double t = 2 * (x - centre) / cells->width;
    values[0] = 1;
    values[1] = t;
    for (size_t k = 2; k < cells->nodes; k++)
        values[k] = 2 * t * values[k - 1] - values[k - 2];
}

struct making {
    struct kernel_sums_boxes *boxes;
    const struct kernel_density *density;
};

/* Moments of points start .. end-1 of the order, added to sums. */
INSTRUCTION_SETS static void add_moments(const struct making *making, size_t start, size_t end,
                                         double *sums) {
    const struct kernel_sums_boxes *boxes = making->boxes;
    size_t d = boxes->dimensions, p = boxes->cells.nodes;
    double moments[NODES * NODES] = {0}, first[NODES], second[NODES];
    for (size_t i = start; i < end; i++) {
        const double *x = making->density->whitened + boxes->order[i] * d;
        double weight = making->density->weights[boxes->order[i]];
        polynomials(&boxes->cells, x[0], first);
        if (d == 2)
            polynomials(&boxes->cells, x[1], second);
        for (size_t k = 0; k < p; k++) {
            double factor = weight * first[k];
            if (d == 1)
                moments[k] += factor;
            else
#pragma omp simd
                for (size_t l = 0; l < p; l++)
                    moments[k * p + l] += factor * second[l];
        }
    }
    for (size_t k = 0; k < boxes->size; k++)
        sums[k] += moments[k];
}

static void make_box(const struct making *making, size_t box) {
    struct kernel_sums_boxes *boxes = making->boxes;
    size_t p = boxes->cells.nodes, end = boxes->starts[box + 1];
    double *values = boxes->values + box * boxes->size;
    memset(values, 0, boxes->size * sizeof *values);
    for (size_t start = boxes->starts[box]; start < end; start += PIECE)
        add_moments(making, start, end - start < PIECE ? end : start + PIECE, values);
    boxes->masses[box] = values[0];
    for (size_t k = 0; boxes->dimensions == 2 && k < p; k++)
        kernel_sums_cells_weights(&boxes->cells, 1, values + k * p);
    for (size_t k = 0; k < boxes->size / p; k++)
        kernel_sums_cells_weights(&boxes->cells, boxes->size / p, values + k);
}

static void make_block(void *context, size_t block, size_t worker) {
    const struct making *making = context;
    size_t count = making->boxes->count;
    (void)worker;
    for (size_t box = block * BLOCK; box < count && box < (block + 1) * BLOCK; box++)
        make_box(making, box);
}

static int make_boxes(struct kernel_sums_boxes *boxes, const struct kernel_density *density, size_t threads,
                      struct error *error) {
    struct making making = {boxes, density};
    boxes->masses = memory_array(error, boxes->count, sizeof *boxes->masses);
    boxes->values = memory_matrix(error, boxes->count, boxes->size, sizeof *boxes->values);
    if (boxes->masses == NULL || boxes->values == NULL)
        return -1;
    parallel_for(threads, (boxes->count + BLOCK - 1) / BLOCK, make_block, &making);
    free(boxes->order);
    free(boxes->starts);
    boxes->order = boxes->starts = NULL;
    return 0;
}

/* Whether boxes are made sooner than tiles would have summed all. */
static bool pays(const struct kernel_sums_boxes *boxes, const struct kernel_density *density,
                 size_t queries) {
    return density->count >= FEWEST && (queries == 0 || queries >= boxes->size / 2);
}

int kernel_sums_boxes_create(const struct kernel_density *density,
                             const struct kernel_sums_boxes_settings *settings,
                             struct kernel_sums_boxes **boxes, struct error *error) {
    size_t d = density->dimensions;
    *boxes = NULL;
    if (density->kernel.name != KERNEL_GAUSSIAN || density->local != NULL || d > 2 ||
        !(settings->relative > 0) || density->count >= UINT32_MAX)
        return 0;
    struct kernel_sums_boxes *made = memory_zeros(error, 1, sizeof *made);
    if (made == NULL)
        return -1;
    made->dimensions = d;
    made->log_scale = density->kernel.log_constant - density->log_determinant;
    /* Logarithms and exponentials on the way out have a share of the tolerance. */
    made->relative = 0.99 * settings->relative;
    made->absolute = 0.99 * settings->absolute * exp(-made->log_scale);
    bool served = kernel_sums_cells_choose(&made->cells, d, density->count, fmin(made->relative, 0.1));
    made->size = d == 1 ? made->cells.nodes : made->cells.nodes * made->cells.nodes;
    served = served && pays(made, density, settings->queries) && lay_grid(made, density);
    int status = 0;
    if (served &&
        (fill_boxes(made, density, error) < 0 || make_boxes(made, density, settings->threads, error) < 0))
        status = -1;
    if (served && status == 0)
        *boxes = made;
    else
        kernel_sums_boxes_free(made);
    return status;
}

void kernel_sums_boxes_free(struct kernel_sums_boxes *boxes) {
    if (boxes == NULL)
        return;
    free(boxes->numbers);
    free(boxes->masses);
    free(boxes->values);
    free(boxes->starts);
    free(boxes->order);
    free(boxes);
}

/* The gaussians of a query about the nodes of the cells near it along one column, from `reach` cells below
 * its own. */
INSTRUCTION_SETS static void column_gaussians(const struct kernel_sums_cells *cells, double x,
                                              double *restrict gaussians) {
    double own = floor(x / cells->width) - (double)cells->reach;
    for (size_t k = 0; k <= 2 * cells->reach; k++) {
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

static bool find_window(const struct kernel_sums_boxes *boxes, size_t column, double x,
                        struct window *window) {
    size_t reach = boxes->cells.reach, side = 2 * reach + 1;
    double below = cell_of(boxes, x) - boxes->first[column] - (double)reach;
    if (!(below > -(double)side && below < (double)boxes->sides[column]))
        return false;
    window->shift = (ptrdiff_t)below;
    window->begin = below < 0 ? (size_t)-window->shift : 0;
    size_t left = (size_t)((ptrdiff_t)boxes->sides[column] - window->shift);
    window->end = left < side ? left : side;
    return true;
}

static struct gathered gather_line(const struct kernel_sums_boxes *boxes, const double *gaussians,
                                   struct window window, size_t *met) {
    const struct kernel_sums_cells *cells = &boxes->cells;
    struct gathered gathered = {0, 0};
    for (size_t k = window.begin; k < window.end; k++) {
        uint32_t number = boxes->numbers[window.shift + (ptrdiff_t)k];
        if (number == 0)
            continue;
        const double *values = boxes->values + (number - 1) * boxes->size, *at = gaussians + k * cells->nodes;
        double sum = 0;
        for (size_t a = 0; a < cells->nodes; a++)
            sum += values[a] * at[a];
        gathered.sum += sum;
        gathered.error += boxes->masses[number - 1] * cells->errors[difference(k, cells->reach)];
        ++*met;
    }
    return gathered;
}

/* With K the greatest kernel and E the error's bound along each column, a box errs by at most its mass times
 * E K' + (K + E) E': one factor is replaced after the other. */
static struct gathered gather_plane(const struct kernel_sums_boxes *boxes, double gaussians[2][SIDE * NODES],
                                    const struct window *windows, size_t *met) {
    const struct kernel_sums_cells *cells = &boxes->cells;
    size_t p = cells->nodes;
    struct gathered gathered = {0, 0};
    for (size_t k = windows[0].begin; k < windows[0].end; k++) {
        const uint32_t *row = boxes->numbers + (size_t)(windows[0].shift + (ptrdiff_t)k) * boxes->sides[1];
        size_t apart = difference(k, cells->reach);
        double largest = cells->largest[apart], error = cells->errors[apart];
        for (size_t l = windows[1].begin; l < windows[1].end; l++) {
            size_t other = difference(l, cells->reach);
            uint32_t number = row[windows[1].shift + (ptrdiff_t)l];
            if (number == 0 || largest * cells->largest[other] <= cells->far)
                continue;
            gathered.sum += box_product(p, boxes->values + (number - 1) * boxes->size, gaussians[0] + k * p,
                                        gaussians[1] + l * p);
            gathered.error += boxes->masses[number - 1] *
                              (error * cells->largest[other] + (largest + error) * cells->errors[other]);
            ++*met;
        }
    }
    return gathered;
}

bool kernel_sums_boxes_evaluate(const struct kernel_sums_boxes *boxes, const double *query, double *log_sum,
                                size_t *met) {
    double gaussians[2][SIDE * NODES];
    struct window windows[2] = {{0, 0, 0}, {0, 0, 0}};
    for (size_t c = 0; c < boxes->dimensions; c++) {
        if (!find_window(boxes, c, query[c], &windows[c]))
            return false;
        column_gaussians(&boxes->cells, query[c], gaussians[c]);
    }
    struct gathered gathered = boxes->dimensions == 1 ? gather_line(boxes, gaussians[0], windows[0], met)
                                                      : gather_plane(boxes, gaussians, windows, met);
    double error = gathered.error + boxes->cells.far; /* weights sum to 1 */
    if (!(error <= boxes->absolute + boxes->relative * (gathered.sum - error)) || !(gathered.sum > 0))
        return false;
    *log_sum = boxes->log_scale + log(gathered.sum);
    return true;
}
