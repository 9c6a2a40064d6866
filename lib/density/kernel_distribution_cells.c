#include "density/kernel_distribution_cells.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

enum {
    TERMS = KERNEL_DISTRIBUTION_TERMS,
    POINTS_PER_CELL = 8 /* on average: fewer cost no more one by one */
};

static const double RADIUS = 0.25;             /* of a cell, in h */
static const double PEAK = 0.3989422804014327; /* 1 / sqrt(2 pi) */

/* The point after the last that fits into a cell with `first`. */
static size_t cell_end(size_t count, const double *points, size_t first, double scale) {
    size_t end = first + 1;
    while (end < count && points[end] - points[first] <= 2 * RADIUS * scale)
        end++;
    return end;
}

static size_t count_cells(size_t count, const double *points, double scale) {
    size_t cells = 0;
    for (size_t first = 0; first < count; first = cell_end(count, points, first, scale))
        cells++;
    return cells;
}

static void fill_cell(struct kernel_distribution_cells *cells, size_t cell, const double *points,
                      const double *weights) {
    size_t first = cells->firsts[cell], end = cells->firsts[cell + 1];
    double *moments = cells->moments + cell * TERMS;
    double centre = cells->centres[cell] = points[first] + (points[end - 1] - points[first]) / 2;
    for (size_t k = 0; k < TERMS; k++)
        moments[k] = 0;
    for (size_t i = first; i < end; i++) {
        double t = (points[i] - centre) / cells->scale, term = weights[i];
        for (size_t k = 0; k < TERMS; k++) {
            moments[k] += term;
            term *= t / (double)(k + 1);
        }
    }
}

int kernel_distribution_cells_create(struct kernel_distribution_cells *cells, size_t count,
                                     const double *points, const double *weights, double scale,
                                     struct error *error) {
    *cells = (struct kernel_distribution_cells){.scale = scale};
    size_t needed = count_cells(count, points, scale);
    if (needed > count / POINTS_PER_CELL)
        return 0;
    cells->firsts = memory_array(error, needed + 1, sizeof *cells->firsts);
    cells->centres = memory_array(error, needed, sizeof *cells->centres);
    cells->moments = memory_matrix(error, needed, TERMS, sizeof *cells->moments);
    if (cells->firsts == NULL || cells->centres == NULL || cells->moments == NULL) {
        kernel_distribution_cells_free(cells);
        return -1;
    }
    cells->count = needed;
    cells->firsts[0] = 0;
    for (size_t cell = 0; cell < needed; cell++) {
        cells->firsts[cell + 1] = cell_end(count, points, cells->firsts[cell], scale);
        fill_cell(cells, cell, points, weights);
    }
    return 0;
}

void kernel_distribution_cells_free(struct kernel_distribution_cells *cells) {
    free(cells->firsts);
    free(cells->centres);
    free(cells->moments);
    *cells = (struct kernel_distribution_cells){0};
}

/* How many cells have their centre below x. */
static size_t cells_below(const struct kernel_distribution_cells *cells, double x) {
    size_t low = 0, high = cells->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (cells->centres[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

double kernel_distribution_cells_sum(const struct kernel_distribution_cells *cells, double x, double reach,
                                     size_t *first, double *density) {
    double sum = 0, slope = 0, h = cells->scale;
    size_t begin = cells_below(cells, x - (reach + RADIUS) * h);
    size_t end = cells_below(cells, x + (reach + RADIUS) * h);
    *first = cells->firsts[begin];
    for (size_t cell = begin; cell < end; cell++) {
        const double *moments = cells->moments + cell * TERMS;
        double u = (x - cells->centres[cell]) / h, phi = PEAK * exp(-0.5 * u * u);
        double before = 0, hermite = 1, below = 0, near = moments[0]; /* He_{k-2}, He_{k-1} */
        for (size_t k = 1; k < TERMS; k++) {
            below += hermite * moments[k];
            double next = u * hermite - (double)(k - 1) * before;
            before = hermite;
            hermite = next;
            near += hermite * moments[k];
        }
        sum += moments[0] * (erfc(-u * M_SQRT1_2) / 2) - phi * below;
        slope += phi * near;
    }
    if (density != NULL)
        *density = slope / h;
    return sum;
}
