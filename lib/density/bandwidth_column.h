/* One column of the data, with what the one-dimensional bandwidth rules need to know of it.
 *
 * Weights w_i (sum 1) enter by the effective size n = 1 / sum w_i^2 and by masses u_i = n w_i: without
 * weights n is the number of rows and every mass is 1, and always sum u_i = n, sum u_i^2 = n. A sum over
 * pairs i < j gives each pair the weight u_i u_j. */
#ifndef DENSITY_BANDWIDTH_COLUMN_H
#define DENSITY_BANDWIDTH_COLUMN_H

#include <stddef.h>

#include "base/error.h"
#include "density/bandwidth.h"

struct bandwidth_column {
    size_t number;         /* from 1, for messages */
    size_t count;          /* rows */
    double n;              /* effective: 1 / sum w_i^2 */
    const double *values;  /* the data's own where that is all they have */
    double *gathered;      /* or these */
    double *masses;        /* count, or NULL: all 1 */
    double first;          /* the first row's value */
    double deviation;      /* s: of the weighted sample, divisor 1 - sum w_i^2 (n - 1) */
    double quartile_range; /* Q: type 7 of Hyndman and Fan; with weights, linear between the values' places
                              (k - 1) w_k + (n - 1) sum_{i < k} w_i, in ascending order */
    size_t threads;
};

/* Column `number` - 1 of the data, which stand until bandwidth_column_free. Returns 0, or -1 with nothing to
 * free. */
__attribute__((warn_unused_result)) int bandwidth_column_take(struct bandwidth_column *column,
                                                              const struct bandwidth_data *data,
                                                              size_t number, size_t threads,
                                                              struct error *error);

/* 1.144 s n^(-1/5), the largest bandwidth a density of that deviation can ask for (Terrell 1990, JASA 85). */
double bandwidth_column_oversmoothed(const struct bandwidth_column *column);

/* Refuses a constant column: -1 with "column 2 is constant: give --bandwidth". */
__attribute__((warn_unused_result)) int bandwidth_column_varies(const struct bandwidth_column *column,
                                                                struct error *error);

/* An all-zero one is fine. */
void bandwidth_column_free(struct bandwidth_column *column);

/* n = 1 / sum w_i^2 of the data's weights; the number of rows where there are none. */
double bandwidth_column_effective_size(const struct bandwidth_data *data);

/* 1 - sum w_i^2 = sum w_i (1 - w_i), without cancellation; (n - 1) / n where there are no weights. */
double bandwidth_column_spread(const struct bandwidth_data *data);

#endif
