/* Small transport problems of any costs, weights and epsilon: the plain steps of small problems and of the
 * large solver are the same plan, rounding makes it feasible, derivatives are finite. */

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "num/sinkhorn_steps.h"
#include "transport/sinkhorn.h"
#include "transport/transport_plan.h"

#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { SIDE_MAX = 8, HEAD = 5 };

struct problem {
    size_t n, m, steps;
    double epsilon;
    double cost[SIDE_MAX * SIDE_MAX], a[SIDE_MAX], b[SIDE_MAX];
};

/* Weights of total 1 from bytes; 0 stays 0. */
static bool take_weights(const uint8_t *bytes, size_t count, double *weights) {
    double total = 0;
    for (size_t i = 0; i < count; i++)
        total += weights[i] = bytes[i] * bytes[i];
    for (size_t i = 0; i < count; i++)
        weights[i] /= total;
    return total > 0;
}

/* A byte as a cost: 0, small, large, or forbidden. Largest is 2^28: beyond 1e15 epsilon potentials have no
 * digit left for the plan. */
static double take_cost(uint8_t byte) {
    if (byte == 255)
        return INFINITY;
    return byte >= 240 ? ldexp(1, (byte - 240) * 2) : byte / 64.0;
}

static bool take_problem(const uint8_t *bytes, size_t length, struct problem *problem) {
    if (length < HEAD)
        return false;
    problem->n = 1 + bytes[0] % SIDE_MAX;
    problem->m = 1 + bytes[1] % SIDE_MAX;
    problem->steps = 1 + bytes[2] % 40;
    problem->epsilon = pow(10, 2 - bytes[3] / 32.0); /* 100 .. 1e-6 */
    size_t n = problem->n, m = problem->m;
    if (length < HEAD + n + m + n * m)
        return false;
    bytes += HEAD;
    for (size_t k = 0; k < n * m; k++)
        problem->cost[k] = take_cost(bytes[n + m + k]);
    return take_weights(bytes, n, problem->a) && take_weights(bytes + n, m, problem->b);
}

static void require_finite(size_t count, const double *values, const char *claim) {
    for (size_t k = 0; k < count; k++)
        input_require(isfinite(values[k]), claim);
}

static void try_rounding(const struct sinkhorn_problem *problem, const struct sinkhorn_result *result) {
    struct transport_plan plan;
    struct transport_plan_figures figures;
    struct error error = {0};
    input_require(transport_plan_of_potentials(&plan, problem, result, 1, &error) == 0, "a plan");
    if (transport_plan_round(&plan, &error) == 0 && transport_plan_measure(&plan, &figures, &error) == 0)
        input_require(figures.source_error + figures.target_error < 1e-12, "a mended plan is feasible");
    transport_plan_free(&plan);
}

/* The largest exponent limits how far two ways of summing may be apart. */
static double tolerance_of(const struct problem *problem) {
    double largest = 0;
    for (size_t k = 0; k < problem->n * problem->m; k++)
        if (isfinite(problem->cost[k]))
            largest = fmax(largest, problem->cost[k]);
    return 1e-9 + 1e-12 * largest / problem->epsilon;
}

static void compare(const struct problem *problem, const struct sinkhorn_problem *large,
                    const struct sinkhorn_result *result) {
    size_t count = problem->n * problem->m;
    double plan[SIDE_MAX * SIDE_MAX], expected[SIDE_MAX * SIDE_MAX], slopes[SIDE_MAX * SIDE_MAX];
    struct error error = {0};
    struct sinkhorn_steps *steps = sinkhorn_steps_create(problem->n, problem->m, problem->steps, &error);
    const struct sinkhorn_steps_problem small = {.rows = problem->n,
                                                 .columns = problem->m,
                                                 .cost = problem->cost,
                                                 .row_weights = problem->a,
                                                 .column_weights = problem->b,
                                                 .epsilon = problem->epsilon,
                                                 .iterations = problem->steps};
    if (steps == NULL)
        return;
    struct sinkhorn_steps_outcome outcome = sinkhorn_steps_run(steps, &small);
    input_require(isfinite(outcome.transport) && isfinite(outcome.objective), "values are finite");
    sinkhorn_steps_plan(steps, plan);
    sinkhorn_plan_rows(large, result->source_potentials, result->target_potentials, 0, problem->n, expected);
    double tolerance = tolerance_of(problem);
    for (size_t k = 0; k < count && tolerance < 1e-3; k++)
        input_require(fabs(plan[k] - expected[k]) <= tolerance, "both solvers make the same plan");
    sinkhorn_steps_gradient(steps, SINKHORN_STEPS_TRANSPORT, slopes);
    require_finite(count, slopes, "derivatives of the transport are finite");
    sinkhorn_steps_gradient(steps, SINKHORN_STEPS_OBJECTIVE, slopes);
    require_finite(count, slopes, "derivatives of the objective are finite");
    sinkhorn_steps_free(steps);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct problem problem;
    struct sinkhorn_result result;
    struct error error = {0};
    if (!take_problem(bytes, length, &problem))
        return 0;
    const struct sinkhorn_problem large = {
        .cost = {.sources = problem.n, .targets = problem.m, .matrix = problem.cost},
        .source_weights = problem.a,
        .target_weights = problem.b,
        .epsilon = problem.epsilon,
        .source_penalty = INFINITY,
        .target_penalty = INFINITY};
    const struct sinkhorn_settings settings = {.max_iterations = problem.steps, .threads = 1};
    if (sinkhorn_solve(&large, &settings, &result, &error) < 0) {
        input_require(error.text[0] != '\0', "a refusal says why");
        return 0;
    }
    compare(&problem, &large, &result);
    try_rounding(&large, &result);
    sinkhorn_result_free(&result);
    return 0;
}
