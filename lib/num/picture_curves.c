#include "num/picture_curves.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/decimal.h"
#include "num/histogram.h"

/* Half the width of a band in standard deviations: the normal 97.5 % quantile, a 95 % interval. */
static const double band_deviations = 1.959963984540054;

/* One curve to be: a vertical column, of the rows of one group. */
struct series {
    size_t column, group; /* group: PLOT_TABLE_NO_COLUMN for all rows */
    char name[256];
    bool named;
};

static size_t group_count(const struct plot_table *table) {
    return table->by != PLOT_TABLE_NO_COLUMN ? table->groups.count : 1;
}

/* The k-th curve: columns within groups. A lone curve has no name; a column without one is counted. */
static struct series series_at(const struct plot_table *table, size_t k) {
    bool grouped = table->by != PLOT_TABLE_NO_COLUMN;
    struct series series = {.column = table->y[k % table->y_count],
                            .group = grouped ? k / table->y_count : PLOT_TABLE_NO_COLUMN,
                            .named = grouped || table->y_count > 1};
    const char *column = plot_table_name(table, series.column);
    const char *group = grouped ? table->groups.words[series.group] : "";
    char counted[32];
    snprintf(counted, sizeof counted, "y%zu", k % table->y_count + 1);
    if (column == NULL)
        column = counted;
    if (table->y_count == 1)
        snprintf(series.name, sizeof series.name, "%s", group);
    else
        snprintf(series.name, sizeof series.name, "%s%s%s", group, grouped ? " " : "", column);
    return series;
}

static bool in_group(const struct plot_table *table, const struct series *series, size_t row) {
    return series->group == PLOT_TABLE_NO_COLUMN ||
           picture_value(table, row, table->by) == (double)series->group;
}

static size_t rows_in_group(const struct plot_table *table, const struct series *series) {
    size_t count = 0;
    for (size_t row = 0; row < table->matrix.rows; row++)
        count += in_group(table, series, row);
    return count;
}

static bool drawable(const struct picture_parts *parts, double x, double y) {
    return isfinite(x) && isfinite(y) && (!parts->settings->log_x || x > 0) &&
           (!parts->settings->log_y || y > 0);
}

static struct plot_curve *add_empty(struct picture_parts *parts, const struct series *series, size_t count,
                                    bool band, struct error *error) {
    return plot_add_curve(parts->plot, series->named ? series->name : NULL, count, band, error);
}

int picture_curves_add(struct picture_parts *parts, struct error *error) {
    const struct plot_table *table = parts->table;
    for (size_t k = 0; k < table->y_count * group_count(table); k++) {
        struct series series = series_at(table, k);
        struct plot_curve *curve = add_empty(parts, &series, rows_in_group(table, &series), false, error);
        if (curve == NULL)
            return -1;
        for (size_t row = 0, number = 0; row < table->matrix.rows; row++) {
            if (!in_group(table, &series, row))
                continue;
            number++;
            double x =
                table->x != PLOT_TABLE_NO_COLUMN ? picture_value(table, row, table->x) : (double)number;
            double y = picture_value(table, row, series.column);
            if (!drawable(parts, x, y)) {
                parts->dropped++;
                continue;
            }
            curve->x[curve->count] = x;
            curve->y[curve->count++] = y;
        }
    }
    return 0;
}

static size_t first_other(const struct plot_table *table, const struct picture_band *band) {
    for (size_t i = 0; i < table->matrix.columns; i++)
        if (i != band->mean && i != band->lower && i != band->upper && i != band->deviation && i != table->by)
            return i;
    return PLOT_TABLE_NO_COLUMN;
}

bool picture_curves_band(const struct plot_table *table, bool wanted, struct picture_band *band) {
    const size_t none = PLOT_TABLE_NO_COLUMN;
    *band = (struct picture_band){none, none, none, none, none, false};
    if (!table->y_typed && (band->mean = plot_table_find(table, "mean")) != none) {
        band->lower = plot_table_find(table, "lower");
        band->upper = plot_table_find(table, "upper");
        band->deviation = plot_table_find(table, "standard_deviation");
        if (band->deviation == none) {
            band->deviation = plot_table_find(table, "variance");
            band->squared = true;
        }
        bool bounds = band->lower != none && band->upper != none;
        if (bounds || band->deviation != none) {
            band->x = table->x_typed ? table->x : first_other(table, band);
            if (bounds)
                band->deviation = none;
            return true;
        }
    }
    if (!wanted || table->y_count < 2 || table->y_count > 3)
        return false;
    band->x = table->x;
    band->mean = table->y[0];
    band->deviation = table->y_count == 2 ? table->y[1] : none;
    band->lower = table->y_count == 3 ? table->y[1] : none;
    band->upper = table->y_count == 3 ? table->y[2] : none;
    return true;
}

