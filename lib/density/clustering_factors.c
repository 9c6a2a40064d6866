#include "density/clustering_factors.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "num/vector.h"

enum {
    INNER_MIN = 10,  /* gradient steps between two updates of the multipliers, */
    INNER_MAX = 500, /* and at the most */
    HALVINGS = 40,   /* of a step that does not descend */
    LOOK = 100,      /* steps between two lines of progress */
};

#define DESCENT 1e-4 /* Armijo's constant */
#define NOISE 0.1    /* what is added to the partition to begin with, of its largest entry */
#define INNER_FRACTION 0.1
#define PENALTY_FACTOR 2.0
#define PENALTY_MAX 1e4 /* over the first one: beyond, steps get too short */
#define ENOUGH 0.5      /* the row sums' residual falls by this or the penalty grows */

/* The columns of all U_b, one after another, each n values. */
struct factors {
    const struct clustering_costs *costs;
    size_t n, columns, threads;
    size_t *block_of;               /* columns: its block */
    double *now, *trial, *gradient; /* columns x n */
    double *trial_gradient;         /* likewise */
    double *norms;                  /* blocks x n: |y_i|^2 */
    double *projected;              /* columns x d: Y^T u */
    double *values;                 /* columns: each one's share of the objective */
    double *sums;                   /* columns: s = 1^T u */
    double *rows, *multipliers;     /* n: h - 1, lambda; h = sum of s u */
    double *pull;                   /* n: lambda + beta (h - 1) */
    double penalty, first_penalty;  /* beta; what it was to begin with, the size of the costs */
    const double *source;           /* what a parallel pass reads, */
    double *target;                 /* and writes */
    double objective, value;        /* F less the offset; the augmented Lagrangian; of the last evaluation */
};

static void factors_free(struct factors *factors) {
    free(factors->block_of);
    free(factors->now);
    free(factors->trial);
    free(factors->gradient);
    free(factors->trial_gradient);
    free(factors->norms);
    free(factors->projected);
    free(factors->values);
    free(factors->sums);
    free(factors->rows);
    free(factors->multipliers);
    free(factors->pull);
}

static int factors_create(struct factors *factors, const struct clustering_costs *costs, size_t rank,
                          struct error *error) {
    size_t n = costs->n, columns;
    if (!memory_product(rank, costs->clusters, &columns))
        return error_set(error, "a factor of rank %zu is too large", rank);
    *factors = (struct factors){.costs = costs, .n = n, .columns = columns};
    factors->block_of = memory_array(error, columns, sizeof(size_t));
    factors->now = memory_matrix(error, columns, n, sizeof(double));
    factors->trial = memory_matrix(error, columns, n, sizeof(double));
    factors->gradient = memory_matrix(error, columns, n, sizeof(double));
    factors->trial_gradient = memory_matrix(error, columns, n, sizeof(double));
    factors->norms = memory_zeros(error, costs->blocks * n, sizeof(double));
    factors->projected = memory_matrix(error, columns, costs->d, sizeof(double));
    factors->values = memory_array(error, columns, sizeof(double));
    factors->sums = memory_array(error, columns, sizeof(double));
    factors->rows = memory_array(error, n, sizeof(double));
    factors->multipliers = memory_zeros(error, n, sizeof(double));
    factors->pull = memory_array(error, n, sizeof(double));
    if (factors->block_of != NULL && factors->now != NULL && factors->trial != NULL &&
        factors->gradient != NULL && factors->trial_gradient != NULL && factors->norms != NULL &&
        factors->projected != NULL && factors->values != NULL && factors->sums != NULL &&
        factors->rows != NULL && factors->multipliers != NULL && factors->pull != NULL)
        return 0;
    factors_free(factors);
    return -1;
}

/* s, Y^T u and <C, u u^T> = c s^2 + s sum_i |y_i|^2 u_i - |Y^T u|^2 of one column. */
static void measure(void *context, size_t column, size_t worker) {
    (void)worker;
    struct factors *factors = context;
    const struct clustering_costs *costs = factors->costs;
    size_t n = factors->n, d = costs->d, block = factors->block_of[column];
    const double *u = factors->source + column * n;
    double sum = vector_pairwise_sum(n, u), squares = 0;
    for (size_t j = 0; j < d; j++) {
        double inner = vector_dot(n, costs->white + (block * d + j) * n, u);
        factors->projected[column * d + j] = inner;
        squares += inner * inner;
    }
    factors->sums[column] = sum;
    factors->values[column] =
        costs->constants[block] * sum * sum + sum * vector_dot(n, factors->norms + block * n, u) - squares;
}

