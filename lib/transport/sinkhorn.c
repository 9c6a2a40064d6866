/* Half steps f <- -eps LSE(log b + (g - C)/eps), g <- -eps LSE(log a + (f - C)/eps), over a falling series of
 * eps, until the f step that follows finds the rows' sums right. */
#include "transport/sinkhorn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/vector.h"
#include "transport/sinkhorn_fused.h"
#include "transport/sinkhorn_iteration.h"
#include "transport/sinkhorn_newton.h"
#include "transport/sinkhorn_parts.h"

static const double LEVEL_TOLERANCE = 1e-2;
enum { LEVEL_ITERATIONS_MAX = 100 };

/* From this part of the largest cost on, accelerated steps from nothing are quicker than a series of eps. */
static const double DIRECT_LEVEL = 128;

/* What is measured in single precision is to stay within the tolerance when it is measured again. */
static const double VERIFIED_PART = 0.9;

/* Newton's method is tried below this part of the largest cost, where the plan has become sparse: no more
 * than a 32nd of its entries matter, or few in all. */
static const double NEWTON_LEVEL = 300;
enum { NEWTON_PAIRS = 32, NEWTON_ENTRIES_MIN = 1 << 12, NEWTON_ENTRIES_MAX = 1 << 25, NEWTON_ATTEMPTS = 3 };

static const size_t HELD_BYTES_MAX = (size_t)1 << 30;

