#include "density/bandwidth_scaling.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/instruction_sets.h"
#include "base/memory.h"

/* A tenth power of 2^100 is a double, with room for sums. */
enum { EXPONENT_MAX = 100 };

enum { ABREAST = 64 }; /* rows taken side by side */

/* The largest half of a difference from the first row, of each column in each of ABREAST classes of rows; a
 * half does not overflow. Writes whether all points are finite, without which there is none. */
INSTRUCTION_SETS static bool find_spreads(size_t count, size_t d, const double *restrict points,
                                          const double *restrict first, double *restrict halves) {
    size_t infinite = 0;
    for (size_t left = count * d, width = ABREAST * d; left > 0; left -= width, points += width) {
        width = width < left ? width : left;
#pragma omp simd reduction(+ : infinite)
        for (size_t k = 0; k < width; k++) {
            double half = fabs(points[k] / 2 - first[k] / 2);
            halves[k] = half > halves[k] ? half : halves[k];
            infinite += fabs(points[k]) <= DBL_MAX ? 0 : 1;
        }
    }
    return infinite == 0;
}

/* 0 where the difference is near 1, and where all are equal. */
static int exponent_of(double half) {
    int exponent = half > 0 ? ilogb(half) + 1 : 0;
    return abs(exponent) > EXPONENT_MAX ? exponent : 0;
}

static int refuse_infinite(const struct bandwidth_data *data, struct error *error) {
    size_t d = data->dimensions, i = 0;
    while (isfinite(data->points[i]))
        i++;
    return error_set(error, "point %zu: column %zu: expected a finite number", i / d + 1, i % d + 1);
}

/* The largest half of each column: the first d of what is returned, and must be freed; NULL: error says why.
 */
static double *spreads_of(const struct bandwidth_data *data, struct error *error) {
    size_t d = data->dimensions;
    double *halves = memory_matrix(error, 2 * ABREAST, d, sizeof *halves);
    if (halves == NULL)
        return NULL;
    double *first = halves + ABREAST * d;
    for (size_t k = 0; k < ABREAST * d; k++) {
        halves[k] = 0;
        first[k] = data->points[k % d];
    }
    if (!find_spreads(data->count, d, data->points, first, halves)) {
        free(halves);
        refuse_infinite(data, error);
        return NULL;
    }
    for (size_t k = d; k < ABREAST * d; k++)
        halves[k % d] = fmax(halves[k % d], halves[k]);
    return halves;
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
    double *halves = spreads_of(data, error), largest = 0;
    *scaling = (struct bandwidth_scaling){0};
    scaling->exponents = halves != NULL ? memory_array(error, d, sizeof *scaling->exponents) : NULL;
    if (scaling->exponents == NULL) {
        free(halves);
        return -1;
    }
    for (size_t c = 0; c < d; c++)
        largest = fmax(largest, halves[c]);
    for (size_t c = 0; c < d; c++) {
        scaling->exponents[c] = exponent_of(together ? largest : halves[c]);
        any = any || scaling->exponents[c] != 0;
    }
    free(halves);
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
