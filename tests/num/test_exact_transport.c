#include "num/exact_transport.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

static struct random_stream draws(unsigned seed) {
    struct random_stream stream;
    random_start(&stream, seed, "test_exact_transport", "problem", 0);
    return stream;
}

static struct exact_transport_problem from_matrix(size_t n, size_t m, const double *matrix, const double *a,
                                                  const double *b) {
    return (struct exact_transport_problem){.cost = {.sources = n, .targets = m, .matrix = matrix},
                                            .source_weights = a,
                                            .target_weights = b,
                                            .threads = 1};
}

static double weight_of(const double *weights, size_t count, size_t k) {
    return weights == NULL ? 1 / (double)count : weights[k];
}

/* What makes a plan optimal, from the data alone: marginals, no mass on forbidden pairs, f + g <= C, f + g =
 * C where mass flows, and by these the gap; `scale` is that of the costs. Rounding is allowed 1e-12. */
static void check_optimal(const struct exact_transport_problem *problem, const struct exact_transport *result,
                          double scale) {
    size_t n = problem->cost.sources, m = problem->cost.targets;
    const double *cost = problem->cost.matrix;
    double *sent = calloc(n, sizeof *sent), *taken = calloc(m, sizeof *taken), total = 0;
    assert_true(result->flow_count < n + m);
    for (size_t k = 0; k < result->flow_count; k++) {
        const struct exact_transport_flow *flow = &result->flows[k];
        double c = cost[flow->source * m + flow->target];
        assert_true(flow->mass > 0 && c < INFINITY);
        if (k > 0)
            assert_true(flow[-1].source < flow->source ||
                        (flow[-1].source == flow->source && flow[-1].target < flow->target));
        sent[flow->source] += flow->mass;
        taken[flow->target] += flow->mass;
        total += flow->mass * c;
        assert_within(result->source_potentials[flow->source] + result->target_potentials[flow->target], c,
                      1e-12 * scale);
    }
    for (size_t i = 0; i < n; i++)
        assert_within(sent[i], weight_of(problem->source_weights, n, i), 1e-13);
    for (size_t j = 0; j < m; j++)
        assert_within(taken[j], weight_of(problem->target_weights, m, j), 1e-13);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            assert_true(result->source_potentials[i] + result->target_potentials[j] <=
                        cost[i * m + j] + 1e-12 * scale);
    assert_within(result->cost, total, 1e-12 * scale);
    assert_within(result->dual_gap, 0, 1e-12 * scale);
    free(sent);
    free(taken);
}

static double solve(const struct exact_transport_problem *problem, double scale) {
    struct error error = {0};
    struct exact_transport result;
    assert_int_equal(exact_transport_solve(problem, &result, &error), 0);
    check_optimal(problem, &result, scale);
    double cost = result.cost;
    exact_transport_free(&result);
    return cost;
}

/* The least sum over permutations from place `row` on. */
static double least_permutation(size_t n, const double *cost, size_t row, unsigned taken) {
    double least = row == n ? 0 : INFINITY;
    for (size_t j = 0; row < n && j < n; j++) {
        if (taken & 1U << j)
            continue;
        double sum = cost[row * n + j] + least_permutation(n, cost, row + 1, taken | 1U << j);
        least = sum < least ? sum : least;
    }
    return least;
}

static void equal_weights_find_the_best_permutation(void **state) {
    (void)state;
    double cost[49];
    for (unsigned seed = 1; seed <= 200; seed++) {
        struct random_stream stream = draws(seed);
        size_t n = 1 + random_below(&stream, 7);
        bool ties = seed % 2 == 0; /* few different costs: many optima, degenerate pivots */
        for (size_t k = 0; k < n * n; k++)
            cost[k] = ties ? (double)random_below(&stream, 4) : random_normal(&stream);
        struct exact_transport_problem problem = from_matrix(n, n, cost, NULL, NULL);
        assert_within(solve(&problem, 5), least_permutation(n, cost, 0, 0) / (double)n, 1e-14 * 5);
    }
}

