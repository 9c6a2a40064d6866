#include "density/condensation.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "num/elementary.h"

enum {
    WIDTH = 8,  /* points worked on side by side */
    GROUP = 4,  /* queries that share a pass over the points */
    TILE = 1024 /* points whose columns stay in cache while the group passes */
};

struct condensation {
    const struct kernel_density *density;
    size_t threads, stride; /* n rounded up to WIDTH */
    double *columns;        /* d x stride */
    double *log_weights;    /* stride; -inf beyond the last point */
    double *distances;      /* threads x GROUP x stride: squared */
};

struct condensation *condensation_create(const struct kernel_density *density, size_t threads,
                                         struct error *error) {
    size_t n = density->count, d = density->dimensions;
    assert(density->kernel.name == KERNEL_GAUSSIAN);
    struct condensation *c = memory_zeros(error, 1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->density = density;
    c->threads = threads;
    c->stride = (n + WIDTH - 1) / WIDTH * WIDTH;
    c->columns = memory_zeros(error, d, c->stride * sizeof(double));
    c->log_weights = memory_array(error, c->stride, sizeof(double));
    c->distances = memory_matrix(error, threads * GROUP, c->stride, sizeof(double));
    if (c->columns == NULL || c->log_weights == NULL || c->distances == NULL) {
        condensation_free(c);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < d; a++)
            c->columns[a * c->stride + i] = density->whitened[i * d + a];
    for (size_t i = 0; i < c->stride; i++)
        c->log_weights[i] = i < n ? log(density->weights[i]) : -INFINITY;
    return c;
}

struct task {
    struct condensation *condensation;
    size_t rows, first, count;
    const double *queries, *bandwidths;
    struct condensation_value *values;
};

/* Adds the squares of one column's differences, points first .. end - 1. */
ALWAYS_INLINE void add_column(const double *column, double query, size_t first, size_t end,
                              double *distances) {
#pragma omp simd
    for (size_t i = first; i < end; i++) {
        double difference = column[i] - query;
        distances[i] += difference * difference;
    }
}

ALWAYS_INLINE void group_distances(const struct condensation *c, size_t queries, const double *x,
                                   double *distances) {
    size_t d = c->density->dimensions;
    for (size_t i = 0; i < queries * c->stride; i++)
        distances[i] = 0;
    for (size_t first = 0; first < c->stride; first += TILE) {
        size_t end = c->stride - first < TILE ? c->stride : first + TILE;
        for (size_t q = 0; q < queries; q++)
            for (size_t a = 0; a < d; a++)
                add_column(c->columns + a * c->stride, x[q * d + a], first, end, distances + q * c->stride);
    }
}

/* One query at one bandwidth, from its squared distances: relative to the largest term, the powers' sums. */
ALWAYS_INLINE struct condensation_value measure(const struct condensation *c, const double *distances,
                                                double bandwidth) {
    double scale = -0.5 / (bandwidth * bandwidth), largest[WIDTH], most = -INFINITY;
    double first[WIDTH] = {0}, second[WIDTH] = {0}, fourth[WIDTH] = {0}, sums[3] = {0};
    for (size_t lane = 0; lane < WIDTH; lane++)
        largest[lane] = -INFINITY;
    for (size_t i = 0; i < c->stride; i += WIDTH) {
#pragma omp simd
        for (size_t lane = 0; lane < WIDTH; lane++) {
            double exponent = c->log_weights[i + lane] + scale * distances[i + lane];
            largest[lane] = exponent > largest[lane] ? exponent : largest[lane];
        }
    }
    for (size_t lane = 0; lane < WIDTH; lane++)
        most = fmax(most, largest[lane]);
    if (most == -INFINITY)
        return (struct condensation_value){.log_density = -INFINITY};
    for (size_t i = 0; i < c->stride; i += WIDTH) {
#pragma omp simd
        for (size_t lane = 0; lane < WIDTH; lane++) {
            double term = elementary_exp((c->log_weights[i + lane] + scale * distances[i + lane]) - most);
            double square = term * term;
            first[lane] += term;
            second[lane] += square;
            fourth[lane] += square * square;
        }
    }
    for (size_t lane = 0; lane < WIDTH; lane++) {
        sums[0] += first[lane];
        sums[1] += second[lane];
        sums[2] += fourth[lane];
    }
    double d = (double)c->density->dimensions;
    return (struct condensation_value){
        .log_density = log(sums[0]) + most - d * log(bandwidth) - c->density->log_determinant +
                       c->density->kernel.log_constant,
        .density_concentration = sums[1] / (sums[0] * sums[0]),
        .variance_concentration = sums[2] / (sums[1] * sums[1]),
        .largest_weight = 1 / sums[0],
    };
}

/* parallel_body: one group of queries. */
INSTRUCTION_SETS static void measure_group(void *context, size_t block, size_t worker) {
    const struct task *task = context;
    const struct condensation *c = task->condensation;
    size_t start = block * GROUP, d = c->density->dimensions;
    size_t queries = task->rows - start < GROUP ? task->rows - start : GROUP;
    double *distances = c->distances + worker * GROUP * c->stride;
    group_distances(c, queries, task->queries + start * d, distances);
    for (size_t q = 0; q < queries; q++) {
        size_t row = start + q, left_out = task->first + row;
        double rest = 1;
        if (task->first != CONDENSATION_ALL) {
            distances[q * c->stride + left_out] = INFINITY;
            rest = 1 - c->density->weights[left_out];
        }
        for (size_t h = 0; h < task->count; h++) {
            struct condensation_value *value = &task->values[row * task->count + h];
            *value = measure(c, distances + q * c->stride, task->bandwidths[h]);
            value->log_density -= rest > 0 ? log(rest) : 0;
        }
    }
}

void condensation_measure(struct condensation *condensation, size_t rows, const double *whitened,
                          size_t first, size_t count, const double *bandwidths,
                          struct condensation_value *values) {
    struct task task = {condensation, rows, first, count, whitened, bandwidths, values};
    parallel_for(condensation->threads, (rows + GROUP - 1) / GROUP, measure_group, &task);
}

void condensation_free(struct condensation *condensation) {
    if (condensation == NULL)
        return;
    free(condensation->columns);
    free(condensation->log_weights);
    free(condensation->distances);
    free(condensation);
}
