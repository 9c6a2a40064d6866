/* The weighted mean, or sum, of a column of results, with its standard error. */
#ifndef DIVERGENCE_ROW_MEAN_H
#define DIVERGENCE_ROW_MEAN_H

#include <stdbool.h>

#include "num/running_sum.h"

struct row_mean {
    struct running_sum values, weights; /* sums of w x and of w */
    double squares, square_weights;     /* of w x^2 and of w^2, plain: for the error alone */
};

#define ROW_MEAN_EMPTY                                                                                       \
    { RUNNING_SUM_EMPTY, RUNNING_SUM_EMPTY, 0, 0 }

/* A value of weight 0 counts for nothing, be it infinite. */
void row_mean_add(struct row_mean *mean, double value, double weight);

/* The mean, or the sum of weights times values. */
double row_mean_value(const struct row_mean *mean, bool sum);

/* Its standard error: that of a mean s / sqrt(n - 1), s^2 = sum w (x - mean)^2 / sum w; of weighted values
 * n = (sum w)^2 / sum w^2, the number of equally weighted ones that are worth as much (Kish 1965, Survey
 * sampling). Of a sum so much times the sum of weights. nan of one value, and of values that are not finite.
 */
double row_mean_error(const struct row_mean *mean, bool sum);

#endif
