/* Plain Sinkhorn steps against the definition in logarithms, and their derivative against differences. */

#include "num/sinkhorn_steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

enum { LARGEST_SIDE = 40 };

static double log_sum(size_t count, const double *x) {
    double largest = -INFINITY, sum = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, x[i]);
    if (largest == -INFINITY)
        return largest;
    for (size_t i = 0; i < count; i++)
        sum += exp(x[i] - largest);
    return largest + log(sum);
}

/* The definition, every step in logarithms. Writes the plan. */
static double defined_transport(const struct sinkhorn_steps_problem *problem, double *plan) {
    double f[LARGEST_SIDE], g[LARGEST_SIDE], terms[LARGEST_SIDE], transport = 0;
    size_t n = problem->rows, m = problem->columns;
    for (size_t j = 0; j < m; j++)
        g[j] = log(problem->column_weights ? problem->column_weights[j] : 1.0 / (double)m);
    for (size_t k = 0; k < problem->iterations; k++) {
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < m; j++)
                terms[j] = g[j] - problem->cost[i * m + j] / problem->epsilon;
            f[i] = log(problem->row_weights ? problem->row_weights[i] : 1.0 / (double)n) - log_sum(m, terms);
        }
        for (size_t j = 0; j < m; j++) {
            for (size_t i = 0; i < n; i++)
                terms[i] = f[i] - problem->cost[i * m + j] / problem->epsilon;
            g[j] = log(problem->column_weights ? problem->column_weights[j] : 1.0 / (double)m) -
                   log_sum(n, terms);
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < m; j++) {
            plan[i * m + j] = exp(f[i] + g[j] - problem->cost[i * m + j] / problem->epsilon);
            if (plan[i * m + j] > 0)
                transport += plan[i * m + j] * problem->cost[i * m + j];
        }
    }
    return transport;
}

static struct sinkhorn_steps *make(size_t rows, size_t columns, size_t history) {
    struct error error = {0};
    struct sinkhorn_steps *steps = sinkhorn_steps_create(rows, columns, history, &error);
    assert_non_null(steps);
    return steps;
}

static void draw_costs(uint64_t seed, size_t count, double scale, double *cost) {
    struct random_stream stream;
    random_start(&stream, seed, "test", "costs", 0);
    for (size_t i = 0; i < count; i++)
        cost[i] = scale * random_uniform(&stream);
}

static void draw_weights(uint64_t seed, size_t count, double *weights) {
    struct random_stream stream;
    double sum = 0;
    random_start(&stream, seed, "test", "weights", 0);
    for (size_t i = 0; i < count; i++)
        sum += weights[i] = random_exponential(&stream);
    for (size_t i = 0; i < count; i++)
        weights[i] /= sum;
}

/* From a kernel that is nearly flat to one that underflows everywhere, with shapes that leave padding. */
static void steps_are_those_of_the_definition_at_any_epsilon(void **state) {
    (void)state;
    static const double epsilons[] = {10, 1, 0.1, 0.01, 1e-3, 1e-4, 1e-5};
    static const size_t shapes[][2] = {{1, 1}, {1, 7}, {7, 1}, {8, 8}, {13, 17}, {32, 32}, {40, 9}};
    double cost[LARGEST_SIDE * LARGEST_SIDE], plan[LARGEST_SIDE * LARGEST_SIDE];
    double expected[LARGEST_SIDE * LARGEST_SIDE], a[LARGEST_SIDE], b[LARGEST_SIDE];
    struct sinkhorn_steps *steps = make(LARGEST_SIDE, LARGEST_SIDE, 0);
    for (size_t e = 0; e < sizeof epsilons / sizeof *epsilons; e++) {
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            size_t n = shapes[s][0], m = shapes[s][1];
            draw_costs(s, n * m, 2, cost);
            draw_weights(s, n, a);
            draw_weights(s + 100, m, b);
            for (size_t iterations = 1; iterations <= 64; iterations *= 4) {
                struct sinkhorn_steps_problem problem = {
                    n, m, cost, s % 2 ? a : NULL, s % 2 ? b : NULL, epsilons[e], iterations, 0, false};
                struct sinkhorn_steps_outcome outcome = sinkhorn_steps_run(steps, &problem);
                double transport = defined_transport(&problem, expected);
                /* exponents up to 2 / eps carry 1e-16 of themselves into each step */
                double tolerance = 1e-13 + 1e-15 / epsilons[e] * 8;
                assert_close(outcome.transport, transport, tolerance);
                assert_int_equal(outcome.iterations, iterations);
                sinkhorn_steps_plan(steps, plan);
                for (size_t i = 0; i < n * m; i++)
                    assert_within(plan[i], expected[i], tolerance);
            }
        }
    }
    sinkhorn_steps_free(steps);
}

