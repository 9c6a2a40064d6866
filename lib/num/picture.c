#include "num/picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "num/picture_curves.h"
#include "num/picture_grid.h"
#include "num/picture_overlay.h"
#include "num/picture_parts.h"
#include "num/picture_thinning.h"

/* Free room around points, as a part of the range. */
static const double margin = 0.03;

/* Ends of axes stay below it, so that their difference is finite. */
static const double range_max = 0x1p1022;

/* Whether the horizontal column ascends within each group. Returns 1, 0 or -1. */
static int ascends(const struct plot_table *table, struct error *error) {
    if (table->x == PLOT_TABLE_NO_COLUMN)
        return 1;
    size_t groups = table->by != PLOT_TABLE_NO_COLUMN ? table->groups.count : 1;
    double *last = memory_array(error, groups, sizeof *last);
    if (last == NULL)
        return -1;
    for (size_t i = 0; i < groups; i++)
        last[i] = -INFINITY;
    int ascending = 1;
    for (size_t row = 0; row < table->matrix.rows && ascending; row++) {
        size_t group = table->by != PLOT_TABLE_NO_COLUMN ? (size_t)picture_value(table, row, table->by) : 0;
        double x = picture_value(table, row, table->x);
        if (isnan(x))
            continue;
        ascending = x > last[group];
        last[group] = x;
    }
    free(last);
    return ascending;
}

/* Whether a table is a reliability diagram, of bins with mean confidence and accuracy, whose columns nobody
 * chose. y: the two, written. */
static bool is_reliability(const struct plot_table *table, size_t y[2]) {
    y[0] = plot_table_find(table, "accuracy");
    y[1] = plot_table_find(table, "confidence");
    return !table->x_typed && !table->y_typed && table->x != PLOT_TABLE_NO_COLUMN &&
           table->x == plot_table_find(table, "bin") && y[0] != PLOT_TABLE_NO_COLUMN &&
           y[1] != PLOT_TABLE_NO_COLUMN;
}

int picture_mode(const struct plot_table *table, struct error *error) {
    struct picture_band band;
    size_t pair[2];
    if (table->x == PLOT_TABLE_NO_COLUMN && table->y_count == 1)
        return PLOT_HISTOGRAM;
    if (picture_curves_band(table, false, &band))
        return PLOT_BAND;
    if (is_reliability(table, pair))
        return PLOT_BARS;
    int status = picture_grid_found(table, error);
    if (status != 0)
        return status < 0 ? -1 : PLOT_HEAT;
    status = ascends(table, error);
    return status < 0 ? -1 : status > 0 ? PLOT_LINES : PLOT_POINTS;
}

static int add_content(struct picture_parts *parts, struct error *error) {
    switch (parts->plot->mode) {
    case PLOT_HISTOGRAM:
        return picture_curves_add_histograms(parts, error);
    case PLOT_BARS:
        return picture_curves_add_bars(parts, error);
    case PLOT_BAND:
        return picture_curves_add_band(parts, error);
    case PLOT_HEAT:
    case PLOT_CONTOUR:
        return picture_grid_add(parts, error);
    case PLOT_MATRIX:
        return picture_grid_add_matrix(parts, error);
    default:
        return picture_curves_add(parts, error);
    }
}

/* The text that was asked for, else the default; an empty one is none. */
static int set_label(char **label, const char *asked, const char *otherwise, struct error *error) {
    const char *text = asked != NULL ? asked : otherwise;
    if (text == NULL || text[0] == '\0')
        return 0;
    *label = memory_text(error, text, strlen(text));
    return *label != NULL ? 0 : -1;
}

