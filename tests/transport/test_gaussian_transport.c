#include "transport/gaussian_transport.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "num/exact_transport.h"
#include "num/vector.h"
#include "support/assertions.h"

static struct gaussian_transport solve(size_t d, const double *m1, const double *a, const double *m2,
                                       const double *b, double epsilon) {
    struct error error = {0};
    struct gaussian_transport result;
    assert_int_equal(gaussian_transport_solve(d, &(struct gaussian_transport_side){m1, a},
                                              &(struct gaussian_transport_side){m2, b}, epsilon, &result,
                                              &error),
                     0);
    return result;
}

static void published_value(void **state) {
    (void)state;
    struct gaussian_transport result =
        solve(1, (double[]){0}, (double[]){1}, (double[]){.5}, (double[]){2.25}, 1);
    assert_within(result.objective, 1.590877154, 5e-10);
}

/* Entropic transport between densities on a grid, by plain iterations in logarithms. Sums over an evenly
 * spaced grid converge faster than any power for Gaussians, whose tails are cut at 8 deviations (1e-15). */
static void a_grid_of_400_points_agrees(void **state) {
    (void)state;
    enum { COUNT = 400 };
    static double log_a[COUNT], log_b[COUNT], f[COUNT], g[COUNT], row[COUNT], grid[COUNT];
    const double epsilon = 1, m2 = .5, variance2 = 2.25;
    for (size_t i = 0; i < COUNT; i++) {
        grid[i] = -11.5 + 24. * (double)i / (COUNT - 1);
        log_a[i] = -grid[i] * grid[i] / 2;
        log_b[i] = -(grid[i] - m2) * (grid[i] - m2) / (2 * variance2);
    }
    double total_a = vector_log_sum_exp(COUNT, log_a), total_b = vector_log_sum_exp(COUNT, log_b);
    for (size_t i = 0; i < COUNT; i++) {
        log_a[i] -= total_a;
        log_b[i] -= total_b;
    }
    for (int step = 0; step < 60; step++) {
        for (size_t i = 0; i < COUNT; i++) {
            for (size_t j = 0; j < COUNT; j++)
                row[j] = log_b[j] + (g[j] - (grid[i] - grid[j]) * (grid[i] - grid[j])) / epsilon;
            f[i] = -epsilon * vector_log_sum_exp(COUNT, row);
        }
        for (size_t j = 0; j < COUNT; j++) {
            for (size_t i = 0; i < COUNT; i++)
                row[i] = log_a[i] + (f[i] - (grid[i] - grid[j]) * (grid[i] - grid[j])) / epsilon;
            g[j] = -epsilon * vector_log_sum_exp(COUNT, row);
        }
    }
    double objective = 0, transport = 0;
    for (size_t i = 0; i < COUNT; i++) {
        objective += f[i] * exp(log_a[i]) + g[i] * exp(log_b[i]);
        for (size_t j = 0; j < COUNT; j++) {
            double cost = (grid[i] - grid[j]) * (grid[i] - grid[j]);
            transport += cost * exp(log_a[i] + log_b[j] + (f[i] + g[j] - cost) / epsilon);
        }
    }
    struct gaussian_transport result =
        solve(1, (double[]){0}, (double[]){1}, (double[]){.5}, (double[]){2.25}, epsilon);
    assert_within(result.objective, objective, 1e-9);
    assert_within(result.transport, transport, 1e-9);
}

/* In two dimensions tr M^(1/2) = (tr M + 2 |M|^(1/2))^(1/2), M = A B up to similarity. */
static void without_regularisation_it_is_the_distance_of_bures(void **state) {
    (void)state;
    const double a[] = {2, .5, .5, 1}, b[] = {1, -.3, -.3, 3}, m1[] = {0, 1}, m2[] = {2, 0};
    double trace = 2 * 1 + 2 * .5 * -.3 + 1 * 3, determinant = (2 - .25) * (3 - .09);
    double expected = 5 + 3 + 4 - 2 * sqrt(trace + 2 * sqrt(determinant));
    struct gaussian_transport result = solve(2, m1, a, m2, b, 0);
    assert_close(result.transport, expected, 1e-14);
    assert_close(result.objective, expected, 1e-14);
    assert_close(solve(1, (double[]){1}, (double[]){4}, (double[]){0}, (double[]){9}, 0).transport, 2, 1e-15);
}

static void small_regularisation_goes_to_none(void **state) {
    (void)state;
    const double a[] = {2, .5, .5, 1}, b[] = {1, -.3, -.3, 3}, m[] = {0, 1};
    double exact = solve(2, m, a, m, b, 0).transport;
    /* transport = exact + d s + O(s^2): tr D = sum 2 mu^(1/2) + O(s^2). */
    assert_within(solve(2, m, a, m, b, 1e-6).transport, exact + 2 * .5e-6, 1e-11);
    assert_within(solve(2, m, a, m, b, 1e-12).objective, exact, 1e-10);
}

static void much_regularisation_makes_the_sides_independent(void **state) {
    (void)state;
    const double a[] = {2, .5, .5, 1}, b[] = {1, -.3, -.3, 3}, m1[] = {0, 1}, m2[] = {2, 0};
    struct gaussian_transport result = solve(2, m1, a, m2, b, 1e9);
    assert_within(result.transport, 5 + 3 + 4, 1e-7);
    assert_within(result.objective, 5 + 3 + 4, 1e-7);
}

