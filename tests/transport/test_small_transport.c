/* Small problems: whichever way solves them, the result is that of the solver of large ones. */

#include "transport/small_transport.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "num/exact_transport.h"
#include "support/assertions.h"

enum { N = 12, M = 9 };

static double cost[N * M], a[N], b[M];

static struct pair_cost draw_costs(uint64_t seed) {
    struct random_stream stream;
    random_start(&stream, seed, "test", "small", 0);
    for (size_t k = 0; k < N * M; k++)
        cost[k] = random_uniform(&stream);
    for (size_t i = 0; i < N; i++)
        a[i] = 1.0 / N;
    for (size_t j = 0; j < M; j++)
        b[j] = 1.0 / M;
    return (struct pair_cost){.sources = N, .targets = M, .matrix = cost};
}

static struct small_transport_settings defaults(double epsilon) {
    return (struct small_transport_settings){
        .epsilon = epsilon,
        .source_penalty = INFINITY,
        .target_penalty = INFINITY,
        .solver = {.tolerance = 1e-9, .max_iterations = 10000, .scaling = 0.5, .threads = 1}};
}

static struct small_transport_result solve(const struct small_transport_settings *settings,
                                           const struct pair_cost *problem, double *slopes) {
    struct small_transport_result result;
    struct error error = {0};
    struct small_transport *small = small_transport_create(N, M, settings, &error);
    assert_non_null(small);
    assert_int_equal(small_transport_solve(small, problem, a, b, false, slopes, &result, &error), 0);
    small_transport_free(small);
    return result;
}

/* At 0.1 plain steps suffice, at 0.001 five hundred of them do not. */
static void the_solver_of_large_problems_takes_over(void **state) {
    (void)state;
    for (int k = 0; k < 3; k++) {
        struct pair_cost problem = draw_costs((uint64_t)k);
        struct small_transport_settings settings = defaults(k == 0 ? 0.1 : k == 1 ? 0.01 : 0.001);
        double plan[N * M], rows = 0;
        struct small_transport_result result = solve(&settings, &problem, plan);
        const struct sinkhorn_problem large = {.cost = problem,
                                               .source_weights = a,
                                               .target_weights = b,
                                               .epsilon = settings.epsilon,
                                               .source_penalty = INFINITY,
                                               .target_penalty = INFINITY};
        struct sinkhorn_result expected;
        struct error error = {0};
        assert_int_equal(sinkhorn_solve(&large, &settings.solver, &expected, &error), 0);
        assert_true(result.converged && expected.converged);
        assert_within(result.transport, expected.transport, 1e-8); /* marginals are off by 1e-9 */
        assert_within(result.objective, expected.objective, 1e-8);
        for (size_t j = 0; j < M; j++)
            rows += plan[j];
        assert_within(rows, a[0], 1e-9);
        sinkhorn_result_free(&expected);
    }
}

static void exact_problems_are_those_of_the_simplex(void **state) {
    (void)state;
    struct pair_cost problem = draw_costs(7);
    struct small_transport_settings settings = defaults(1);
    double plan[N * M], sum = 0;
    settings.exact = true;
    const struct exact_transport_problem exact = {
        .cost = problem, .source_weights = a, .target_weights = b, .threads = 1};
    struct exact_transport expected;
    struct error error = {0};
    assert_int_equal(exact_transport_solve(&exact, &expected, &error), 0);
    assert_true(solve(&settings, &problem, plan).transport == expected.cost);
    for (size_t k = 0; k < N * M; k++)
        sum += plan[k] * cost[k];
    assert_close(sum, expected.cost, 1e-14);
    exact_transport_free(&expected);
}

static void unrolled_slopes_sum_to_1(void **state) {
    (void)state;
    struct pair_cost problem = draw_costs(9);
    struct small_transport_settings settings = defaults(0.1);
    double slopes[N * M], sum = 0;
    settings.solver.tolerance = 0;
    settings.solver.max_iterations = 5;
    settings.unroll = true;
    struct small_transport_result result = solve(&settings, &problem, slopes);
    assert_int_equal(result.iterations, 5);
    for (size_t k = 0; k < N * M; k++)
        sum += slopes[k];
    assert_close(sum, 1, 1e-13); /* a constant on all costs is added to the value */
}

static void a_problem_without_a_way_is_refused(void **state) {
    (void)state;
    struct pair_cost problem = draw_costs(11);
    struct small_transport_settings settings = defaults(0.1);
    struct small_transport_result result;
    struct error error = {0};
    for (size_t j = 0; j < M; j++)
        cost[2 * M + j] = INFINITY;
    struct small_transport *small = small_transport_create(N, M, &settings, &error);
    assert_non_null(small);
    assert_int_equal(small_transport_solve(small, &problem, a, b, false, NULL, &result, &error), -1);
    assert_string_equal(error.text, "no finite cost from source 3");
    small_transport_free(small);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_solver_of_large_problems_takes_over),
        cmocka_unit_test(exact_problems_are_those_of_the_simplex),
        cmocka_unit_test(unrolled_slopes_sum_to_1),
        cmocka_unit_test(a_problem_without_a_way_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
