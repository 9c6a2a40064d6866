#include "num/limited_memory_bfgs.h"

#include <math.h>

#include "support/assertions.h"

static struct limited_memory_bfgs_result minimize(struct limited_memory_bfgs_problem problem, double *x) {
    struct error error = {0};
    struct limited_memory_bfgs_result result;
    problem.tolerance = problem.tolerance > 0 ? problem.tolerance : 1e-10;
    problem.step_first = 1;
    problem.iterations_max = problem.iterations_max > 0 ? problem.iterations_max : 500;
    assert_int_equal(limited_memory_bfgs_minimize(&problem, x, &result, &error), 0);
    return result;
}

/* sum_i 100 (x_(2i+1) - x_2i^2)^2 + (1 - x_2i)^2 over 50 pairs: bent valleys, least at 1. */
static double rosenbrock(void *context, const double *x, double *gradient) {
    (void)context;
    double sum = 0;
    for (int i = 0; i < 100; i += 2) {
        double valley = x[i + 1] - x[i] * x[i];
        gradient[i] = -400 * x[i] * valley - 2 * (1 - x[i]);
        gradient[i + 1] = 200 * valley;
        sum += 100 * valley * valley + (1 - x[i]) * (1 - x[i]);
    }
    return sum;
}

static void bent_valleys_are_followed_to_their_end(void **state) {
    (void)state;
    double x[100];
    for (int i = 0; i < 100; i++)
        x[i] = i % 2 == 0 ? -1.2 : 1;
    struct limited_memory_bfgs_result result =
        minimize((struct limited_memory_bfgs_problem){.dimensions = 100, .function = rosenbrock}, x);
    assert_int_equal(result.end, LIMITED_MEMORY_BFGS_CONVERGED);
    for (int i = 0; i < 100; i++)
        assert_within(x[i], 1, 1e-9);
    assert_true(result.iterations < 100);
}

/* sum_i (i + 1) (x_i - i)^2 */
static double quadratic(void *context, const double *x, double *gradient) {
    size_t n = *(size_t *)context;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double d = x[i] - (double)i;
        gradient[i] = 2 * (double)(i + 1) * d;
        sum += (double)(i + 1) * d * d;
    }
    return sum;
}

/* The coordinates are independent: each ends at its minimum or at the bound before it. */
static void bounds_hold_what_would_leave(void **state) {
    (void)state;
    size_t n = 6;
    double lower[] = {-1, -1, 3, -INFINITY, 0, 0}, upper[] = {1, 0.5, 9, 2, INFINITY, 5};
    double x[] = {1, 0, 4, -3, 0, 0}, expected[] = {0, 0.5, 3, 2, 4, 5};
    struct limited_memory_bfgs_result result = minimize(
        (struct limited_memory_bfgs_problem){
            .dimensions = n, .function = quadratic, .context = &n, .lower = lower, .upper = upper},
        x);
    assert_int_equal(result.end, LIMITED_MEMORY_BFGS_CONVERGED);
    for (size_t i = 0; i < n; i++)
        assert_within(x[i], expected[i], 1e-9);
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

static void steps_out_of_the_domain_are_taken_back(void **state) {
    (void)state;
    size_t outside = 0;
    double x = 30;
    struct limited_memory_bfgs_problem problem = {.dimensions = 1, .function = barrier, .context = &outside};
    struct error error = {0};
    struct limited_memory_bfgs_result result;
    problem.tolerance = 1e-10;
    problem.step_first = 100;
    problem.iterations_max = 100;
    assert_int_equal(limited_memory_bfgs_minimize(&problem, &x, &result, &error), 0);
    assert_within(x, 1, 1e-9);
}

static int stop_at_three(void *context, size_t iteration, double value, const double *x) {
    (void)context;
    (void)value;
    (void)x;
    return iteration == 3 ? -1 : 0;
}

static void it_ends_when_told_to(void **state) {
    (void)state;
    double x[100];
    for (int i = 0; i < 100; i++)
        x[i] = i % 2 == 0 ? -1.2 : 1;
    struct limited_memory_bfgs_problem problem = {
        .dimensions = 100, .function = rosenbrock, .iterations_max = 5, .after = NULL};
    assert_int_equal(minimize(problem, x).end, LIMITED_MEMORY_BFGS_ITERATIONS);
    problem.after = stop_at_three;
    struct limited_memory_bfgs_result result = minimize(problem, x);
    assert_int_equal(result.end, LIMITED_MEMORY_BFGS_STOPPED);
    assert_int_equal(result.iterations, 3);
}

static double nowhere(void *context, const double *x, double *gradient) {
    (void)context;
    (void)x;
    gradient[0] = 0;
    return INFINITY;
}

static void a_start_without_value_is_refused(void **state) {
    (void)state;
    struct error error = {0};
    struct limited_memory_bfgs_result result;
    struct limited_memory_bfgs_problem problem = {.dimensions = 1, .function = nowhere};
    double x = 0;
    assert_int_equal(limited_memory_bfgs_minimize(&problem, &x, &result, &error), -1);
    assert_string_equal(error.text, "the function is not finite at the start");
}

/* 3 + (x - 1)^2 with a gradient that is never less than 0.1: values and slopes contradict each other near the
 * minimum. */
static double inconsistent(void *context, const double *x, double *gradient) {
    (void)context;
    gradient[0] = 2 * (x[0] - 1) + copysign(0.1, x[0] - 1);
    return 3 + (x[0] - 1) * (x[0] - 1);
}

static void it_ends_where_no_step_goes_down(void **state) {
    (void)state;
    double x = 5;
    struct limited_memory_bfgs_result result =
        minimize((struct limited_memory_bfgs_problem){.dimensions = 1, .function = inconsistent}, &x);
    assert_int_equal(result.end, LIMITED_MEMORY_BFGS_FLAT);
    assert_within(x, 1, 0.1);
    assert_true(result.evaluations < 200);
}

/* With as many pairs as there are variables the valleys are learnt whole. */
static void more_pairs_take_fewer_steps(void **state) {
    (void)state;
    size_t n = 60, iterations[2];
    double x[60];
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < n; i++)
            x[i] = 0.5 * (double)(i % 7);
        struct limited_memory_bfgs_result result = minimize(
            (struct limited_memory_bfgs_problem){
                .dimensions = n, .function = quadratic, .context = &n, .pairs = k == 0 ? 3 : 60},
            x);
        assert_int_equal(result.end, LIMITED_MEMORY_BFGS_CONVERGED);
        iterations[k] = result.iterations;
    }
    assert_true(iterations[1] < iterations[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bent_valleys_are_followed_to_their_end),
        cmocka_unit_test(bounds_hold_what_would_leave),
        cmocka_unit_test(steps_out_of_the_domain_are_taken_back),
        cmocka_unit_test(it_ends_when_told_to),
        cmocka_unit_test(a_start_without_value_is_refused),
        cmocka_unit_test(it_ends_where_no_step_goes_down),
        cmocka_unit_test(more_pairs_take_fewer_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
