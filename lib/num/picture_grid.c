#include "num/picture_grid.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/decimal.h"
#include "num/full_grid.h"
#include "num/histogram.h"

/* Columns of a matrix that can still be labelled one by one. */
enum { MATRIX_LABELS_MAX = 40 };

static int find_grid(const struct plot_table *table, struct full_grid *grid, struct error *error) {
    const struct matrix *matrix = &table->matrix;
    *grid = (struct full_grid){0};
    if (table->x == PLOT_TABLE_NO_COLUMN || table->y_count != 2 || table->by != PLOT_TABLE_NO_COLUMN)
        return 0;
    return full_grid_find(grid, matrix->rows, matrix->values + table->x, matrix->values + table->y[0],
                          matrix->columns, error);
}

int picture_grid_found(const struct plot_table *table, struct error *error) {
    struct full_grid grid;
    int found = find_grid(table, &grid, error);
    full_grid_free(&grid);
    return found;
}

static int allocate(struct plot_grid *grid, size_t columns, size_t rows, struct error *error) {
    if ((grid->x = memory_array(error, columns, sizeof *grid->x)) == NULL ||
        (grid->y = memory_array(error, rows, sizeof *grid->y)) == NULL ||
        (grid->values = memory_matrix(error, rows, columns, sizeof *grid->values)) == NULL)
        return -1;
    grid->columns = columns;
    grid->rows = rows;
    return 0;
}

/* The extent of the finite values, and how many are not; a constant grid gets some room. */
static void measure(struct picture_parts *parts) {
    struct plot_grid *grid = &parts->plot->grid;
    struct picture_extent extent = PICTURE_EXTENT_EMPTY;
    for (size_t cell = 0; cell < grid->columns * grid->rows; cell++) {
        if (isfinite(grid->values[cell])) {
            picture_extent_add(&extent, grid->values[cell]);
        } else {
            grid->values[cell] = NAN;
            parts->dropped++;
        }
    }
    if (!(extent.high > extent.low)) {
        double middle = extent.low <= extent.high ? extent.low : 0, half = fmax(0.5, fabs(middle) * 0x1p-20);
        extent = (struct picture_extent){middle - half, middle + half};
    }
    grid->low = extent.low;
    grid->high = extent.high;
}

static int copy_label(char **label, const char *text, struct error *error) {
    if (text == NULL)
        return 0;
    *label = memory_text(error, text, strlen(text));
    return *label != NULL ? 0 : -1;
}

int picture_grid_add(struct picture_parts *parts, struct error *error) {
    const struct plot_table *table = parts->table;
    struct plot_grid *grid = &parts->plot->grid;
    struct full_grid found;
    if (parts->settings->log_x || parts->settings->log_y)
        return error_set_usage(error, "--log has no meaning for a grid");
    int status = find_grid(table, &found, error);
    if (status < 0)
        return -1;
    if (status == 0)
        return error_set(error,
                         "heat and contours need three columns, of which the first two form a full grid");
    if (allocate(grid, found.columns, found.rows, error) < 0) {
        full_grid_free(&found);
        return -1;
    }
    memcpy(grid->x, found.x, found.columns * sizeof *grid->x);
    memcpy(grid->y, found.y, found.rows * sizeof *grid->y);
    for (size_t row = 0; row < table->matrix.rows; row++)
        grid->values[found.cells[row]] = picture_value(table, row, table->y[1]);
    full_grid_free(&found);
    grid->uniform = full_grid_uniform(grid->x, grid->columns) && full_grid_uniform(grid->y, grid->rows);
    measure(parts);
    double ratio = (grid->x[grid->columns - 1] - grid->x[0]) / (grid->y[grid->rows - 1] - grid->y[0]);
    parts->plot->equal_units = ratio >= 0.5 && ratio <= 2;
    return copy_label(&parts->plot->value_label, plot_table_name(table, table->y[1]), error);
}

static int add_column_names(struct picture_parts *parts, struct error *error) {
    const struct plot_table *table = parts->table;
    struct plot *plot = parts->plot;
    if (table->matrix.names == NULL || table->y_count > MATRIX_LABELS_MAX)
        return 0;
    plot->categories = memory_zeros(error, table->y_count, sizeof *plot->categories);
    if (plot->categories == NULL)
        return -1;
    plot->category_count = table->y_count;
    for (size_t i = 0; i < table->y_count; i++)
        if (copy_label(&plot->categories[i], plot_table_name(table, table->y[i]), error) < 0)
            return -1;
    return 0;
}

/* The first row is drawn at the top, so rows are counted from the other end: row r lies at y = rows - 1 - r.
 * Columns lie at 0, 1, ... */
int picture_grid_add_matrix(struct picture_parts *parts, struct error *error) {
    const struct plot_table *table = parts->table;
    struct plot_grid *grid = &parts->plot->grid;
    size_t columns = table->y_count, rows = table->matrix.rows;
    if (parts->settings->log_x || parts->settings->log_y)
        return error_set_usage(error, "--log has no meaning for a matrix");
    if (allocate(grid, columns, rows, error) < 0 || add_column_names(parts, error) < 0)
        return -1;
    for (size_t i = 0; i < columns; i++)
        grid->x[i] = (double)i;
    for (size_t j = 0; j < rows; j++)
        grid->y[j] = (double)j;
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < columns; i++)
            grid->values[(rows - 1 - row) * columns + i] = picture_value(table, row, table->y[i]);
    grid->uniform = true;
    measure(parts);
    double ratio = (double)columns / (double)rows;
    parts->plot->equal_units = ratio >= 0.25 && ratio <= 4;
    return 0;
}

/* Centres of cells between low and high, even on the axis that is drawn. */
static void place_cells(const struct plot_axis *axis, size_t cells, double *centres) {
    for (size_t i = 0; i < cells; i++)
        centres[i] = axis->low + (axis->high - axis->low) * ((double)i + 0.5) / (double)cells;
}

int picture_grid_of_points(struct picture_parts *parts, struct error *error) {
    struct plot *plot = parts->plot;
    struct plot_grid *grid = &plot->grid;
    const struct plot_curve *points = &plot->curves[0];
    const struct picture_settings *settings = parts->settings;
    size_t columns = settings->width / settings->cell + 1, rows = settings->height / settings->cell + 1;
    if (allocate(grid, columns, rows, error) < 0)
        return -1;
    const double x_range[] = {plot->x.low, plot->x.high}, y_range[] = {plot->y.low, plot->y.high};
    place_cells(&plot->x, columns, grid->x);
    place_cells(&plot->y, rows, grid->y);
    histogram_count_plane(points->count, points->x, points->y, x_range, y_range, columns, rows, grid->values);
    grid->low = grid->high = 1;
    for (size_t cell = 0; cell < columns * rows; cell++) {
        grid->high = fmax(grid->high, grid->values[cell]);
        if (grid->values[cell] == 0)
            grid->values[cell] = NAN;
    }
    grid->high = fmax(grid->high, 2);
    grid->counts = grid->uniform = true;
    plot->curves[0].count = 0;
    parts->as_density = true;
    return copy_label(&plot->value_label, "points", error);
}
