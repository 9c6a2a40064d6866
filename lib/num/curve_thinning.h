/* Fewer points for the same picture.
 *
 * What a picture of a few hundred pixels shows of a curve is its span in each pixel column: of each run of
 * points in one column the first, the lowest, the highest and the last are kept, in their order, so that the
 * drawn lines cover the same pixels. Of scattered points the first in each cell is kept. */
#ifndef NUM_CURVE_THINNING_H
#define NUM_CURVE_THINNING_H

#include <stddef.h>

#include "base/error.h"

/* Thins a curve.
 *
 *   places  count pixel columns, not necessarily whole: where x lies, in units of a column
 *   y       count values
 *   kept    count indices, written: those kept, ascending
 *
 * Returns how many are kept: at most four a run. */
size_t curve_thinning_line(size_t count, const double *places, const double *y, size_t *kept);

/* Thins points on a picture of columns x rows cells; places outside are in the nearest cell. Writes the kept
 * indices as above and their number to *kept_count. Returns 0 or -1. */
__attribute__((warn_unused_result)) int curve_thinning_points(size_t count, const double *x_places,
                                                              const double *y_places, size_t columns,
                                                              size_t rows, size_t *kept, size_t *kept_count,
                                                              struct error *error);

#endif
