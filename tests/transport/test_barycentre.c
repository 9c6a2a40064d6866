#include "transport/barycentre.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

/* The squared distances of `count` evenly spaced points of [0, 1]. */
static void grid_cost(size_t count, double *cost) {
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            double difference = ((double)i - (double)j) / (double)(count - 1);
            cost[i * count + j] = difference * difference;
        }
}

static const double two_histograms[] = {.6, .2, .1, .05, .05, .05, .05, .1, .3, .5};

static struct barycentre_problem problem_of_two(const double *cost) {
    return (struct barycentre_problem){.histograms = 2,
                                       .bins = 5,
                                       .support = 5,
                                       .values = two_histograms,
                                       .cost = cost,
                                       .epsilon = .05,
                                       .tolerance = 1e-14,
                                       .max_iterations = 10000,
                                       .threads = 1};
}

static void solve(const struct barycentre_problem *problem, double *p) {
    struct error error = {0};
    struct barycentre result;
    double sum = 0;
    assert_int_equal(barycentre_solve(problem, p, &result, &error), 0);
    assert_true(result.converged);
    for (size_t j = 0; j < problem->support; j++)
        sum += p[j];
    assert_within(sum, 1, 1e-14);
}

/* The specification's digits. */
static void published_values(void **state) {
    (void)state;
    const double plain[] = {0.101264734, 0.250720594, 0.341397945, 0.210141730, 0.096474997};
    const double debiased[] = {0.079813980, 0.226396195, 0.436618756, 0.175424846, 0.081746223};
    double cost[25], p[5];
    grid_cost(5, cost);
    struct barycentre_problem problem = problem_of_two(cost);
    solve(&problem, p);
    for (size_t j = 0; j < 5; j++)
        assert_within(p[j], plain[j], 6e-10);
    problem.debiased = true;
    solve(&problem, p);
    for (size_t j = 0; j < 5; j++)
        assert_within(p[j], debiased[j], 6e-10);
}

/* One histogram's barycentre sends each bin's mass by the kernel's row, whatever becomes of the columns:
 * p_j = sum_i h_i K_ij / sum_k K_ik. With C's transpose it would be another. */
static void an_asymmetric_cost_is_read_from_rows_to_columns(void **state) {
    (void)state;
    const double h[] = {.2, .3, .5}, cost[] = {0, 1, 4, 2, 3, 0, 0, 1, 0, 2, 2, 1};
    double p[4], expected[4] = {0};
    struct barycentre_problem problem = {.histograms = 1,
                                         .bins = 3,
                                         .support = 4,
                                         .values = h,
                                         .cost = cost,
                                         .epsilon = .7,
                                         .tolerance = 1e-14,
                                         .max_iterations = 100,
                                         .threads = 1};
    for (size_t i = 0; i < 3; i++) {
        double sum = 0;
        for (size_t j = 0; j < 4; j++)
            sum += exp(-cost[i * 4 + j] / .7);
        for (size_t j = 0; j < 4; j++)
            expected[j] += h[i] * exp(-cost[i * 4 + j] / .7) / sum;
    }
    solve(&problem, p);
    for (size_t j = 0; j < 4; j++)
        assert_close(p[j], expected[j], 1e-13);
}

/* min over plans of <C, P> + epsilon sum P (log P - 1), marginals h and (p, 1 - p), cost 2 x 2: one free
 * entry, found by bisection on the derivative. */
static double plan_of_two(const double *h, double p, const double *cost, double epsilon) {
    double low = fmax(0, h[0] + p - 1), high = fmin(h[0], p);
    for (int step = 0; step < 200; step++) {
        double t = (low + high) / 2;
        double slope = cost[0] - cost[1] - cost[2] + cost[3] +
                       epsilon * (log(t) - log(h[0] - t) - log(p - t) + log(1 - h[0] - p + t));
        if (slope < 0)
            low = t;
        else
            high = t;
    }
    double plan[] = {low, h[0] - low, p - low, 1 - h[0] - p + low}, value = 0;
    for (size_t k = 0; k < 4; k++)
        value += plan[k] * cost[k] + epsilon * plan[k] * (log(plan[k]) - 1);
    return value;
}

/* On two points, asymmetric cost, unequal weights: the minimum by golden section of what is to be minimised.
 * A minimum's place is found to the root of the value's precision. */
static void it_minimises_the_weighted_sum(void **state) {
    (void)state;
    const double h[] = {.9, .1, .35, .65}, weights[] = {3, 1}, cost[] = {0, 1, .3, .2};
    const double epsilon = .4, golden = (sqrt(5) - 1) / 2;
    double p[2], low = 1e-9, high = 1 - 1e-9;
    struct barycentre_problem problem = {.histograms = 2,
                                         .bins = 2,
                                         .support = 2,
                                         .values = h,
                                         .weights = weights,
                                         .cost = cost,
                                         .epsilon = epsilon,
                                         .tolerance = 1e-14,
                                         .max_iterations = 10000,
                                         .threads = 1};
    for (int step = 0; step < 80; step++) {
        double a = high - golden * (high - low), b = low + golden * (high - low);
        double at_a = .75 * plan_of_two(h, a, cost, epsilon) + .25 * plan_of_two(h + 2, a, cost, epsilon);
        double at_b = .75 * plan_of_two(h, b, cost, epsilon) + .25 * plan_of_two(h + 2, b, cost, epsilon);
        if (at_a < at_b)
            high = b;
        else
            low = a;
    }
    solve(&problem, p);
    assert_within(p[0], low, 1e-7);
}

