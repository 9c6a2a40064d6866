/* Derivatives of entropic transport against central differences of the solver's own values. */

#include "transport/sinkhorn_gradient.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

enum { N = 6, M = 5, D = 2 };

/* The cost's step: values near 1 carry 1e-13, so that slopes carry 1e-13 / 2e-5, and (h / eps)^2 of
 * truncation.
 */
#define STEP 2e-5
#define TOLERANCE 1e-6

/* A problem to move things in. */
struct fixture {
    double x[N * D], y[M * D], a[N], b[M], matrix[N * M];
    struct sinkhorn_problem problem;
};

static void draw(struct fixture *fixture, uint64_t seed) {
    struct random_stream stream;
    double total = 0;
    random_start(&stream, seed, "test", "gradient", 0);
    random_normals(&stream, N * D, fixture->x);
    random_normals(&stream, M * D, fixture->y);
    for (size_t i = 0; i < N; i++)
        total += fixture->a[i] = 0.5 + random_uniform(&stream);
    for (size_t i = 0; i < N; i++)
        fixture->a[i] /= total;
    total = 0;
    for (size_t j = 0; j < M; j++)
        total += fixture->b[j] = 0.5 + random_uniform(&stream);
    for (size_t j = 0; j < M; j++)
        fixture->b[j] /= total;
    fixture->problem = (struct sinkhorn_problem){.cost = {.sources = N,
                                                          .targets = M,
                                                          .x = fixture->x,
                                                          .y = fixture->y,
                                                          .dimension = D,
                                                          .ground = {.scale = 1}},
                                                 .source_weights = fixture->a,
                                                 .target_weights = fixture->b,
                                                 .epsilon = 0.3,
                                                 .source_penalty = INFINITY,
                                                 .target_penalty = INFINITY};
}

/* The costs as a matrix, to move them one by one. */
static void use_matrix(struct fixture *fixture) {
    const struct pair_cost_window all = {0, N, 0, M};
    pair_cost_tile(&fixture->problem.cost, &all, fixture->matrix);
    fixture->problem.cost = (struct pair_cost){.sources = N, .targets = M, .matrix = fixture->matrix};
}

static struct sinkhorn_result solve(const struct sinkhorn_problem *problem) {
    const struct sinkhorn_settings settings = {.tolerance = 1e-14, .max_iterations = 20000, .threads = 2};
    struct sinkhorn_result result;
    struct error error = {0};
    assert_int_equal(sinkhorn_solve(problem, &settings, &result, &error), 0);
    return result;
}

static double value_of(const struct sinkhorn_problem *problem, bool transport) {
    struct sinkhorn_result result = solve(problem);
    double value = transport ? result.transport : result.objective;
    sinkhorn_result_free(&result);
    return value;
}

/* (V(at + h) - V(at - h)) / 2h */
static double difference(const struct sinkhorn_problem *problem, bool transport, double *at, double h) {
    double kept = *at;
    *at = kept + h;
    double above = value_of(problem, transport);
    *at = kept - h;
    double below = value_of(problem, transport);
    *at = kept;
    return (above - below) / (2 * h);
}

/* One problem solved, and its gradient. */
struct solved {
    struct sinkhorn_result result;
    struct transport_plan plan;
    struct sinkhorn_gradient gradient;
};

static void differentiate(struct solved *solved, const struct sinkhorn_problem *problem, bool transport) {
    struct error error = {0};
    solved->result = solve(problem);
    assert_int_equal(transport_plan_of_potentials(&solved->plan, problem, &solved->result, 2, &error), 0);
    solved->gradient = sinkhorn_gradient_of_objective(&solved->plan);
    if (transport)
        assert_int_equal(sinkhorn_gradient_of_transport(&solved->gradient, &solved->plan, 1000, &error), 0);
    assert_true(solved->gradient.converged);
}

static void release(struct solved *solved) {
    sinkhorn_gradient_free(&solved->gradient);
    transport_plan_free(&solved->plan);
    sinkhorn_result_free(&solved->result);
}

