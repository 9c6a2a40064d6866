#include "num/full_grid.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

static int compare(const void *first, const void *second) {
    double a = *(const double *)first, b = *(const double *)second;
    return (a > b) - (a < b);
}

/* The different values, ascending, *distinct of them. NULL: out of memory. */
static double *distinct_values(size_t count, const double *values, size_t stride, size_t *distinct,
                               struct error *error) {
    double *sorted = memory_array(error, count, sizeof *sorted);
    if (sorted == NULL)
        return NULL;
    for (size_t k = 0; k < count; k++)
        sorted[k] = values[k * stride];
    qsort(sorted, count, sizeof *sorted, compare);
    *distinct = 0;
    for (size_t k = 0; k < count; k++)
        if (*distinct == 0 || sorted[k] != sorted[*distinct - 1])
            sorted[(*distinct)++] = sorted[k];
    return sorted;
}

static size_t find(const double *sorted, size_t count, double value) {
    size_t low = 0, high = count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (sorted[middle] <= value)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Finds the cell of each point. Returns 1, 0 where a cell is met twice, or -1. */
static int fill_cells(struct full_grid *grid, size_t count, const double *x, const double *y, size_t stride,
                      struct error *error) {
    grid->cells = memory_array(error, count, sizeof *grid->cells);
    unsigned char *met = grid->cells != NULL ? memory_zeros(error, count, 1) : NULL;
    if (met == NULL)
        return -1;
    int status = 1;
    for (size_t k = 0; k < count && status == 1; k++) {
        size_t cell = find(grid->y, grid->rows, y[k * stride]) * grid->columns +
                      find(grid->x, grid->columns, x[k * stride]);
        status = met[cell] ? 0 : 1;
        met[cell] = 1;
        grid->cells[k] = cell;
    }
    free(met);
    return status;
}

int full_grid_find(struct full_grid *grid, size_t count, const double *x, const double *y, size_t stride,
                   struct error *error) {
    size_t cells;
    int status = -1;
    *grid = (struct full_grid){0};
    for (size_t k = 0; k < count; k++)
        if (!isfinite(x[k * stride]) || !isfinite(y[k * stride]))
            return 0;
    if ((grid->x = distinct_values(count, x, stride, &grid->columns, error)) != NULL &&
        (grid->y = distinct_values(count, y, stride, &grid->rows, error)) != NULL) {
        bool fits = memory_product(grid->columns, grid->rows, &cells) && cells == count &&
                    grid->columns > 1 && grid->rows > 1;
        status = fits ? fill_cells(grid, count, x, y, stride, error) : 0;
    }
    if (status != 1)
        full_grid_free(grid);
    return status;
}

bool full_grid_uniform(const double *values, size_t count) {
    double step = (values[count - 1] / 2 - values[0] / 2) / (double)(count - 1) * 2;
    for (size_t i = 1; i < count; i++)
        if (!(fabs(values[i] - values[i - 1] - step) <= 1e-6 * step))
            return false;
    return true;
}

void full_grid_free(struct full_grid *grid) {
    free(grid->x);
    free(grid->y);
    free(grid->cells);
    *grid = (struct full_grid){0};
}