/* The directions in which a side does not vary move nothing. */
static void a_singular_covariance_is_fine(void **state) {
    (void)state;
    const double point[] = {0, 0, 0, 0}, line[] = {4, 0, 0, 0}, b[] = {9, 0, 0, 1}, m[] = {1, 1};
    assert_close(solve(2, m, point, m, b, 0).transport, 10, 1e-15);
    assert_close(solve(2, m, line, m, b, 0).transport, 2, 1e-15);
    assert_close(solve(2, m, line, m, line, .5).objective, solve(1, m, line, m, line, .5).objective, 1e-15);
    struct error error = {0};
    struct gaussian_transport result;
    struct gaussian_transport_side wrong = {m, (double[]){1, 2, 2, 1}}, right = {m, b};
    assert_int_equal(gaussian_transport_solve(2, &right, &wrong, 0, &result, &error), -1);
    assert_string_equal(error.text, "covariance has an eigenvalue of -1");
}

static void sides_change_places_and_divergence_vanishes_for_equals(void **state) {
    (void)state;
    enum { D = 6 };
    double x[40 * D], y[50 * D], m1[D], m2[D], a[D * D], b[D * D], forth, back, self;
    struct random_stream stream;
    struct error error = {0};
    random_start(&stream, 3, "test_gaussian_transport", "points", 0);
    random_normals(&stream, 40 * D, x);
    random_normals(&stream, 50 * D, y);
    gaussian_transport_fit(40, D, x, NULL, m1, a);
    gaussian_transport_fit(50, D, y, NULL, m2, b);
    struct gaussian_transport_side p = {m1, a}, q = {m2, b};
    assert_int_equal(gaussian_transport_divergence(D, &p, &q, .3, &forth, &error), 0);
    assert_int_equal(gaussian_transport_divergence(D, &q, &p, .3, &back, &error), 0);
    assert_int_equal(gaussian_transport_divergence(D, &p, &p, .3, &self, &error), 0);
    assert_close(forth, back, 1e-12);
    assert_true(forth > 0);
    assert_within(self, 0, 1e-14);
}

/* Moments of weighted points: against repeated points, far from the origin. */
static void integer_weights_are_repetitions(void **state) {
    (void)state;
    const double x[] = {1e6, 2, 1e6 + 1, 4, 1e6 + 3, 3}, weights[] = {1, 0, 3};
    const double repeated[] = {1e6, 2, 1e6 + 3, 3, 1e6 + 3, 3, 1e6 + 3, 3};
    double mean[2], covariance[4], mean_r[2], covariance_r[4];
    gaussian_transport_fit(3, 2, x, weights, mean, covariance);
    gaussian_transport_fit(4, 2, repeated, NULL, mean_r, covariance_r);
    assert_within(mean[0], 1e6 + 2.25, 0);
    assert_close(covariance[0], 9. * 3 / 16, 1e-14);
    assert_close(covariance[1], 3. * 3 / 16, 1e-14);
    for (size_t k = 0; k < 4; k++)
        assert_close(covariance[k], covariance_r[k], 1e-14);
}

/* The exact cost between large samples, whose bias and spread at this size are a few per cent. */
static void samples_come_near(void **state) {
    (void)state;
    enum { COUNT = 400 };
    static double x[COUNT * 2], y[COUNT * 2];
    struct random_stream stream;
    random_start(&stream, 4, "test_gaussian_transport", "points", 0);
    random_normals(&stream, COUNT * 2, x);
    random_normals(&stream, COUNT * 2, y);
    for (size_t j = 0; j < COUNT; j++) {
        y[2 * j] = 3 * y[2 * j] + 1;
        y[2 * j + 1] = .5 * y[2 * j + 1];
    }
    struct exact_transport_problem problem = {.cost = {.sources = COUNT,
                                                       .targets = COUNT,
                                                       .x = x,
                                                       .y = y,
                                                       .dimension = 2,
                                                       .ground = {GROUND_COST_SQEUCLIDEAN, 2, 1}},
                                              .threads = 1};
    struct exact_transport exact;
    struct error error = {0};
    assert_int_equal(exact_transport_solve(&problem, &exact, &error), 0);
    struct gaussian_transport closed =
        solve(2, (double[]){0, 0}, (double[]){1, 0, 0, 1}, (double[]){1, 0}, (double[]){9, 0, 0, .25}, 0);
    assert_close(closed.transport, 1 + 4 + .25, 1e-14);
    assert_close(exact.cost, closed.transport, .1);
    exact_transport_free(&exact);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_value),
        cmocka_unit_test(a_grid_of_400_points_agrees),
        cmocka_unit_test(without_regularisation_it_is_the_distance_of_bures),
        cmocka_unit_test(small_regularisation_goes_to_none),
        cmocka_unit_test(much_regularisation_makes_the_sides_independent),
        cmocka_unit_test(a_singular_covariance_is_fine),
        cmocka_unit_test(sides_change_places_and_divergence_vanishes_for_equals),
        cmocka_unit_test(integer_weights_are_repetitions),
        cmocka_unit_test(samples_come_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
