#include "num/quasi_newton.h"

#include <math.h>

#include "support/assertions.h"

/* 100 (y - x^2)^2 + (1 - x)^2: a bent valley, least at (1, 1). */
static double rosenbrock(void *context, const double *x, double *gradient) {
    (void)context;
    double valley = x[1] - x[0] * x[0];
    gradient[0] = -400 * x[0] * valley - 2 * (1 - x[0]);
    gradient[1] = 200 * valley;
    return 100 * valley * valley + (1 - x[0]) * (1 - x[0]);
}

/* sum_i (i + 1) (x_i - i)^2 of five variables. */
static double quadratic(void *context, const double *x, double *gradient) {
    (void)context;
    double sum = 0;
    for (int i = 0; i < 5; i++) {
        gradient[i] = 2 * (i + 1) * (x[i] - i);
        sum += (i + 1) * (x[i] - i) * (x[i] - i);
    }
    return sum;
}

/* x - log x, with no value from 0 down: least at 1. */
static double barrier(void *context, const double *x, double *gradient) {
    size_t *outside = context;
    if (!(x[0] > 0)) {
        ++*outside;
        return NAN;
    }
    gradient[0] = 1 - 1 / x[0];
    return x[0] - log(x[0]);
}

static struct quasi_newton_result minimize(struct quasi_newton_problem problem, double *x) {
    struct error error;
    struct quasi_newton_result result;
    problem.tolerance = 1e-9;
    problem.step_max = problem.step_max > 0 ? problem.step_max : INFINITY;
    problem.iterations_max = problem.iterations_max > 0 ? problem.iterations_max : 200;
    assert_int_equal(quasi_newton_minimize(&problem, x, &result, &error), 0);
    return result;
}

static void the_bent_valley_is_followed_to_its_end(void **state) {
    (void)state;
    double x[2] = {-1.2, 1};
    struct quasi_newton_result result =
        minimize((struct quasi_newton_problem){.dimensions = 2, .function = rosenbrock}, x);
    assert_true(result.converged && result.iterations < 100);
    /* the Hessian's least eigenvalue is .4: a gradient of 1e-9 is worth 2.5e-9 */
    assert_within(x[0], 1, 1e-8);
    assert_within(x[1], 1, 1e-8);
}

static void a_quadratic_takes_few_more_steps_than_variables(void **state) {
    (void)state;
    double x[5] = {9, -9, 9, -9, 9};
    struct quasi_newton_result result =
        minimize((struct quasi_newton_problem){.dimensions = 5, .function = quadratic}, x);
    assert_true(result.converged && result.iterations < 25);
    for (int i = 0; i < 5; i++)
        assert_within(x[i], i, 1e-9);
    assert_within(result.value, 0, 1e-17);
}

static void what_has_no_value_is_stepped_back_from(void **state) {
    (void)state;
    size_t outside = 0;
    double x = 0.001;
    struct quasi_newton_result result = minimize(
        (struct quasi_newton_problem){.dimensions = 1, .function = barrier, .context = &outside}, &x);
    assert_true(result.converged);
    assert_within(x, 1, 1e-8);
    x = 8;
    minimize((struct quasi_newton_problem){.dimensions = 1, .function = barrier, .context = &outside}, &x);
    assert_within(x, 1, 1e-8);
}

static void no_step_is_longer_than_allowed(void **state) {
    (void)state;
    double x[5] = {100, 100, 100, 100, 100};
    struct quasi_newton_problem problem = {
        .dimensions = 5, .function = quadratic, .step_max = 0.5, .iterations_max = 10};
    struct quasi_newton_result result = minimize(problem, x);
    assert_false(result.converged);
    assert_int_equal(result.iterations, 10);
    for (int i = 0; i < 5; i++)
        assert_true(x[i] >= 95 && x[i] <= 100);
}

static void a_start_at_the_minimum_ends_there(void **state) {
    (void)state;
    double x[2] = {1, 1};
    struct quasi_newton_result result =
        minimize((struct quasi_newton_problem){.dimensions = 2, .function = rosenbrock}, x);
    assert_true(result.converged);
    assert_int_equal(result.evaluations, 1);
    assert_ulps(x[0], 1, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bent_valley_is_followed_to_its_end),
        cmocka_unit_test(a_quadratic_takes_few_more_steps_than_variables),
        cmocka_unit_test(what_has_no_value_is_stepped_back_from),
        cmocka_unit_test(no_step_is_longer_than_allowed),
        cmocka_unit_test(a_start_at_the_minimum_ends_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
