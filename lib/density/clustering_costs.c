#include "density/clustering_costs.h"

#include <math.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "num/cholesky.h"

int clustering_costs_create(struct clustering_costs *costs, size_t n, size_t d, size_t clusters,
                            struct error *error) {
    *costs = (struct clustering_costs){.n = n, .d = d, .clusters = clusters};
    costs->block_of = memory_array(error, clusters, sizeof(size_t));
    costs->traces = memory_array(error, clusters, sizeof(size_t));
    costs->constants = memory_array(error, clusters, sizeof(double));
    size_t columns;
    if (!memory_product(clusters, d, &columns))
        error_set(error, "%zu clusters of %zu columns are too many", clusters, d);
    else
        costs->white = memory_matrix(error, columns, n, sizeof(double));
    if (costs->block_of != NULL && costs->traces != NULL && costs->constants != NULL && costs->white != NULL)
        return 0;
    clustering_costs_free(costs);
    return -1;
}

void clustering_costs_free(struct clustering_costs *costs) {
    free(costs->block_of);
    free(costs->traces);
    free(costs->constants);
    free(costs->white);
    *costs = (struct clustering_costs){0};
}

/* A model's factors and constants, for all clusters. */
struct parts {
    double *factors;   /* clusters x d x d */
    double *constants; /* clusters */
    double *row;       /* d */
};

static void find_parts(const struct clustering_costs *costs, const struct clustering_costs_model *model,
                       struct parts *parts) {
    size_t d = costs->d;
    for (size_t k = 0; k < costs->clusters; k++) {
        double *factor = parts->factors + k * d * d;
        gaussian_mixture_expand_factor(model->mixture, k, factor);
        for (size_t i = 0; i < d * d && model->identity; i++)
            factor[i] = i % (d + 1) == 0;
        parts->constants[k] = model->identity ? 0 : cholesky_log_determinant(d, factor);
        if (model->mixing)
            parts->constants[k] -= 2 * model->mixture->log_weights[k];
    }
}

/* White rows of a new block, column by column. */
static void whiten(const struct clustering_costs *costs, const double *factor, const double *values,
                   double *row, double *white) {
    size_t n = costs->n, d = costs->d;
    for (size_t i = 0; i < n; i++) {
        memcpy(row, values + i * d, d * sizeof *row);
        cholesky_solve_lower(d, factor, 1, row);
        for (size_t j = 0; j < d; j++)
            white[j * n + i] = row[j];
    }
}

/* The first cluster with the parts of cluster k. */
static size_t find_equal(const struct parts *parts, size_t d, size_t k) {
    size_t first = 0;
    while (parts->constants[first] != parts->constants[k] ||
           memcmp(parts->factors + first * d * d, parts->factors + k * d * d, d * d * sizeof(double)) != 0)
        first++;
    return first;
}

static void set_blocks(struct clustering_costs *costs, const struct parts *parts, const double *values) {
    size_t n = costs->n, d = costs->d;
    costs->blocks = 0;
    costs->offset = 0;
    for (size_t k = 0; k < costs->clusters; k++) {
        size_t first = find_equal(parts, d, k);
        costs->offset += parts->constants[k] / (double)costs->clusters;
        if (first < k) {
            costs->block_of[k] = costs->block_of[first];
            costs->traces[costs->block_of[k]]++;
            continue;
        }
        size_t block = costs->blocks++;
        costs->block_of[k] = block;
        costs->traces[block] = 1;
        costs->constants[block] = parts->constants[k];
        whiten(costs, parts->factors + k * d * d, values, parts->row, costs->white + block * d * n);
    }
    for (size_t b = 0; b < costs->blocks; b++)
        costs->constants[b] -= costs->offset;
}

int clustering_costs_set(struct clustering_costs *costs, const struct clustering_costs_model *model,
                         const double *values, struct error *error) {
    size_t squares = 0;
    struct parts parts = {0};
    if (memory_product(costs->d, costs->d, &squares))
        parts.factors = memory_matrix(error, costs->clusters, squares, sizeof(double));
    else
        error_set(error, "%zu columns are too many", costs->d);
    parts.constants = memory_array(error, costs->clusters, sizeof(double));
    parts.row = memory_array(error, costs->d, sizeof(double));
    bool made = parts.factors != NULL && parts.constants != NULL && parts.row != NULL;
    if (made) {
        find_parts(costs, model, &parts);
        set_blocks(costs, &parts, values);
    }
    free(parts.factors);
    free(parts.constants);
    free(parts.row);
    return made ? 0 : -1;
}

/* row_j += (white_i - white_j)^2 / 2 */
static INSTRUCTION_SETS void add_squares(size_t n, const double *white, double at, double *row) {
#pragma omp simd
    for (size_t j = 0; j < n; j++) {
        double difference = white[j] - at;
        row[j] += 0.5 * difference * difference;
    }
}

void clustering_costs_fill(const struct clustering_costs *costs, size_t block, double *cost) {
    size_t n = costs->n, d = costs->d;
    for (size_t i = 0; i < n; i++) {
        double *row = cost + i * n;
        for (size_t j = 0; j < n; j++)
            row[j] = costs->constants[block];
        for (size_t j = 0; j < d; j++) {
            const double *white = costs->white + (block * d + j) * n;
            add_squares(n, white, white[i], row);
        }
    }
}

/* sum over the rows of a cluster of (x - mean)^2, of one white column. */
static double column_squares(size_t n, const double *white, const size_t *labels, size_t k) {
    double sum = 0, squares = 0, rest = 0, count = 0;
    for (size_t i = 0; i < n; i++) {
        sum += labels[i] == k ? white[i] : 0;
        count += labels[i] == k;
    }
    double mean = sum / count;
    for (size_t i = 0; i < n; i++) {
        double off = labels[i] == k ? white[i] - mean : 0;
        squares += off * off;
        rest += off;
    }
    return squares - rest * rest / count;
}

double clustering_costs_partition(const struct clustering_costs *costs, const size_t *labels,
                                  double *within) {
    size_t n = costs->n, d = costs->d;
    double constants = 0;
    *within = 0;
    for (size_t i = 0; i < n; i++)
        constants += costs->offset + costs->constants[costs->block_of[labels[i]]];
    for (size_t k = 0; k < costs->clusters; k++)
        for (size_t j = 0; j < d; j++)
            *within += column_squares(n, costs->white + (costs->block_of[k] * d + j) * n, labels, k);
    return constants + *within;
}
