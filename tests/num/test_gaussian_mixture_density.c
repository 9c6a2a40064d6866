#include "num/gaussian_mixture_density.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"
#include "support/mixtures.h"

static void evaluate(const struct gaussian_mixture *mixture, size_t threads, size_t rows,
                     const double *points, double *result) {
    struct error error = {0};
    assert_int_equal(gaussian_mixture_density_log(mixture, threads, rows, points, result, &error), 0);
}

static double *random_points(size_t rows, size_t d) {
    struct random_stream stream;
    double *points = malloc(rows * d * sizeof *points);
    assert_non_null(points);
    random_start(&stream, 1, "tests", "points", d);
    random_normals(&stream, rows * d, points);
    for (size_t i = 0; i < rows * d; i++)
        points[i] *= 3;
    return points;
}

/* e_k in long double, from the factor that the library made. */
static long double slow_term(const struct gaussian_mixture *mixture, size_t k, const double *x) {
    size_t d = mixture->dimensions;
    double *factor = malloc(d * d * sizeof *factor);
    long double *y = malloc(d * sizeof *y), term = logl(mixture->weights[k]);
    gaussian_mixture_expand_factor(mixture, k, factor);
    for (size_t i = 0; i < d; i++) {
        y[i] = (long double)x[i] - mixture->means[k * d + i];
        for (size_t j = 0; j < i; j++)
            y[i] -= factor[i * d + j] * y[j];
        y[i] /= factor[i * d + i];
        term -= 0.5L * y[i] * y[i] + logl(factor[i * d + i]) + 0.5L * logl(2 * acosl(-1));
    }
    free(factor);
    free(y);
    return term;
}

static double slow_log_density(const struct gaussian_mixture *mixture, const double *x) {
    long double largest = -INFINITY, sum = 0;
    for (size_t k = 0; k < mixture->components; k++)
        largest = fmaxl(largest, slow_term(mixture, k, x));
    for (size_t k = 0; k < mixture->components; k++)
        sum += expl(slow_term(mixture, k, x) - largest);
    return (double)(largest + logl(sum));
}

/* Check 2 of the mixtures' specification, eight decimals. */
static void published_values(void **state) {
    (void)state;
    struct gaussian_mixture *mixture =
        mixtures_make(2, 2, GAUSSIAN_MIXTURE_FULL, (double[]){0.3, 0.7}, (double[]){0, 0, 3, 1},
                      (double[]){1, 0.5, 0.5, 2, 0.5, 0, 0, 0.25});
    double points[] = {1, 1, 2, 0.5}, log_density[2], terms[4], workspace[5000];
    evaluate(mixture, 1, 2, points, log_density);
    assert_within(log_density[0], -3.64376093, 5e-9);
    assert_within(log_density[1], -2.59215403, 5e-9);
    assert_true(gaussian_mixture_density_workspace(mixture) <= 5000);
    gaussian_mixture_density_terms(mixture, 2, points, terms, workspace);
    assert_within(exp(terms[0] - log_density[0]), 0.77932634, 5e-9);
    assert_within(exp(terms[2] - log_density[1]), 0.0607534, 5e-8);
    assert_close(exp(terms[0] - log_density[0]) + exp(terms[1] - log_density[0]), 1, 1e-14);
    gaussian_mixture_free(mixture);
}

static void check_against_long_double(size_t components, size_t d, size_t rows) {
    struct gaussian_mixture *mixture = mixtures_random(1, components, d, 2);
    double *points = random_points(rows, d), *result = malloc(rows * sizeof *result);
    evaluate(mixture, 2, rows, points, result);
    for (size_t row = 0; row < rows; row += rows / 40 + 1)
        assert_close(result[row], slow_log_density(mixture, points + row * d), 2e-15 * (double)(d + 20));
    free(points);
    free(result);
    gaussian_mixture_free(mixture);
}

static void they_agree_with_long_double(void **state) {
    (void)state;
    check_against_long_double(1, 1, 1);
    check_against_long_double(2, 3, 31);
    check_against_long_double(3, 10, 33);
    check_against_long_double(5, 2, 5000);
    check_against_long_double(150, 2, 64); /* several chunks of components */
    check_against_long_double(2, 80, 40);
}