static void fill_weights(struct random_stream *stream, unsigned kind, size_t count, double *weights) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        weights[i] = kind == 0 ? random_exponential(stream) : (double)random_below(stream, 4);
        sum += weights[i] = i == 0 ? weights[i] + 1 : weights[i];
    }
    for (size_t i = 0; i < count; i++)
        weights[i] /= sum;
}

static void random_problems_are_certified(void **state) {
    (void)state;
    enum { LARGEST = 60 };
    static double cost[LARGEST * LARGEST], a[LARGEST], b[LARGEST];
    for (unsigned seed = 1; seed <= 300; seed++) {
        struct random_stream stream = draws(1000 + seed);
        size_t n = 1 + random_below(&stream, LARGEST), m = 1 + random_below(&stream, LARGEST);
        unsigned ties = seed % 3;
        for (size_t k = 0; k < n * m; k++)
            cost[k] = ties == 0 ? random_normal(&stream) : (double)random_below(&stream, ties == 1 ? 3 : 50);
        fill_weights(&stream, seed / 3 % 2, n, a);
        fill_weights(&stream, seed / 6 % 2, m, b);
        struct exact_transport_problem problem = from_matrix(n, m, cost, a, b);
        solve(&problem, 50);
    }
}

static void integer_weights_and_costs_give_whole_numbers(void **state) {
    (void)state;
    /* The example by which textbooks teach Vogel's method; its optimum is 100. */
    const double cost[] = {2, 3, 11, 7, 1, 0, 6, 1, 5, 8, 15, 9};
    const double a[] = {6, 1, 10}, b[] = {7, 5, 3, 2};
    struct exact_transport_problem problem = from_matrix(3, 4, cost, a, b);
    assert_within(solve(&problem, 100), 100, 0);
}

static void on_the_line_it_is_sorting(void **state) {
    (void)state;
    enum { COUNT = 200 };
    double x[COUNT], y[COUNT], cost = 0;
    struct random_stream stream = draws(7);
    x[0] = y[0] = 0;
    for (size_t i = 1; i < COUNT; i++) { /* ascending as drawn */
        x[i] = x[i - 1] + random_exponential(&stream);
        y[i] = y[i - 1] + random_exponential(&stream);
    }
    for (size_t i = 0; i < COUNT; i++)
        cost += (x[i] - y[i]) * (x[i] - y[i]) / COUNT;
    struct exact_transport_problem problem = {.cost = {.sources = COUNT,
                                                       .targets = COUNT,
                                                       .x = x,
                                                       .y = y,
                                                       .dimension = 1,
                                                       .ground = {GROUND_COST_SQEUCLIDEAN, 2, 1}},
                                              .threads = 1};
    struct error error = {0};
    struct exact_transport result;
    assert_int_equal(exact_transport_solve(&problem, &result, &error), 0);
    assert_close(result.cost, cost, 1e-13);
    assert_int_equal(result.flow_count, COUNT);
    for (size_t k = 0; k < COUNT; k++)
        assert_int_equal(result.flows[k].source, result.flows[k].target);
    exact_transport_free(&result);
}

/* The value of Check 1 of the contract with entropic transport, as epsilon goes to 0. */
static void four_targets_of_unequal_weight(void **state) {
    (void)state;
    double x[] = {0, 0, 1, 0, 0, 1}, y[] = {1, 1, 2, .5, .5, 2, 0, .2};
    double a[] = {.5, .3, .2}, b[] = {.1, .4, .3, .2};
    struct exact_transport_problem problem = {.cost = {.sources = 3,
                                                       .targets = 4,
                                                       .x = x,
                                                       .y = y,
                                                       .dimension = 2,
                                                       .ground = {GROUND_COST_SQEUCLIDEAN, 2, 1}},
                                              .source_weights = a,
                                              .target_weights = b,
                                              .threads = 1};
    struct error error = {0};
    struct exact_transport result;
    assert_int_equal(exact_transport_solve(&problem, &result, &error), 0);
    assert_within(result.cost, 1.683, 1e-15);
    assert_within(result.dual_gap, 0, 1e-15);
    exact_transport_free(&result);
}

/* Forbidden pairs against the same problem with a cost so large (but not so large that digits are lost) that
 * no optimal plan uses them if any plan can do without. */
