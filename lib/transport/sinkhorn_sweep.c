/* Sums of exponentials over rows and columns of the cost, with a running maximum: one pass, no overflow, no
 * underflow of what matters. */
#include <math.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/parallel.h"
#include "num/elementary.h"
#include "transport/sinkhorn_line.h"
#include "transport/sinkhorn_parts.h"

/* Tiles of 32 sources by 128 targets where a row is summed, 64 by 64 where a column is: 32 KiB. */
enum {
    SUM_LANES = 8,
    ROWS = 8,
    ROW_CHUNK = SINKHORN_TILE / ROWS,
    STRIP = SINKHORN_STRIP,
    STRIP_ROWS = SINKHORN_TILE / STRIP
};

struct sweep {
    const struct sinkhorn_solver *solver;
    double *softmin;
};

/* A sum of exponentials as sum exp(maximum), its terms in fixed lanes. */
struct running_row {
    double maximum;
    double sums[SUM_LANES];
};

/* exp x for x <= 0; below e^-700 it is nothing beside the largest term. */
ALWAYS_INLINE double term_of(double x) {
    double term = elementary_exp2(x * ELEMENTARY_LOG2_E);
    return x > -700 ? term : 0;
}

/* Adds count exponentials; exponents take the place of the costs, which have room up to a multiple of 8. */
INSTRUCTION_SETS static void add_row(struct running_row *row, size_t count, const double *offsets,
                                     double rate, double *costs) {
    double maxima[SUM_LANES], maximum = row->maximum;
    for (size_t lane = 0; lane < SUM_LANES; lane++)
        maxima[lane] = -INFINITY;
#pragma omp simd
    for (size_t j = 0; j < count; j++)
        costs[j] = offsets[j] - costs[j] * rate;
    for (; count % SUM_LANES != 0; count++)
        costs[count] = -INFINITY;
    for (size_t j = 0; j < count; j += SUM_LANES)
#pragma omp simd
        for (size_t lane = 0; lane < SUM_LANES; lane++)
            maxima[lane] = costs[j + lane] > maxima[lane] ? costs[j + lane] : maxima[lane];
    for (size_t lane = 0; lane < SUM_LANES; lane++)
        maximum = maxima[lane] > maximum ? maxima[lane] : maximum;
    if (maximum == -INFINITY)
        return;
    double shrink = elementary_exp(row->maximum - maximum);
    row->maximum = maximum;
    for (size_t lane = 0; lane < SUM_LANES; lane++)
        row->sums[lane] *= shrink;
    for (size_t j = 0; j < count; j += SUM_LANES)
#pragma omp simd
        for (size_t lane = 0; lane < SUM_LANES; lane++)
            row->sums[lane] += term_of(costs[j + lane] - maximum);
}

static double row_softmin(const struct running_row *row) {
    const double *s = row->sums;
    double sum = ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
    return -(row->maximum + log(sum)); /* an empty sum: -(-inf + log 0) */
}

static void sweep_rows(void *context, size_t block, size_t worker) {
    const struct sweep *sweep = context;
    const struct sinkhorn_solver *solver = sweep->solver;
    struct running_row rows[ROWS];
    double *tile = solver->tiles + worker * SINKHORN_TILE;
    size_t first = block * ROWS, m = solver->target.count;
    size_t count = solver->source.count - first < ROWS ? solver->source.count - first : ROWS;
    for (size_t i = 0; i < count; i++)
        rows[i] = (struct running_row){.maximum = -INFINITY};
    for (size_t start = 0; start < m; start += ROW_CHUNK) {
        size_t width = m - start < ROW_CHUNK ? m - start : ROW_CHUNK;
        pair_cost_tile(&solver->cost, &(struct pair_cost_window){first, count, start, width}, tile);
        for (size_t i = count; i-- > 0;) /* the last first: a row is filled up at the cost of the next */
            add_row(rows + i, width, solver->target.offsets + start, 1 / solver->epsilon, tile + i * width);
    }
    for (size_t i = 0; i < count; i++)
        sweep->softmin[first + i] = row_softmin(rows + i);
}

void sinkhorn_sweep_sources(const struct sinkhorn_solver *solver, double *softmin) {
    struct sweep sweep = {.solver = solver, .softmin = softmin};
    if (solver->line != NULL) {
        sinkhorn_line_sources(solver, softmin, NULL);
        return;
    }
    parallel_for(solver->threads, (solver->source.count + ROWS - 1) / ROWS, sweep_rows, &sweep);
}

/* Adds rows of a tile of STRIP columns to the columns' sums; exponents take the place of costs. */
INSTRUCTION_SETS static void add_columns(size_t rows, const double *offsets, double rate, double *tile,
                                         double *maxima, double *sums) {
    double shrink[STRIP];
    memcpy(shrink, maxima, sizeof shrink);
    for (size_t i = 0; i < rows; i++)
#pragma omp simd
        for (size_t j = 0; j < STRIP; j++) {
            double exponent = offsets[i] - tile[i * STRIP + j] * rate;
            tile[i * STRIP + j] = exponent;
            maxima[j] = exponent > maxima[j] ? exponent : maxima[j];
        }
        /* Where all is -inf so far the sum stays 0: exp(-inf - 0). */
#pragma omp simd
    for (size_t j = 0; j < STRIP; j++)
        sums[j] *= elementary_exp(shrink[j] - (maxima[j] == -INFINITY ? 0 : maxima[j]));
    for (size_t i = 0; i < rows; i++)
#pragma omp simd
        for (size_t j = 0; j < STRIP; j++)
            sums[j] += term_of(tile[i * STRIP + j] - (maxima[j] == -INFINITY ? 0 : maxima[j]));
}

/* Spreads rows of `width` columns to rows of STRIP, the last row first; what is added is forbidden. */
static void widen(size_t rows, size_t width, double *tile) {
    for (size_t i = rows; i-- > 0 && width < STRIP;) {
        memmove(tile + i * STRIP, tile + i * width, width * sizeof *tile);
        for (size_t j = width; j < STRIP; j++)
            tile[i * STRIP + j] = INFINITY;
    }
}

static void sweep_columns(void *context, size_t block, size_t worker) {
    const struct sweep *sweep = context;
    const struct sinkhorn_solver *solver = sweep->solver;
    double *tile = solver->tiles + worker * SINKHORN_TILE, maxima[STRIP], sums[STRIP] = {0};
    size_t first = block * STRIP, n = solver->source.count;
    size_t width = solver->target.count - first < STRIP ? solver->target.count - first : STRIP;
    for (size_t j = 0; j < STRIP; j++)
        maxima[j] = -INFINITY;
    for (size_t start = 0; start < n; start += STRIP_ROWS) {
        size_t rows = n - start < STRIP_ROWS ? n - start : STRIP_ROWS;
        pair_cost_tile(&solver->cost, &(struct pair_cost_window){start, rows, first, width}, tile);
        widen(rows, width, tile);
        add_columns(rows, solver->source.offsets + start, 1 / solver->epsilon, tile, maxima, sums);
    }
    for (size_t j = 0; j < width; j++)
        sweep->softmin[first + j] = -(maxima[j] + log(sums[j]));
}

void sinkhorn_sweep_targets(const struct sinkhorn_solver *solver, double *softmin) {
    struct sweep sweep = {.solver = solver, .softmin = softmin};
    if (solver->line != NULL) {
        sinkhorn_line_targets(solver, softmin, NULL);
        return;
    }
    parallel_for(solver->threads, (solver->target.count + STRIP - 1) / STRIP, sweep_columns, &sweep);
}
