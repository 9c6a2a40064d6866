/* Sample quantiles by selection, not by sorting: O(count) expected for a few of them.
 *
 * Type 7 of Hyndman and Fan 1996, Sample quantiles in statistical packages, The American Statistician 50,
 * 361-365; the default of R and NumPy: with h = (count - 1) p, linear between the order statistics around h.
 */
#ifndef NUM_QUANTILE_H
#define NUM_QUANTILE_H

#include <stddef.h>

#include "base/error.h"

/* The quantile at p in [0, 1] of count values without nan, which are put into another order. Calls with
 * ascending p on the same values are quicker. nan where count is 0. */
double quantile_select(size_t count, double *values, double p);

/* The value with `rank` (below count) others before it in ascending order; puts values into another order. */
double quantile_select_rank(size_t count, double *values, size_t rank);

/* The quantiles at `asked` p of count values, which keep their order: only those between two fences, taken
 * from a sample of them, are copied and searched (Floyd and Rivest's idea again); all, where the sample
 * misleads. nan where count is 0. Returns 0, or -1 where memory fails. */
__attribute__((warn_unused_result)) int quantile_search(size_t count, const double *values, size_t asked,
                                                        const double *p, double *quantiles,
                                                        struct error *error);

#endif