static bool accelerated(const struct sinkhorn_solver *solver) {
    return solver->settings->acceleration != SINKHORN_PLAIN && solver->settings->tolerance > 0;
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

/* Makes the matrix where it is to be held: where reading it is quicker than making costs again. */
static int hold_costs(struct sinkhorn_solver *solver, struct error *error) {
    size_t n = solver->source.count, m = solver->target.count, pairs;
    enum sinkhorn_storage storage = solver->settings->storage;
    bool fits = memory_product(n, m, &pairs) && pairs <= HELD_BYTES_MAX / sizeof *solver->held;
    bool quick = accelerated(solver) && sinkhorn_fused_makes_costs(solver->problem);
    if (solver->cost.matrix != NULL || storage == SINKHORN_STORAGE_ALWAYS_ONLINE ||
        (storage == SINKHORN_STORAGE_AUTO && (quick || !fits)))
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
    if (hold_costs(solver, error) < 0)
        return -1;
    if (!accelerated(solver))
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
}

static enum sinkhorn_ending run_level(struct sinkhorn_solver *solver, const struct sinkhorn_goal *goal) {
    return accelerated(solver) ? sinkhorn_iteration_accelerated(solver, goal)
                               : sinkhorn_iteration_plain(solver, goal);
}

/* Larger eps first, each as the start of the next: the number of steps at a small eps alone grows as 1/eps.
 */
static enum sinkhorn_ending run_scaling(struct sinkhorn_solver *solver) {
    const struct sinkhorn_settings *settings = solver->settings;
    struct sinkhorn_goal goal = {.tolerance = fmax(LEVEL_TOLERANCE, settings->tolerance),
                                 .iterations_max = LEVEL_ITERATIONS_MAX,
                                 .iterations = &solver->result->scaling_iterations,
                                 .rough = true};
    bool started = settings->source_start != NULL || settings->target_start != NULL;
    if (!(settings->scaling > 0 && settings->scaling < 1) || started || !(settings->tolerance > 0))
        return SINKHORN_CONVERGED;
    double first = accelerated(solver) ? solver->largest / DIRECT_LEVEL : solver->largest;
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

static void take_figures(struct sinkhorn_solver *solver) {
    normalize(solver);
    sinkhorn_relaxation_set_offsets(solver, &solver->source);
    sinkhorn_relaxation_set_offsets(solver, &solver->target);
    sinkhorn_figures_compute(solver);
}

static bool uses_newton(const struct sinkhorn_solver *solver) {
    enum sinkhorn_acceleration acceleration = solver->settings->acceleration;
    if (!accelerated(solver) || !sinkhorn_relaxation_balanced(solver) || solver->problem->symmetric)
        return false;
    return acceleration == SINKHORN_NEWTON ||
           (acceleration == SINKHORN_AUTO && solver->problem->epsilon < solver->largest / NEWTON_LEVEL);
}

static struct sinkhorn_goal final_goal(const struct sinkhorn_solver *solver) {
    struct sinkhorn_goal goal = {.tolerance = solver->settings->tolerance,
                                 .iterations_max =
                                     solver->settings->max_iterations - solver->result->iterations,
                                 .iterations = &solver->result->iterations,
                                 .rough = sinkhorn_relaxation_balanced(solver)};
    return goal;
}

/* Whether the figures of the whole plan, too, say that the tolerance is met; not asked where the tolerance is
 * on the change of potentials. */
static bool is_reached(struct sinkhorn_solver *solver) {
    const struct sinkhorn_result *result = solver->result;
    take_figures(solver);
    return !sinkhorn_relaxation_balanced(solver) ||
           fmax(result->source_error, result->target_error) < solver->settings->tolerance;
}

/* Accelerated steps until Newton's take hold, and these. */
static enum sinkhorn_ending run_newton(struct sinkhorn_solver *solver, bool *stepped) {
    const struct sinkhorn_settings *settings = solver->settings;
    struct sinkhorn_goal goal = final_goal(solver);
    size_t pairs = solver->source.count * solver->target.count;
    struct sinkhorn_newton_limits limits = {.tolerance = settings->tolerance / 4,
                                            .iterations_max = settings->max_iterations};
    limits.entries_max =
        settings->acceleration == SINKHORN_NEWTON || pairs / NEWTON_PAIRS < NEWTON_ENTRIES_MIN
            ? NEWTON_ENTRIES_MAX
            : pairs / NEWTON_PAIRS;
    goal.tolerance = fmax(LEVEL_TOLERANCE, settings->tolerance);
    if (sinkhorn_iteration_accelerated(solver, &goal) == SINKHORN_ENDED_BY_CALLER)
        return SINKHORN_ENDED_BY_CALLER;
    for (size_t attempt = 0; attempt < NEWTON_ATTEMPTS; attempt++) {
        struct error error; /* memory that is short is a reason to go on without */
        size_t before = solver->result->iterations;
        int status = sinkhorn_newton_run(solver, &limits, &solver->result->iterations, &error);
        *stepped |= solver->result->iterations > before;
        if (!*stepped)
            return SINKHORN_ENDED_BY_COUNT;
        sinkhorn_iteration_settle(solver);
        if (is_reached(solver))
            return SINKHORN_CONVERGED;
        if (status != 0)
            return SINKHORN_ENDED_BY_COUNT;
        limits.tolerance /= 4;
    }
    return SINKHORN_ENDED_BY_COUNT;
}

/* Iterates at the final eps until the whole plan is right. */
static enum sinkhorn_ending run_accelerated(struct sinkhorn_solver *solver, bool precise) {
    struct sinkhorn_result *result = solver->result;
    struct sinkhorn_goal goal = final_goal(solver);
    goal.tolerance *= goal.rough ? VERIFIED_PART : 1;
    goal.precise = precise;
    result->method = solver->settings->acceleration == SINKHORN_OVERRELAX ? "overrelaxed" : "anderson";
    for (;;) {
        enum sinkhorn_ending ending = sinkhorn_iteration_accelerated(solver, &goal);
        sinkhorn_iteration_settle(solver);
        if (is_reached(solver) || ending != SINKHORN_CONVERGED)
            return ending;
        if (result->iterations >= solver->settings->max_iterations)
            return SINKHORN_ENDED_BY_COUNT;
        goal.iterations_max = solver->settings->max_iterations - result->iterations;
        goal.tolerance *= goal.precise ? 0.5 : 1;
        goal.rough = false;
        goal.precise = true;
    }
}

static enum sinkhorn_ending run_final(struct sinkhorn_solver *solver) {
    bool stepped = false;
    if (uses_newton(solver)) {
        enum sinkhorn_ending ending = run_newton(solver, &stepped);
        solver->result->method = "newton";
        if (ending != SINKHORN_ENDED_BY_COUNT)
            return ending;
    }
    if (accelerated(solver))
        return run_accelerated(solver, stepped);
    struct sinkhorn_goal goal = final_goal(solver);
    enum sinkhorn_ending ending = sinkhorn_iteration_plain(solver, &goal);
    solver->result->method = solver->problem->symmetric ? "averaged" : "plain";
    take_figures(solver);
    return ending;
}

static void solve(struct sinkhorn_solver *solver) {
    struct sinkhorn_result *result = solver->result;
    start(solver);
    enum sinkhorn_ending ending = run_scaling(solver);
    solver->epsilon = solver->problem->epsilon;
    if (ending != SINKHORN_ENDED_BY_CALLER)
        ending = run_final(solver);
    else {
        sinkhorn_iteration_pair(solver); /* potentials of a larger eps say nothing of the plan at this one */
        take_figures(solver);
        result->method = "none";
    }
    result->converged = ending == SINKHORN_CONVERGED || solver->settings->tolerance == 0;
    result->online = solver->cost.matrix == NULL;
    result->source_potentials = solver->source.potentials;
    result->target_potentials = solver->target.potentials;
    solver->source.potentials = solver->target.potentials = NULL;
}

int sinkhorn_solve(const struct sinkhorn_problem *problem, const struct sinkhorn_settings *settings,
                   struct sinkhorn_result *result, struct error *error) {
    struct sinkhorn_solver solver = {
        .problem = problem, .settings = settings, .cost = problem->cost, .result = result};
    solver.threads = settings->threads > 0 ? settings->threads : 1;
    *result = (struct sinkhorn_result){0};
    int status = create(&solver, error);
    if (status == 0)
        solve(&solver);
    destroy(&solver);
    return status;
}

void sinkhorn_result_free(struct sinkhorn_result *result) {
    free(result->source_potentials);
    free(result->target_potentials);
    result->source_potentials = result->target_potentials = NULL;
}
