#include "transport/sorted_transport.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "num/network_simplex_costs.h"
#include "support/assertions.h"

enum { LARGEST = 60 };

struct case_on_line {
    double x[LARGEST], y[LARGEST], a[LARGEST], b[LARGEST];
    struct exact_transport_problem problem;
};

static void draw_weights(struct random_stream *stream, size_t count, bool zeros, double *weights) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        weights[i] = zeros && i > 0 && random_below(stream, 3) == 0 ? 0 : random_exponential(stream);
        sum += weights[i];
    }
    for (size_t i = 0; i < count; i++)
        weights[i] /= sum;
}

static void draw_case(unsigned seed, struct ground_cost ground, struct case_on_line *drawn) {
    struct random_stream stream;
    random_start(&stream, seed, "test_sorted_transport", "case", 0);
    size_t n = 1 + random_below(&stream, LARGEST), m = 1 + random_below(&stream, LARGEST);
    random_normals(&stream, n, drawn->x);
    random_normals(&stream, m, drawn->y);
    for (size_t i = 0; seed % 3 == 0 && i < n; i++)
        drawn->x[i] = round(drawn->x[i]); /* ties */
    for (size_t j = 0; seed % 3 == 0 && j < m; j++)
        drawn->y[j] = round(drawn->y[j]);
    draw_weights(&stream, n, seed % 2, drawn->a);
    draw_weights(&stream, m, seed % 2, drawn->b);
    bool equal = seed % 5 == 0;
    drawn->problem = (struct exact_transport_problem){
        .cost = {.sources = n, .targets = m, .x = drawn->x, .y = drawn->y, .dimension = 1, .ground = ground},
        .source_weights = equal ? NULL : drawn->a,
        .target_weights = equal ? NULL : drawn->b,
        .threads = 1};
}

static const struct ground_cost grounds[] = {
    {GROUND_COST_SQEUCLIDEAN, 2, 1},  {GROUND_COST_EUCLIDEAN, 2, 1}, {GROUND_COST_POWER, 1.5, 2},
    {GROUND_COST_MINKOWSKI, 3, 0.25}, {GROUND_COST_POWER, 3, 1},
};
enum { GROUNDS = sizeof grounds / sizeof *grounds };

/* The same cost as network simplex finds, and a certificate: f + g <= C, a gap of rounding. Costs reach some
 * hundred, so 1e-12 is rounding. */
static void the_merge_is_optimal(void **state) {
    (void)state;
    for (unsigned seed = 1; seed <= 200; seed++) {
        struct case_on_line drawn;
        struct error error = {0};
        struct exact_transport sorted, simplex;
        draw_case(seed, grounds[seed % GROUNDS], &drawn);
        const struct pair_cost *cost = &drawn.problem.cost;
        assert_true(sorted_transport_applies(cost));
        assert_int_equal(sorted_transport_solve(&drawn.problem, &sorted, &error), 0);
        assert_int_equal(exact_transport_solve(&drawn.problem, &simplex, &error), 0);
        assert_within(sorted.cost, simplex.cost, 1e-12);
        assert_within(sorted.dual_gap, 0, 1e-12);
        assert_true(sorted.flow_count < cost->sources + cost->targets);
        for (size_t i = 0; i < cost->sources; i++)
            for (size_t j = 0; j < cost->targets; j++)
                assert_true(sorted.source_potentials[i] + sorted.target_potentials[j] <=
                            ground_cost_between(&cost->ground, 1, &drawn.x[i], &drawn.y[j]) + 1e-12);
        exact_transport_free(&sorted);
        exact_transport_free(&simplex);
    }
}

