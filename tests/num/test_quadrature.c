#include "num/quadrature.h"

#include <math.h>
#include <stdbool.h>

#include "support/assertions.h"

/* A function of one or two coordinates. */
typedef double function(const double *x);

struct task {
    function *f;
    size_t dimensions;
};

static void evaluate(void *context, size_t count, const double *points, double *values, size_t worker) {
    const struct task *task = context;
    assert_true(worker < 2);
    for (size_t i = 0; i < count; i++)
        values[i] = task->f(points + i * task->dimensions);
}

static struct quadrature_result integrate(struct quadrature_problem problem, function *f) {
    struct error error = {0};
    struct quadrature_result result;
    struct task task = {f, problem.dimensions};
    problem.integrand = evaluate;
    problem.context = &task;
    problem.threads = 2;
    problem.boxes_max = problem.boxes_max == 0 ? 10000 : problem.boxes_max;
    assert_int_equal(quadrature_integrate(&problem, &result, &error), 0);
    return result;
}

static double degree_22(const double *x) {
    return pow(x[0], 22) - 3 * pow(x[0], 13) + 1;
}

static double product_degree_22(const double *x) {
    return pow(x[0], 22) * pow(x[1], 20) + x[0];
}

static double root(const double *x) {
    return sqrt(fabs(x[0]));
}

static double bump(const double *x) {
    return exp(-100 * (x[0] - 0.3) * (x[0] - 0.3));
}

static double plane_bump(const double *x) {
    return exp(-50 * (x[0] * x[0] + x[1] * x[1]));
}

static double narrow_bump(const double *x) {
    return exp(-1e10 * (x[0] - 0.3) * (x[0] - 0.3));
}

static double zero(const double *x) {
    (void)x;
    return 0;
}

static double nan_inside(const double *x) {
    return x[0] > 0.3 && x[0] < 0.5 ? NAN : 1;
}

/* Kronrod's 15 points are exact to degree 22 (3 x 7 + 1): one box, and an even interval loses odd powers. */
static void polynomials_are_exact(void **state) {
    (void)state;
    struct quadrature_problem problem = {.dimensions = 1, .lower = {-1}, .upper = {2}, .tolerance = INFINITY};
    struct quadrature_result result = integrate(problem, degree_22);
    assert_int_equal(result.boxes, 1);
    assert_close(result.value, (pow(2, 23) + 1) / 23 - 3 * (pow(2, 14) - 1) / 14 + 3, 1e-14);
    problem = (struct quadrature_problem){
        .dimensions = 2, .lower = {0, -1}, .upper = {1, 1}, .tolerance = INFINITY};
    result = integrate(problem, product_degree_22);
    assert_int_equal(result.boxes, 1);
    assert_close(result.value, 2.0 / 23 / 21 + 1, 1e-14);
}

static void a_root_at_a_cut_is_integrated_to_the_tolerance(void **state) {
    (void)state;
    struct quadrature_problem problem = {.dimensions = 1, .lower = {-1}, .upper = {1.5}, .tolerance = 1e-9};
    struct quadrature_result result = integrate(problem, root);
    assert_true(result.converged && result.error <= 1e-9);
    assert_within(result.value, 2.0 / 3 * (1 + pow(1.5, 1.5)), 1e-9);
}

static void bumps_are_integrated_to_the_tolerance(void **state) {
    (void)state;
    struct quadrature_problem problem = {.dimensions = 1, .lower = {-1}, .upper = {1}, .tolerance = 1e-12};
    assert_within(integrate(problem, bump).value, sqrt(M_PI) / 20 * (erf(7) + erf(13)), 1e-12);
    problem =
        (struct quadrature_problem){.dimensions = 2, .lower = {-2, -3}, .upper = {2, 1}, .tolerance = 1e-11};
    struct quadrature_result result = integrate(problem, plane_bump);
    assert_within(result.value, M_PI / 50, 1e-11);
    assert_true(result.converged);
}

/* Boxes that meet 0.3 are cut down to its scale. */
static bool near_bump(const void *context, const double *centre, const double *half) {
    (void)context;
    return half[0] > 4e-5 && fabs(centre[0] - 0.3) - half[0] < 6e-5;
}

static void what_is_narrow_is_found_when_pointed_at(void **state) {
    (void)state;
    struct quadrature_problem problem = {.dimensions = 1, .lower = {-1}, .upper = {1}, .tolerance = 1e-14};
    assert_within(integrate(problem, narrow_bump).value, 0, 1e-20); /* no node sees it */
    problem.refine = near_bump;
    assert_close(integrate(problem, narrow_bump).value, sqrt(M_PI) / 1e5, 1e-10);
}

static void zero_is_zero_at_once(void **state) {
    (void)state;
    struct quadrature_problem problem = {.dimensions = 2, .upper = {1, 1}};
    struct quadrature_result result = integrate(problem, zero);
    assert_ulps(result.value, 0, 0);
    assert_true(result.converged && result.boxes == 1);
}

static void running_out_of_boxes_is_told(void **state) {
    (void)state;
    struct quadrature_problem problem = {
        .dimensions = 1, .lower = {-1}, .upper = {1.5}, .tolerance = 1e-12, .boxes_max = 20};
    struct quadrature_result result = integrate(problem, root);
    assert_false(result.converged);
    assert_true(result.boxes <= 20);
    assert_within(result.value, 2.0 / 3 * (1 + pow(1.5, 1.5)), result.error);
    assert_true(result.error > 1e-12);
}

static void a_nan_ends_unconverged(void **state) {
    (void)state;
    struct quadrature_problem problem = {.dimensions = 1, .upper = {1}, .tolerance = 1e-9, .boxes_max = 1000};
    struct quadrature_result result = integrate(problem, nan_inside);
    assert_false(result.converged);
    assert_true(isinf(result.error));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(polynomials_are_exact),
        cmocka_unit_test(a_root_at_a_cut_is_integrated_to_the_tolerance),
        cmocka_unit_test(bumps_are_integrated_to_the_tolerance),
        cmocka_unit_test(what_is_narrow_is_found_when_pointed_at),
        cmocka_unit_test(zero_is_zero_at_once),
        cmocka_unit_test(running_out_of_boxes_is_told),
        cmocka_unit_test(a_nan_ends_unconverged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
