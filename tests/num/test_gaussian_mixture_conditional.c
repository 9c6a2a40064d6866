#include "num/gaussian_mixture_conditional.h"

#include <math.h>
#include <stdlib.h>

#include "num/gaussian_mixture_density.h"
#include "num/gaussian_mixture_derived.h"
#include "num/gaussian_mixture_posterior.h"
#include "num/gaussian_mixture_score.h"
#include "support/assertions.h"
#include "support/mixtures.h"

/* mean_j, variance_j of the columns that are not given, at one point. */
static void regress(const struct gaussian_mixture *mixture, const size_t *given, size_t count,
                    const double *point, double *results) {
    struct error error = {0};
    struct gaussian_mixture_conditional conditional;
    assert_int_equal(gaussian_mixture_conditional_create(&conditional, mixture, given, count, &error), 0);
    double *workspace = calloc(gaussian_mixture_conditional_workspace(&conditional, 1), sizeof *workspace);
    assert_non_null(workspace);
    gaussian_mixture_conditional_rows(&conditional, 1, point, results, workspace);
    free(workspace);
    gaussian_mixture_conditional_free(&conditional);
}

/* E[X2 | x1] = mu2 + rho s2/s1 (x1 - mu1), variance s2^2 (1 - rho^2). */
static void one_gaussian_is_linear_regression(void **state) {
    (void)state;
    double results[2];
    struct gaussian_mixture *mixture = mixtures_make(1, 2, GAUSSIAN_MIXTURE_FULL, (double[]){1},
                                                     (double[]){1, -2}, (double[]){4, 1.2, 1.2, 9});
    regress(mixture, (const size_t[]){0}, 1, (const double[]){3}, results);
    assert_close(results[0], -2 + 1.2 / 4 * 2, 1e-15);
    assert_close(results[1], 9 - 1.2 * 1.2 / 4, 1e-15);
    regress(mixture, (const size_t[]){1}, 1, (const double[]){-5}, results);
    assert_close(results[0], 1 + 1.2 / 9 * -3, 1e-15);
    assert_close(results[1], 4 - 1.2 * 1.2 / 9, 1e-15);
    gaussian_mixture_free(mixture);
}

/* E[X_h | x_g] f(x_g) by the trapezoid rule, which for smooth functions that vanish at both ends is exact to
 * rounding. */
static void mean_and_variance_are_those_of_the_density(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian_mixture *mixture = mixtures_random(3, 4, 2, 2);
    for (double x = -3; x <= 3; x += 0.75) {
        double results[2], total = 0, first = 0, second = 0;
        regress(mixture, (const size_t[]){0}, 1, &x, results);
        for (double y = -30; y <= 30; y += 0.02) {
            double log_density;
            assert_int_equal(
                gaussian_mixture_density_log(mixture, 1, 1, (double[]){x, y}, &log_density, &error), 0);
            total += exp(log_density);
            first += y * exp(log_density);
            second += y * y * exp(log_density);
        }
        assert_within(results[0], first / total, 1e-12);
        assert_within(results[1], second / total - first * first / (total * total), 1e-11);
    }
    gaussian_mixture_free(mixture);
}

/* The mixture of (A X + S Z, X), 2 d columns. */
static struct gaussian_mixture *joint_mixture(const struct gaussian_mixture *mixture, double alpha,
                                              double sigma) {
    size_t components = mixture->components, d = mixture->dimensions, wide = 2 * d;
    double *means = calloc(components * wide, sizeof *means);
    double *covariances = calloc(components * wide * wide, sizeof *covariances);
    assert_true(means != NULL && covariances != NULL);
    for (size_t k = 0; k < components; k++) {
        double *joint = covariances + k * wide * wide;
        for (size_t i = 0; i < d; i++) {
            means[k * wide + i] = alpha * mixture->means[k * d + i];
            means[k * wide + d + i] = mixture->means[k * d + i];
            for (size_t j = 0; j < d; j++) {
                double c = mixture->covariances[(k * d + i) * d + j];
                joint[i * wide + j] = alpha * alpha * c + (i == j ? sigma * sigma : 0);
                joint[(d + i) * wide + j] = joint[i * wide + d + j] = alpha * c;
                joint[(d + i) * wide + d + j] = c;
            }
        }
    }
    struct gaussian_mixture *joint =
        mixtures_make(components, wide, GAUSSIAN_MIXTURE_FULL, mixture->weights, means, covariances);
    free(means);
    free(covariances);
    return joint;
}