/* A point of a band, for sorting. */
struct band_point {
    double x, mean, lower, upper;
    size_t row; /* keeps the order of equal x */
};

static int compare_points(const void *first, const void *second) {
    const struct band_point *a = first, *b = second;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return (a->row > b->row) - (a->row < b->row);
}

static size_t take_band_points(struct picture_parts *parts, const struct series *series,
                               const struct picture_band *band, struct band_point *points) {
    const struct plot_table *table = parts->table;
    size_t count = 0, number = 0;
    for (size_t row = 0; row < table->matrix.rows; row++) {
        if (!in_group(table, series, row))
            continue;
        struct band_point point = {.mean = picture_value(table, row, band->mean), .row = row};
        number++;
        point.x = band->x != PLOT_TABLE_NO_COLUMN ? picture_value(table, row, band->x) : (double)number;
        if (band->deviation != PLOT_TABLE_NO_COLUMN) {
            double deviation = picture_value(table, row, band->deviation);
            double half = band_deviations * (band->squared ? sqrt(deviation) : deviation);
            point.lower = point.mean - half;
            point.upper = point.mean + half;
        } else {
            point.lower = picture_value(table, row, band->lower);
            point.upper = picture_value(table, row, band->upper);
        }
        if (drawable(parts, point.x, point.lower) && drawable(parts, point.x, point.upper) &&
            drawable(parts, point.x, point.mean))
            points[count++] = point;
        else
            parts->dropped++;
    }
    return count;
}

/* Filled areas need ascending x. */
static int add_band(struct picture_parts *parts, const struct series *series, const struct picture_band *band,
                    struct error *error) {
    size_t rows = rows_in_group(parts->table, series);
    struct plot_curve *curve = add_empty(parts, series, rows, true, error);
    struct band_point *points = curve != NULL ? memory_array(error, rows, sizeof *points) : NULL;
    if (points == NULL)
        return -1;
    curve->count = take_band_points(parts, series, band, points);
    qsort(points, curve->count, sizeof *points, compare_points);
    for (size_t i = 0; i < curve->count; i++) {
        curve->x[i] = points[i].x;
        curve->y[i] = points[i].mean;
        curve->lower[i] = points[i].lower;
        curve->upper[i] = points[i].upper;
    }
    free(points);
    return 0;
}

int picture_curves_add_band(struct picture_parts *parts, struct error *error) {
    const struct plot_table *table = parts->table;
    struct picture_band band;
    if (!picture_curves_band(table, true, &band))
        return error_set(error, "a band needs columns mean with lower and upper, standard_deviation or "
                                "variance, or two or three vertical columns");
    for (size_t group = 0; group < group_count(table); group++) {
        bool grouped = table->by != PLOT_TABLE_NO_COLUMN;
        struct series series = {
            .column = band.mean, .group = grouped ? group : PLOT_TABLE_NO_COLUMN, .named = true};
        const char *mean = plot_table_name(table, band.mean);
        snprintf(series.name, sizeof series.name, "%s",
                 grouped        ? table->groups.words[group]
                 : mean != NULL ? mean
                                : "mean");
        if (add_band(parts, &series, &band, error) < 0)
            return -1;
    }
    static const char by_deviation[] = "95 % interval", by_bounds[] = "interval";
    const char *label = band.deviation != PLOT_TABLE_NO_COLUMN ? by_deviation : by_bounds;
    parts->plot->value_label = memory_text(error, label, strlen(label));
    return parts->plot->value_label != NULL ? 0 : -1;
}

/* The words under the bars; without words, the numbers of the horizontal column, or those of the rows. */
static int add_categories(struct picture_parts *parts, struct error *error) {
    const struct plot_table *table = parts->table;
    struct plot *plot = parts->plot;
    size_t count = table->words.count > 0 ? table->words.count : table->matrix.rows;
    plot->categories = memory_zeros(error, count, sizeof *plot->categories);
    if (plot->categories == NULL)
        return -1;
    plot->category_count = count;
    for (size_t i = 0; i < count; i++) {
        char number[DECIMAL_SIZE];
        const char *text = number;
        size_t length;
        if (table->words.count > 0) {
            text = table->words.words[i];
            length = strlen(text);
        } else {
            double value =
                table->x != PLOT_TABLE_NO_COLUMN ? picture_value(table, i, table->x) : (double)(i + 1);
            length = decimal_print_rounded(number, value, 6);
        }
        if ((plot->categories[i] = memory_text(error, text, length)) == NULL)
            return -1;
    }
    return 0;
}