static void forbidden_pairs_carry_nothing(void **state) {
    (void)state;
    enum { LARGEST = 12 };
    double cost[LARGEST * LARGEST], large[LARGEST * LARGEST], a[LARGEST], b[LARGEST];
    size_t solved = 0, refused = 0;
    for (unsigned seed = 1; seed <= 300; seed++) {
        struct random_stream stream = draws(2000 + seed);
        size_t n = 1 + random_below(&stream, LARGEST), m = 1 + random_below(&stream, LARGEST);
        for (size_t k = 0; k < n * m; k++) {
            bool forbidden = random_below(&stream, 10) < 3 + seed % 4;
            cost[k] = forbidden ? INFINITY : (double)random_below(&stream, 10);
            large[k] = forbidden ? 4096 : cost[k];
        }
        fill_weights(&stream, 1, n, a);
        fill_weights(&stream, 1, m, b);
        struct exact_transport_problem problem = from_matrix(n, m, cost, a, b);
        struct exact_transport_problem penalised = from_matrix(n, m, large, a, b);
        struct exact_transport result;
        struct error error = {0};
        double expected = solve(&penalised, 4096);
        if (exact_transport_solve(&problem, &result, &error) < 0) {
            assert_string_equal(error.text, "no plan avoids the forbidden pairs");
            assert_true(expected > 10); /* weights are multiples of 1/400 or so: 4096 / 400 */
            refused++;
            continue;
        }
        check_optimal(&problem, &result, 100);
        assert_within(result.cost, expected, 1e-11);
        exact_transport_free(&result);
        solved++;
    }
    assert_true(solved > 50 && refused > 50);
}

/* Large enough that a sample gives the start; 1 in 200 pairs is open, so that trees have to use others. */
static void few_open_pairs_among_many_suffice(void **state) {
    (void)state;
    enum { N = 300, M = 260 };
    static double cost[N * M], a[N], b[M];
    struct random_stream stream = draws(15);
    for (size_t k = 0; k < N * M; k++)
        cost[k] = random_below(&stream, 200) == 0 ? random_uniform(&stream) : INFINITY;
    /* A plan that exists: random masses on a chain of pairs that meets all points. */
    for (size_t k = 0; k < 3 * N; k++) {
        size_t i = k % N, j = k * 7 % M;
        double mass = random_exponential(&stream);
        cost[i * M + j] = random_uniform(&stream);
        a[i] += mass;
        b[j] += mass;
    }
    double total = 0;
    for (size_t i = 0; i < N; i++)
        total += a[i];
    for (size_t i = 0; i < N; i++)
        a[i] /= total;
    for (size_t j = 0; j < M; j++)
        b[j] /= total;
    struct exact_transport_problem problem = from_matrix(N, M, cost, a, b);
    assert_true(solve(&problem, 10) > 0);
}

static void a_huge_cost_is_not_a_forbidden_one(void **state) {
    (void)state;
    /* The second source can only go at 1e32; the first's digits are kept. */
    const double cost[] = {1, 2, 3, 1e32, 1e32, INFINITY}, weights[] = {.5, .5}, b[] = {.25, .25, .5};
    struct exact_transport_problem problem = from_matrix(2, 3, cost, weights, b);
    struct exact_transport result;
    struct error error = {0};
    assert_int_equal(exact_transport_solve(&problem, &result, &error), 0);
    assert_close(result.cost, .5e32, 1e-15);
    assert_int_equal(result.flow_count, 3);
    exact_transport_free(&result);

    /* And where it can be avoided it costs no digits, though a tree has to have one of the two. */
    const double avoidable[] = {1e32, 2, 3, 1e32};
    problem = from_matrix(2, 2, avoidable, weights, weights);
    assert_int_equal(exact_transport_solve(&problem, &result, &error), 0);
    assert_within(result.cost, 2.5, 0);
    check_optimal(&problem, &result, 3);
    exact_transport_free(&result);
}

