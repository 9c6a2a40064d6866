/* Sums of e^(t_j - (x - y_j)^2) over cells of a line; not for others. See sinkhorn_line.h. */
#ifndef TRANSPORT_SINKHORN_LINE_CELLS_H
#define TRANSPORT_SINKHORN_LINE_CELLS_H

#include <stddef.h>

/* Points in ascending order. */
struct sinkhorn_line_points {
    size_t count;
    const double *points;
};

enum { SINKHORN_LINE_CELLS = 104 };

/* For each point x of `to`, the log of the sum over `from` of e^(offset - ((x - y)/width)^2), and the mean of
 * ((x - y)/width)^2 under its terms.
 *
 *   offsets  -inf: no term; not all of them
 *   width    all points lie within SINKHORN_LINE_CELLS - 2 of it
 *
 * The same bytes for any number of threads. */
void sinkhorn_line_cells_sum(const struct sinkhorn_line_points *from, const double *offsets,
                             const struct sinkhorn_line_points *to, double width, size_t threads,
                             double *logarithms, double *means);

#endif
