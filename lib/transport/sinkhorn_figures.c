/* The figures of a plan, from all of its entries in double precision, and its rows. */
#include <math.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/parallel.h"
#include "num/elementary.h"
#include "num/vector.h"
#include "transport/sinkhorn_parts.h"

enum { SUM_LANES = 8, ROWS = 32, CHUNK = SINKHORN_TILE / ROWS };

/* Sums over pairs of a block of sources. */
struct plan_sums {
    double transport;    /* P C */
    double log_weighted; /* P log P */
};

struct figures {
    struct sinkhorn_solver *solver;
    struct plan_sums blocks[SINKHORN_BLOCKS_MAX];
};

struct lane_sums {
    double mass[SUM_LANES], transport[SUM_LANES], log_weighted[SUM_LANES];
};

/* One pair: forbidden ones, and those without weight, carry nothing. */
ALWAYS_INLINE double add_pair(double exponent, double cost, double *transport, double *log_weighted) {
    double mass = elementary_exp(exponent);
    *transport += mass > 0 ? mass * cost : 0;
    *log_weighted += mass > 0 ? mass * exponent : 0;
    return mass;
}

INSTRUCTION_SETS static void add_chunk(size_t count, double source_offset, const double *offsets, double rate,
                                       const double *costs, struct lane_sums *sums, double *columns) {
    size_t whole = count - count % SUM_LANES;
    for (size_t j = 0; j < whole; j += SUM_LANES)
#pragma omp simd
        for (size_t lane = 0; lane < SUM_LANES; lane++) {
            double cost = costs[j + lane];
            double mass = add_pair(source_offset + (offsets[j + lane] - cost * rate), cost,
                                   sums->transport + lane, sums->log_weighted + lane);
            sums->mass[lane] += mass;
            columns[j + lane] += mass;
        }
    for (size_t j = whole; j < count; j++) {
        double mass = add_pair(source_offset + (offsets[j] - costs[j] * rate), costs[j],
                               sums->transport + (j - whole), sums->log_weighted + (j - whole));
        sums->mass[j - whole] += mass;
        columns[j] += mass;
    }
}

static void add_group(struct sinkhorn_solver *solver, size_t first, size_t rows, double *tile,
                      struct plan_sums *sums, double *columns) {
    size_t m = solver->target.count;
    struct lane_sums row[ROWS];
    memset(row, 0, sizeof row);
    for (size_t start = 0; start < m; start += CHUNK) {
        size_t width = m - start < CHUNK ? m - start : CHUNK;
        pair_cost_tile(&solver->cost, &(struct pair_cost_window){first, rows, start, width}, tile);
        for (size_t r = 0; r < rows; r++)
            add_chunk(width, solver->source.offsets[first + r], solver->target.offsets + start,
                      1 / solver->epsilon, tile + r * width, row + r, columns + start);
    }
    for (size_t r = 0; r < rows; r++) {
        solver->source.updates[first + r] = vector_pairwise_sum(SUM_LANES, row[r].mass);
        sums->transport += vector_pairwise_sum(SUM_LANES, row[r].transport);
        sums->log_weighted += vector_pairwise_sum(SUM_LANES, row[r].log_weighted);
    }
}

static void add_block(void *context, size_t block, size_t worker) {
    struct figures *figures = context;
    struct sinkhorn_solver *solver = figures->solver;
    size_t m = solver->target.count, first = block * solver->block_rows, left = solver->source.count - first;
    size_t rows = left < solver->block_rows ? left : solver->block_rows;
    double *tile = solver->tiles + worker * SINKHORN_TILE, *columns = solver->partials + block * m;
    struct plan_sums *sums = figures->blocks + block;
    memset(columns, 0, m * sizeof *columns);
    for (size_t i = 0; i < rows; i += ROWS)
        add_group(solver, first + i, rows - i < ROWS ? rows - i : ROWS, tile, sums, columns);
}

static double distance_from_weights(const struct sinkhorn_side *side) {
    double sum = 0;
    for (size_t i = 0; i < side->count; i++)
        sum += fabs(side->updates[i] - side->weights[i]);
    return sum;
}