static void a_point_does_not_depend_on_its_neighbours(void **state) {
    (void)state;
    size_t rows = 5000, d = 3;
    struct gaussian_mixture *mixture = mixtures_random(2, 4, d, 2);
    double *points = random_points(rows, d), *result = malloc(rows * sizeof *result), alone;
    double *again = malloc(rows * sizeof *again);
    evaluate(mixture, 1, rows, points, result);
    for (size_t row = 0; row < rows; row += 61) {
        evaluate(mixture, 1, 1, points + row * d, &alone);
        assert_ulps(alone, result[row], 0);
    }
    evaluate(mixture, 3, rows, points, again);
    assert_same_bits(again, result, rows);
    free(points);
    free(result);
    free(again);
    gaussian_mixture_free(mixture);
}

/* 1e5 deviations away f is e^-5e9: 0 as a double, while log f is that of the nearer component. */
static void far_points_keep_their_log_density(void **state) {
    (void)state;
    struct gaussian_mixture *mixture = mixtures_make(2, 1, GAUSSIAN_MIXTURE_SPHERICAL, (double[]){0.5, 0.5},
                                                     (double[]){0, 1}, (double[]){1, 1});
    double far = 1e5, result;
    evaluate(mixture, 1, 1, &far, &result);
    assert_close(result, log(0.5) - 0.5 * log(2 * M_PI) - 0.5 * (1e5 - 1) * (1e5 - 1), 1e-15);
    gaussian_mixture_free(mixture);
}

/* Means and points at 1e6 with deviations near 1: as at the origin, but for the rounding of the points. */
static void an_offset_costs_no_digits(void **state) {
    (void)state;
    static const enum gaussian_mixture_type types[] = {GAUSSIAN_MIXTURE_FULL, GAUSSIAN_MIXTURE_TIED};
    double covariances[] = {1, 0.5, 0.5, 2, 0.5, 0, 0, 0.25}, weights[] = {0.25, 0.75};
    double offset = 0x1p20, near[] = {0, 0, 3, 1}, away[] = {offset, offset, offset + 3, offset + 1};
    for (size_t t = 0; t < 2; t++) {
        struct gaussian_mixture *here = mixtures_make(2, 2, types[t], weights, near, covariances);
        struct gaussian_mixture *there = mixtures_make(2, 2, types[t], weights, away, covariances);
        for (double x = -3; x < 4; x += 0.5) { /* exact sums with the offset */
            double a, b;
            evaluate(here, 1, 1, (double[]){x, 1 - x}, &a);
            evaluate(there, 1, 1, (double[]){offset + x, offset + 1 - x}, &b);
            assert_close(a, b, 2e-11); /* the centre itself is rounded to 2^-33 */
        }
        gaussian_mixture_free(here);
        gaussian_mixture_free(there);
    }
}

static void a_weight_of_zero_adds_nothing(void **state) {
    (void)state;
    struct gaussian_mixture *two =
        mixtures_make(2, 1, GAUSSIAN_MIXTURE_SPHERICAL, (double[]){0, 1}, (double[]){0, 1}, (double[]){1, 2});
    struct gaussian_mixture *one =
        mixtures_make(1, 1, GAUSSIAN_MIXTURE_SPHERICAL, (double[]){1}, (double[]){1}, (double[]){2});
    double point = 0.3, a, b;
    evaluate(two, 1, 1, &point, &a);
    evaluate(one, 1, 1, &point, &b);
    assert_close(a, b, 1e-15);
    gaussian_mixture_free(two);
    gaussian_mixture_free(one);
}

static void noise_is_a_constant_term(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian_mixture *mixture = gaussian_mixture_create(1, 1, GAUSSIAN_MIXTURE_SPHERICAL, &error);
    assert_non_null(mixture);
    mixture->weights[0] = 0.9;
    mixture->means[0] = 0;
    mixture->covariances[0] = 1;
    mixture->noise_weight = 0.1;
    mixture->noise_log_density = log(0.25);
    assert_int_equal(gaussian_mixture_prepare(mixture, &error), 0);
    double points[] = {0, 100}, result[2];
    evaluate(mixture, 1, 2, points, result);
    assert_close(result[0], log(0.9 / sqrt(2 * M_PI) + 0.025), 1e-15);
    assert_close(result[1], log(0.025), 1e-15);
    gaussian_mixture_free(mixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_values),
        cmocka_unit_test(they_agree_with_long_double),
        cmocka_unit_test(a_point_does_not_depend_on_its_neighbours),
        cmocka_unit_test(far_points_keep_their_log_density),
        cmocka_unit_test(an_offset_costs_no_digits),
        cmocka_unit_test(a_weight_of_zero_adds_nothing),
        cmocka_unit_test(noise_is_a_constant_term),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
