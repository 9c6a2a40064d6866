/* Count, mean, standard deviation and range of each column of a stream of rows, in one pass.
 *
 *     deviation^2 = (Q - S^2 / n) / (n - 1),     S = sum (x - c),  Q = sum (x - c)^2
 *
 * c is the column's first finite value, so that data far from zero keep their digits; x - c is kept with its
 * rounding error and the sums are double-double, so that an odd first value does no harm and blocks do not
 * matter: the relative error is a few ulp unless all |x - c| exceed 1e7 deviations. Squares must neither
 * overflow nor vanish (|x - c| between 1e-150 and 1e150). */
#ifndef NUM_COLUMN_SUMMARY_H
#define NUM_COLUMN_SUMMARY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct column_summary;

/* Summaries of `columns` columns without rows. threads: for adding. NULL: error says why. */
struct column_summary *column_summary_create(size_t columns, size_t threads, struct error *error);

/* Adds rows x columns values, row-major; a nan is a missing value. Returns 0 or -1. */
__attribute__((warn_unused_result)) int column_summary_add(struct column_summary *summary, size_t rows,
                                                           const double *values, struct error *error);

uint64_t column_summary_count(const struct column_summary *summary, size_t column); /* not missing */
uint64_t column_summary_missing(const struct column_summary *summary, size_t column);

/* nan where there is no value; an infinite value makes the mean infinite (nan with both signs). */
double column_summary_mean(const struct column_summary *summary, size_t column);

/* With the divisor n - 1: nan for fewer than two values or an infinite one, exactly 0 where all are equal. */
double column_summary_deviation(const struct column_summary *summary, size_t column);

/* nan where there is no value */
double column_summary_minimum(const struct column_summary *summary, size_t column);
double column_summary_maximum(const struct column_summary *summary, size_t column);

/* NULL does nothing. */
void column_summary_free(struct column_summary *summary);

#endif
