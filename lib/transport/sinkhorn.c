/* Half steps f <- -eps LSE(log b + (g - C)/eps), g <- -eps LSE(log a + (f - C)/eps), over a falling series of
 * eps, until the f step that follows finds the rows' sums right. */
#include "transport/sinkhorn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/vector.h"
#include "transport/sinkhorn_parts.h"

static const double LEVEL_TOLERANCE = 1e-2;
enum { LEVEL_ITERATIONS_MAX = 100 };
static const size_t HELD_BYTES_MAX = (size_t)1 << 30;

/* Why iterations ended. */
enum ending { ENDED_BY_COUNT, ENDED_CONVERGED, ENDED_BY_CALLER };

static bool balanced(const struct sinkhorn_solver *solver) {
    return isinf(solver->source.penalty) && isinf(solver->target.penalty);
}

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

/* Makes the matrix where it is to be held. */
static int hold_costs(struct sinkhorn_solver *solver, struct error *error) {
    size_t n = solver->source.count, m = solver->target.count, pairs;
    enum sinkhorn_storage storage = solver->settings->storage;
    bool fits = memory_product(n, m, &pairs) && pairs <= HELD_BYTES_MAX / sizeof *solver->held;
    if (solver->cost.matrix != NULL || storage == SINKHORN_STORAGE_ALWAYS_ONLINE ||
        (storage == SINKHORN_STORAGE_AUTO && !fits))
        return 0;
    solver->held = memory_matrix(error, n, m, sizeof *solver->held);
    if (solver->held == NULL)
        return -1;
    parallel_for(solver->threads, n, hold_row, &(struct holding){solver});
    solver->cost.matrix = solver->held;
    return 0;
}

static int create(struct sinkhorn_solver *solver, struct error *error) {
    const struct sinkhorn_problem *problem = solver->problem;
    size_t n = problem->cost.sources, m = problem->cost.targets;
    if (create_side(&solver->source, n, problem->source_weights, problem->source_penalty, error) < 0 ||
        create_side(&solver->target, m, problem->target_weights, problem->target_penalty, error) < 0)
        return -1;
    solver->tiles = memory_matrix(error, solver->threads, SINKHORN_TILE, sizeof *solver->tiles);
    solver->partials =
        memory_matrix(error, n < SINKHORN_BLOCKS_MAX ? n : SINKHORN_BLOCKS_MAX, m, sizeof *solver->partials);
    if (solver->tiles == NULL || solver->partials == NULL ||
        pair_cost_check(&problem->cost, problem->source_weights, problem->target_weights, solver->threads,
                        &solver->largest, error) < 0)
        return -1;
    return hold_costs(solver, error);
}

static void destroy(struct sinkhorn_solver *solver) {
    free_side(&solver->source);
    free_side(&solver->target);
    free(solver->held);
    free(solver->tiles);
    free(solver->partials);
}

static void take_updates(struct sinkhorn_solver *solver, struct sinkhorn_side *side) {
    memcpy(side->potentials, side->updates, side->count * sizeof *side->potentials);
    sinkhorn_relaxation_set_offsets(solver, side);
}

/* Half steps; the new potentials are in `updates` until they are taken. */
static void step_source(struct sinkhorn_solver *solver) {
    sinkhorn_sweep_sources(solver, solver->source.updates);
    sinkhorn_relaxation_apply(solver, &solver->source);
}

static void step_target(struct sinkhorn_solver *solver) {
    sinkhorn_sweep_targets(solver, solver->target.updates);
    sinkhorn_relaxation_apply(solver, &solver->target);
}

/* Points without weight wait for nobody: their potentials are what the formula says. */
static void take_weightless(struct sinkhorn_side *side) {
    for (size_t i = 0; i < side->count; i++)
        if (!(side->weights[i] > 0))
            side->potentials[i] = side->updates[i];
}

/* One iteration; true where the potentials at its start (balanced) or at its end are good enough. */
static bool iterate(struct sinkhorn_solver *solver, double tolerance) {
    struct sinkhorn_side *source = &solver->source, *target = &solver->target;
    if (solver->settings->tolerance > 0)
        sinkhorn_relaxation_translate(solver);
    step_source(solver);
    if (balanced(solver) && sinkhorn_relaxation_error(solver, source) < tolerance) {
        take_weightless(source);
        return true;
    }
    double change = sinkhorn_relaxation_change(solver, source);
    take_updates(solver, source);
    step_target(solver);
    change = fmax(change, sinkhorn_relaxation_change(solver, target));
    take_updates(solver, target);
    return !balanced(solver) && change < tolerance;
}

/* f <- (f + T f)/2, which is not slowed by a small eps: the eigenvalues of T near -1, which alternation
 * squares, become 0 (Feydy et al. 2019, Interpolating between optimal transport and MMD, 3.1). */
static bool iterate_symmetric(struct sinkhorn_solver *solver, double tolerance) {
    struct sinkhorn_side *source = &solver->source, *target = &solver->target;
    step_source(solver);
    double error = balanced(solver) ? sinkhorn_relaxation_error(solver, source)
                                    : sinkhorn_relaxation_change(solver, source);
    bool converged = error < tolerance;
    for (size_t i = 0; i < source->count; i++)
        if (source->weights[i] > 0 && !converged)
            source->updates[i] = (source->potentials[i] + source->updates[i]) / 2;
        else if (source->weights[i] > 0)
            source->updates[i] = source->potentials[i];
    take_updates(solver, source);
    memcpy(target->potentials, source->potentials, source->count * sizeof *source->potentials);
    sinkhorn_relaxation_set_offsets(solver, target);
    return converged;
}

