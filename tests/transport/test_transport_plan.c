/* Plans by rows: entropic, exact, mended to their marginals. */

#include "transport/transport_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

enum { N = 70, M = 53 };

static double x[N], y[M], a[N], b[M];

static struct sinkhorn_problem draw_problem(double epsilon) {
    struct random_stream stream;
    double totals[2] = {0, 0};
    random_start(&stream, 4, "test", "plan", 0);
    random_normals(&stream, N, x);
    random_normals(&stream, M, y);
    for (size_t i = 0; i < N; i++)
        totals[0] += a[i] = random_exponential(&stream);
    for (size_t j = 0; j < M; j++)
        totals[1] += b[j] = random_exponential(&stream);
    for (size_t i = 0; i < N; i++)
        a[i] /= totals[0];
    for (size_t j = 0; j < M; j++)
        b[j] /= totals[1];
    return (struct sinkhorn_problem){
        .cost = {.sources = N, .targets = M, .x = x, .y = y, .dimension = 1, .ground = {.scale = 1}},
        .source_weights = a,
        .target_weights = b,
        .epsilon = epsilon,
        .source_penalty = INFINITY,
        .target_penalty = INFINITY};
}

/* So many plain steps: a plan that is not yet one. */
static struct sinkhorn_result few_steps(const struct sinkhorn_problem *problem, size_t steps) {
    const struct sinkhorn_settings settings = {.max_iterations = steps, .threads = 1};
    struct sinkhorn_result result;
    struct error error = {0};
    assert_int_equal(sinkhorn_solve(problem, &settings, &result, &error), 0);
    return result;
}

static void a_plan_after_few_steps_is_mended(void **state) {
    (void)state;
    struct sinkhorn_problem problem = draw_problem(0.01);
    const struct exact_transport_problem unregularised = {
        .cost = problem.cost, .source_weights = a, .target_weights = b, .threads = 1};
    struct exact_transport exact;
    struct error error = {0};
    double before = INFINITY;
    assert_int_equal(exact_transport_solve(&unregularised, &exact, &error), 0);
    for (size_t steps = 1; steps <= 1000; steps *= 10) {
        struct sinkhorn_result result = few_steps(&problem, steps);
        struct transport_plan plan;
        struct transport_plan_figures figures;
        assert_int_equal(transport_plan_of_potentials(&plan, &problem, &result, 1, &error), 0);
        assert_int_equal(transport_plan_round(&plan, &error), 0);
        assert_int_equal(transport_plan_measure(&plan, &figures, &error), 0);
        assert_within(figures.source_error, 0, 1e-14); /* sums of 53 terms of 1e-2 */
        assert_within(figures.target_error, 0, 1e-14);
        assert_within(figures.mass, 1, 1e-14);
        assert_true(figures.transport >= exact.cost - 1e-12); /* no feasible plan costs less */
        assert_true(figures.transport < before);
        /* Lemma 7 of the source: the plan moves by at most twice the error of its marginals */
        double moved = 2 * (result.source_error + result.target_error);
        assert_true(fabs(figures.transport - result.transport) <= 50 * moved + 1e-12); /* costs below 50 */
        before = figures.transport;
        transport_plan_free(&plan);
        sinkhorn_result_free(&result);
    }
    exact_transport_free(&exact);
}

static void a_feasible_plan_is_left_alone(void **state) {
    (void)state;
    struct sinkhorn_problem problem = draw_problem(1);
    struct sinkhorn_result result = few_steps(&problem, 2000);
    struct transport_plan plan;
    struct error error = {0};
    double before[N * M], after[N * M];
    assert_int_equal(transport_plan_of_potentials(&plan, &problem, &result, 2, &error), 0);
    transport_plan_rows(&plan, 0, N, before);
    assert_int_equal(transport_plan_round(&plan, &error), 0);
    transport_plan_rows(&plan, 0, N, after);
    for (size_t k = 0; k < N * M; k++)
        assert_within(after[k], before[k], 1e-15); /* what rounding of sums leaves is given out */
    transport_plan_free(&plan);
    sinkhorn_result_free(&result);
}

static void flows_are_a_plan(void **state) {
    (void)state;
    struct sinkhorn_problem problem = draw_problem(1);
    const struct exact_transport_problem unregularised = {
        .cost = problem.cost, .source_weights = a, .target_weights = b, .threads = 1};
    struct exact_transport exact;
    struct transport_plan plan;
    struct transport_plan_figures figures;
    struct error error = {0};
    double rows[3 * M];
    assert_int_equal(exact_transport_solve(&unregularised, &exact, &error), 0);
    assert_int_equal(transport_plan_of_flows(&plan, &problem, &exact, 1, &error), 0);
    assert_int_equal(transport_plan_measure(&plan, &figures, &error), 0);
    assert_close(figures.transport, exact.cost, 1e-13);
    assert_within(figures.source_error + figures.target_error, 0, 1e-13);
    transport_plan_rows(&plan, 5, 3, rows);
    for (size_t k = 0; k < exact.flow_count; k++)
        if (exact.flows[k].source >= 5 && exact.flows[k].source < 8)
            assert_true(rows[(exact.flows[k].source - 5) * M + exact.flows[k].target] == exact.flows[k].mass);
    transport_plan_free(&plan);
    exact_transport_free(&exact);
}

static void add_to_sums(void *context, size_t source, const double *plan, const double *cost, double *sums) {
    double *rows = context;
    rows[source] = 0;
    for (size_t j = 0; j < M; j++) {
        rows[source] += plan[j] * cost[j];
        sums[j] += plan[j] * cost[j];
    }
}

static void threads_and_held_rows_leave_no_trace(void **state) {
    (void)state;
    struct sinkhorn_problem problem = draw_problem(0.1);
    struct sinkhorn_result result = few_steps(&problem, 20);
    double rows[2][N], sums[2][M], plans[2][N * M];
    struct error error = {0};
    for (int other = 0; other < 2; other++) {
        struct transport_plan plan;
        const struct transport_pass pass = {add_to_sums, rows[other], true, M, sums[other]};
        assert_int_equal(transport_plan_of_potentials(&plan, &problem, &result, other ? 3 : 1, &error), 0);
        if (other)
            transport_plan_hold(&plan, sizeof plans[0]);
        assert_int_equal(plan.held != NULL, other);
        assert_int_equal(transport_pass_run(&plan, &pass, &error), 0);
        transport_plan_rows(&plan, 0, N, plans[other]);
        transport_plan_free(&plan);
    }
    assert_same_bits(rows[0], rows[1], N);
    assert_same_bits(sums[0], sums[1], M);
    assert_same_bits(plans[0], plans[1], N * M);
    sinkhorn_result_free(&result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_after_few_steps_is_mended),
        cmocka_unit_test(a_feasible_plan_is_left_alone),
        cmocka_unit_test(flows_are_a_plan),
        cmocka_unit_test(threads_and_held_rows_leave_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
