#include "num/picture_overlay.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "io/row_input.h"
#include "io/row_reader.h"
#include "num/picture_curves.h"

/* Columns of a table whose names may be NULL. */
struct columns {
    const char *const *names;
    size_t count;
};

static size_t find(const struct columns *columns, const char *name) {
    for (size_t i = 0; columns->names != NULL && name != NULL && i < columns->count; i++)
        if (strcmp(columns->names[i], name) == 0)
            return i;
    return PLOT_TABLE_NO_COLUMN;
}

/* The columns of the names in the picture. Where there is the horizontal one alone they are marks on that
 * axis, but over a band, whose mean is seldom called as the data are, the first of the other columns is their
 * height; where there is neither they are the first two columns. */
static void choose(const struct plot_table *table, enum plot_mode mode, const struct columns *columns,
                   size_t *x, size_t *y) {
    bool alone = mode == PLOT_HISTOGRAM;
    struct picture_band band;
    bool over_band = mode == PLOT_BAND && picture_curves_band(table, true, &band);
    size_t vertical = over_band ? band.mean : table->y[0];
    size_t horizontal = over_band ? band.x : alone ? vertical : table->x;
    *x = find(columns, plot_table_name(table, horizontal));
    *y = alone ? PLOT_TABLE_NO_COLUMN : find(columns, plot_table_name(table, vertical));
    if (*x == PLOT_TABLE_NO_COLUMN) {
        *x = 0;
        *y = columns->count > 1 && !alone ? 1 : PLOT_TABLE_NO_COLUMN;
    } else if (over_band && *y == PLOT_TABLE_NO_COLUMN && columns->count > 1) {
        *y = *x == 0 ? 1 : 0;
    }
}

int picture_overlay_read(struct plot_table *overlay, const char *operand, const struct row_format *format,
                         const struct plot_table *table, const struct picture_settings *settings,
                         struct error *error) {
    const struct plot_choice all = {0};
    struct row_format chosen = *format;
    char list[64];
    chosen.columns = chosen.exclude = NULL;
    if (row_input_is_regular(operand)) {
        int mode = settings->mode >= 0 ? settings->mode : picture_mode(table, error);
        struct row_reader *reader = mode < 0 ? NULL : row_reader_open(operand, &chosen, error);
        size_t x, y;
        if (reader == NULL)
            return -1;
        choose(table, (enum plot_mode)mode, &(struct columns){reader->names, reader->columns}, &x, &y);
        row_reader_close(reader);
        int length = snprintf(list, sizeof list, "%zu", x + 1);
        if (y != PLOT_TABLE_NO_COLUMN)
            snprintf(list + length, sizeof list - (size_t)length, ",%zu", y + 1);
        chosen.columns = list;
    }
    return plot_table_read(overlay, operand, &chosen, &all, error);
}

int picture_overlay_add(struct picture_parts *parts, const struct plot_table *overlay, struct error *error) {
    struct plot_curve *curve = &parts->plot->overlay;
    const struct matrix *matrix = &overlay->matrix;
    const struct columns columns = {(const char *const *)matrix->names, matrix->columns};
    size_t x, y;
    choose(parts->table, parts->plot->mode, &columns, &x, &y);
    if ((curve->x = memory_array(error, matrix->rows, sizeof *curve->x)) == NULL ||
        (y != PLOT_TABLE_NO_COLUMN &&
         (curve->y = memory_array(error, matrix->rows, sizeof *curve->y)) == NULL))
        return -1;
    for (size_t row = 0; row < matrix->rows; row++) {
        double horizontal = picture_value(overlay, row, x);
        double vertical = y != PLOT_TABLE_NO_COLUMN ? picture_value(overlay, row, y) : 1;
        if (!isfinite(horizontal) || !isfinite(vertical) || (parts->settings->log_x && horizontal <= 0) ||
            (parts->settings->log_y && vertical <= 0)) {
            parts->dropped++;
            continue;
        }
        if (curve->y != NULL)
            curve->y[curve->count] = vertical;
        curve->x[curve->count++] = horizontal;
    }
    return 0;
}
