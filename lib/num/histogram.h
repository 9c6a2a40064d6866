/* Histograms with bins of one width.
 *
 * The width is that of Freedman and Diaconis 1981, On the histogram as a density estimator: L2 theory, Z.
 * Wahrscheinlichkeitstheorie verw. Gebiete 57, 453-476: 2 (q3 - q1) n^(-1/3), made a little smaller so that
 * bins fill the range. Where the quartiles are equal there are ceil(log2 n) + 1 bins (Sturges 1926). */
#ifndef NUM_HISTOGRAM_H
#define NUM_HISTOGRAM_H

#include <stddef.h>

enum { HISTOGRAM_BINS_MAX = 1000 }; /* the most that histogram_bins advises */

/* How many bins suit count >= 1 finite values, which are put into another order. */
size_t histogram_bins(size_t count, double *values);

/* Counts values in bins of equal width over low .. high > low; bin b holds low + b w <= value < low + (b + 1)
 * w (ends as doubles), the last its upper end too. Values outside are in no bin.
 *
 *   counts  bins of them, written */
void histogram_count(size_t count, const double *values, double low, double high, size_t bins,
                     double *counts);

/* The same in two dimensions: counts[j * columns + i] is the number of points in cell i of x and j of y. */
void histogram_count_plane(size_t count, const double *x, const double *y, const double x_range[2],
                           const double y_range[2], size_t columns, size_t rows, double *counts);

#endif
