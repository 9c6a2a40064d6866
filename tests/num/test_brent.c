#include "num/brent.h"

#include <float.h>
#include <math.h>

#include "support/assertions.h"

static double parabola(void *context, double x) {
    double centre = *(double *)context;
    return 3 * (x - centre) * (x - centre) - 7;
}

static double x_log_x(void *context, double x) {
    (void)context;
    return x * log(x);
}

static double corner(void *context, double x) {
    (void)context;
    return fabs(x - 0.3);
}

static double rising(void *context, double x) {
    (void)context;
    return exp(x);
}

static double nan_below_1(void *context, double x) {
    (void)context;
    return x < 1 ? NAN : (x - 1.5) * (x - 1.5);
}

static void a_parabola_is_minimised_at_its_vertex(void **state) {
    (void)state;
    double centres[] = {0, 1.25, -3e3, 1e-9};
    for (size_t i = 0; i < 4; i++) {
        struct brent_result result = brent_minimize(parabola, &centres[i], -1e4, 5e3, 1e-10);
        assert_true(result.converged);
        /* 3 (x - c)^2 is lost beside 7 from 1e-8 on */
        assert_within(result.x, centres[i], 3e-8 * fmax(1, fabs(centres[i])));
        assert_close(result.value, -7, 1e-15);
    }
}

/* x log x is least at 1/e, where it is -1/e; flat to 1e-16 within 1e-8 of it. */
static void x_log_x_is_minimised_at_1_over_e(void **state) {
    (void)state;
    struct brent_result result = brent_minimize(x_log_x, NULL, 1e-3, 20, 1e-9);
    assert_true(result.converged && result.evaluations < 40);
    assert_within(result.x, exp(-1), 2e-8);
    assert_close(result.value, -exp(-1), 1e-15);
}

static void a_corner_is_found_to_the_tolerance(void **state) {
    (void)state;
    struct brent_result result = brent_minimize(corner, NULL, -1, 2, 1e-7);
    assert_true(result.converged);
    assert_within(result.x, 0.3, 1e-7);
}

static void a_minimum_at_an_end_is_approached(void **state) {
    (void)state;
    struct brent_result result = brent_minimize(rising, NULL, -2, 3, 1e-8);
    assert_true(result.converged);
    assert_within(result.x, -2, 1e-7);
}

static void a_nan_is_no_minimum(void **state) {
    (void)state;
    struct brent_result result = brent_minimize(nan_below_1, NULL, 0, 2, 1e-9);
    assert_true(result.converged);
    assert_within(result.x, 1.5, 1e-7);
}

/* x log x again, by differences: to 1e-12 where values alone know it to 1e-8. */
static void polishing_adds_digits(void **state) {
    (void)state;
    struct brent_result found = brent_minimize(x_log_x, NULL, 1e-3, 20, 1e-6);
    struct brent_result polished = brent_polish(x_log_x, NULL, found, 0.005);
    assert_within(polished.x, exp(-1), 1e-11);
    assert_true(polished.evaluations > found.evaluations);
    /* at a corner there is no derivative to vanish: what was given comes back, or as low a place */
    found = brent_minimize(corner, NULL, -1, 2, 1e-7);
    polished = brent_polish(corner, NULL, found, 0.01);
    assert_true(polished.value <= found.value * (1 + 1e-8));
}

struct counted {
    double (*f)(double x);
    size_t calls;
};

static double counted(void *context, double x) {
    struct counted *task = context;
    task->calls++;
    return task->f(x);
}

static double cubic(double x) {
    return x * x * x - 2;
}

static double cosine_less_x(double x) {
    return cos(x) - x;
}

static double flat(double x) { /* ninth order: interpolation is useless, bisection is not */
    return pow(x - 0.7, 9);
}

static double step(double x) {
    return x < 1.0 / 3 ? -1 : 2;
}

static double square(double x) {
    return x * x + 1;
}

static double line(double x) {
    return 1e-300 * (x - 2);
}

static struct brent_result root(double (*f)(double x), double lower, double upper) {
    struct counted task = {f, 0};
    struct brent_result result = brent_root(counted, &task, lower, upper, 0);
    assert_int_equal(result.evaluations, task.calls);
    return result;
}

static void roots_are_those_of_the_closed_forms(void **state) {
    (void)state;
    assert_ulps(root(cubic, 0, 5).x, cbrt(2), 4);
    assert_ulps(root(cubic, 5, 0).x, cbrt(2), 4);
    assert_close(root(cosine_less_x, -10, 10).x, 0.73908513321516064165, 4e-16); /* Dottie's number */
    assert_within(root(flat, -3, 10).x, 0.7, 1e-15);
    assert_close(root(step, -1, 1).x, 1.0 / 3, 1e-15);
    assert_close(root(line, -9, 11).x, 2, 1e-15);
}

static void smooth_roots_take_few_evaluations(void **state) {
    (void)state;
    struct brent_result result = root(cubic, 0, 5);
    assert_true(result.converged && result.evaluations < 20);
    result = root(flat, -3, 10);
    assert_true(result.converged && result.evaluations < 200);
}

static void a_root_at_an_end_is_found(void **state) {
    (void)state;
    assert_ulps(root(line, 2, 3).x, 2, 0);
    assert_ulps(root(line, 1, 2).x, 2, 0);
}

static void no_change_of_sign_is_told(void **state) {
    (void)state;
    struct brent_result result = root(square, -1, 1);
    assert_false(result.converged);
    assert_int_equal(result.evaluations, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parabola_is_minimised_at_its_vertex),
        cmocka_unit_test(x_log_x_is_minimised_at_1_over_e),
        cmocka_unit_test(a_corner_is_found_to_the_tolerance),
        cmocka_unit_test(a_minimum_at_an_end_is_approached),
        cmocka_unit_test(a_nan_is_no_minimum),
        cmocka_unit_test(polishing_adds_digits),
        cmocka_unit_test(roots_are_those_of_the_closed_forms),
        cmocka_unit_test(smooth_roots_take_few_evaluations),
        cmocka_unit_test(a_root_at_an_end_is_found),
        cmocka_unit_test(no_change_of_sign_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
