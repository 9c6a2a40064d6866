#include "density/density_ratio.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

enum { COUNT = 60 };

static double log_normal_mean(const double *points, size_t count, double at, double bandwidth,
                              size_t left_out) {
    long double sum = 0;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == left_out)
            continue;
        long double z = (at - points[i]) / (long double)bandwidth;
        sum += expl(-z * z / 2);
        used++;
    }
    return (double)logl(sum / (sqrtl(2 * acosl(-1)) * bandwidth * (long double)used));
}

static const struct command command = {.description = &(const struct command_description){.name = "kldiv"}};

static void draw(double *x, double *y) {
    struct random_stream stream;
    random_start(&stream, 1, "test", "density ratio", 0);
    random_normals(&stream, COUNT, x);
    random_normals(&stream, COUNT / 2, y);
    for (size_t i = 0; i < COUNT / 2; i++)
        y[i] = 1 + 2 * y[i];
}

static struct density_ratio problem(const double *x, const double *y) {
    return (struct density_ratio){&command, "0.4", "0.9", x, y, COUNT, COUNT / 2, 1, 2};
}

/* Against the plain sums in long double; the sums are within 1e-10. */
static void both_divergences_are_their_definitions(void **state) {
    (void)state;
    double x[COUNT], y[COUNT / 2], kl = 0, js_x = 0, js_y = 0, value;
    struct error error = {0};
    draw(x, y);
    for (size_t i = 0; i < COUNT; i++) {
        double a = log_normal_mean(y, COUNT / 2, x[i], 0.9, COUNT) - log_normal_mean(x, COUNT, x[i], 0.4, i);
        kl -= a / COUNT;
        js_x += log(2 / (1 + exp(a))) / COUNT;
    }
    for (size_t j = 0; j < COUNT / 2; j++) {
        double b = log_normal_mean(x, COUNT, y[j], 0.4, COUNT) - log_normal_mean(y, COUNT / 2, y[j], 0.9, j);
        js_y += log(2 / (1 + exp(b))) / (COUNT / 2);
    }
    struct density_ratio ratio = problem(x, y);
    assert_int_equal(density_ratio_kl(&ratio, &value, &error), 0);
    assert_within(value, kl, 1e-9);
    assert_int_equal(density_ratio_js(&ratio, &value, &error), 0);
    assert_within(value, (js_x + js_y) / 2, 1e-9);
}

/* Samples a thousand deviations apart: log densities of -1e6 and less stay finite, JS at log 2. */
static void samples_far_apart_stay_finite(void **state) {
    (void)state;
    double x[COUNT], y[COUNT / 2], value;
    struct error error = {0};
    draw(x, y);
    for (size_t i = 0; i < COUNT / 2; i++)
        y[i] += 5000;
    struct density_ratio ratio = problem(x, y);
    assert_int_equal(density_ratio_kl(&ratio, &value, &error), 0);
    assert_true(value > 1e6 && isfinite(value));
    assert_int_equal(density_ratio_js(&ratio, &value, &error), 0);
    assert_within(value, log(2), 1e-12);
}

static void one_point_is_too_few_for_a_rule(void **state) {
    (void)state;
    double x[COUNT], y[COUNT / 2], value;
    struct error error = {0};
    draw(x, y);
    struct density_ratio ratio = problem(x, y);
    ratio.bandwidth_q = "scott";
    ratio.y_count = 1;
    assert_int_equal(density_ratio_kl(&ratio, &value, &error), -1);
    assert_string_equal(error.text, "Y: 1 row: a bandwidth rule needs at least 2");
}

/* 1e200 bandwidths: the square, which the log density is minus half of, is beyond doubles. */
static void points_beyond_the_squares_of_doubles_are_refused(void **state) {
    (void)state;
    double x[COUNT], y[COUNT / 2], value;
    struct error error = {0};
    draw(x, y);
    x[2] = 1e200;
    struct density_ratio ratio = problem(x, y);
    assert_int_equal(density_ratio_kl(&ratio, &value, &error), -1);
    assert_non_null(strstr(error.text, "row 3 of X is so far"));
    struct density_ratio back = problem(y, x);
    back.x_count = COUNT / 2;
    back.y_count = COUNT;
    assert_int_equal(density_ratio_js(&back, &value, &error), -1);
    assert_non_null(strstr(error.text, "row 3 of Y is so far"));
    x[2] = 1e150; /* log densities of -1e300 / 0.32 and -1e300 / 1.62 */
    assert_int_equal(density_ratio_kl(&ratio, &value, &error), 0);
    assert_close(value, (1 / 1.62 - 1 / 0.32) * (1e300 / COUNT), 1e-12);
}

static void a_point_without_others_is_refused(void **state) {
    (void)state;
    double x[COUNT], y[COUNT / 2], value;
    struct error error = {0};
    draw(x, y);
    struct density_ratio ratio = problem(x, y);
    ratio.x_count = 1;
    assert_int_equal(density_ratio_kl(&ratio, &value, &error), -1);
    assert_string_equal(error.text, "X has 1 row: its estimate without it needs 2");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_divergences_are_their_definitions),
        cmocka_unit_test(samples_far_apart_stay_finite),
        cmocka_unit_test(points_beyond_the_squares_of_doubles_are_refused),
        cmocka_unit_test(a_point_without_others_is_refused),
        cmocka_unit_test(one_point_is_too_few_for_a_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
