#include "transport/sinkhorn_gradient.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/running_sum.h"
#include "transport/conjugate_plan.h"

struct sinkhorn_gradient sinkhorn_gradient_of_objective(const struct transport_plan *plan) {
    return (struct sinkhorn_gradient){.plan = plan, .converged = true};
}

int sinkhorn_gradient_of_transport(struct sinkhorn_gradient *gradient, const struct transport_plan *plan,
                                   size_t iterations_max, struct error *error) {
    size_t n = plan->problem->cost.sources, m = plan->problem->cost.targets;
    *gradient = (struct sinkhorn_gradient){.plan = plan};
    gradient->source_bend = memory_array(error, n, sizeof *gradient->source_bend);
    gradient->target_bend = memory_array(error, m, sizeof *gradient->target_bend);
    gradient->row_sums = memory_array(error, n, sizeof *gradient->row_sums);
    if (gradient->source_bend == NULL || gradient->target_bend == NULL || gradient->row_sums == NULL)
        goto failed;
    struct conjugate_plan system = {
        .plan = plan, .u = gradient->source_bend, .v = gradient->target_bend, .row_sums = gradient->row_sums};
    if (conjugate_plan_solve(&system, iterations_max, error) < 0)
        goto failed;
    gradient->iterations = system.iterations;
    gradient->converged = system.converged;
    return 0;

failed:
    sinkhorn_gradient_free(gradient);
    return -1;
}

void sinkhorn_gradient_free(struct sinkhorn_gradient *gradient) {
    free(gradient->source_bend);
    free(gradient->target_bend);
    free(gradient->row_sums);
    *gradient = (struct sinkhorn_gradient){0};
}

/* The derivative in the cost of one pair. */
static double slope_of(const struct sinkhorn_gradient *gradient, size_t i, size_t j, double mass,
                       double cost) {
    if (gradient->source_bend == NULL)
        return mass;
    if (!(mass > 0)) /* a forbidden pair's cost is infinite */
        return 0;
    double bend = gradient->source_bend[i] + gradient->target_bend[j] - cost;
    return mass * (1 + bend / gradient->plan->problem->epsilon);
}

/* A pass that adds to the derivative in points. */
struct points {
    const struct sinkhorn_gradient *gradient;
    double factor;
    double *sources; /* added to, or NULL: sums for the targets are */
};

static void add_point_slopes(void *context, size_t source, const double *plan, const double *cost,
                             double *sums) {
    const struct points *points = context;
    const struct pair_cost *pairs = &points->gradient->plan->problem->cost;
    size_t d = pairs->dimension;
    const double *x = pairs->x + source * d;
    for (size_t j = 0; j < pairs->targets; j++) {
        const double *y = pairs->y + j * d;
        double slope = slope_of(points->gradient, source, j, plan[j], cost != NULL ? cost[j] : 0);
        double weight = points->factor * slope;
        if (weight == 0)
            continue;
        if (points->sources != NULL)
            ground_cost_add_gradient(&pairs->ground, d, x, y, weight, points->sources + source * d);
        else /* costs are symmetric in their points */
            ground_cost_add_gradient(&pairs->ground, d, y, x, weight, sums + j * d);
    }
}

int sinkhorn_gradient_sources(const struct sinkhorn_gradient *gradient, double factor, double *sum,
                              struct error *error) {
    struct points points = {gradient, factor, sum};
    const struct transport_pass pass = {add_point_slopes, &points, gradient->source_bend != NULL, 0, NULL};
    return transport_pass_run(gradient->plan, &pass, error);
}

int sinkhorn_gradient_targets(const struct sinkhorn_gradient *gradient, double factor, double *sum,
                              struct error *error) {
    const struct pair_cost *pairs = &gradient->plan->problem->cost;
    size_t count = pairs->targets * pairs->dimension;
    struct points points = {gradient, factor, NULL};
    double *sums = memory_array(error, count, sizeof *sums);
    const struct transport_pass pass = {add_point_slopes, &points, gradient->source_bend != NULL, count,
                                        sums};
    int status = sums != NULL ? transport_pass_run(gradient->plan, &pass, error) : -1;
    for (size_t k = 0; status == 0 && k < count; k++)
        sum[k] += sums[k];
    free(sums);
    return status;
}

