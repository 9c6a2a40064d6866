/* Round numbers along an axis: 1, 2 or 5 times a power of ten apart; on a logarithmic one powers of ten, and
 * 2 and 5 times these where it spans few of them. */
#ifndef IO_PLOT_TICKS_H
#define IO_PLOT_TICKS_H

#include <stddef.h>

#include "io/plot.h"

enum { PLOT_TICKS_MAX = 32 };

/* Writes at most `wanted` <= PLOT_TICKS_MAX round values within the axis, ascending. Returns how many; at
 * least two where wanted >= 5 and the axis is not too narrow for doubles. */
size_t plot_ticks(const struct plot_axis *axis, size_t wanted, double values[PLOT_TICKS_MAX]);

/* The smallest of 1, 2, 5, 10, 20, ... by which counting to `count` names at most `most` numbers, most >= 1.
 */
size_t plot_ticks_step(size_t count, size_t most);

/* How many significant digits tell neighbours among count ascending values apart: at most nine. */
int plot_ticks_digits(const double *values, size_t count);

#endif
