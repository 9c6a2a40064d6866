/* Gaussian sums in one and two dimensions with a guaranteed error, in time that grows as points + queries.
 *
 * A grid is laid over the whitened points; the points of each cell are replaced by weights on its Chebyshev
 * points (density/kernel_sums_cells.h), over which a query sums the cells about it. Bounds of what that
 * leaves out are summed with them, so that each result is known to be within the tolerance, or refused: far
 * from all points, and where the density rises steeply. Related: Greengard and Strain 1991, The fast Gauss
 * transform, SIAM J. Sci. Stat. Comput. 12, 79-94. */
#ifndef DENSITY_KERNEL_SUMS_BOXES_H
#define DENSITY_KERNEL_SUMS_BOXES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "density/kernel_density.h"

struct kernel_sums_boxes;

struct kernel_sums_boxes_settings {
    double relative, absolute; /* |result - f| <= absolute + relative f */
    size_t threads;
};

/* Writes the boxes, or NULL where they do not serve: another kernel, local factors, d > 2, a tolerance too
 * small, points too few or too far apart for a grid. Returns 0, or -1: out of memory. */
__attribute__((warn_unused_result)) int
kernel_sums_boxes_create(const struct kernel_density *density,
                         const struct kernel_sums_boxes_settings *settings, struct kernel_sums_boxes **boxes,
                         struct error *error);

/* NULL does nothing. */
void kernel_sums_boxes_free(struct kernel_sums_boxes *boxes);

/* Writes log f of a whitened query, and adds the number of cells met; false where the tolerance cannot be
 * promised. The point of row `skip` is left out, SIZE_MAX for none: its term is taken off the sum where what
 * remains is still as good as promised, so not where that term is most of the sum. */
bool kernel_sums_boxes_evaluate(const struct kernel_sums_boxes *boxes, const double *query, size_t skip,
                                double *log_sum, size_t *met);

#endif
