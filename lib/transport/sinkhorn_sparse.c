#include "transport/sinkhorn_sparse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "num/elementary.h"

enum { ROWS = 32, CHUNK = SINKHORN_TILE / ROWS };

/* log 1e-15: what is left out sums to 1e-15 times the number of points, or 2e4 times that by the time the
 * entries are chosen again. */
static const double LEAST_EXPONENT = -34.5;

struct screening {
    const struct sinkhorn_solver *solver;
    struct sinkhorn_sparse *sparse;
    bool counting; /* the first time; then entries are written */
};

/* Turns costs of one source into exponents less what they must exceed; returns how many do. */
INSTRUCTION_SETS static size_t mark(size_t count, double source_offset, double source_logarithm,
                                    const double *offsets, const double *logarithms, double rate,
                                    const double *costs, double *excess) {
    size_t found = 0;
#pragma omp simd reduction(+ : found)
    for (size_t j = 0; j < count; j++) {
        double least = source_logarithm < logarithms[j] ? source_logarithm : logarithms[j];
        double exponent = source_offset + (offsets[j] - costs[j] * rate);
        excess[j] = exponent - (least + LEAST_EXPONENT);
        found += excess[j] > 0; /* -inf - -inf, without weight, is nan */
    }
    return found;
}

static void write_entries(struct sinkhorn_sparse *sparse, size_t place, size_t first, size_t count,
                          const double *costs, const double *excess) {
    for (size_t j = 0; j < count; j++)
        if (excess[j] > 0) {
            sparse->targets[place] = (uint32_t)(first + j);
            sparse->costs[place++] = costs[j];
        }
}

static void screen_rows(void *context, size_t block, size_t worker) {
    struct screening *screening = context;
    const struct sinkhorn_solver *solver = screening->solver;
    struct sinkhorn_sparse *sparse = screening->sparse;
    size_t first = block * ROWS, m = solver->target.count, left = solver->source.count - first;
    size_t rows = left < ROWS ? left : ROWS, found[ROWS] = {0};
    double *tile = solver->tiles + worker * SINKHORN_TILE, excess[CHUNK];
    for (size_t start = 0; start < m; start += CHUNK) {
        size_t width = m - start < CHUNK ? m - start : CHUNK;
        pair_cost_tile(&solver->cost, &(struct pair_cost_window){first, rows, start, width}, tile);
        for (size_t r = 0; r < rows; r++) {
            const double *costs = tile + r * width;
            size_t i = first + r;
            size_t count = mark(width, solver->source.offsets[i], solver->source.logarithms[i],
                                solver->target.offsets + start, solver->target.logarithms + start,
                                1 / solver->epsilon, costs, excess);
            if (count > 0 && !screening->counting)
                write_entries(sparse, sparse->starts[i] + found[r], start, width, costs, excess);
            found[r] += count;
        }
    }
    for (size_t r = 0; r < rows && screening->counting; r++)
        sparse->starts[first + r + 1] = found[r];
}

static void screen(struct screening *screening) {
    size_t blocks = (screening->solver->source.count + ROWS - 1) / ROWS;
    parallel_for(screening->solver->threads, blocks, screen_rows, screening);
}

int sinkhorn_sparse_create(struct sinkhorn_sparse *sparse, const struct sinkhorn_solver *solver,
                           size_t entries_max, struct error *error) {
    struct screening screening = {.solver = solver, .sparse = sparse, .counting = true};
    size_t n = solver->source.count, m = solver->target.count;
    *sparse = (struct sinkhorn_sparse){0};
    if (m > UINT32_MAX)
        return 1;
    sparse->starts = memory_zeros(error, n + 1, sizeof *sparse->starts);
    sparse->source_sums = memory_array(error, n, sizeof *sparse->source_sums);
    sparse->target_sums = memory_array(error, m, sizeof *sparse->target_sums);
    if (sparse->starts == NULL || sparse->source_sums == NULL || sparse->target_sums == NULL) {
        sinkhorn_sparse_free(sparse);
        return -1;
    }
    screen(&screening);
    for (size_t i = 0; i < n; i++)
        sparse->starts[i + 1] += sparse->starts[i];
    sparse->entries = sparse->starts[n];
    if (sparse->entries > entries_max) {
        sinkhorn_sparse_free(sparse);
        return 1;
    }
    sparse->targets = memory_array(error, sparse->entries, sizeof *sparse->targets);
    sparse->costs = memory_array(error, sparse->entries, sizeof *sparse->costs);
    sparse->masses = memory_array(error, sparse->entries, sizeof *sparse->masses);
    if (sparse->targets == NULL || sparse->costs == NULL || sparse->masses == NULL) {
        sinkhorn_sparse_free(sparse);
        return -1;
    }
    screening.counting = false;
    screen(&screening);
    return 0;
}

void sinkhorn_sparse_free(struct sinkhorn_sparse *sparse) {
    free(sparse->starts);
    free(sparse->targets);
    free(sparse->costs);
    free(sparse->masses);
    free(sparse->source_sums);
    free(sparse->target_sums);
    *sparse = (struct sinkhorn_sparse){0};
}

INSTRUCTION_SETS static void exponentiate(size_t count, double *values) {
#pragma omp simd
    for (size_t k = 0; k < count; k++)
        values[k] = elementary_exp(values[k]);
}

double sinkhorn_sparse_evaluate(struct sinkhorn_sparse *sparse, const struct sinkhorn_solver *solver,
                                const double *f, const double *g) {
    size_t n = solver->source.count, m = solver->target.count;
    double total = 0, rate = 1 / solver->epsilon;
    for (size_t i = 0; i < n; i++)
        for (size_t k = sparse->starts[i]; k < sparse->starts[i + 1]; k++) {
            size_t j = sparse->targets[k];
            sparse->masses[k] = solver->source.logarithms[i] + solver->target.logarithms[j] +
                                ((f[i] + g[j]) - sparse->costs[k]) * rate;
        }
    exponentiate(sparse->entries, sparse->masses);
    memset(sparse->target_sums, 0, m * sizeof *sparse->target_sums);
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t k = sparse->starts[i]; k < sparse->starts[i + 1]; k++) {
            sum += sparse->masses[k];
            sparse->target_sums[sparse->targets[k]] += sparse->masses[k];
        }
        sparse->source_sums[i] = sum;
        total += sum;
    }
    return total;
}

static void step_side(const struct sinkhorn_solver *solver, const struct sinkhorn_side *side,
                      const double *sums, double *potentials) {
    for (size_t i = 0; i < side->count; i++)
        if (side->weights[i] > 0 && sums[i] > 0)
            potentials[i] += solver->epsilon * log(side->weights[i] / sums[i]);
}

void sinkhorn_sparse_step(struct sinkhorn_sparse *sparse, const struct sinkhorn_solver *solver, double *f,
                          double *g) {
    sinkhorn_sparse_evaluate(sparse, solver, f, g);
    step_side(solver, &solver->source, sparse->source_sums, f);
    sinkhorn_sparse_evaluate(sparse, solver, f, g);
    step_side(solver, &solver->target, sparse->target_sums, g);
}