/* sum P log a_i over a side. */
static double log_weight_sum(const struct sinkhorn_side *side) {
    double sum = 0;
    for (size_t i = 0; i < side->count; i++)
        if (side->weights[i] > 0)
            sum += side->updates[i] * side->logarithms[i];
    return sum;
}

static void conclude(struct sinkhorn_solver *solver, struct plan_sums sums) {
    struct sinkhorn_result *result = solver->result;
    const struct sinkhorn_side *source = &solver->source, *target = &solver->target;
    double product = source->total * target->total, mass = 0;
    for (size_t i = 0; i < source->count; i++)
        mass += source->updates[i];
    double relative = sums.log_weighted - log_weight_sum(source) - log_weight_sum(target) - mass + product;
    result->mass = mass;
    result->transport = sums.transport;
    result->entropy = -sums.log_weighted;
    result->objective = sums.transport + solver->epsilon * relative +
                        sinkhorn_relaxation_penalty(solver, source, source->updates) +
                        sinkhorn_relaxation_penalty(solver, target, target->updates);
    result->dual = sinkhorn_relaxation_dual(solver, source) + sinkhorn_relaxation_dual(solver, target) +
                   solver->epsilon * (product - mass);
    result->source_error = distance_from_weights(source);
    result->target_error = distance_from_weights(target);
}

/* The constant that may be moved from g to f is chosen so that <f, a> = <g, b>. */
static void normalize(struct sinkhorn_solver *solver) {
    struct sinkhorn_side *source = &solver->source, *target = &solver->target;
    if (!sinkhorn_relaxation_balanced(solver) || solver->problem->symmetric)
        return;
    double shift = (sinkhorn_relaxation_dual(solver, target) - sinkhorn_relaxation_dual(solver, source)) /
                   (source->total + target->total);
    for (size_t i = 0; i < source->count; i++)
        source->potentials[i] += shift;
    for (size_t j = 0; j < target->count; j++)
        target->potentials[j] -= shift;
}

void sinkhorn_figures_compute(struct sinkhorn_solver *solver) {
    struct figures figures = {.solver = solver};
    struct plan_sums sums = {0, 0};
    normalize(solver);
    sinkhorn_relaxation_set_offsets(solver, &solver->source);
    sinkhorn_relaxation_set_offsets(solver, &solver->target);
    size_t m = solver->target.count;
    parallel_for(solver->threads, solver->blocks, add_block, &figures);
    memset(solver->target.updates, 0, m * sizeof *solver->target.updates);
    for (size_t block = 0; block < solver->blocks; block++) {
        sums.transport += figures.blocks[block].transport;
        sums.log_weighted += figures.blocks[block].log_weighted;
        for (size_t j = 0; j < m; j++)
            solver->target.updates[j] += solver->partials[block * m + j];
    }
    conclude(solver, sums);
}

/* a b e^x = (a e^(x/2)) (b e^(x/2)), which neither overflows nor loses a plan's entries where weights are
 * tiny and potentials make up for them. */
INSTRUCTION_SETS static void finish_row(size_t count, double weight, double potential,
                                        const double *target_weights, const double *target_potentials,
                                        double half_rate, double *row) {
#pragma omp simd
    for (size_t j = 0; j < count; j++) {
        double half = elementary_exp((potential + (target_potentials[j] - row[j])) * half_rate);
        double mass = (weight * half) * (target_weights[j] * half);
        row[j] = target_weights[j] > 0 && row[j] < INFINITY ? mass : 0;
    }
}

void sinkhorn_plan_rows(const struct sinkhorn_problem *problem, const double *source_potentials,
                        const double *target_potentials, size_t first, size_t count, double *plan) {
    size_t m = problem->cost.targets;
    pair_cost_tile(&problem->cost, &(struct pair_cost_window){first, count, 0, m}, plan);
    for (size_t i = 0; i < count; i++)
        if (problem->source_weights[first + i] > 0)
            finish_row(m, problem->source_weights[first + i], source_potentials[first + i],
                       problem->target_weights, target_potentials, 0.5 / problem->epsilon, plan + i * m);
        else
            memset(plan + i * m, 0, m * sizeof *plan);
}