/* A row far from all others, in units of epsilon, drives scalings out of range for the first steps. */
static void scalings_out_of_range_are_absorbed(void **state) {
    (void)state;
    enum { N = 6, M = 5 };
    double cost[N * M], plan[N * M], expected[N * M];
    draw_costs(3, N * M, 1, cost);
    for (size_t j = 0; j < M; j++)
        cost[2 * M + j] += 300; /* a constant for its row: the plan does not see it */
    for (size_t i = 0; i < N; i++)
        cost[i * M + 3] = 250 + cost[i * M + 3] * 40;
    struct sinkhorn_steps *steps = make(N, M, 0);
    for (size_t iterations = 1; iterations < 30; iterations++) {
        struct sinkhorn_steps_problem problem = {N, M, cost, NULL, NULL, 0.1, iterations, 0, false};
        sinkhorn_steps_run(steps, &problem);
        defined_transport(&problem, expected);
        sinkhorn_steps_plan(steps, plan);
        for (size_t i = 0; i < N * M; i++)
            assert_within(plan[i], expected[i], 1e-12); /* exponents near 3000 */
    }
    sinkhorn_steps_free(steps);
}

static void zero_weights_and_forbidden_pairs_stay_empty(void **state) {
    (void)state;
    double cost[] = {0, 1, INFINITY, 1, INFINITY, 0.5, 2, 1, 1};
    double a[] = {0.5, 0.5, 0}, b[] = {0.25, 0, 0.75}, plan[9], f[3], g[3], slopes[9];
    struct sinkhorn_steps *steps = make(3, 3, 50);
    struct sinkhorn_steps_problem problem = {3, 3, cost, a, b, 0.1, 50, 0, false};
    struct sinkhorn_steps_outcome outcome = sinkhorn_steps_run(steps, &problem);
    sinkhorn_steps_plan(steps, plan);
    for (size_t j = 0; j < 3; j++)
        assert_true(plan[2 * 3 + j] == 0 && plan[j * 3 + 1] == 0);
    assert_true(plan[2] == 0);
    assert_within(plan[0] + plan[3], 0.25, 1e-16);
    assert_true(isfinite(outcome.transport) && isfinite(outcome.objective));
    sinkhorn_steps_potentials(steps, f, g);
    sinkhorn_steps_gradient(steps, SINKHORN_STEPS_TRANSPORT, slopes);
    for (size_t i = 0; i < 9; i++)
        assert_true(isfinite(slopes[i]) && isfinite(f[i % 3]) && isfinite(g[i % 3]));
    assert_true(slopes[2] == 0 && slopes[7] == 0);
    sinkhorn_steps_free(steps);
}

/* Three plain steps from the paper's definition, values of the specification. */
static void three_steps_of_a_known_problem(void **state) {
    (void)state;
    static const double x[] = {0, 0, 1, 0, 0, 1}, y[] = {1, 1, 2, .5, .5, 2, 0, .2};
    static const double a[] = {.5, .3, .2}, b[] = {.1, .4, .3, .2};
    static const double sums[] = {0.195851656, 0.499143423, 0.305004921};
    double cost[12], plan[12];
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 4; j++)
            cost[i * 4 + j] = pow(x[2 * i] - y[2 * j], 2) + pow(x[2 * i + 1] - y[2 * j + 1], 2);
    struct sinkhorn_steps *steps = make(3, 4, 0);
    struct sinkhorn_steps_problem problem = {3, 4, cost, a, b, 0.1, 3, 0, false};
    assert_within(sinkhorn_steps_run(steps, &problem).transport, 0.9861705901, 5e-11);
    sinkhorn_steps_plan(steps, plan);
    for (size_t i = 0; i < 3; i++)
        assert_within(plan[4 * i] + plan[4 * i + 1] + plan[4 * i + 2] + plan[4 * i + 3], sums[i], 5e-10);
    problem.epsilon = 1;
    problem.iterations = 5000;
    problem.tolerance = 1e-13;
    struct sinkhorn_steps_outcome outcome = sinkhorn_steps_run(steps, &problem);
    assert_true(outcome.converged && outcome.iterations < 5000 && outcome.row_error < 1e-13);
    assert_within(outcome.transport, 1.864908451, 5e-10);
    assert_within(outcome.objective, 2.212192011, 5e-10);
    sinkhorn_steps_free(steps);
}

static double value_at(struct sinkhorn_steps *steps, const struct sinkhorn_steps_problem *problem,
                       enum sinkhorn_steps_value value) {
    struct sinkhorn_steps_outcome outcome = sinkhorn_steps_run(steps, problem);
    return value == SINKHORN_STEPS_OBJECTIVE ? outcome.objective : outcome.transport;
}

