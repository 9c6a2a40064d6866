#include "num/gaussian.h"

#include <math.h>
#include <string.h>

#include "support/assertions.h"

static const double COVARIANCE[] = {1, 0.3, 0.3, 2};

static void the_factor_reproduces_the_covariance(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian gaussian;
    assert_int_equal(gaussian_create(&gaussian, 2, (double[]){0, 1}, COVARIANCE, &error), 0);
    const double *l = gaussian.factor;
    assert_ulps(l[0], 1, 0);
    assert_close(l[2], 0.3, 1e-15);
    assert_close(l[2] * l[2] + l[3] * l[3], 2, 1e-15);
    assert_ulps(gaussian.mean[1], 1, 0);
    gaussian_free(&gaussian);
    gaussian_free(&gaussian);
}

static void a_singular_covariance_suggests_a_ridge(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian gaussian;
    double twins[] = {1, 1, 1, 1};
    assert_int_equal(gaussian_create(&gaussian, 2, (double[]){0, 1}, twins, &error), -1);
    assert_string_equal(error.text,
                        "the covariance is singular, column 2 depends on those before it: fit both "
                        "with gmmfit --ridge and compare the models");
    double constant[] = {1, 0, 0, 0};
    assert_int_equal(gaussian_create(&gaussian, 2, (double[]){0, 1}, constant, &error), -1);
    assert_string_equal(error.text, "the covariance is singular, column 2 is constant: fit both with gmmfit "
                                    "--ridge and compare the models");
}

/* 1e200 squared overflows; 1e-160 squared has a digit left. */
static void variances_at_the_ends_of_doubles_are_refused(void **state) {
    (void)state;
    static const struct {
        double first, second;
        const char *text;
    } cases[] = {
        {1e200, -1e200, "column 2: its values or their squares are not finite"},
        {INFINITY, 0, "column 2: its values or their squares are not finite"},
        {1e-160, -1e-160, "column 2: the squares of its deviations underflow: scale it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = {0};
        struct gaussian gaussian;
        struct moments *moments = moments_create(2, 1, &error);
        assert_non_null(moments);
        moments_add(moments, 4, (double[]){0, cases[i].first, 2, 0, 1, cases[i].second, 1, 0});
        assert_int_equal(gaussian_from_moments(&gaussian, moments, 2, 1, &error), -1);
        assert_string_equal(error.text, cases[i].text);
        moments_free(moments);
    }
}

static void moments_of_rows_make_a_gaussian(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian gaussian;
    struct moments *moments = moments_create(2, 1, &error);
    assert_non_null(moments);
    moments_add(moments, 4, (double[]){0, 0, 2, 0, 0, 2, 2, 4});
    assert_int_equal(gaussian_from_moments(&gaussian, moments, 2, 1, &error), 0);
    moments_free(moments);
    assert_close(gaussian.covariance[0], 4.0 / 3, 1e-15);
    assert_close(gaussian.covariance[1], 2.0 / 3, 1e-15);
    assert_close(gaussian.covariance[3], 11.0 / 3, 1e-15);
    gaussian_free(&gaussian);
}

static void fewer_rows_than_a_covariance_needs_are_refused(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian gaussian;
    struct moments *moments = moments_create(2, 1, &error);
    assert_non_null(moments);
    moments_add(moments, 2, (double[]){0, 0, 2, 1});
    assert_int_equal(gaussian_from_moments(&gaussian, moments, 2, 1, &error), -1);
    assert_string_equal(error.text, "2 rows of 2 columns have a singular covariance: at least 3 are needed");
    moments_free(moments);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_factor_reproduces_the_covariance),
        cmocka_unit_test(a_singular_covariance_suggests_a_ridge),
        cmocka_unit_test(variances_at_the_ends_of_doubles_are_refused),
        cmocka_unit_test(moments_of_rows_make_a_gaussian),
        cmocka_unit_test(fewer_rows_than_a_covariance_needs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
