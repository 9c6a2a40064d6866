/* The figures of a plan, from all of its entries in double precision, and its rows. */
#include <math.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/parallel.h"
#include "num/compensated.h"
#include "num/elementary.h"
#include "num/lanes.h"
#include "num/vector.h"
#include "transport/sinkhorn_line.h"
#include "transport/sinkhorn_parts.h"

enum { SUM_LANES = 8, ROWS = 32, CHUNK = SINKHORN_TILE / ROWS };

struct figures {
    struct sinkhorn_solver *solver;
    double transport[SINKHORN_BLOCKS_MAX]; /* sum P C of each block of sources */
};

/* Sums over a row in eight lanes. */
struct row_sums {
    lanes mass[2], transport[2];
};

/* The masses of a chunk of a row, and times its costs, filled up with zeros. */
struct chunk {
    double mass[CHUNK], transport[CHUNK];
};

/* exp x or, below 1e-300, 0. The product's rounding, |x| 1e-16 of the result, is that of x itself. */
ALWAYS_INLINE double mass_of(double x) {
    double bounded = x < 700 ? x : 700;
    double mass = elementary_exp2(bounded * ELEMENTARY_LOG2_E);
    return x > -690 ? mass : 0;
}

/* Forbidden pairs, and those without weight, carry nothing. */
ALWAYS_INLINE void fill_chunk(size_t count, double source_offset, const double *offsets, double rate,
                              const double *costs, struct chunk *chunk, double *columns) {
#pragma omp simd
    for (size_t j = 0; j < count; j++) {
        double mass = mass_of(source_offset + (offsets[j] - costs[j] * rate));
        chunk->mass[j] = mass;
        chunk->transport[j] = mass > 0 ? mass * costs[j] : 0;
        columns[j] += mass;
    }
    for (; count % SUM_LANES != 0; count++)
        chunk->mass[count] = chunk->transport[count] = 0;
}

INSTRUCTION_SETS static void add_chunk(size_t count, double source_offset, const double *offsets, double rate,
                                       const double *costs, struct row_sums *row, double *columns) {
    struct chunk chunk;
    struct row_sums sums = *row;
    fill_chunk(count, source_offset, offsets, rate, costs, &chunk, columns);
    for (size_t j = 0; j < count; j += SUM_LANES) {
        LANES_UNROLL
        for (size_t half = 0; half < 2; half++) {
            sums.mass[half] += lanes_load(chunk.mass + j + half * LANES);
            sums.transport[half] += lanes_load(chunk.transport + j + half * LANES);
        }
    }
    *row = sums;
}

ALWAYS_INLINE double row_total(const lanes *sums) {
    lanes sum = sums[0] + sums[1];
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

static void add_group(struct sinkhorn_solver *solver, size_t first, size_t rows, double *tile,
                      double *transport, double *columns) {
    size_t m = solver->target.count;
    struct row_sums row[ROWS];
    memset(row, 0, sizeof row);
    for (size_t start = 0; start < m; start += CHUNK) {
        size_t width = m - start < CHUNK ? m - start : CHUNK;
        pair_cost_tile(&solver->cost, &(struct pair_cost_window){first, rows, start, width}, tile);
        for (size_t r = 0; r < rows; r++)
            add_chunk(width, solver->source.offsets[first + r], solver->target.offsets + start,
                      1 / solver->epsilon, tile + r * width, row + r, columns + start);
    }
    for (size_t r = 0; r < rows; r++) {
        solver->source.updates[first + r] = row_total(row[r].mass);
        *transport += row_total(row[r].transport);
    }
}

static void add_block(void *context, size_t block, size_t worker) {
    struct figures *figures = context;
    struct sinkhorn_solver *solver = figures->solver;
    size_t m = solver->target.count, first = block * solver->block_rows, left = solver->source.count - first;
    size_t rows = left < solver->block_rows ? left : solver->block_rows;
    double *tile = solver->tiles + worker * SINKHORN_TILE, *columns = solver->partials + block * m;
    memset(columns, 0, m * sizeof *columns);
    for (size_t i = 0; i < rows; i += ROWS)
        add_group(solver, first + i, rows - i < ROWS ? rows - i : ROWS, tile, figures->transport + block,
                  columns);
}

static double distance_from_weights(const struct sinkhorn_side *side) {
    double sum = 0;
    for (size_t i = 0; i < side->count; i++)
        sum += fabs(side->updates[i] - side->weights[i]);
    return sum;
}

/* Over a side, the sum of its marginal times some values: thousands of nearly equal terms, whose rounding
 * adds up where it is not kept. */
static double marginal_sum(const struct sinkhorn_side *side, const double *values) {
    double sum = 0, lost = 0;
    for (size_t i = 0; i < side->count; i++) {
        if (!(side->weights[i] > 0))
            continue;
        double term = side->updates[i] * values[i], before = sum;
        sum += term;
        lost += compensated_sum_error(before, term, sum);
    }
    return sum + lost;
}

/* log P_ij = log a_i + log b_j + (f_i + g_j - C_ij)/eps, so that sums with it follow from the marginals and
 * the transport. */
static void conclude(struct sinkhorn_solver *solver, double transport) {
    struct sinkhorn_result *result = solver->result;
    const struct sinkhorn_side *source = &solver->source, *target = &solver->target;
    double product = source->total * target->total;
    double mass = vector_pairwise_sum(source->count, source->updates);
    double potentials = marginal_sum(source, source->potentials) + marginal_sum(target, target->potentials);
    double logarithms = marginal_sum(source, source->logarithms) + marginal_sum(target, target->logarithms);
    result->mass = mass;
    result->transport = transport;
    result->entropy = (transport - potentials) / solver->epsilon - logarithms;
    result->objective = potentials + solver->epsilon * (product - mass) +
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

/* <C, P>; the marginals are left in the sides' updates. */
static double pass_over_pairs(struct sinkhorn_solver *solver) {
    struct figures figures = {.solver = solver};
    double transport = 0;
    size_t m = solver->target.count;
    parallel_for(solver->threads, solver->blocks, add_block, &figures);
    memset(solver->target.updates, 0, m * sizeof *solver->target.updates);
    for (size_t block = 0; block < solver->blocks; block++) {
        transport += figures.transport[block];
        for (size_t j = 0; j < m; j++)
            solver->target.updates[j] += solver->partials[block * m + j];
    }
    return transport;
}

/* In place of a side's softmins. */
static void marginal_of_softmins(struct sinkhorn_side *side) {
    for (size_t i = 0; i < side->count; i++)
        side->updates[i] = side->weights[i] > 0 ? exp(side->offsets[i] - side->updates[i]) : 0;
}

/* The same on a line: <C, P> is made of the targets' mean costs, which `room` holds. */
static double pass_over_line(struct sinkhorn_solver *solver, double *room) {
    struct sinkhorn_side *source = &solver->source, *target = &solver->target;
    sinkhorn_line_sources(solver, source->updates, NULL);
    sinkhorn_line_targets(solver, target->updates, room);
    marginal_of_softmins(source);
    marginal_of_softmins(target);
    return marginal_sum(target, room);
}

void sinkhorn_figures_compute(struct sinkhorn_solver *solver) {
    normalize(solver);
    sinkhorn_relaxation_set_offsets(solver, &solver->source);
    sinkhorn_relaxation_set_offsets(solver, &solver->target);
    conclude(solver,
             solver->line != NULL ? pass_over_line(solver, solver->partials) : pass_over_pairs(solver));
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