static void flows_have_the_marginals_asked_for(void **state) {
    (void)state;
    for (unsigned seed = 1; seed <= 100; seed++) {
        struct case_on_line drawn;
        struct error error = {0};
        struct exact_transport result;
        double sent[LARGEST] = {0}, taken[LARGEST] = {0};
        draw_case(seed, grounds[0], &drawn);
        size_t n = drawn.problem.cost.sources, m = drawn.problem.cost.targets;
        assert_int_equal(sorted_transport_solve(&drawn.problem, &result, &error), 0);
        for (size_t k = 0; k < result.flow_count; k++) {
            const struct exact_transport_flow *flow = &result.flows[k];
            assert_true(flow->mass > 0);
            sent[flow->source] += flow->mass;
            taken[flow->target] += flow->mass;
        }
        for (size_t i = 0; i < n; i++)
            assert_within(sent[i], drawn.problem.source_weights ? drawn.a[i] : 1 / (double)n, 1e-14);
        for (size_t j = 0; j < m; j++)
            assert_within(taken[j], drawn.problem.target_weights ? drawn.b[j] : 1 / (double)m, 1e-14);
        exact_transport_free(&result);
    }
}

static void equal_counts_match_rank_by_rank(void **state) {
    (void)state;
    const double x[] = {-1, 0, 2, 7}, y[] = {0, 1, 1, 3};
    assert_within(sorted_transport_power_cost(1, 4, x, NULL, 4, y, NULL), 7. / 4, 0);
    assert_within(sorted_transport_power_cost(2, 4, x, NULL, 4, y, NULL), 19. / 4, 0);
    assert_close(sorted_transport_power_cost(3, 4, x, NULL, 4, y, NULL), 67. / 4, 1e-15);
    /* Two thirds of the first source fill the only target left of it, and so on: by hand. */
    assert_close(sorted_transport_power_cost(1, 2, (double[]){0, 1}, NULL, 3, (double[]){0, 1, 2}, NULL), 0.5,
                 1e-15);
}

/* W_1 on the line is the area between the distribution functions. */
static void distance_is_the_area_between_distribution_functions(void **state) {
    (void)state;
    for (unsigned seed = 1; seed <= 50; seed++) {
        struct case_on_line drawn;
        struct error error = {0};
        struct exact_transport result;
        draw_case(seed, grounds[1], &drawn);
        drawn.problem.source_weights = drawn.a;
        drawn.problem.target_weights = drawn.b;
        size_t n = drawn.problem.cost.sources, m = drawn.problem.cost.targets;
        assert_int_equal(sorted_transport_solve(&drawn.problem, &result, &error), 0);
        /* Between neighbouring points of the pool both functions are constant. */
        double area = 0;
        for (size_t k = 0; k < n + m; k++) {
            double here = k < n ? drawn.x[k] : drawn.y[k - n], next = INFINITY, difference = 0;
            bool repeated = false;
            for (size_t l = 0; l < n + m; l++) {
                double there = l < n ? drawn.x[l] : drawn.y[l - n];
                repeated = repeated || (there == here && l < k);
                if (there > here)
                    next = fmin(next, there);
                else
                    difference += l < n ? drawn.a[l] : -drawn.b[l - n];
            }
            if (next < INFINITY && !repeated)
                area += fabs(difference) * (next - here);
        }
        assert_within(result.cost, area, 1e-13);
        exact_transport_free(&result);
    }
}

static void what_is_not_convex_on_a_line_is_declined(void **state) {
    (void)state;
    double x[4] = {0};
    struct pair_cost cost = {.sources = 2, .targets = 2, .x = x, .y = x, .dimension = 1};
    cost.ground = (struct ground_cost){GROUND_COST_POWER, 0.5, 1};
    assert_false(sorted_transport_applies(&cost));
    cost.ground.kind = GROUND_COST_COSINE;
    assert_false(sorted_transport_applies(&cost));
    cost.ground.kind = GROUND_COST_CITYBLOCK;
    assert_true(sorted_transport_applies(&cost));
    cost.dimension = 2;
    assert_false(sorted_transport_applies(&cost));
    cost.dimension = 1;
    cost.matrix = x;
    assert_false(sorted_transport_applies(&cost));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_merge_is_optimal),
        cmocka_unit_test(flows_have_the_marginals_asked_for),
        cmocka_unit_test(equal_counts_match_rank_by_rank),
        cmocka_unit_test(distance_is_the_area_between_distribution_functions),
        cmocka_unit_test(what_is_not_convex_on_a_line_is_declined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