/* As who writes 1e32 for "do not" expects: the plan and the potentials of forbidden pairs. */
static void huge_costs_that_are_avoided_leave_no_trace(void **state) {
    (void)state;
    enum { LARGEST = 12 };
    double cost[LARGEST * LARGEST], a[LARGEST], b[LARGEST];
    size_t avoided = 0;
    for (unsigned seed = 1; seed <= 200; seed++) {
        struct random_stream stream = draws(3000 + seed);
        size_t n = 1 + random_below(&stream, LARGEST), m = 1 + random_below(&stream, LARGEST);
        for (size_t k = 0; k < n * m; k++)
            cost[k] = random_below(&stream, 10) < 4 ? 1e32 : 1 + random_uniform(&stream);
        fill_weights(&stream, seed % 2, n, a);
        fill_weights(&stream, seed % 2, m, b);
        struct exact_transport_problem problem = from_matrix(n, m, cost, a, b);
        struct exact_transport result;
        struct error error = {0};
        assert_int_equal(exact_transport_solve(&problem, &result, &error), 0);
        if (result.cost < 1e20) {
            check_optimal(&problem, &result, 10);
            avoided++;
        }
        exact_transport_free(&result);
    }
    assert_true(avoided > 30 && avoided < 190);
}

static void a_source_without_mass_has_a_potential(void **state) {
    (void)state;
    const double cost[] = {1, 4, 2, 2, INFINITY, INFINITY}, a[] = {.5, .5, 0}, b[] = {.5, .5};
    struct exact_transport_problem problem = from_matrix(3, 2, cost, a, b);
    assert_within(solve(&problem, 4), 1.5, 1e-15);
}

static void one_source_sends_to_all(void **state) {
    (void)state;
    const double cost[] = {1, 2, 4}, one[] = {1}, b[] = {.5, .25, .25};
    struct exact_transport_problem problem = from_matrix(1, 3, cost, one, b);
    assert_within(solve(&problem, 4), 2, 0);
    problem = from_matrix(3, 1, cost, b, one);
    assert_within(solve(&problem, 4), 2, 0);
}

static void shifting_costs_shifts_the_value(void **state) {
    (void)state;
    enum { N = 23, M = 31 };
    double cost[N * M], shifted[N * M];
    struct random_stream stream = draws(11);
    for (size_t k = 0; k < N * M; k++) {
        cost[k] = random_normal(&stream);
        shifted[k] = cost[k] - 1000;
    }
    struct exact_transport_problem problem = from_matrix(N, M, cost, NULL, NULL);
    struct exact_transport_problem other = from_matrix(N, M, shifted, NULL, NULL);
    assert_within(solve(&problem, 5) - 1000, solve(&other, 1000), 1e-12); /* 1000 to its last digit */
}

/* Points on a lattice: costs are small whole numbers, ties everywhere. */
static void lattices_end(void **state) {
    (void)state;
    enum { SIDE = 18, COUNT = SIDE * SIDE };
    static double cost[COUNT * COUNT];
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < COUNT; j++) {
            double dx = (double)(i % SIDE) - (double)(j % SIDE), dy = (double)(i / SIDE) - (double)(j / SIDE);
            cost[i * COUNT + j] = (dx - 3) * (dx - 3) + (dy + 2) * (dy + 2);
        }
    /* A shift is undone by the plan i -> i plus what sums to the same: the cost is (3^2 + 2^2). */
    struct exact_transport_problem problem = from_matrix(COUNT, COUNT, cost, NULL, NULL);
    assert_close(solve(&problem, 400), 13, 1e-13);
}

static void potentials_to_start_from_change_nothing_but_the_way(void **state) {
    (void)state;
    enum { N = 40, M = 50 };
    double cost[N * M], start[M];
    struct random_stream stream = draws(12);
    for (size_t k = 0; k < N * M; k++)
        cost[k] = random_uniform(&stream);
    random_normals(&stream, M, start);
    struct exact_transport_problem problem = from_matrix(N, M, cost, NULL, NULL);
    double plain = solve(&problem, 1);
    problem.start = start;
    assert_within(solve(&problem, 1), plain, 1e-14);
}

