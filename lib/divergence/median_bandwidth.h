/* The median heuristic: the median distance of pairs of rows as the width of a kernel. */
#ifndef DIVERGENCE_MEDIAN_BANDWIDTH_H
#define DIVERGENCE_MEDIAN_BANDWIDTH_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { MEDIAN_BANDWIDTH_ROWS = 4096 };

/* Of rows x columns values, all pairs i > j; above MEDIAN_BANDWIDTH_ROWS rows, of so many drawn by the seed.
 * Where the median is 0, the mean; where that is 0 or not finite, -1 with the error set ("all rows are
 * equal"), as where memory fails. Else 0. */
__attribute__((warn_unused_result)) int median_bandwidth_find(size_t rows, size_t columns,
                                                              const double *values, uint64_t seed,
                                                              const char *filter, double *bandwidth,
                                                              struct error *error);

#endif