/* gradient = (2 c s + sum_i (|y_i|^2 + pull_i) u_i) 1 + s (|y|^2 + pull) - 2 Y Y^T u */
static INSTRUCTION_SETS void differentiate(void *context, size_t column, size_t worker) {
    (void)worker;
    struct factors *factors = context;
    const struct clustering_costs *costs = factors->costs;
    size_t n = factors->n, d = costs->d, block = factors->block_of[column];
    const double *u = factors->source + column * n, *norms = factors->norms + block * n;
    const double *pull = factors->pull;
    double *gradient = factors->target + column * n, sum = factors->sums[column];
    double constant = 2 * costs->constants[block] * sum + vector_dot(n, norms, u) + vector_dot(n, pull, u);
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        gradient[i] = constant + sum * (norms[i] + pull[i]);
    for (size_t j = 0; j < d; j++) {
        const double *white = costs->white + (block * d + j) * n;
        double factor = 2 * factors->projected[column * d + j];
#pragma omp simd
        for (size_t i = 0; i < n; i++)
            gradient[i] -= factor * white[i];
    }
}

/* Objective, row sums and the augmented Lagrangian at `columns`. */
static double evaluate(struct factors *factors, const double *columns) {
    size_t n = factors->n;
    factors->source = columns;
    parallel_for(factors->threads, factors->columns, measure, factors);
    factors->objective = vector_pairwise_sum(factors->columns, factors->values);
    for (size_t i = 0; i < n; i++)
        factors->rows[i] = -1;
    for (size_t r = 0; r < factors->columns; r++)
        for (size_t i = 0; i < n; i++)
            factors->rows[i] += factors->sums[r] * columns[r * n + i];
    for (size_t i = 0; i < n; i++)
        factors->pull[i] = factors->multipliers[i] + factors->penalty * factors->rows[i];
    factors->value = factors->objective + vector_dot(n, factors->multipliers, factors->rows) +
                     0.5 * factors->penalty * vector_dot(n, factors->rows, factors->rows);
    return factors->value;
}

/* The gradient where `columns` were the last evaluated. */
static void find_gradient(struct factors *factors, const double *columns, double *gradient) {
    factors->source = columns;
    factors->target = gradient;
    parallel_for(factors->threads, factors->columns, differentiate, factors);
}

/* The nearest point with entries >= 0 and |U_b|^2 = m_b. */
static void project(struct factors *factors, double *columns) {
    size_t n = factors->n;
    for (size_t b = 0; b < factors->costs->blocks; b++) {
        double squares = 0;
        for (size_t r = 0; r < factors->columns; r++) {
            double *u = columns + r * n;
            if (factors->block_of[r] != b)
                continue;
            for (size_t i = 0; i < n; i++)
                u[i] = u[i] > 0 ? u[i] : 0;
            squares += vector_dot(n, u, u);
        }
        double scale = squares > 0 ? sqrt((double)factors->costs->traces[b] / squares) : 0;
        for (size_t r = 0; r < factors->columns; r++)
            if (factors->block_of[r] == b)
                vector_scale(n, scale, columns + r * n);
    }
}

/* The partition's indicators, with some noise, and in further columns noise alone. */
static void begin(struct factors *factors, const size_t *labels, size_t rank, uint64_t seed) {
    const struct clustering_costs *costs = factors->costs;
    size_t n = factors->n, d = costs->d;
    double mean = 0;
    for (size_t r = 0; r < factors->columns; r++) {
        size_t k = r / rank, size = 0;
        struct random_stream stream;
        random_start(&stream, seed, "gmmfit", "factors", r);
        factors->block_of[r] = costs->block_of[k];
        for (size_t i = 0; i < n; i++)
            size += labels[i] == k;
        for (size_t i = 0; i < n; i++)
            factors->now[r * n + i] = ((r % rank == 0 && labels[i] == k) + NOISE * random_uniform(&stream)) /
                                      sqrt((double)(size > 0 ? size : 1));
    }
    for (size_t b = 0; b < costs->blocks; b++)
        for (size_t j = 0; j < d; j++)
            for (size_t i = 0; i < n; i++) {
                double white = costs->white[(b * d + j) * n + i];
                factors->norms[b * n + i] += white * white;
                mean += white * white / (double)(n * costs->blocks);
            }
    factors->penalty = factors->first_penalty = mean > 0 ? mean : 1;
    project(factors, factors->now);
}

/* One projected step of length *length at first, halved until it descends (Armijo along the projection).
 * Returns how far it went; *next becomes Barzilai and Borwein's length for the step to come. */
