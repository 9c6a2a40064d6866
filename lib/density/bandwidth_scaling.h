/* Data so far from 1 that powers of their differences would leave the doubles, brought near it.
 *
 * The rules raise differences up to the tenth power. Columns whose spread lies beyond 2^-100 .. 2^100 are
 * multiplied by a power of two before, and the factor's rows are after: both are exact. Others are left. */
#ifndef DENSITY_BANDWIDTH_SCALING_H
#define DENSITY_BANDWIDTH_SCALING_H

#include <stdbool.h>

#include "base/error.h"
#include "density/bandwidth.h"

/* All zero scales nothing. */
struct bandwidth_scaling {
    double *points; /* n x d; NULL: those of the data */
    int *exponents; /* of each column: data = points 2^exponent; NULL: 0 */
};

/* Scales what `data` refers to, which then refers to the scaling's points. together: by the same power for
 * all columns. Returns 0, or -1 with nothing to free: a point is not finite, or memory. */
__attribute__((warn_unused_result)) int bandwidth_scaling_start(struct bandwidth_scaling *scaling,
                                                                struct bandwidth_data *data, bool together,
                                                                struct error *error);

/* Brings a d x d factor back to the units of the data. */
void bandwidth_scaling_undo(const struct bandwidth_scaling *scaling, size_t d, double *factor);

void bandwidth_scaling_free(struct bandwidth_scaling *scaling);

#endif