/* Specification of gmmeval, check 4: (x + S^2 score(x)) / A = E[X | A X + S Z = x]. */
static void the_denoised_row_is_a_conditional_mean(void **state) {
    (void)state;
    enum { D = 3, K = 4 };
    struct error error = {0};
    const double alpha = 0.8, sigma = 0.6;
    struct gaussian_mixture *mixture = mixtures_random(11, K, D, 2);
    struct gaussian_mixture *noised = gaussian_mixture_derived_noised(mixture, alpha, sigma, &error);
    struct gaussian_mixture *joint = joint_mixture(mixture, alpha, sigma);
    struct gaussian_mixture_score score;
    double workspace[32 * (2 * D + 66) + 32 * (3 * D + 4)], terms[K], gradient[D], results[2 * D];
    assert_non_null(noised);
    assert_int_equal(gaussian_mixture_score_create(&score, noised, false, &error), 0);
    for (double at = -4; at <= 4; at += 0.5) {
        const double x[D] = {at, 1 - at, at * at / 4};
        gaussian_mixture_density_terms(noised, 1, x, terms, workspace);
        gaussian_mixture_posterior_rows(noised, 1, terms, NULL);
        gaussian_mixture_score_rows(&score, 1, x, terms, gradient, NULL, workspace);
        regress(joint, (const size_t[]){0, 1, 2}, D, x, results);
        for (size_t j = 0; j < D; j++)
            assert_within((x[j] + sigma * sigma * gradient[j]) / alpha, results[2 * j], 1e-12);
    }
    gaussian_mixture_score_free(&score);
    gaussian_mixture_free(joint);
    gaussian_mixture_free(noised);
    gaussian_mixture_free(mixture);
}

/* f(x_h | x_g) = f(x) / f(x_g), columns in any order. */
static void the_conditional_mixture_is_a_quotient_of_densities(void **state) {
    (void)state;
    struct error error = {0};
    const size_t given[] = {3, 0};
    const double x[] = {0.3, -1.2, 0.7, 1.4}, at[] = {1.4, 0.3}, rest[] = {-1.2, 0.7};
    double whole, part, expected;
    struct gaussian_mixture *mixture = mixtures_random(6, 3, 4, 1);
    struct gaussian_mixture_conditional conditional;
    assert_int_equal(gaussian_mixture_conditional_create(&conditional, mixture, given, 2, &error), 0);
    struct gaussian_mixture *made = gaussian_mixture_conditional_mixture(&conditional, at, &error);
    assert_non_null(made);
    assert_int_equal(gaussian_mixture_density_log(mixture, 1, 1, x, &whole, &error), 0);
    assert_int_equal(gaussian_mixture_density_log(conditional.marginal, 1, 1, at, &part, &error), 0);
    assert_int_equal(gaussian_mixture_density_log(made, 1, 1, rest, &expected, &error), 0);
    assert_within(whole - part, expected, 1e-13);
    gaussian_mixture_free(made);
    assert_null(gaussian_mixture_conditional_mixture(&conditional, (const double[]){1e300, 0}, &error));
    assert_string_equal(error.text, "the given values are too far from every component");
    gaussian_mixture_conditional_free(&conditional);
    gaussian_mixture_free(mixture);
}

static void columns_given_twice_or_all_are_refused(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian_mixture_conditional conditional;
    struct gaussian_mixture *mixture = mixtures_random(6, 2, 2, 1);
    assert_int_equal(
        gaussian_mixture_conditional_create(&conditional, mixture, (const size_t[]){1, 1}, 2, &error), -1);
    assert_string_equal(error.text, "column 2 is named twice");
    assert_int_equal(
        gaussian_mixture_conditional_create(&conditional, mixture, (const size_t[]){1, 0}, 2, &error), -1);
    assert_string_equal(error.text, "all columns are given: none is left to be told");
    gaussian_mixture_free(mixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_gaussian_is_linear_regression),
        cmocka_unit_test(mean_and_variance_are_those_of_the_density),
        cmocka_unit_test(the_denoised_row_is_a_conditional_mean),
        cmocka_unit_test(the_conditional_mixture_is_a_quotient_of_densities),
        cmocka_unit_test(columns_given_twice_or_all_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