/* Iterates at the present eps. */
static enum ending run_level(struct sinkhorn_solver *solver, double tolerance, size_t iterations_max,
                             size_t *iterations) {
    const struct sinkhorn_settings *settings = solver->settings;
    sinkhorn_relaxation_set_offsets(solver, &solver->source);
    sinkhorn_relaxation_set_offsets(solver, &solver->target);
    for (size_t done = 0; done < iterations_max; done++) {
        bool converged =
            solver->problem->symmetric ? iterate_symmetric(solver, tolerance) : iterate(solver, tolerance);
        if (converged)
            return ENDED_CONVERGED;
        ++*iterations;
        if (settings->progress != NULL)
            progress_show(settings->progress, "steps", done + 1, iterations_max);
        if (settings->checkpoint != NULL &&
            settings->checkpoint(settings->context, solver->source.potentials, solver->target.potentials) < 0)
            return ENDED_BY_CALLER;
    }
    return ENDED_BY_COUNT;
}

/* Larger eps first, each as the start of the next: the number of steps at a small eps alone grows as 1/eps.
 */
static enum ending run_scaling(struct sinkhorn_solver *solver) {
    const struct sinkhorn_settings *settings = solver->settings;
    double final = solver->problem->epsilon;
    bool started = settings->source_start != NULL || settings->target_start != NULL;
    if (!(settings->scaling > 0 && settings->scaling < 1) || started || !(settings->tolerance > 0))
        return ENDED_CONVERGED;
    for (double epsilon = solver->largest; epsilon > final; epsilon *= settings->scaling) {
        solver->epsilon = epsilon;
        enum ending ending = run_level(solver, fmax(LEVEL_TOLERANCE, settings->tolerance),
                                       LEVEL_ITERATIONS_MAX, &solver->result->scaling_iterations);
        if (ending == ENDED_BY_CALLER)
            return ending;
    }
    return ENDED_CONVERGED;
}

/* Potentials to start from; of one side alone the other follows. */
static void start(struct sinkhorn_solver *solver) {
    const struct sinkhorn_settings *settings = solver->settings;
    struct sinkhorn_side *source = &solver->source, *target = &solver->target;
    if (settings->source_start != NULL)
        memcpy(source->potentials, settings->source_start, source->count * sizeof *source->potentials);
    if (settings->target_start != NULL)
        memcpy(target->potentials, settings->target_start, target->count * sizeof *target->potentials);
    solver->epsilon = solver->problem->epsilon;
    if (settings->source_start == NULL || settings->target_start != NULL)
        return;
    sinkhorn_relaxation_set_offsets(solver, source);
    step_target(solver);
    take_updates(solver, target);
}

/* Potentials of a larger eps say nothing about the plan at the final one before they made a step there. */
static void settle(struct sinkhorn_solver *solver) {
    sinkhorn_relaxation_set_offsets(solver, &solver->target);
    step_source(solver);
    take_updates(solver, &solver->source);
    step_target(solver);
    take_updates(solver, &solver->target);
}

/* The constant that may be moved from g to f is chosen so that <f, a> = <g, b>. */
static void normalize(struct sinkhorn_solver *solver) {
    struct sinkhorn_side *source = &solver->source, *target = &solver->target;
    if (!balanced(solver) || solver->problem->symmetric)
        return;
    double shift = (sinkhorn_relaxation_dual(solver, target) - sinkhorn_relaxation_dual(solver, source)) /
                   (source->total + target->total);
    for (size_t i = 0; i < source->count; i++)
        source->potentials[i] += shift;
    for (size_t j = 0; j < target->count; j++)
        target->potentials[j] -= shift;
}

static void conclude(struct sinkhorn_solver *solver) {
    normalize(solver);
    sinkhorn_relaxation_set_offsets(solver, &solver->source);
    sinkhorn_relaxation_set_offsets(solver, &solver->target);
    sinkhorn_figures_compute(solver);
    solver->result->source_potentials = solver->source.potentials;
    solver->result->target_potentials = solver->target.potentials;
    solver->source.potentials = solver->target.potentials = NULL;
}

int sinkhorn_solve(const struct sinkhorn_problem *problem, const struct sinkhorn_settings *settings,
                   struct sinkhorn_result *result, struct error *error) {
    struct sinkhorn_solver solver = {
        .problem = problem, .settings = settings, .cost = problem->cost, .result = result};
    solver.threads = settings->threads > 0 ? settings->threads : 1;
    *result = (struct sinkhorn_result){.method = problem->symmetric ? "averaged" : "plain"};
    if (create(&solver, error) < 0) {
        destroy(&solver);
        return -1;
    }
    start(&solver);
    enum ending ending = run_scaling(&solver);
    solver.epsilon = problem->epsilon;
    if (ending != ENDED_BY_CALLER)
        ending = run_level(&solver, settings->tolerance, settings->max_iterations, &result->iterations);
    else
        settle(&solver);
    result->converged = ending == ENDED_CONVERGED || settings->tolerance == 0;
    result->online = solver.cost.matrix == NULL;
    conclude(&solver);
    destroy(&solver);
    return 0;
}

void sinkhorn_result_free(struct sinkhorn_result *result) {
    free(result->source_potentials);
    free(result->target_potentials);
    result->source_potentials = result->target_potentials = NULL;
}