/* A debiased barycentre of one histogram is that histogram. */
static void without_bias_one_histogram_is_its_own_barycentre(void **state) {
    (void)state;
    double cost[25], p[5];
    grid_cost(5, cost);
    struct barycentre_problem problem = problem_of_two(cost);
    problem.histograms = 1;
    problem.debiased = true;
    solve(&problem, p);
    for (size_t j = 0; j < 5; j++)
        assert_within(p[j], two_histograms[j], 1e-11);
    /* And so it is with all the weight on one of two. */
    problem.histograms = 2;
    problem.weights = (double[]){0, 2};
    solve(&problem, p);
    for (size_t j = 0; j < 5; j++)
        assert_within(p[j], two_histograms[5 + j], 1e-11);
}

/* exp(-C/epsilon) is 0 in doubles for all but neighbours; logarithms keep it. Two points a distance 1 apart
 * meet half way. */
static void small_regularisation_does_not_underflow(void **state) {
    (void)state;
    enum { COUNT = 21 };
    double cost[COUNT * COUNT], h[2 * COUNT] = {0}, p[COUNT];
    grid_cost(COUNT, cost);
    h[0] = h[2 * COUNT - 1] = 1;
    struct barycentre_problem problem = {.histograms = 2,
                                         .bins = COUNT,
                                         .support = COUNT,
                                         .values = h,
                                         .cost = cost,
                                         .epsilon = 1e-4,
                                         .tolerance = 1e-12,
                                         .max_iterations = 1000,
                                         .threads = 1};
    solve(&problem, p);
    assert_within(p[COUNT / 2], 1, 1e-10);
}

static void threads_change_no_byte(void **state) {
    (void)state;
    enum { COUNT = 150 };
    static double cost[COUNT * COUNT], h[3 * COUNT];
    double one[COUNT], three[COUNT];
    struct random_stream stream;
    random_start(&stream, 1, "test_barycentre", "histograms", 0);
    grid_cost(COUNT, cost);
    for (size_t s = 0; s < 3; s++) {
        double sum = 0;
        for (size_t i = 0; i < COUNT; i++)
            sum += h[s * COUNT + i] = random_exponential(&stream);
        for (size_t i = 0; i < COUNT; i++)
            h[s * COUNT + i] /= sum;
    }
    struct barycentre_problem problem = {.histograms = 3,
                                         .bins = COUNT,
                                         .support = COUNT,
                                         .values = h,
                                         .cost = cost,
                                         .epsilon = .01,
                                         .debiased = true,
                                         .max_iterations = 20,
                                         .threads = 1};
    solve(&problem, one);
    problem.threads = 3;
    solve(&problem, three);
    assert_same_bits(one, three, COUNT);
}

static void expect_error(const struct barycentre_problem *problem, const char *text) {
    struct error error = {0};
    struct barycentre result;
    double p[5];
    assert_int_equal(barycentre_solve(problem, p, &result, &error), -1);
    assert_string_equal(error.text, text);
}

static void what_has_no_barycentre_is_said(void **state) {
    (void)state;
    double cost[25];
    grid_cost(5, cost);
    struct barycentre_problem problem = problem_of_two(cost);
    problem.debiased = true;
    cost[5] = 4;
    expect_error(&problem, "a debiased barycentre needs a symmetric cost: from 2 to 1 it is 4, back 0.0625");
    problem.support = 4;
    expect_error(&problem, "a debiased barycentre needs a square cost, not 5 x 4");
    problem.support = 5;
    problem.debiased = false;
    for (size_t j = 0; j < 5; j++)
        cost[2 * 5 + j] = INFINITY;
    expect_error(&problem, "no finite cost from bin 3 to a point that every histogram can reach");
    /* Two histograms that reach different points only. */
    const double apart[] = {1, 0, 0, 1}, stay[] = {0, INFINITY, INFINITY, 0};
    problem = (struct barycentre_problem){.histograms = 2,
                                          .bins = 2,
                                          .support = 2,
                                          .values = apart,
                                          .cost = stay,
                                          .epsilon = 1,
                                          .tolerance = 1e-9,
                                          .max_iterations = 10,
                                          .threads = 1};
    expect_error(&problem, "no point can be reached from every histogram");
    /* Without weight the second has no say. */
    double p[2];
    problem.weights = (double[]){1, 0};
    solve(&problem, p);
    assert_within(p[0], 1, 0);
}

static void too_few_steps_are_not_convergence(void **state) {
    (void)state;
    double cost[25], p[5];
    struct error error = {0};
    struct barycentre result;
    grid_cost(5, cost);
    struct barycentre_problem problem = problem_of_two(cost);
    problem.max_iterations = 3;
    assert_int_equal(barycentre_solve(&problem, p, &result, &error), 0);
    assert_false(result.converged);
    assert_int_equal(result.iterations, 3);
    assert_true(result.change > 1e-14);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_values),
        cmocka_unit_test(an_asymmetric_cost_is_read_from_rows_to_columns),
        cmocka_unit_test(it_minimises_the_weighted_sum),
        cmocka_unit_test(without_bias_one_histogram_is_its_own_barycentre),
        cmocka_unit_test(small_regularisation_does_not_underflow),
        cmocka_unit_test(threads_change_no_byte),
        cmocka_unit_test(what_has_no_barycentre_is_said),
        cmocka_unit_test(too_few_steps_are_not_convergence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
