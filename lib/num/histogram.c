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

/* The cell of a value, or `cells` where it is outside. Halves keep the largest doubles apart. */
static size_t cell_of(double value, double low, double high, size_t cells) {
    if (!(value >= low && value <= high))
        return cells;
    size_t cell = (size_t)((value / 2 - low / 2) / (high / 2 - low / 2) * (double)cells);
    return cell < cells ? cell : cells - 1;
}

void histogram_count(size_t count, const double *values, double low, double high, size_t bins,
                     double *counts) {
    for (size_t b = 0; b < bins; b++)
        counts[b] = 0;
    for (size_t i = 0; i < count; i++) {
        size_t bin = cell_of(values[i], low, high, bins);
        if (bin < bins)
            counts[bin]++;
    }
}

void histogram_count_plane(size_t count, const double *x, const double *y, const double x_range[2],
                           const double y_range[2], size_t columns, size_t rows, double *counts) {
    for (size_t cell = 0; cell < columns * rows; cell++)
        counts[cell] = 0;
    for (size_t k = 0; k < count; k++) {
        size_t i = cell_of(x[k], x_range[0], x_range[1], columns);
        size_t j = cell_of(y[k], y_range[0], y_range[1], rows);
        if (i < columns && j < rows)
            counts[j * columns + i]++;
    }
}