/* The kinds of problem: balanced, penalised on both sides, on one. */
static void penalise(struct fixture *fixture, int kind) {
    static const double penalties[][2] = {{INFINITY, INFINITY}, {1, 2}, {0.7, INFINITY}, {INFINITY, 1.5}};
    fixture->problem.source_penalty = penalties[kind][0];
    fixture->problem.target_penalty = penalties[kind][1];
}

static void points_of_both_sides(void **state) {
    (void)state;
    static const enum ground_cost_kind kinds[] = {GROUND_COST_SQEUCLIDEAN, GROUND_COST_EUCLIDEAN,
                                                  GROUND_COST_CITYBLOCK, GROUND_COST_COSINE};
    for (int trial = 0; trial < 16; trial++) {
        bool transport = trial % 2;
        struct fixture fixture;
        struct solved solved;
        struct error error = {0};
        double sources[N * D] = {0}, targets[M * D] = {0};
        draw(&fixture, (uint64_t)trial);
        penalise(&fixture, trial / 4);
        fixture.problem.cost.ground.kind = kinds[trial % 4];
        differentiate(&solved, &fixture.problem, transport);
        assert_int_equal(sinkhorn_gradient_sources(&solved.gradient, 1, sources, &error), 0);
        assert_int_equal(sinkhorn_gradient_targets(&solved.gradient, 1, targets, &error), 0);
        for (size_t k = 0; k < N * D; k++)
            assert_within(sources[k], difference(&fixture.problem, transport, &fixture.x[k], STEP),
                          TOLERANCE);
        for (size_t k = 0; k < M * D; k++)
            assert_within(targets[k], difference(&fixture.problem, transport, &fixture.y[k], STEP),
                          TOLERANCE);
        release(&solved);
    }
}

static void costs_one_by_one(void **state) {
    (void)state;
    for (int trial = 0; trial < 8; trial++) {
        bool transport = trial % 2;
        struct fixture fixture;
        struct solved solved;
        double rows[N * M], room[N * M];
        draw(&fixture, (uint64_t)trial + 50);
        penalise(&fixture, trial / 2);
        use_matrix(&fixture);
        differentiate(&solved, &fixture.problem, transport);
        sinkhorn_gradient_costs(&solved.gradient, 0, N, rows, room);
        for (size_t k = 0; k < N * M; k++)
            assert_within(rows[k], difference(&fixture.problem, transport, &fixture.matrix[k], STEP),
                          TOLERANCE);
        release(&solved);
    }
}

static void epsilon_itself(void **state) {
    (void)state;
    for (int trial = 0; trial < 8; trial++) {
        bool transport = trial % 2;
        struct fixture fixture;
        struct solved solved;
        struct error error = {0};
        double slope;
        draw(&fixture, (uint64_t)trial + 70);
        penalise(&fixture, trial / 2);
        differentiate(&solved, &fixture.problem, transport);
        assert_int_equal(sinkhorn_gradient_epsilon(&solved.gradient, &slope, &error), 0);
        assert_within(slope, difference(&fixture.problem, transport, &fixture.problem.epsilon, STEP),
                      TOLERANCE);
        release(&solved);
    }
}

/* Balanced weights move in pairs, so that the total stays. */
static void weights_on_the_simplex(void **state) {
    (void)state;
    for (int transport = 0; transport < 2; transport++) {
        struct fixture fixture;
        struct solved solved;
        struct error error = {0};
        double slopes[N];
        draw(&fixture, 90);
        differentiate(&solved, &fixture.problem, transport);
        assert_int_equal(sinkhorn_gradient_weights(&solved.gradient, slopes, &error), 0);
        for (size_t i = 1; i < N; i++) {
            double values[2];
            for (int side = 0; side < 2; side++) {
                double h = side ? -STEP : STEP;
                fixture.a[0] -= h;
                fixture.a[i] += h;
                values[side] = value_of(&fixture.problem, transport);
                fixture.a[0] += h;
                fixture.a[i] -= h;
            }
            assert_within(slopes[i] - slopes[0], (values[0] - values[1]) / (2 * STEP), TOLERANCE);
        }
        release(&solved);
    }
}

