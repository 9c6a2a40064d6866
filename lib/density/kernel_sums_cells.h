/* Interpolation of a gaussian over cells of a grid, and the bounds of its error.
 *
 * Over the sources v of a cell of width w a gaussian exp(-(x - v)^2 / 2) is replaced by the polynomial that
 * agrees with it at `nodes` Chebyshev points. On the ellipse about the cell with semiaxes a, b = w/4 (rho +-
 * 1/rho) the gaussian is at most M = exp(max(b^2 sin^2 - (|x| - a cos)^2) / 2), and the error at most
 *
 *     4 M rho^(1 - nodes) / (rho - 1)     for every rho > 1
 *
 * (Trefethen 2013, Approximation Theory and Approximation Practice, theorem 8.2). Bounds are by how many
 * cells the source's is away from the query's, and reach to KERNEL_SUMS_REACH of them. */
#ifndef DENSITY_KERNEL_SUMS_CELLS_H
#define DENSITY_KERNEL_SUMS_CELLS_H

#include <stdbool.h>
#include <stddef.h>

enum { KERNEL_SUMS_NODES = 24, KERNEL_SUMS_REACH = 24 }; /* at most */

struct kernel_sums_cells {
    double width;                     /* w: a multiple of 1/2, so that centres are exact */
    size_t nodes, reach;              /* nodes: a multiple of 4; cells looked at on each side */
    double far;                       /* the kernel is below this beyond the reach */
    double places[KERNEL_SUMS_NODES]; /* of the nodes, about a cell's centre */
    double transform[KERNEL_SUMS_NODES * KERNEL_SUMS_NODES]; /* nodes x nodes: from moments to weights */
    double largest[KERNEL_SUMS_REACH + 1]; /* the kernel between cells so many apart is at most this */
    double errors[KERNEL_SUMS_REACH + 1];  /* the interpolation's error is at most this, rounding included */
};

/* The cheapest width and nodes at which errors are some tenth of `relative` where points lie evenly.
 *
 *   dimensions  1 or 2
 *   count       of points: sums over them are rounded
 *
 * False where rounding leaves no room for that tolerance. */
bool kernel_sums_cells_choose(struct kernel_sums_cells *cells, size_t dimensions, size_t count,
                              double relative);

/* sum_i w_i l_a(v_i) from the moments sum_i w_i T_k(2 v_i / width), in place: l_a are the polynomials of
 * Lagrange at the nodes, T_k those of Chebyshev. `stride` lies between the entries. */
void kernel_sums_cells_weights(const struct kernel_sums_cells *cells, size_t stride, double *moments);

#endif