static int set_labels(struct picture_parts *parts, struct error *error) {
    const struct plot_table *table = parts->table;
    const struct picture_settings *settings = parts->settings;
    struct plot *plot = parts->plot;
    const char *x = plot_table_name(table, table->x);
    const char *y = table->y_count == 1 ? plot_table_name(table, table->y[0]) : NULL;
    struct picture_band band;
    if (plot->mode == PLOT_HISTOGRAM) {
        x = y;
        y = settings->density ? "density" : "count";
    } else if (plot->mode == PLOT_HEAT || plot->mode == PLOT_CONTOUR) {
        y = plot_table_name(table, table->y[0]);
    } else if (plot->mode == PLOT_MATRIX) {
        x = y = NULL;
    } else if (plot->mode == PLOT_BAND && picture_curves_band(table, true, &band)) {
        x = plot_table_name(table, band.x);
        y = NULL;
    } else if (table->x == PLOT_TABLE_NO_COLUMN) {
        x = "row";
    }
    if (set_label(&plot->title, settings->title, settings->file, error) < 0 ||
        set_label(&plot->x.label, settings->x_label, x, error) < 0)
        return -1;
    return set_label(&plot->y.label, settings->y_label, y, error);
}

static void extend_by_curve(const struct plot_curve *curve, struct picture_extent *x,
                            struct picture_extent *y) {
    for (size_t i = 0; i < curve->count; i++) {
        picture_extent_add(x, curve->x[i]);
        if (curve->y != NULL)
            picture_extent_add(y, curve->y[i]);
        if (curve->lower != NULL) {
            picture_extent_add(y, curve->lower[i]);
            picture_extent_add(y, curve->upper[i]);
        }
    }
}

/* Gives the axis the range of the data with some room, or the one that was asked for. Room is a share of the
 * range as drawn: of logarithms where these are drawn. */
static void set_range(struct plot_axis *axis, const struct picture_extent *extent, double room,
                      const double asked[2]) {
    double low = extent->low, high = extent->high;
    if (!(low <= high))
        low = high = axis->logarithmic ? 1 : 0;
    if (low == high) {
        double half = low != 0 ? fabs(low) / 2 : 0.5;
        low = axis->logarithmic ? low / 2 : low - half;
        high = axis->logarithmic ? high * 2 : high + half;
    } else if (axis->logarithmic) {
        double factor = pow(high / low, room);
        low = low / factor > 0 ? low / factor : low;
        high *= factor;
    } else {
        double span = (high / 2 - low / 2) * 2 * room;
        low -= span;
        high += span;
    }
    axis->low = isnan(asked[0]) ? fmax(low, -range_max) : asked[0];
    axis->high = isnan(asked[1]) ? fmin(high, range_max) : asked[1];
}

/* Bars stand on zero, which has room on the other side only where some are negative. */
static void put_on_zero(struct plot_axis *axis, const struct picture_extent *extent, const double asked[2]) {
    if (axis->logarithmic) {
        if (isnan(asked[0]))
            axis->low = extent->low / 2;
        return;
    }
    if (isnan(asked[0]) && extent->low >= 0)
        axis->low = 0;
    if (isnan(asked[1]) && extent->high <= 0)
        axis->high = 0;
}

/* Cells reach half a step beyond their centres. */
static struct picture_extent cells_extent(const double *centres, size_t count) {
    struct picture_extent extent = {centres[0], centres[count - 1]};
    double first = count > 1 ? (centres[1] - centres[0]) / 2 : 0.5;
    double last = count > 1 ? (centres[count - 1] - centres[count - 2]) / 2 : 0.5;
    extent.low -= first;
    extent.high += last;
    return extent;
}