static void weights_that_are_free(void **state) {
    (void)state;
    for (int trial = 0; trial < 4; trial++) {
        bool transport = trial % 2;
        struct fixture fixture;
        struct solved solved;
        struct error error = {0};
        double slopes[N];
        draw(&fixture, (uint64_t)trial + 110);
        penalise(&fixture, trial / 2 ? 1 : 2);
        fixture.problem.target_penalty = 2;
        differentiate(&solved, &fixture.problem, transport);
        assert_int_equal(sinkhorn_gradient_weights(&solved.gradient, slopes, &error), 0);
        for (size_t i = 0; i < N; i++)
            assert_within(slopes[i], difference(&fixture.problem, transport, &fixture.a[i], STEP), TOLERANCE);
        release(&solved);
    }
}

static void weights_of_0_have_a_slope_in_the_objective_only(void **state) {
    (void)state;
    struct fixture fixture;
    struct solved solved;
    struct error error = {0};
    double slopes[N];
    draw(&fixture, 130);
    fixture.a[1] += fixture.a[2];
    fixture.a[2] = 0;
    differentiate(&solved, &fixture.problem, false);
    assert_int_equal(sinkhorn_gradient_weights(&solved.gradient, slopes, &error), 0);
    assert_true(isfinite(slopes[2]));
    /* one-sided: a weight can only grow from 0 */
    double values[2], h = 1e-6;
    values[0] = value_of(&fixture.problem, false);
    fixture.a[2] = h;
    fixture.a[0] -= h;
    values[1] = value_of(&fixture.problem, false);
    assert_within(slopes[2] - slopes[0], (values[1] - values[0]) / h, 1e-4);
    fixture.a[0] += h;
    fixture.a[2] = 0;
    release(&solved);
    differentiate(&solved, &fixture.problem, true);
    assert_int_equal(sinkhorn_gradient_weights(&solved.gradient, slopes, &error), -1);
    assert_string_equal(error.text, "source 3 weighs 0: the transport has no derivative in its weight");
    release(&solved);
}

/* Values of the specification: sources (0,0) (1,0) (0,1), four targets, eps 0.1. */
static void a_known_gradient(void **state) {
    (void)state;
    static const double x[] = {0, 0, 1, 0, 0, 1}, y[] = {1, 1, 2, .5, .5, 2, 0, .2};
    static const double a[] = {.5, .3, .2}, b[] = {.1, .4, .3, .2};
    static const double expected[] = {-.7, -.78, -.6, -.3, -.2, -.4};
    const struct sinkhorn_problem problem = {
        .cost = {.sources = 3, .targets = 4, .x = x, .y = y, .dimension = 2, .ground = {.scale = 1}},
        .source_weights = a,
        .target_weights = b,
        .epsilon = 0.1,
        .source_penalty = INFINITY,
        .target_penalty = INFINITY};
    struct solved solved;
    struct error error = {0};
    double sum[6] = {0};
    differentiate(&solved, &problem, false);
    assert_int_equal(sinkhorn_gradient_sources(&solved.gradient, 1, sum, &error), 0);
    for (size_t k = 0; k < 6; k++)
        assert_within(sum[k], expected[k], 1e-8); /* the plan is within 1e-9 of a vertex here */
    release(&solved);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_of_both_sides),
        cmocka_unit_test(costs_one_by_one),
        cmocka_unit_test(epsilon_itself),
        cmocka_unit_test(weights_on_the_simplex),
        cmocka_unit_test(weights_that_are_free),
        cmocka_unit_test(weights_of_0_have_a_slope_in_the_objective_only),
        cmocka_unit_test(a_known_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
