#include "transport/small_transport.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/exact_transport.h"
#include "num/sinkhorn_steps.h"
#include "transport/sorted_transport.h"

/* Kernels beyond the second cache go to the large solver, and so do problems that so many plain steps leave
 * unconverged. */
enum { PLAIN_PAIRS_MAX = 1 << 16, PLAIN_STEPS_MAX = 500 };

struct small_transport {
    const struct small_transport_settings *settings;
    struct sinkhorn_steps *steps; /* NULL: the large solver alone */
    double *costs;                /* as many as pairs */
    double *source_start, *target_start;
};

static bool takes_plain_steps(size_t n, size_t m, const struct small_transport_settings *settings) {
    enum sinkhorn_acceleration acceleration = settings->solver.acceleration;
    size_t pairs;
    bool balanced = isinf(settings->source_penalty) && isinf(settings->target_penalty);
    return !settings->exact && balanced && memory_product(n, m, &pairs) &&
           (settings->unroll || pairs <= PLAIN_PAIRS_MAX) &&
           (acceleration == SINKHORN_AUTO || acceleration == SINKHORN_PLAIN);
}

struct small_transport *small_transport_create(size_t n, size_t m,
                                               const struct small_transport_settings *settings,
                                               struct error *error) {
    struct small_transport *small = memory_zeros(error, 1, sizeof *small);
    if (small == NULL)
        return NULL;
    small->settings = settings;
    if (!takes_plain_steps(n, m, settings))
        return small;
    small->steps = sinkhorn_steps_create(n, m, settings->unroll ? settings->solver.max_iterations : 0, error);
    small->costs = memory_matrix(error, n, m, sizeof *small->costs);
    small->source_start = memory_array(error, n, sizeof *small->source_start);
    small->target_start = memory_array(error, m, sizeof *small->target_start);
    if (small->steps != NULL && small->costs != NULL && small->source_start != NULL &&
        small->target_start != NULL)
        return small;
    small_transport_free(small);
    return NULL;
}

void small_transport_free(struct small_transport *small) {
    if (small == NULL)
        return;
    sinkhorn_steps_free(small->steps);
    free(small->costs);
    free(small->source_start);
    free(small->target_start);
    free(small);
}

/* A problem on its way. */
struct task {
    const struct pair_cost *cost;
    const double *source_weights, *target_weights;
    bool symmetric;
    double *slopes;
    struct small_transport_result *result;
};

static int solve_exactly(const struct task *task, struct error *error) {
    const struct exact_transport_problem problem = {.cost = *task->cost,
                                                    .source_weights = task->source_weights,
                                                    .target_weights = task->target_weights,
                                                    .threads = 1};
    struct exact_transport exact;
    int status = sorted_transport_applies(task->cost) ? sorted_transport_solve(&problem, &exact, error)
                                                      : exact_transport_solve(&problem, &exact, error);
    if (status < 0)
        return -1;
    *task->result = (struct small_transport_result){exact.cost, exact.cost, 0, exact.iterations, true};
    if (task->slopes != NULL) {
        memset(task->slopes, 0, task->cost->sources * task->cost->targets * sizeof *task->slopes);
        for (size_t k = 0; k < exact.flow_count; k++)
            task->slopes[exact.flows[k].source * task->cost->targets + exact.flows[k].target] =
                exact.flows[k].mass;
    }
    exact_transport_free(&exact);
    return 0;
}

/* The large solver, from the potentials of plain steps where these were made. */
static int solve_largely(const struct small_transport *small, const struct task *task, struct error *error) {
    const struct small_transport_settings *settings = small->settings;
    struct sinkhorn_settings solver = settings->solver;
    const struct sinkhorn_problem problem = {.cost = *task->cost,
                                             .source_weights = task->source_weights,
                                             .target_weights = task->target_weights,
                                             .epsilon = settings->epsilon,
                                             .source_penalty = settings->source_penalty,
                                             .target_penalty = settings->target_penalty,
                                             .total_variation = settings->total_variation,
                                             .symmetric = task->symmetric};
    struct sinkhorn_result solved;
    if (small->steps != NULL && !task->symmetric) { /* steps left f and g apart by a constant */
        solver.source_start = small->source_start;
        solver.target_start = small->target_start;
    }
    if (sinkhorn_solve(&problem, &solver, &solved, error) < 0)
        return -1;
    *task->result = (struct small_transport_result){solved.transport, solved.objective, solved.source_error,
                                                    solved.iterations, solved.converged};
    if (task->slopes != NULL)
        sinkhorn_plan_rows(&problem, solved.source_potentials, solved.target_potentials, 0,
                           task->cost->sources, task->slopes);
    sinkhorn_result_free(&solved);
    return 0;
}

/* Returns whether plain steps were enough. */
static bool solve_plainly(struct small_transport *small, const struct task *task) {
    const struct small_transport_settings *settings = small->settings;
    const struct pair_cost_window all = {0, task->cost->sources, 0, task->cost->targets};
    size_t most = settings->solver.max_iterations;
    bool counted = settings->solver.tolerance == 0;
    pair_cost_tile(task->cost, &all, small->costs);
    const struct sinkhorn_steps_problem problem = {
        .rows = task->cost->sources,
        .columns = task->cost->targets,
        .cost = small->costs,
        .row_weights = task->source_weights,
        .column_weights = task->target_weights,
        .epsilon = settings->epsilon,
        .iterations = counted || most < PLAIN_STEPS_MAX ? most : PLAIN_STEPS_MAX,
        .tolerance = settings->solver.tolerance,
    };
    struct sinkhorn_steps_outcome outcome = sinkhorn_steps_run(small->steps, &problem);
    *task->result = (struct small_transport_result){outcome.transport, outcome.objective, outcome.row_error,
                                                    outcome.iterations, outcome.converged || counted};
    if (!task->result->converged) {
        sinkhorn_steps_potentials(small->steps, small->source_start, small->target_start);
        return false;
    }
    if (task->slopes != NULL && settings->unroll)
        sinkhorn_steps_gradient(small->steps,
                                settings->objective ? SINKHORN_STEPS_OBJECTIVE : SINKHORN_STEPS_TRANSPORT,
                                task->slopes);
    else if (task->slopes != NULL)
        sinkhorn_steps_plan(small->steps, task->slopes);
    return true;
}

int small_transport_solve(struct small_transport *small, const struct pair_cost *cost,
                          const double *source_weights, const double *target_weights, bool symmetric,
                          double *slopes, struct small_transport_result *result, struct error *error) {
    const struct task task = {cost, source_weights, target_weights, symmetric, slopes, result};
    double largest;
    if (small->settings->exact)
        return solve_exactly(&task, error);
    if (small->steps == NULL)
        return solve_largely(small, &task, error);
    if (cost->matrix != NULL && pair_cost_check(cost, source_weights, target_weights, 1, &largest, error) < 0)
        return -1;
    return solve_plainly(small, &task) ? 0 : solve_largely(small, &task, error);
}