static void set_ranges(struct picture_parts *parts) {
    const struct picture_settings *settings = parts->settings;
    struct plot *plot = parts->plot;
    struct picture_extent x = PICTURE_EXTENT_EMPTY, y = PICTURE_EXTENT_EMPTY;
    bool on_zero = plot->mode == PLOT_BARS || plot->mode == PLOT_HISTOGRAM;
    double x_room = plot->mode == PLOT_POINTS ? margin : 0, y_room = margin;
    plot->x.logarithmic = settings->log_x;
    plot->y.logarithmic = settings->log_y;
    if (plot->grid.columns > 0) {
        bool contour = plot->mode == PLOT_CONTOUR;
        const struct plot_grid *grid = &plot->grid;
        x = contour ? (struct picture_extent){grid->x[0], grid->x[grid->columns - 1]}
                    : cells_extent(grid->x, grid->columns);
        y = contour ? (struct picture_extent){grid->y[0], grid->y[grid->rows - 1]}
                    : cells_extent(grid->y, grid->rows);
        x_room = y_room = 0;
    } else {
        for (size_t k = 0; k < plot->curve_count; k++)
            extend_by_curve(&plot->curves[k], &x, &y);
        if (plot->mode == PLOT_HISTOGRAM)
            x = (struct picture_extent){x.low - plot->bar_width / 2, x.high + plot->bar_width / 2};
        else if (plot->mode == PLOT_BARS)
            x = (struct picture_extent){-0.6, (double)plot->category_count - 0.4};
        else
            extend_by_curve(&plot->overlay, &x, &y);
        /* No bar is drawn for an empty bin, which has no place on a logarithmic axis. */
        if (on_zero && settings->log_y && y.low <= 0)
            y.low = 1;
    }
    set_range(&plot->x, &x, x_room, settings->x_range);
    set_range(&plot->y, &y, y_room, settings->y_range);
    if (on_zero)
        put_on_zero(&plot->y, &y, settings->y_range);
}

static int check_ranges(const struct plot *plot, struct error *error) {
    if (!(plot->x.low < plot->x.high))
        return error_set(error, "--x-range: the data lie outside");
    if (!(plot->y.low < plot->y.high))
        return error_set(error, "--y-range: the data lie outside");
    return 0;
}

/* Points in one curve become a density, those in several, and long lines, fewer points. */
static int thin(struct picture_parts *parts, struct error *error) {
    struct plot *plot = parts->plot;
    bool dense = plot->mode == PLOT_POINTS && plot->curve_count == 1 &&
                 plot->curves[0].count > PICTURE_POINTS_MAX && !plot->x.logarithmic && !plot->y.logarithmic;
    if (!dense)
        return picture_thinning_apply(parts, error);
    parts->thinned_from = plot->curves[0].count;
    return picture_grid_of_points(parts, error);
}

static void write_notes(const struct picture_parts *parts, struct picture_notes *notes) {
    const struct picture_settings *settings = parts->settings;
    *notes = (struct picture_notes){0};
    if (parts->dropped > 0)
        snprintf(notes->dropped, sizeof notes->dropped, "%zu point%s not drawn: not finite%s", parts->dropped,
                 parts->dropped > 1 ? "s" : "",
                 settings->log_x || settings->log_y ? ", or not positive on a logarithmic axis" : "");
    if (parts->as_density)
        snprintf(notes->thinned, sizeof notes->thinned,
                 "%zu points are drawn as a density: their number in each cell", parts->thinned_from);
    else if (parts->thinned_from > parts->thinned_to)
        snprintf(notes->thinned, sizeof notes->thinned, "%zu points thinned to the %zu that can be seen",
                 parts->thinned_from, parts->thinned_to);
}

int picture_make(struct plot *plot, const struct plot_table *table, const struct plot_table *overlay,
                 const struct picture_settings *settings, struct picture_notes *notes, struct error *error) {
    struct plot_table chosen = *table;
    struct picture_parts parts = {.plot = plot, .table = &chosen, .settings = settings};
    int mode = settings->mode >= 0 ? settings->mode : picture_mode(table, error);
    size_t pair[2];
    if (mode < 0)
        return -1;
    if (settings->mode < 0 && is_reliability(table, pair)) {
        chosen.y = pair;
        chosen.y_count = 2;
    }
    plot->mode = (enum plot_mode)mode;
    plot->palette = settings->palette;
    plot->levels = settings->levels;
    if (add_content(&parts, error) < 0 || set_labels(&parts, error) < 0 ||
        (overlay != NULL && picture_overlay_add(&parts, overlay, error) < 0))
        return -1;
    size_t points = plot->grid.columns;
    for (size_t k = 0; k < plot->curve_count; k++)
        points += plot->curves[k].count;
    if (points == 0)
        return error_set(error, "there is nothing to draw: no point is finite%s",
                         settings->log_x || settings->log_y ? " and positive" : "");
    set_ranges(&parts);
    if (check_ranges(plot, error) < 0 || thin(&parts, error) < 0)
        return -1;
    write_notes(&parts, notes);
    return 0;
}