/* Points in several windows. */
static void threads_and_storage_change_no_byte(void **state) {
    (void)state;
    enum { N = 300, M = 1100, D = 2 };
    static double x[N * D], y[M * D], matrix[N * M];
    struct random_stream stream = draws(13);
    random_normals(&stream, N * D, x);
    random_normals(&stream, M * D, y);
    struct exact_transport_problem problem = {.cost = {.sources = N,
                                                       .targets = M,
                                                       .x = x,
                                                       .y = y,
                                                       .dimension = D,
                                                       .ground = {GROUND_COST_EUCLIDEAN, 2, 1}},
                                              .threads = 1};
    struct pair_cost_window all = {0, N, 0, M};
    pair_cost_tile(&problem.cost, &all, matrix);
    struct exact_transport_problem stored = from_matrix(N, M, matrix, NULL, NULL);
    struct exact_transport one, three, given;
    struct error error = {0};
    assert_int_equal(exact_transport_solve(&problem, &one, &error), 0);
    problem.threads = 3;
    assert_int_equal(exact_transport_solve(&problem, &three, &error), 0);
    assert_int_equal(exact_transport_solve(&stored, &given, &error), 0);
    check_optimal(&stored, &given, 10);
    assert_int_equal(one.flow_count, three.flow_count);
    assert_int_equal(one.flow_count, given.flow_count);
    assert_memory_equal(one.flows, three.flows, one.flow_count * sizeof *one.flows);
    assert_memory_equal(one.flows, given.flows, one.flow_count * sizeof *one.flows);
    assert_same_bits(one.source_potentials, three.source_potentials, N);
    assert_same_bits(one.target_potentials, given.target_potentials, M);
    assert_ulps(one.cost, three.cost, 0);
    exact_transport_free(&one);
    exact_transport_free(&three);
    exact_transport_free(&given);
}

/* 2900^2 costs are above the 64 MiB that are stored. The certificate is made of the points. */
static void costs_too_many_to_store_are_made_on_the_fly(void **state) {
    (void)state;
    enum { COUNT = 2900 };
    static double x[2 * COUNT], y[2 * COUNT];
    struct random_stream stream = draws(14);
    random_normals(&stream, 2 * COUNT, x);
    random_normals(&stream, 2 * COUNT, y);
    struct exact_transport_problem problem = {.cost = {.sources = COUNT,
                                                       .targets = COUNT,
                                                       .x = x,
                                                       .y = y,
                                                       .dimension = 2,
                                                       .ground = {GROUND_COST_SQEUCLIDEAN, 2, 1}},
                                              .threads = 2};
    struct error error = {0};
    struct exact_transport result;
    double worst = 0, total = 0;
    assert_int_equal(exact_transport_solve(&problem, &result, &error), 0);
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < COUNT; j++) {
            double dx = x[2 * i] - y[2 * j], dy = x[2 * i + 1] - y[2 * j + 1];
            double excess = result.source_potentials[i] + result.target_potentials[j] - dx * dx - dy * dy;
            worst = excess > worst ? excess : worst;
        }
    assert_within(worst, 0, 1e-13);
    assert_within(result.dual_gap, 0, 1e-13);
    for (size_t k = 0; k < result.flow_count; k++)
        total += result.flows[k].mass;
    assert_int_equal(result.flow_count, COUNT); /* a permutation */
    assert_close(total, 1, 1e-12);
    exact_transport_free(&result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_weights_find_the_best_permutation),
        cmocka_unit_test(random_problems_are_certified),
        cmocka_unit_test(integer_weights_and_costs_give_whole_numbers),
        cmocka_unit_test(on_the_line_it_is_sorting),
        cmocka_unit_test(four_targets_of_unequal_weight),
        cmocka_unit_test(forbidden_pairs_carry_nothing),
        cmocka_unit_test(few_open_pairs_among_many_suffice),
        cmocka_unit_test(a_huge_cost_is_not_a_forbidden_one),
        cmocka_unit_test(huge_costs_that_are_avoided_leave_no_trace),
        cmocka_unit_test(a_source_without_mass_has_a_potential),
        cmocka_unit_test(one_source_sends_to_all),
        cmocka_unit_test(shifting_costs_shifts_the_value),
        cmocka_unit_test(lattices_end),
        cmocka_unit_test(potentials_to_start_from_change_nothing_but_the_way),
        cmocka_unit_test(threads_and_storage_change_no_byte),
        cmocka_unit_test(costs_too_many_to_store_are_made_on_the_fly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
