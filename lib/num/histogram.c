#include "num/histogram.h"

#include <math.h>

#include "num/quantile.h"

size_t histogram_bins(size_t count, double *values) {
    double low = quantile_select(count, values, 0), q1 = quantile_select(count, values, 0.25);
    double q3 = quantile_select(count, values, 0.75), high = quantile_select(count, values, 1);
    if (!(high > low))
        return 1;
    double width = 2 * (q3 / 2 - q1 / 2) * 2 / cbrt((double)count);
    double bins = width > 0 ? ceil((high / 2 - low / 2) * 2 / width) : ceil(log2((double)count)) + 1;
    /* Data with far outliers ask for any number. */
    return bins >= 1 ? (size_t)fmin(bins, HISTOGRAM_BINS_MAX) : 1;
}

/* Cells of a range, with the ends that NumPy's linspace computes: low + b w. */
struct cells {
    double low, high, width;
    size_t count;
};

static struct cells divide(double low, double high, size_t count) {
    double span = high - low;
    double width = isfinite(span) ? span / (double)count : high / (double)count - low / (double)count;
    return (struct cells){low, high, width, count};
}

/* The lower end of a cell. Halves give the same bits as low + b w, and do not overflow. */
static double end_of(const struct cells *cells, size_t cell) {
    return 2 * (cells->low / 2 + (double)cell * (cells->width / 2));
}

/* The cell of a value, or their count where it is outside. The quotient may be off by a rounding error beside
 * the computed ends, which decide. */
static size_t cell_of(const struct cells *cells, double value) {
    if (!(value >= cells->low && value <= cells->high))
        return cells->count;
    size_t cell = (size_t)(value / cells->width - cells->low / cells->width);
    cell = cell < cells->count ? cell : cells->count - 1;
    if (cell > 0 && value < end_of(cells, cell))
        cell--;
    else if (cell + 1 < cells->count && value >= end_of(cells, cell + 1))
        cell++;
    return cell;
}

void histogram_count(size_t count, const double *values, double low, double high, size_t bins,
                     double *counts) {
    for (size_t b = 0; b < bins; b++)
        counts[b] = 0;
    const struct cells cells = divide(low, high, bins);
    for (size_t i = 0; i < count; i++) {
        size_t bin = cell_of(&cells, values[i]);
        if (bin < bins)
            counts[bin]++;
    }
}

void histogram_count_plane(size_t count, const double *x, const double *y, const double x_range[2],
                           const double y_range[2], size_t columns, size_t rows, double *counts) {
    for (size_t cell = 0; cell < columns * rows; cell++)
        counts[cell] = 0;
    const struct cells across = divide(x_range[0], x_range[1], columns);
    const struct cells up = divide(y_range[0], y_range[1], rows);
    for (size_t k = 0; k < count; k++) {
        size_t i = cell_of(&across, x[k]), j = cell_of(&up, y[k]);
        if (i < columns && j < rows)
            counts[j * columns + i]++;
    }
}
