/* Kernel sums on a grid: points binned linearly, convolved with the kernel by Fourier's transform, and
 * interpolated linearly between the grid's points (Silverman 1982, Kernel density estimation using the fast
 * Fourier transform, Applied Statistics 31, 93-99; Wand 1994, Fast computation of multivariate kernel
 * estimators, J. Comput. Graph. Stat. 3, 433-445).
 *
 * The grid lies in whitened coordinates and reaches beyond the points by as much as the kernel does, so that
 * nothing is wrapped around. Errors are O((step / bandwidth)^2) of the largest density, so small densities
 * are not to be relied upon; beyond the grid the density is 0. */
#ifndef DENSITY_KERNEL_SUMS_GRID_H
#define DENSITY_KERNEL_SUMS_GRID_H

#include <stddef.h>

#include "base/error.h"
#include "density/kernel_density.h"

struct kernel_sums_grid;

/* At most 3 dimensions, and no local factors, which is an error.
 *
 *   bins  grid points a column, at least 2; rounded up to a power of two. 0: a step of a sixteenth of the
 *         kernel's deviation, as far as 2^20, 2^10 or 2^7 points a column allow
 *
 * NULL: error says why. */
struct kernel_sums_grid *kernel_sums_grid_create(const struct kernel_density *density, size_t bins,
                                                 struct error *error);

/* NULL does nothing. */
void kernel_sums_grid_free(struct kernel_sums_grid *grid);

/* log f of a whitened query, -inf for none. */
double kernel_sums_grid_evaluate(const struct kernel_sums_grid *grid, const double *query);

/* The largest error relative to the largest density, as the grid's second differences tell it: binning moves
 * mass by a variance of at most step^2 / 4 a column, interpolation is off by step^2 / 8 of the curvature. */
double kernel_sums_grid_error(const struct kernel_sums_grid *grid);

#endif
