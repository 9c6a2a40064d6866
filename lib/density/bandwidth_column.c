#include "density/bandwidth_column.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "num/quantile.h"

enum { LANES = 8 };

double bandwidth_column_effective_size(const struct bandwidth_data *data) {
    double squares = 0;
    if (data->weights == NULL)
        return (double)data->count;
    for (size_t i = 0; i < data->count; i++)
        squares += data->weights[i] * data->weights[i];
    return 1 / squares;
}

double bandwidth_column_spread(const struct bandwidth_data *data) {
    double spread = 0;
    if (data->weights == NULL)
        return (double)(data->count - 1) / (double)data->count;
    for (size_t i = 0; i < data->count; i++)
        spread += data->weights[i] * (1 - data->weights[i]);
    return spread;
}

/* A value and its weight; sorted by value. */
struct weighted {
    double value, weight;
};

static int by_value(const void *a, const void *b) {
    double x = ((const struct weighted *)a)->value, y = ((const struct weighted *)b)->value;
    return (x > y) - (x < y);
}

/* The quantile at p: places run from 0 to `last`, ascending. */
static double weighted_quantile(size_t count, const struct weighted *sorted, double last, double p) {
    double before = 0, place = 0, wanted = p * last;
    for (size_t k = 1; k < count; k++) {
        before += sorted[k - 1].weight;
        double next = (double)k * sorted[k].weight + (double)(count - 1) * before;
        if (next >= wanted && next > place)
            return sorted[k - 1].value +
                   (wanted - place) / (next - place) * (sorted[k].value - sorted[k - 1].value);
        place = next;
    }
    return sorted[count - 1].value;
}

static int weighted_quartile_range(struct bandwidth_column *column, const double *weights,
                                   struct error *error) {
    size_t kept = 0;
    struct weighted *sorted = memory_array(error, column->count, sizeof *sorted);
    if (sorted == NULL)
        return -1;
    double total = 0;
    for (size_t i = 0; i < column->count; i++)
        if (weights[i] > 0)
            sorted[kept++] = (struct weighted){column->values[i], weights[i]};
    qsort(sorted, kept, sizeof *sorted, by_value);
    for (size_t i = 0; i + 1 < kept; i++)
        total += sorted[i].weight;
    double last = (double)(kept - 1) * (sorted[kept - 1].weight + total);
    column->quartile_range =
        weighted_quantile(kept, sorted, last, 0.75) - weighted_quantile(kept, sorted, last, 0.25);
    free(sorted);
    return 0;
}

/* sum w_i (x_i - first - mean)^power of the values, power 1 or 2; weights NULL: 1 each. In fixed lanes. */
INSTRUCTION_SETS static double central_sum(const struct bandwidth_column *column, const double *weights,
                                           double mean, bool squared) {
    const double *x = column->values, first = column->first;
    double sums[LANES] = {0};
    for (size_t i = 0; i + LANES <= column->count; i += LANES)
#pragma omp simd
        for (size_t lane = 0; lane < LANES; lane++) {
            double from_mean = (x[i + lane] - first) - mean, weight = weights != NULL ? weights[i + lane] : 1;
            sums[lane] += weight * from_mean * (squared ? from_mean : 1);
        }
    for (size_t i = column->count / LANES * LANES; i < column->count; i++) {
        double from_mean = (x[i] - first) - mean, weight = weights != NULL ? weights[i] : 1;
        sums[i % LANES] += weight * from_mean * (squared ? from_mean : 1);
    }
    return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

/* Two passes from the first value on: a constant column has deviation 0 exactly. */
static double deviation(const struct bandwidth_column *column, const double *weights, double spread) {
    double total = weights != NULL ? 1 : (double)column->count;
    double mean = central_sum(column, weights, 0, false) / total;
    return sqrt(central_sum(column, weights, mean, true) / total / spread);
}

/* What is found of a column without weights, each by itself. */
struct measures {
    struct bandwidth_column *column;
    double spread, quartiles[2];
    int statuses[2];
    struct error errors[2];
};

static void measure(void *context, size_t block, size_t worker) {
    struct measures *measures = context;
    struct bandwidth_column *column = measures->column;
    (void)worker;
    if (block == 0) {
        column->deviation = deviation(column, NULL, measures->spread);
        return;
    }
    size_t k = block - 1;
    double p = k == 0 ? 0.25 : 0.75;
    measures->statuses[k] =
        quantile_search(column->count, column->values, 1, &p, &measures->quartiles[k], &measures->errors[k]);
}

static int measure_plainly(struct bandwidth_column *column, double spread, struct error *error) {
    struct measures measures = {.column = column, .spread = spread};
    parallel_for(column->threads, 3, measure, &measures);
    for (size_t k = 0; k < 2; k++)
        if (measures.statuses[k] < 0) {
            *error = measures.errors[k];
            return -1;
        }
    column->quartile_range = measures.quartiles[1] - measures.quartiles[0];
    return 0;
}

/* The only column is there already, one value after another. */
static int take_values(struct bandwidth_column *column, const struct bandwidth_data *data,
                       struct error *error) {
    column->values = data->points;
    if (data->dimensions == 1)
        return 0;
    column->gathered = memory_array(error, column->count, sizeof *column->gathered);
    for (size_t i = 0; column->gathered != NULL && i < column->count; i++)
        column->gathered[i] = data->points[i * data->dimensions + column->number - 1];
    column->values = column->gathered;
    return column->gathered != NULL ? 0 : -1;
}

int bandwidth_column_take(struct bandwidth_column *column, const struct bandwidth_data *data, size_t number,
                          size_t threads, struct error *error) {
    size_t n = data->count;
    *column = (struct bandwidth_column){.number = number, .count = n, .threads = threads};
    column->n = bandwidth_column_effective_size(data);
    if (take_values(column, data, error) < 0)
        return -1;
    column->first = column->values[0];
    double spread = bandwidth_column_spread(data);
    if (data->weights == NULL)
        return measure_plainly(column, spread, error) == 0 ? 0 : (bandwidth_column_free(column), -1);

    column->deviation = deviation(column, data->weights, spread);
    column->masses = memory_array(error, n, sizeof *column->masses);
    if (column->masses == NULL || weighted_quartile_range(column, data->weights, error) < 0) {
        bandwidth_column_free(column);
        return -1;
    }
    for (size_t i = 0; i < n; i++)
        column->masses[i] = column->n * data->weights[i];
    return 0;
}

double bandwidth_column_oversmoothed(const struct bandwidth_column *column) {
    return 1.144 * column->deviation * pow(column->n, -0.2);
}

int bandwidth_column_varies(const struct bandwidth_column *column, struct error *error) {
    if (column->deviation > 0)
        return 0;
    return error_set(error, "column %zu is constant: give --bandwidth", column->number);
}

void bandwidth_column_free(struct bandwidth_column *column) {
    free(column->gathered);
    free(column->masses);
    column->gathered = column->masses = NULL;
    column->values = NULL;
}
