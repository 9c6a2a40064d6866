#include "divergence/median_bandwidth.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"
#include "num/ground_cost.h"
#include "num/quantile.h"
#include "num/vector.h"

/* The distances of the rows in that order, the first `used` of them. */
static void find_distances(size_t columns, const double *values, const size_t *order, size_t used,
                           double *distances) {
    const struct ground_cost euclidean = {.kind = GROUND_COST_EUCLIDEAN, .scale = 1};
    for (size_t i = 0; i < used; i++)
        for (size_t j = 0; j < i; j++)
            *distances++ = ground_cost_between(&euclidean, columns, values + order[i] * columns,
                                               values + order[j] * columns);
}

/* Why there is none, where the mean distance is not positive and finite. */
static int refuse(size_t rows, size_t columns, const double *values, double mean, struct error *error) {
    bool equal = true;
    for (size_t i = columns; equal && i < rows * columns; i++)
        equal = values[i] == values[i % columns];
    if (equal)
        return error_set(error, "all rows are equal: there is no median bandwidth");
    return error_set(error, mean == 0 ? "the squares of distances underflow: scale the columns"
                                      : "the median distance is not finite");
}

int median_bandwidth_find(size_t rows, size_t columns, const double *values, uint64_t seed,
                          const char *filter, double *bandwidth, struct error *error) {
    size_t used = rows < MEDIAN_BANDWIDTH_ROWS ? rows : MEDIAN_BANDWIDTH_ROWS, pairs = used * (used - 1) / 2;
    size_t *order = memory_array(error, rows, sizeof *order);
    double *distances = memory_array(error, pairs, sizeof *distances);
    struct random_stream stream;
    int status = order == NULL || distances == NULL ? -1 : 0;
    if (status == 0) {
        random_start(&stream, seed, filter, "bandwidth", 0);
        for (size_t i = 0; i < rows; i++)
            order[i] = i;
        if (used < rows)
            random_permutation(&stream, rows, order);
        find_distances(columns, values, order, used, distances);
        *bandwidth = quantile_select(pairs, distances, 0.5);
        if (*bandwidth == 0)
            *bandwidth = vector_pairwise_sum(pairs, distances) / (double)pairs;
        if (!(*bandwidth > 0 && *bandwidth < INFINITY))
            status = refuse(rows, columns, values, *bandwidth, error);
    }
    free(order);
    free(distances);
    return status;
}
