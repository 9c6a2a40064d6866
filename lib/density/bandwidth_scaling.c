#include "density/bandwidth_scaling.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* A tenth power of 2^100 is a double, with room for sums. */
enum { EXPONENT_MAX = 100 };

/* The exponent of the largest difference from the first row in columns c to end - 1; halves do not overflow.
 * 0 where it is near 0, where all are equal, and where a value is not finite, which others refuse. */
static int exponent_of_columns(const struct bandwidth_data *data, size_t c, size_t end) {
    size_t d = data->dimensions;
    double half = 0;
    for (size_t i = 0; i < data->count; i++)
        for (size_t k = c; k < end; k++)
            half = fmax(half, fabs(data->points[i * d + k] / 2 - data->points[k] / 2));
    if (half == 0)
        return 0;
    int exponent = ilogb(half) + 1;
    return abs(exponent) > EXPONENT_MAX ? exponent : 0;
}

static int check_points(const struct bandwidth_data *data, struct error *error) {
    size_t d = data->dimensions;
    for (size_t i = 0; i < data->count * d; i++)
        if (!isfinite(data->points[i]))
            return error_set(error, "point %zu: column %zu: expected a finite number", i / d + 1, i % d + 1);
    return 0;
}

static int scale_points(struct bandwidth_scaling *scaling, struct bandwidth_data *data, struct error *error) {
    size_t d = data->dimensions;
    scaling->points = memory_matrix(error, data->count, d, sizeof *scaling->points);
    if (scaling->points == NULL)
        return -1;
    for (size_t i = 0; i < data->count; i++)
        for (size_t c = 0; c < d; c++)
            scaling->points[i * d + c] = ldexp(data->points[i * d + c], -scaling->exponents[c]);
    data->points = scaling->points;
    return 0;
}

int bandwidth_scaling_start(struct bandwidth_scaling *scaling, struct bandwidth_data *data, bool together,
                            struct error *error) {
    size_t d = data->dimensions;
    bool any = false;
    *scaling = (struct bandwidth_scaling){0};
    scaling->exponents =
        check_points(data, error) == 0 ? memory_array(error, d, sizeof *scaling->exponents) : NULL;
    if (scaling->exponents == NULL)
        return -1;
    for (size_t c = 0; c < d; c++) {
        scaling->exponents[c] = !together ? exponent_of_columns(data, c, c + 1)
                                : c == 0  ? exponent_of_columns(data, 0, d)
                                          : scaling->exponents[0];
        any = any || scaling->exponents[c] != 0;
    }
    if (!any || scale_points(scaling, data, error) == 0)
        return 0;
    bandwidth_scaling_free(scaling);
    return -1;
}

void bandwidth_scaling_undo(const struct bandwidth_scaling *scaling, size_t d, double *factor) {
    for (size_t i = 0; scaling->points != NULL && i < d; i++)
        for (size_t j = 0; j <= i; j++)
            factor[i * d + j] = ldexp(factor[i * d + j], scaling->exponents[i]);
}

void bandwidth_scaling_free(struct bandwidth_scaling *scaling) {
    free(scaling->points);
    free(scaling->exponents);
    *scaling = (struct bandwidth_scaling){0};
}
