#include "divergence/row_mean.h"

#include <math.h>

void row_mean_add(struct row_mean *mean, double value, double weight) {
    if (weight == 0)
        value = 0;
    running_sum_add_weighted(&mean->values, 1, &value, &weight);
    running_sum_add(&mean->weights, 1, &weight);
    mean->squares += weight * value * value;
    mean->square_weights += weight * weight;
}

double row_mean_value(const struct row_mean *mean, bool sum) {
    double value = running_sum_value(&mean->values);
    return sum ? value : value / running_sum_value(&mean->weights);
}

double row_mean_error(const struct row_mean *mean, bool sum) {
    double weights = running_sum_value(&mean->weights), centre = running_sum_value(&mean->values) / weights;
    double variance = mean->squares / weights - centre * centre;
    double values = weights * weights / mean->square_weights;
    if (!isfinite(centre) || !(values > 1))
        return NAN;
    double error = sqrt((variance > 0 ? variance : 0) / (values - 1)); /* below 0 by rounding alone */
    return sum ? error * weights : error;
}
