/* Half steps f <- -eps LSE(log b + (g - C)/eps), g <- -eps LSE(log a + (f - C)/eps), over a falling series of
 * eps, until the f step that follows finds the rows' sums right. */
#include "transport/sinkhorn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/vector.h"
#include "transport/sinkhorn_final.h"
#include "transport/sinkhorn_fused.h"
#include "transport/sinkhorn_iteration.h"
#include "transport/sinkhorn_line.h"
#include "transport/sinkhorn_parts.h"

enum { LEVEL_ITERATIONS_MAX = 100 };

/* The costs of fewer pairs than these are made sooner than a thread starts. */
enum { PAIRS_SMALL = 1 << 14 };

/* A series of eps begins at most so far above the last: larger costs are as good as forbidden, and potentials
 * of their size would have no digits left for eps. */
static const double SCALED_COST_MAX = 1e9;
/* From this part of the largest cost on, accelerated steps from nothing are quicker than a series of eps. */
static const double DIRECT_LEVEL = 128;

static const size_t HELD_BYTES_MAX = (size_t)1 << 30;

static int create_side(struct sinkhorn_side *side, size_t count, const double *weights, double penalty,
                       struct error *error) {
    *side = (struct sinkhorn_side){.count = count, .weights = weights, .penalty = penalty};
    side->logarithms = memory_array(error, count, sizeof *side->logarithms);
    side->potentials = memory_zeros(error, count, sizeof *side->potentials);
    side->offsets = memory_array(error, count, sizeof *side->offsets);
    side->updates = memory_array(error, count, sizeof *side->updates);
    if (side->logarithms == NULL || side->potentials == NULL || side->offsets == NULL ||
        side->updates == NULL)
        return -1;
    side->total = vector_pairwise_sum(count, weights);
    vector_log(count, weights, side->logarithms);
    return 0;
}

static void free_side(struct sinkhorn_side *side) {
    free(side->logarithms);
    free(side->potentials);
    free(side->offsets);
    free(side->updates);
}

struct holding {
    struct sinkhorn_solver *solver;
};

static void hold_row(void *context, size_t block, size_t worker) {
    struct sinkhorn_solver *solver = ((struct holding *)context)->solver;
    size_t m = solver->target.count;
    (void)worker;
    pair_cost_tile(&solver->problem->cost, &(struct pair_cost_window){block, 1, 0, m},
                   solver->held + block * m);
}

/* Makes the matrix where it is to be held: where reading it is quicker than making costs again. */
static int hold_costs(struct sinkhorn_solver *solver, struct error *error) {
    size_t n = solver->source.count, m = solver->target.count, pairs;
    enum sinkhorn_storage storage = solver->settings->storage;
    bool fits = memory_product(n, m, &pairs) && pairs <= HELD_BYTES_MAX / sizeof *solver->held;
    bool quick = sinkhorn_iteration_is_accelerated(solver) && sinkhorn_fused_makes_costs(solver->problem);
    if (solver->cost.matrix != NULL || storage == SINKHORN_STORAGE_ALWAYS_ONLINE ||
        (storage == SINKHORN_STORAGE_AUTO && (quick || !fits)))
        return 0;
    solver->held = memory_matrix(error, n, m, sizeof *solver->held);
    if (solver->held == NULL)
        return -1;
    parallel_for(pairs < PAIRS_SMALL ? 1 : solver->threads, n, hold_row, &(struct holding){solver});
    solver->cost.matrix = solver->held;
    return 0;
}

static void choose_blocks(struct sinkhorn_solver *solver, size_t n, size_t m) {
    size_t blocks = SINKHORN_PARTIALS / m;
    blocks = blocks < SINKHORN_BLOCKS_MIN ? SINKHORN_BLOCKS_MIN : blocks;
    blocks = blocks > SINKHORN_BLOCKS_MAX ? SINKHORN_BLOCKS_MAX : blocks;
    solver->block_rows = (n + blocks - 1) / blocks;
    solver->blocks = (n + solver->block_rows - 1) / solver->block_rows;
}

static int create(struct sinkhorn_solver *solver, struct error *error) {
    const struct sinkhorn_problem *problem = solver->problem;
    size_t n = problem->cost.sources, m = problem->cost.targets;
    if (create_side(&solver->source, n, problem->source_weights, problem->source_penalty, error) < 0 ||
        create_side(&solver->target, m, problem->target_weights, problem->target_penalty, error) < 0)
        return -1;
    solver->tiles = memory_matrix(error, solver->threads, SINKHORN_TILE, sizeof *solver->tiles);
    choose_blocks(solver, n, m);
    size_t width = (m + SINKHORN_STRIP - 1) / SINKHORN_STRIP * SINKHORN_STRIP;
    solver->partials = memory_matrix(error, solver->blocks, width, sizeof *solver->partials);
    if (solver->tiles == NULL || solver->partials == NULL ||
        pair_cost_check(&problem->cost, problem->source_weights, problem->target_weights, solver->threads,
                        &solver->largest, error) < 0)
        return -1;
    if (sinkhorn_line_serves(problem)) {
        solver->line = sinkhorn_line_create(problem, error);
        if (solver->line == NULL)
            return -1;
    } else if (hold_costs(solver, error) < 0)
        return -1;
    if (!sinkhorn_iteration_is_accelerated(solver))
        return 0;
    solver->mixing = sinkhorn_iteration_create(solver, error);
    return solver->mixing != NULL ? 0 : -1;
}