void sinkhorn_gradient_costs(const struct sinkhorn_gradient *gradient, size_t first, size_t count,
                             double *rows, double *room) {
    const struct pair_cost *pairs = &gradient->plan->problem->cost;
    const struct pair_cost_window window = {first, count, 0, pairs->targets};
    transport_plan_rows(gradient->plan, first, count, rows);
    if (gradient->source_bend == NULL)
        return;
    pair_cost_tile(pairs, &window, room);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < pairs->targets; j++)
            rows[i * pairs->targets + j] =
                slope_of(gradient, first + i, j, rows[i * pairs->targets + j], room[i * pairs->targets + j]);
}

static double total_of(size_t count, const double *values) {
    struct running_sum sum = RUNNING_SUM_EMPTY;
    running_sum_add(&sum, count, values);
    return running_sum_value(&sum);
}

static void sum_row(void *context, size_t source, const double *plan, const double *cost, double *sums) {
    const struct points *points = context;
    double sum = 0;
    (void)cost;
    (void)sums;
    for (size_t j = 0; j < points->gradient->plan->problem->cost.targets; j++)
        sum += plan[j];
    points->sources[source] = sum;
}

/* d/da_i of R <a, 1 - exp(-f/R)> + ... + eps (sum a b^T - sum P), the dual, potentials held: for R = inf
 * f_i + eps (sum b - r_i/a_i). */
static void objective_weights(const struct sinkhorn_problem *problem, const double *potentials,
                              double *slopes) {
    double penalty = problem->source_penalty;
    double target_total = total_of(problem->cost.targets, problem->target_weights);
    bool kl = !isinf(penalty) && !problem->total_variation;
    for (size_t i = 0; i < problem->cost.sources; i++) {
        double weight = problem->source_weights[i];
        double least = kl ? exp(-potentials[i] / penalty) : 1; /* r_i/a_i at the optimum */
        double share = weight > 0 ? slopes[i] / weight : least;
        double own = kl ? -penalty * expm1(-potentials[i] / penalty) : potentials[i];
        slopes[i] = own + problem->epsilon * (target_total - share);
    }
}

int sinkhorn_gradient_weights(const struct sinkhorn_gradient *gradient, double *slopes, struct error *error) {
    const struct transport_plan *plan = gradient->plan;
    const struct sinkhorn_problem *problem = plan->problem;
    size_t n = problem->cost.sources;
    if (gradient->source_bend == NULL) {
        struct points sums = {gradient, 1, slopes};
        const struct transport_pass pass = {.row = sum_row, .context = &sums};
        if (transport_pass_run(plan, &pass, error) < 0)
            return -1;
        objective_weights(problem, plan->source_potentials, slopes);
        return 0;
    }
    double factor = isinf(problem->source_penalty) ? 1 : 1 + problem->epsilon / problem->source_penalty;
    for (size_t i = 0; i < n; i++) {
        if (!(problem->source_weights[i] > 0))
            return error_set(error, "source %zu weighs 0: the transport has no derivative in its weight",
                             i + 1);
        slopes[i] = gradient->source_bend[i] * gradient->row_sums[i] * factor / problem->source_weights[i];
    }
    return 0;
}

/* Each row's part of the derivative in epsilon. */
static void epsilon_row(void *context, size_t source, const double *plan, const double *cost, double *sums) {
    const struct points *points = context;
    const struct sinkhorn_gradient *gradient = points->gradient;
    const struct transport_plan *at = gradient->plan;
    double epsilon = at->problem->epsilon, sum = 0;
    (void)sums;
    for (size_t j = 0; j < at->problem->cost.targets; j++) {
        if (!(plan[j] > 0))
            continue;
        double exponent = (at->source_potentials[source] + at->target_potentials[j] - cost[j]) / epsilon;
        if (gradient->source_bend == NULL) /* KL(P | a b^T) but for its constants */
            sum += plan[j] * (exponent - 1);
        else
            sum += plan[j] * exponent * (gradient->source_bend[source] + gradient->target_bend[j] - cost[j]) /
                   epsilon;
    }
    points->sources[source] = sum;
}

int sinkhorn_gradient_epsilon(const struct sinkhorn_gradient *gradient, double *slope, struct error *error) {
    const struct sinkhorn_problem *problem = gradient->plan->problem;
    size_t n = problem->cost.sources;
    double *rows = memory_array(error, n, sizeof *rows);
    struct points points = {gradient, 1, rows};
    const struct transport_pass pass = {.row = epsilon_row, .context = &points, .costs = true};
    int status = rows != NULL ? transport_pass_run(gradient->plan, &pass, error) : -1;
    if (status == 0) {
        *slope = total_of(n, rows);
        if (gradient->source_bend == NULL)
            *slope += total_of(n, problem->source_weights) *
                      total_of(problem->cost.targets, problem->target_weights);
    }
    free(rows);
    return status;
}