/* Bars of one category stand side by side and leave a fifth of the room free. */
int picture_curves_add_bars(struct picture_parts *parts, struct error *error) {
    const struct plot_table *table = parts->table;
    size_t curves = table->y_count * group_count(table);
    if (parts->settings->log_x)
        return error_set_usage(error, "--log x has no meaning for bars, which stand side by side");
    if (add_categories(parts, error) < 0)
        return -1;
    parts->plot->bar_width = 0.8 / (double)curves;
    for (size_t k = 0; k < curves; k++) {
        struct series series = series_at(table, k);
        struct plot_curve *curve = add_empty(parts, &series, rows_in_group(table, &series), false, error);
        if (curve == NULL)
            return -1;
        for (size_t row = 0; row < table->matrix.rows; row++) {
            double y = picture_value(table, row, series.column);
            double place = table->words.count > 0 ? picture_value(table, row, table->x) : (double)row;
            if (!in_group(table, &series, row))
                continue;
            if (!isfinite(y) || (parts->settings->log_y && y <= 0)) {
                parts->dropped++;
                continue;
            }
            curve->x[curve->count] = place - 0.4 + parts->plot->bar_width * ((double)k + 0.5);
            curve->y[curve->count++] = y;
        }
    }
    return 0;
}

/* The finite values of all histograms, one after another; ends[k] is where those of the k-th end. */
static double *gather_values(struct picture_parts *parts, size_t curves, size_t *ends, struct error *error) {
    const struct plot_table *table = parts->table;
    double *values = memory_matrix(error, table->matrix.rows, table->y_count, sizeof *values);
    size_t count = 0;
    for (size_t k = 0; values != NULL && k < curves; k++) {
        struct series series = series_at(table, k);
        for (size_t row = 0; row < table->matrix.rows; row++) {
            double value = picture_value(table, row, series.column);
            if (!in_group(table, &series, row))
                continue;
            if (isfinite(value))
                values[count++] = value;
            else
                parts->dropped++;
        }
        ends[k] = count;
    }
    return values;
}

/* The range and the number of bins that all histograms share. values: put into another order. */
static void choose_bins(const struct picture_parts *parts, size_t count, double *values,
                        struct picture_extent *range, size_t *bins) {
    const struct picture_settings *settings = parts->settings;
    *range = (struct picture_extent)PICTURE_EXTENT_EMPTY;
    for (size_t i = 0; i < count; i++)
        picture_extent_add(range, values[i]);
    *bins = settings->bins > 0 ? settings->bins : histogram_bins(count, values);
    if (!isnan(settings->x_range[0]))
        range->low = settings->x_range[0];
    if (!isnan(settings->x_range[1]))
        range->high = settings->x_range[1];
    if (!(range->high > range->low)) {
        double half = fmax(0.5, fabs(range->low) * 0x1p-20);
        *range = (struct picture_extent){range->low - half, range->high + half};
    }
}

static int add_histogram(struct picture_parts *parts, size_t k, size_t count, const double *values,
                         const struct picture_extent *range, size_t bins, struct error *error) {
    struct series series = series_at(parts->table, k);
    struct plot_curve *curve = add_empty(parts, &series, bins, false, error);
    if (curve == NULL)
        return -1;
    double width = fmin(range->high / (double)bins - range->low / (double)bins, DBL_MAX);
    histogram_count(count, values, range->low, range->high, bins, curve->y);
    curve->count = bins;
    for (size_t b = 0; b < bins; b++) {
        curve->x[b] = range->low + width * ((double)b + 0.5);
        if (parts->settings->density)
            curve->y[b] /= (double)count * width;
    }
    parts->plot->bar_width = width;
    return 0;
}

int picture_curves_add_histograms(struct picture_parts *parts, struct error *error) {
    size_t curves = parts->table->y_count * group_count(parts->table), bins;
    struct picture_extent range;
    if (parts->settings->log_x)
        return error_set_usage(error, "--log x has no meaning for histograms: take logarithms of the data");
    size_t *ends = memory_array(error, curves, sizeof *ends);
    double *values = ends != NULL ? gather_values(parts, curves, ends, error) : NULL;
    double *pooled = NULL;
    int status = -1;
    if (values == NULL)
        goto done;
    size_t count = ends[curves - 1];
    if (count == 0) {
        error_set(error, "no value is finite");
        goto done;
    }
    if ((pooled = memory_array(error, count, sizeof *pooled)) == NULL)
        goto done;
    memcpy(pooled, values, count * sizeof *pooled);
    choose_bins(parts, count, pooled, &range, &bins);
    status = 0;
    for (size_t k = 0, begin = 0; k < curves && status == 0; begin = ends[k++])
        status = add_histogram(parts, k, ends[k] - begin, values + begin, &range, bins, error);

done:
    free(ends);
    free(values);
    free(pooled);
    return status;
}
