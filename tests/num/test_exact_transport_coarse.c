#include "num/exact_transport_coarse.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "support/assertions.h"

enum { N = 600, M = 500 };

static struct exact_transport_problem draw(double *x, double *y) {
    struct random_stream stream;
    random_start(&stream, 1, "test_exact_transport_coarse", "points", 0);
    random_normals(&stream, 2 * N, x);
    random_normals(&stream, 2 * M, y);
    for (size_t j = 0; j < M; j++)
        y[2 * j] = 2 * y[2 * j] + 3;
    return (struct exact_transport_problem){.cost = {.sources = N,
                                                     .targets = M,
                                                     .x = x,
                                                     .y = y,
                                                     .dimension = 2,
                                                     .ground = {GROUND_COST_SQEUCLIDEAN, 2, 1}},
                                            .threads = 1};
}

/* Up to their constant, potentials of the sample follow the exact ones: what is left of the variance is a
 * twentieth at most, far more than sampling leaves. */
static void a_sample_tells_most_of_the_potentials(void **state) {
    (void)state;
    static double x[2 * N], y[2 * M], coarse[M];
    struct error error = {0};
    struct exact_transport exact;
    struct exact_transport_problem problem = draw(x, y);
    assert_int_equal(exact_transport_coarse_potentials(&problem, coarse, &error), 1);
    assert_int_equal(exact_transport_solve(&problem, &exact, &error), 0);
    double mean = 0, left_mean = 0, variance = 0, left = 0;
    for (size_t j = 0; j < M; j++) {
        mean += exact.target_potentials[j] / M;
        left_mean += (exact.target_potentials[j] - coarse[j]) / M;
    }
    for (size_t j = 0; j < M; j++) {
        variance += pow(exact.target_potentials[j] - mean, 2) / M;
        left += pow(exact.target_potentials[j] - coarse[j] - left_mean, 2) / M;
    }
    assert_true(left < variance / 20);
    exact_transport_free(&exact);
}

static void points_and_their_matrix_give_the_same(void **state) {
    (void)state;
    static double x[2 * N], y[2 * M], coarse[M], of_matrix[M], matrix[N * M];
    struct error error = {0};
    struct exact_transport_problem problem = draw(x, y);
    struct pair_cost_window all = {0, N, 0, M};
    pair_cost_tile(&problem.cost, &all, matrix);
    assert_int_equal(exact_transport_coarse_potentials(&problem, coarse, &error), 1);
    problem.cost = (struct pair_cost){.sources = N, .targets = M, .matrix = matrix};
    assert_int_equal(exact_transport_coarse_potentials(&problem, of_matrix, &error), 1);
    assert_same_bits(of_matrix, coarse, M);
}

static void small_problems_need_no_sample(void **state) {
    (void)state;
    static double x[2 * N], y[2 * M];
    double coarse[20];
    struct error error = {0};
    struct exact_transport_problem problem = draw(x, y);
    problem.cost.sources = problem.cost.targets = 20;
    assert_int_equal(exact_transport_coarse_potentials(&problem, coarse, &error), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sample_tells_most_of_the_potentials),
        cmocka_unit_test(points_and_their_matrix_give_the_same),
        cmocka_unit_test(small_problems_need_no_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
