/* Mixed steps are quickest where a few hundred of them are enough; where they are not, the plan is sparse as
 * a rule and Newton's steps take over. The marginals' errors that count are those of the figures. */
#include "transport/sinkhorn_final.h"

#include <math.h>

#include "transport/sinkhorn_newton.h"

/* What is measured in single precision is to stay within the tolerance when it is measured again. */
static const double VERIFIED_PART = 0.9;

/* Below this part of the largest cost Newton's steps come as soon as they hold, above when so many mixed ones
 * have not been enough. */
static const double NEWTON_LEVEL = 300;
enum { PATIENCE = 200 };

/* Entries that matter: what makes a step no dearer than some mixed ones, and what memory allows at most where
 * the method is asked for. */
enum { NEWTON_PAIRS = 32, NEWTON_ENTRIES_MIN = 1 << 16, NEWTON_ENTRIES_MAX = 1 << 25, NEWTON_ATTEMPTS = 3 };

static bool uses_newton(const struct sinkhorn_solver *solver) {
    enum sinkhorn_acceleration acceleration = solver->settings->acceleration;
    return (acceleration == SINKHORN_NEWTON || acceleration == SINKHORN_AUTO) &&
           sinkhorn_relaxation_balanced(solver) && !solver->problem->symmetric && solver->line == NULL;
}

static struct sinkhorn_goal final_goal(const struct sinkhorn_solver *solver) {
    struct sinkhorn_result *result = solver->result;
    return (struct sinkhorn_goal){.tolerance = solver->settings->tolerance,
                                  .iterations_max = solver->settings->max_iterations - result->iterations,
                                  .iterations = &result->iterations,
                                  .rough = sinkhorn_relaxation_balanced(solver)};
}

/* Settles the plan and takes the figures: whether they, too, say that the tolerance is met. They do not tell
 * where the tolerance is on the change of potentials. */
static bool is_reached(struct sinkhorn_solver *solver) {
    const struct sinkhorn_result *result = solver->result;
    sinkhorn_iteration_settle(solver);
    sinkhorn_figures_compute(solver);
    return !sinkhorn_relaxation_balanced(solver) ||
           fmax(result->source_error, result->target_error) < solver->settings->tolerance;
}

static size_t entries_max(const struct sinkhorn_solver *solver) {
    size_t part = solver->source.count * solver->target.count / NEWTON_PAIRS;
    if (solver->settings->acceleration == SINKHORN_NEWTON || part > NEWTON_ENTRIES_MAX)
        return NEWTON_ENTRIES_MAX;
    return part < NEWTON_ENTRIES_MIN ? NEWTON_ENTRIES_MIN : part;
}

/* Mixed steps until Newton's hold or are needed. */
static enum sinkhorn_ending run_first(struct sinkhorn_solver *solver) {
    struct sinkhorn_goal goal = final_goal(solver);
    bool newton = solver->settings->acceleration == SINKHORN_NEWTON ||
                  solver->problem->epsilon < solver->largest / NEWTON_LEVEL;
    if (newton)
        goal.tolerance = fmax(SINKHORN_LEVEL_TOLERANCE, goal.tolerance);
    else
        goal.tolerance *= VERIFIED_PART;
    goal.iterations_max = goal.iterations_max < PATIENCE ? goal.iterations_max : PATIENCE;
    enum sinkhorn_ending ending = sinkhorn_iteration_accelerated(solver, &goal);
    if (ending == SINKHORN_CONVERGED && (newton || !is_reached(solver)))
        return SINKHORN_ENDED_BY_COUNT;
    return ending;
}

/* Newton's steps, and others on the entries that then matter where the whole plan is not yet right. By count:
 * it is not right at last. */
static enum sinkhorn_ending run_newton(struct sinkhorn_solver *solver, bool *stepped, struct error *error) {
    struct sinkhorn_result *result = solver->result;
    struct sinkhorn_newton_limits limits = {.tolerance = solver->settings->tolerance / 4,
                                            .entries_max = entries_max(solver),
                                            .iterations_max = solver->settings->max_iterations};
    for (size_t attempt = 0; attempt < NEWTON_ATTEMPTS; attempt++, limits.tolerance /= 4) {
        size_t before = result->iterations;
        int status = sinkhorn_newton_run(solver, &limits, &result->iterations, error);
        if (status < 0) /* others' steps would lead to other digits */
            return SINKHORN_ENDED_BY_MEMORY;
        if (result->iterations == before)
            return SINKHORN_ENDED_BY_COUNT;
        result->method = "newton";
        *stepped = true;
        if (is_reached(solver))
            return SINKHORN_CONVERGED;
        if (status != 0)
            return SINKHORN_ENDED_BY_COUNT;
    }
    return SINKHORN_ENDED_BY_COUNT;
}

/* Mixed steps to the end; in double precision where single was not enough. */
static enum sinkhorn_ending run_mixed(struct sinkhorn_solver *solver, bool precise) {
    struct sinkhorn_result *result = solver->result;
    double tolerance = solver->settings->tolerance;
    for (;;) {
        struct sinkhorn_goal goal = final_goal(solver);
        goal.rough &= !precise;
        goal.precise = precise;
        goal.tolerance = goal.rough ? tolerance * VERIFIED_PART : tolerance;
        enum sinkhorn_ending ending = sinkhorn_iteration_accelerated(solver, &goal);
        if (is_reached(solver) || ending != SINKHORN_CONVERGED)
            return ending;
        if (result->iterations >= solver->settings->max_iterations)
            return SINKHORN_ENDED_BY_COUNT;
        tolerance *= precise ? 0.5 : 1;
        precise = true;
    }
}

enum sinkhorn_ending sinkhorn_final_run(struct sinkhorn_solver *solver, struct error *error) {
    struct sinkhorn_result *result = solver->result;
    if (!sinkhorn_iteration_is_accelerated(solver)) {
        struct sinkhorn_goal goal = final_goal(solver);
        result->method = solver->problem->symmetric ? "averaged" : "plain";
        enum sinkhorn_ending ending = sinkhorn_iteration_plain(solver, &goal);
        sinkhorn_figures_compute(solver);
        return ending;
    }
    result->method = solver->settings->acceleration == SINKHORN_OVERRELAX ? "overrelaxed" : "anderson";
    if (!uses_newton(solver))
        return run_mixed(solver, false);
    bool stepped = false;
    enum sinkhorn_ending ending = run_first(solver);
    if (ending == SINKHORN_ENDED_BY_CALLER)
        is_reached(solver);
    if (ending != SINKHORN_ENDED_BY_COUNT)
        return ending;
    ending = run_newton(solver, &stepped, error);
    return ending == SINKHORN_ENDED_BY_COUNT ? run_mixed(solver, stepped) : ending;
}
