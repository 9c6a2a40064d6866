#include "transport/sliced_transport.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "support/assertions.h"

static struct sliced_transport solve(const struct sliced_transport_problem *problem) {
    struct error error = {0};
    struct sliced_transport result;
    assert_int_equal(sliced_transport_solve(problem, &result, &error), 0);
    return result;
}

/* A shift by v costs <v, t>^2 along t, whose mean over the sphere is |v|^2 / d. */
static void a_shift_costs_its_square_over_the_dimension(void **state) {
    (void)state;
    enum { N = 50, D = 3 };
    double x[N * D], y[N * D], shift[D] = {1, -2, 2};
    struct random_stream stream;
    random_start(&stream, 1, "test_sliced_transport", "points", 0);
    random_normals(&stream, N * D, x);
    for (size_t k = 0; k < N * D; k++)
        y[(k + D * 7) % (N * D)] = x[k] + shift[k % D];
    struct sliced_transport_problem problem = {.x = x,
                                               .y = y,
                                               .sources = N,
                                               .targets = N,
                                               .dimension = D,
                                               .power = 2,
                                               .scale = 1,
                                               .directions = 4000,
                                               .seed = 1,
                                               .threads = 2};
    struct sliced_transport result = solve(&problem);
    assert_within(result.mean, 3, 4 * result.standard_error); /* one in 16 000 seeds fails */
    /* The variance of 9 u^2, u^2 of mean 1/3 and second moment 1/5. */
    assert_close(result.standard_error, 9 * sqrt((1. / 5 - 1. / 9) / 4000), 0.05);
    assert_close(result.distance, sqrt(result.mean), 1e-15);
    /* The largest over all directions is |v|; 4000 come this near. */
    assert_true(result.largest <= 3 * (1 + 1e-14) && result.largest > 2.99);
    double direction[D], along = 0, length = 0;
    sliced_transport_direction(1, result.largest_direction, D, direction);
    for (size_t k = 0; k < D; k++) {
        along += direction[k] * shift[k];
        length += direction[k] * direction[k];
    }
    assert_close(fabs(along), result.largest, 1e-13);
    assert_close(length, 1, 1e-15);
}

static void one_dimension_has_one_direction(void **state) {
    (void)state;
    const double x[] = {3, 0, 1}, y[] = {2, 2, 5}, a[] = {.5, .25, .25}, b[] = {.25, .25, .5};
    struct sliced_transport_problem problem = {.x = x,
                                               .y = y,
                                               .sources = 3,
                                               .targets = 3,
                                               .dimension = 1,
                                               .source_weights = a,
                                               .target_weights = b,
                                               .power = 1,
                                               .scale = 1,
                                               .directions = 5,
                                               .seed = 9,
                                               .threads = 1};
    struct sliced_transport result = solve(&problem); /* 0 and 1 to 2, a quarter each; a half from 3 to 5 */
    assert_close(result.mean, .25 * 2 + .25 * 1 + .5 * 2, 1e-15);
    assert_close(result.largest, result.distance, 1e-15);
    problem.scale = 3;
    assert_close(solve(&problem).mean, 3 * result.mean, 1e-15);
}

/* Weights on one side alone; a weight of 1/n is an equal one. */
static void weights_may_be_given_for_one_side(void **state) {
    (void)state;
    enum { N = 20, M = 31, D = 2 };
    double x[N * D], y[M * D], equal[M];
    struct random_stream stream;
    random_start(&stream, 2, "test_sliced_transport", "points", 0);
    random_normals(&stream, N * D, x);
    random_normals(&stream, M * D, y);
    for (size_t j = 0; j < M; j++)
        equal[j] = 1. / M;
    struct sliced_transport_problem problem = {.x = x,
                                               .y = y,
                                               .sources = N,
                                               .targets = M,
                                               .dimension = D,
                                               .power = 2,
                                               .scale = 1,
                                               .directions = 70,
                                               .seed = 1,
                                               .threads = 1};
    struct sliced_transport plain = solve(&problem);
    problem.target_weights = equal;
    assert_close(solve(&problem).mean, plain.mean, 1e-13);
    problem.threads = 3;
    problem.target_weights = NULL;
    struct sliced_transport threads = solve(&problem);
    assert_ulps(threads.mean, plain.mean, 0);
    assert_ulps(threads.largest, plain.largest, 0);
}

static void only_powers_of_the_distance_have_slices(void **state) {
    (void)state;
    struct error error = {0};
    double power;
    assert_int_equal(
        sliced_transport_power(&(struct ground_cost){GROUND_COST_SQEUCLIDEAN, 0, 1}, &power, &error), 0);
    assert_within(power, 2, 0);
    assert_int_equal(
        sliced_transport_power(&(struct ground_cost){GROUND_COST_EUCLIDEAN, 0, 1}, &power, &error), 0);
    assert_within(power, 1, 0);
    assert_int_equal(sliced_transport_power(&(struct ground_cost){GROUND_COST_POWER, 1.5, 1}, &power, &error),
                     0);
    assert_within(power, 1.5, 0);
    assert_int_equal(sliced_transport_power(&(struct ground_cost){GROUND_COST_POWER, .5, 1}, &power, &error),
                     -1);
    assert_true(error.usage);
    assert_int_equal(sliced_transport_power(&(struct ground_cost){GROUND_COST_COSINE, 2, 1}, &power, &error),
                     -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shift_costs_its_square_over_the_dimension),
        cmocka_unit_test(one_dimension_has_one_direction),
        cmocka_unit_test(weights_may_be_given_for_one_side),
        cmocka_unit_test(only_powers_of_the_distance_have_slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