static void destroy(struct sinkhorn_solver *solver) {
    free_side(&solver->source);
    free_side(&solver->target);
    free(solver->held);
    free(solver->tiles);
    free(solver->partials);
    sinkhorn_iteration_free(solver->mixing);
    sinkhorn_line_free(solver->line);
}

static enum sinkhorn_ending run_level(struct sinkhorn_solver *solver, const struct sinkhorn_goal *goal) {
    return sinkhorn_iteration_is_accelerated(solver) ? sinkhorn_iteration_accelerated(solver, goal)
                                                     : sinkhorn_iteration_plain(solver, goal);
}

/* Larger eps first, each as the start of the next: the number of steps at a small eps alone grows as 1/eps.
 */
static enum sinkhorn_ending run_scaling(struct sinkhorn_solver *solver) {
    const struct sinkhorn_settings *settings = solver->settings;
    struct sinkhorn_goal goal = {.tolerance = fmax(SINKHORN_LEVEL_TOLERANCE, settings->tolerance),
                                 .iterations_max = LEVEL_ITERATIONS_MAX,
                                 .iterations = &solver->result->scaling_iterations,
                                 .rough = true};
    bool started = settings->source_start != NULL || settings->target_start != NULL;
    if (!(settings->scaling > 0 && settings->scaling < 1) || started || !(settings->tolerance > 0))
        return SINKHORN_CONVERGED;
    double first =
        sinkhorn_iteration_is_accelerated(solver) ? solver->largest / DIRECT_LEVEL : solver->largest;
    first = fmin(first, SCALED_COST_MAX * solver->problem->epsilon);
    for (double epsilon = first; epsilon > solver->problem->epsilon; epsilon *= settings->scaling) {
        solver->epsilon = epsilon;
        if (run_level(solver, &goal) == SINKHORN_ENDED_BY_CALLER)
            return SINKHORN_ENDED_BY_CALLER;
    }
    return SINKHORN_CONVERGED;
}

/* Potentials to start from; of one side alone the other follows. */
static void start(struct sinkhorn_solver *solver) {
    const struct sinkhorn_settings *settings = solver->settings;
    struct sinkhorn_side *source = &solver->source, *target = &solver->target;
    solver->epsilon = solver->problem->epsilon;
    if (settings->source_start != NULL)
        memcpy(source->potentials, settings->source_start, source->count * sizeof *source->potentials);
    if (settings->target_start != NULL)
        memcpy(target->potentials, settings->target_start, target->count * sizeof *target->potentials);
    if (settings->source_start == NULL || settings->target_start != NULL)
        return;
    sinkhorn_relaxation_set_offsets(solver, source);
    sinkhorn_sweep_targets(solver, target->updates);
    sinkhorn_relaxation_apply(solver, target);
    memcpy(target->potentials, target->updates, target->count * sizeof *target->potentials);
}

static int solve(struct sinkhorn_solver *solver, struct error *error) {
    struct sinkhorn_result *result = solver->result;
    start(solver);
    enum sinkhorn_ending ending = run_scaling(solver);
    solver->epsilon = solver->problem->epsilon;
    if (ending != SINKHORN_ENDED_BY_CALLER)
        ending = sinkhorn_final_run(solver, error);
    else {
        sinkhorn_iteration_pair(solver); /* potentials of a larger eps say nothing of the plan at this one */
        sinkhorn_figures_compute(solver);
        result->method = "none";
    }
    if (ending == SINKHORN_ENDED_BY_MEMORY)
        return -1;
    result->converged = ending == SINKHORN_CONVERGED || solver->settings->tolerance == 0;
    result->online = solver->cost.matrix == NULL;
    result->source_potentials = solver->source.potentials;
    result->target_potentials = solver->target.potentials;
    solver->source.potentials = solver->target.potentials = NULL;
    return 0;
}

int sinkhorn_solve(const struct sinkhorn_problem *problem, const struct sinkhorn_settings *settings,
                   struct sinkhorn_result *result, struct error *error) {
    struct sinkhorn_solver solver = {
        .problem = problem, .settings = settings, .cost = problem->cost, .result = result};
    solver.threads = settings->threads > 0 ? settings->threads : 1;
    *result = (struct sinkhorn_result){0};
    int status = create(&solver, error);
    if (status == 0)
        status = solve(&solver, error);
    destroy(&solver);
    return status;
}

void sinkhorn_result_free(struct sinkhorn_result *result) {
    free(result->source_potentials);
    free(result->target_potentials);
    result->source_potentials = result->target_potentials = NULL;
}
