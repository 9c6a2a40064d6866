#include "io/plot_blocks.h"

#include <math.h>

#include "io/decimal.h"

void plot_blocks_number(struct text_buffer *text, double value) {
    char number[DECIMAL_SIZE];
    if (isnan(value))
        text_buffer_text(text, "NaN");
    else
        text_buffer_add(text, number, decimal_print(number, value));
}

/* The rows of numbers of a curve: x, y, and the ends of a band. */
static void write_curve_data(struct text_buffer *text, const struct plot_curve *curve) {
    char line[4 * (DECIMAL_SIZE + 1)];
    double values[4];
    for (size_t i = 0; i < curve->count; i++) {
        size_t count = 0;
        values[count++] = curve->x[i];
        if (curve->y != NULL)
            values[count++] = curve->y[i];
        if (curve->lower != NULL) {
            values[count++] = curve->lower[i];
            values[count++] = curve->upper[i];
        }
        text_buffer_add(text, line, decimal_print_rows(line, values, count, count, ' ', '\n'));
    }
}

/* The ends of a cell half way to its neighbours. */
static void cell_ends(const double *centres, size_t count, size_t i, double ends[2]) {
    double before = i > 0 ? centres[i] - centres[i - 1] : count > 1 ? centres[1] - centres[0] : 1;
    double after = i + 1 < count ? centres[i + 1] - centres[i] : before;
    ends[0] = centres[i] - before / 2;
    ends[1] = centres[i] + after / 2;
}

/* x, y, value for each cell, a blank line behind each row; for uneven grids also the ends of the cell. */
static void write_grid_data(struct text_buffer *text, const struct plot *plot) {
    const struct plot_grid *grid = &plot->grid;
    bool with_ends = !grid->uniform && plot->mode != PLOT_CONTOUR;
    for (size_t j = 0; j < grid->rows; j++) {
        for (size_t i = 0; i < grid->columns; i++) {
            double ends[4];
            cell_ends(grid->x, grid->columns, i, ends);
            cell_ends(grid->y, grid->rows, j, ends + 2);
            plot_blocks_number(text, grid->x[i]);
            text_buffer_character(text, ' ');
            plot_blocks_number(text, grid->y[j]);
            for (size_t k = 0; with_ends && k < 4; k++) {
                text_buffer_character(text, ' ');
                plot_blocks_number(text, ends[k]);
            }
            text_buffer_character(text, ' ');
            plot_blocks_number(text, grid->values[j * grid->columns + i]);
            text_buffer_character(text, '\n');
        }
        text_buffer_character(text, '\n');
    }
}

void plot_blocks_write(struct text_buffer *text, const struct plot *plot) {
    if (plot->grid.columns > 0) {
        text_buffer_text(text, "$grid << END\n");
        write_grid_data(text, plot);
        text_buffer_text(text, "END\n");
    }
    for (size_t k = 0; k < plot->curve_count; k++) {
        if (plot->curves[k].count == 0)
            continue;
        text_buffer_print(text, "$curve%zu << END\n", k + 1);
        write_curve_data(text, &plot->curves[k]);
        text_buffer_text(text, "END\n");
    }
    if (plot->overlay.count > 0) {
        text_buffer_text(text, "$overlay << END\n");
        write_curve_data(text, &plot->overlay);
        text_buffer_text(text, "END\n");
    }
}