/* Central differences with step h = 1e-5 eps are off by (h / eps)^2 = 1e-10 and 1e-16 / h. */
static void gradients_are_those_of_differences(void **state) {
    (void)state;
    enum { N = 5, M = 9 };
    double cost[N * M], a[N], b[M], slopes[N * M];
    struct sinkhorn_steps *steps = make(N, M, 40);
    draw_weights(5, N, a);
    draw_weights(6, M, b);
    for (int trial = 0; trial < 12; trial++) {
        enum sinkhorn_steps_value value = trial % 2 ? SINKHORN_STEPS_OBJECTIVE : SINKHORN_STEPS_TRANSPORT;
        double epsilon = trial < 4 ? 1 : trial < 8 ? 0.1 : 0.02;
        size_t iterations = (size_t[]){1, 2, 20, 40}[trial % 4];
        struct sinkhorn_steps_problem problem = {N, M, cost, a, b, epsilon, iterations, 0, false};
        draw_costs((uint64_t)trial, N * M, 1, cost);
        sinkhorn_steps_run(steps, &problem);
        sinkhorn_steps_gradient(steps, value, slopes);
        double h = 1e-5 * epsilon;
        for (size_t i = 0; i < N * M; i++) {
            double kept = cost[i];
            cost[i] = kept + h;
            double above = value_at(steps, &problem, value);
            cost[i] = kept - h;
            double below = value_at(steps, &problem, value);
            cost[i] = kept;
            assert_within(slopes[i], (above - below) / (2 * h), 1e-8 + 2e-16 / h);
        }
    }
    sinkhorn_steps_free(steps);
}

/* Potentials that travel far between the first step and the last: the reverse pass takes exp of each entry.
 */
static void gradients_far_from_the_last_kernel(void **state) {
    (void)state;
    enum { N = 4, M = 3 };
    double cost[N * M], slopes[N * M];
    struct sinkhorn_steps *steps = make(N, M, 30);
    draw_costs(8, N * M, 400, cost);
    struct sinkhorn_steps_problem problem = {N, M, cost, NULL, NULL, 0.5, 30, 0, false};
    sinkhorn_steps_run(steps, &problem);
    sinkhorn_steps_gradient(steps, SINKHORN_STEPS_TRANSPORT, slopes);
    for (size_t i = 0; i < N * M; i++) {
        double kept = cost[i], h = 1e-4;
        cost[i] = kept + h;
        double above = value_at(steps, &problem, SINKHORN_STEPS_TRANSPORT);
        cost[i] = kept - h;
        double below = value_at(steps, &problem, SINKHORN_STEPS_TRANSPORT);
        cost[i] = kept;
        assert_within(slopes[i], (above - below) / (2 * h), 1e-6); /* values near 200, h / eps = 2e-4 */
    }
    sinkhorn_steps_free(steps);
}

static void a_workspace_serves_problems_of_any_size_in_turn(void **state) {
    (void)state;
    double cost[400];
    draw_costs(1, 400, 1, cost);
    struct sinkhorn_steps *large = make(20, 20, 5), *small = make(6, 7, 5);
    struct sinkhorn_steps_problem first = {20, 20, cost, NULL, NULL, 0.1, 5, 0, false};
    struct sinkhorn_steps_problem second = {6, 7, cost, NULL, NULL, 0.1, 5, 0, false};
    double used[42], fresh[42];
    sinkhorn_steps_run(large, &first);
    sinkhorn_steps_run(large, &second);
    sinkhorn_steps_gradient(large, SINKHORN_STEPS_TRANSPORT, used);
    sinkhorn_steps_run(small, &second);
    sinkhorn_steps_gradient(small, SINKHORN_STEPS_TRANSPORT, fresh);
    assert_same_bits(used, fresh, 42);
    sinkhorn_steps_free(large);
    sinkhorn_steps_free(small);
}

static void no_memory_is_an_error(void **state) {
    (void)state;
    struct error error = {0};
    assert_null(sinkhorn_steps_create(SIZE_MAX / 16, 64, 0, &error));
    assert_true(error.text[0] != '\0');
    sinkhorn_steps_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_those_of_the_definition_at_any_epsilon),
        cmocka_unit_test(scalings_out_of_range_are_absorbed),
        cmocka_unit_test(zero_weights_and_forbidden_pairs_stay_empty),
        cmocka_unit_test(three_steps_of_a_known_problem),
        cmocka_unit_test(gradients_are_those_of_differences),
        cmocka_unit_test(gradients_far_from_the_last_kernel),
        cmocka_unit_test(a_workspace_serves_problems_of_any_size_in_turn),
        cmocka_unit_test(no_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