static double descend(struct factors *factors, double value, double *length, double *next) {
    size_t entries = factors->columns * factors->n;
    double moved = 0, turned = 0;
    for (int half = 0; half < HALVINGS; half++, *length *= 0.5) {
        moved = 0;
        for (size_t i = 0; i < entries; i++)
            factors->trial[i] = factors->now[i] - *length * factors->gradient[i];
        project(factors, factors->trial);
        for (size_t i = 0; i < entries; i++)
            moved += (factors->trial[i] - factors->now[i]) * (factors->trial[i] - factors->now[i]);
        if (evaluate(factors, factors->trial) <= value - DESCENT / *length * moved)
            break;
    }
    find_gradient(factors, factors->trial, factors->trial_gradient);
    for (size_t i = 0; i < entries; i++)
        turned += (factors->trial[i] - factors->now[i]) * (factors->trial_gradient[i] - factors->gradient[i]);
    *next = turned > 0 && moved > 0 ? moved / turned : 2 * *length;
    double *now = factors->now, *gradient = factors->gradient;
    factors->now = factors->trial;
    factors->trial = now;
    factors->gradient = factors->trial_gradient;
    factors->trial_gradient = gradient;
    return sqrt(moved);
}

static double greatest(size_t count, const double *values) {
    double greatest = 0;
    for (size_t i = 0; i < count; i++)
        greatest = fmax(greatest, fabs(values[i]));
    return greatest;
}

/* The augmented Lagrangian's minimum, about, for the multipliers at hand. */
static void minimise(struct factors *factors, const struct clustering_solver *solver, double accuracy,
                     struct clustering_outcome *outcome) {
    /* of gradients: that of <C, U U^T> is at most 2 |C| |U| */
    double scale = 2 * factors->first_penalty * (double)factors->n * sqrt((double)factors->costs->clusters);
    double value = evaluate(factors, factors->now);
    find_gradient(factors, factors->now, factors->gradient);
    double steepest = sqrt(vector_dot(factors->columns * factors->n, factors->gradient, factors->gradient));
    double length = steepest > 0 ? 0.1 * sqrt((double)factors->costs->clusters) / steepest : 1;
    for (size_t step = 0; step < INNER_MAX && outcome->steps < solver->steps; step++) {
        double used = length, moved = descend(factors, value, &used, &length);
        outcome->residuals.dual = moved / (used * scale);
        value = factors->value;
        outcome->steps++;
        if (solver->progress != NULL && outcome->steps % LOOK == 0)
            progress_show(solver->progress, "steps", outcome->steps, 0);
        if (step >= INNER_MIN && outcome->residuals.dual <= accuracy)
            break;
    }
    outcome->residuals.rows = greatest(factors->n, factors->rows);
}

static void iterate(struct factors *factors, const struct clustering_solver *solver,
                    struct clustering_outcome *outcome) {
    double before = INFINITY;
    while (!outcome->converged && outcome->steps < solver->steps) {
        double accuracy = fmax(solver->tolerance, INNER_FRACTION * fmin(before, INNER_FRACTION));
        minimise(factors, solver, accuracy, outcome);
        double rows = outcome->residuals.rows;
        outcome->converged = rows <= solver->tolerance && outcome->residuals.dual <= solver->tolerance;
        for (size_t i = 0; i < factors->n; i++)
            factors->multipliers[i] += factors->penalty * factors->rows[i];
        if (rows > ENOUGH * before && factors->penalty < PENALTY_MAX * factors->first_penalty)
            factors->penalty *= PENALTY_FACTOR;
        before = rows;
    }
}

/* The columns as a solution's blocks. */
static int hand_over(const struct factors *factors, size_t rank, struct clustering_solution *solution,
                     struct error *error) {
    const struct clustering_costs *costs = factors->costs;
    size_t n = factors->n;
    for (size_t b = 0; b < costs->blocks; b++) {
        double *roots = clustering_solution_block(solution, b, rank * costs->traces[b], error);
        if (roots == NULL)
            return -1;
        for (size_t r = 0; r < factors->columns; r++) {
            if (factors->block_of[r] != b)
                continue;
            memcpy(roots, factors->now + r * n, n * sizeof *roots);
            roots += n;
        }
    }
    return 0;
}

int clustering_factors_solve(const struct clustering_costs *costs, const struct clustering_solver *solver,
                             struct clustering_solution *solution, struct clustering_outcome *outcome,
                             struct error *error) {
    struct factors factors;
    if (factors_create(&factors, costs, solver->rank, error) < 0)
        return -1;
    factors.threads = solver->threads;
    begin(&factors, solution->labels, solver->rank, solver->seed);
    iterate(&factors, solver, outcome);
    evaluate(&factors, factors.now);
    outcome->objective = factors.objective + (double)costs->n * costs->offset;
    outcome->bound = NAN;
    int status = hand_over(&factors, solver->rank, solution, error);
    factors_free(&factors);
    if (status == 0)
        status = clustering_solution_round(solution, costs, solver->seed, error);
    if (status == 0)
        outcome->partition = clustering_costs_partition(costs, solution->labels, &outcome->within);
    return status;
}
