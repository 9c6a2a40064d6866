#include "divergence/mixture_divergence.h"

#include <math.h>
#include <string.h>

#include "divergence/gaussian_divergence.h"
#include "support/assertions.h"
#include "support/mixtures.h"

static const struct mixture_divergence_settings SETTINGS = {
    .draws = 100000, .seed = 1, .filter = "tests", .threads = 2};

static struct mixture_divergence_estimate kl(const struct gaussian_mixture *f,
                                             const struct gaussian_mixture *g,
                                             struct mixture_divergence_settings settings) {
    struct error error = {0};
    struct mixture_divergence_estimate estimate;
    assert_int_equal(mixture_divergence_kl(f, g, &settings, &estimate, &error), 0);
    return estimate;
}

static struct mixture_divergence_settings stratified(void) {
    struct mixture_divergence_settings settings = SETTINGS;
    settings.stratified = true;
    return settings;
}

/* The specification's true values, by quadrature; a right estimate is off by 4 standard errors once in 16000
 * seeds. */
static void estimates_lie_within_four_standard_errors(void **state) {
    (void)state;
    struct gaussian_mixture *f = mixtures_specified_f(), *g = mixtures_specified_g();
    struct mixture_divergence_estimate estimate = kl(f, g, SETTINGS);
    assert_within(estimate.value, 0.427556236, 4 * estimate.standard_error);
    assert_within(estimate.standard_error, 0.0028, 0.0004);
    assert_int_equal(estimate.draws, 100000);
    estimate = kl(g, f, SETTINGS);
    assert_within(estimate.value, 0.779940777, 4 * estimate.standard_error);
    struct error error = {0};
    assert_int_equal(mixture_divergence_js(f, g, 0.5, &SETTINGS, &estimate, &error), 0);
    assert_within(estimate.value, 0.108517209, 4 * estimate.standard_error);
    assert_true(estimate.standard_error < 0.001);
    assert_int_equal(estimate.draws, 200000);
    gaussian_mixture_free(f);
    gaussian_mixture_free(g);
}

static void strata_lower_the_standard_error_and_keep_the_mean(void **state) {
    (void)state;
    struct gaussian_mixture *f = mixtures_specified_f(), *g = mixtures_specified_g();
    struct mixture_divergence_estimate plain = kl(g, f, SETTINGS), strata = kl(g, f, stratified());
    assert_within(strata.value, 0.779940777, 4 * strata.standard_error);
    assert_true(strata.standard_error < 0.95 * plain.standard_error);
    gaussian_mixture_free(f);
    gaussian_mixture_free(g);
}

/* Over many seeds the estimates spread as their standard errors say: the ratio of variances of 200 estimates
 * has the deviation sqrt(2 / 200) = 0.1. */
static void standard_errors_are_honest(void **state) {
    (void)state;
    struct gaussian_mixture *f = mixtures_specified_f(), *g = mixtures_specified_g();
    for (int with_strata = 0; with_strata < 2; with_strata++) {
        double squares = 0, claimed = 0;
        for (uint64_t seed = 1; seed <= 200; seed++) {
            struct mixture_divergence_settings settings = SETTINGS;
            settings.draws = 1000;
            settings.seed = seed;
            settings.stratified = with_strata == 1;
            struct mixture_divergence_estimate estimate = kl(f, g, settings);
            squares += pow(estimate.value - 0.427556236, 2);
            claimed += pow(estimate.standard_error, 2);
        }
        assert_within(squares / claimed, 1, 0.4);
    }
    gaussian_mixture_free(f);
    gaussian_mixture_free(g);
}

static void threads_do_not_matter_and_seeds_do(void **state) {
    (void)state;
    struct gaussian_mixture *f = mixtures_specified_f(), *g = mixtures_specified_g();
    for (int with_strata = 0; with_strata < 2; with_strata++) {
        struct mixture_divergence_settings settings = SETTINGS;
        settings.draws = 30000;
        settings.stratified = with_strata == 1;
        struct mixture_divergence_estimate first = kl(f, g, settings);
        settings.threads = 1;
        struct mixture_divergence_estimate second = kl(f, g, settings);
        assert_ulps(second.value, first.value, 0);
        assert_ulps(second.standard_error, first.standard_error, 0);
        settings.seed = 2;
        assert_true(kl(f, g, settings).value != first.value);
    }
    gaussian_mixture_free(f);
    gaussian_mixture_free(g);
}

static void equal_mixtures_are_at_zero(void **state) {
    (void)state;
    struct gaussian_mixture *f = mixtures_specified_f();
    struct mixture_divergence_estimate estimate = kl(f, f, SETTINGS);
    assert_ulps(estimate.value, 0, 0);
    assert_ulps(estimate.standard_error, 0, 0);
    gaussian_mixture_free(f);
}

static void strata_have_two_draws_at_least(void **state) {
    (void)state;
    double means[] = {0, 1, 2}, variances[] = {1, 1, 1};
    struct gaussian_mixture *f =
        mixtures_make(3, 1, GAUSSIAN_MIXTURE_SPHERICAL, (double[]){0.999, 0.001, 0}, means, variances);
    struct gaussian_mixture *g =
        mixtures_make(3, 1, GAUSSIAN_MIXTURE_SPHERICAL, (double[]){0.3, 0.3, 0.4}, means, variances);
    struct mixture_divergence_settings settings = stratified();
    settings.draws = 100;
    struct mixture_divergence_estimate estimate = kl(f, g, settings);
    assert_int_equal(estimate.draws, 102);
    assert_true(isfinite(estimate.value) && estimate.standard_error > 0);
    gaussian_mixture_free(f);
    gaussian_mixture_free(g);
}

static void the_log_ratio_keeps_its_digits(void **state) {
    (void)state;
    for (double weight = 0; weight <= 1; weight += 0.25) {
        for (double difference = -30; difference <= 30; difference += 0.5) {
            long double expected = -logl(1 - (long double)weight + weight * expl(difference));
            assert_within(mixture_divergence_log_ratio(5, 5 + difference, weight), (double)expected,
                          4e-16 * (1 + fabs(difference)));
        }
    }
    assert_close(mixture_divergence_log_ratio(0, ldexp(1, -40), 0.5), -ldexp(1, -41), 1e-12);
    assert_ulps(mixture_divergence_log_ratio(-5e8, 1e9, 1), -1.5e9, 0);
    assert_close(mixture_divergence_log_ratio(-5e8, 1e9, 0.5), log(2) - 1.5e9, 1e-15);
    assert_close(mixture_divergence_log_ratio(1e9, -5e8, 0.5), log(2), 1e-15);
}

/* log f - log g is quadratic: the sigma points have its mean. */
static void unscented_is_exact_for_single_gaussians(void **state) {
    (void)state;
    struct error error = {0};
    for (size_t d = 1; d <= 5; d += 2) {
        struct gaussian_mixture *f = mixtures_random(1, 1, d, 1), *g = mixtures_random(2, 1, d, 1);
        double workspace[GAUSSIAN_DIVERGENCE_WORKSPACE(5)], divergence;
        assert_int_equal(mixture_divergence_unscented(f, g, 1, &divergence, &error), 0);
        assert_close(
            divergence,
            gaussian_divergence_from_factors(d, f->means, f->factors, g->means, g->factors, workspace),
            1e-12);
        gaussian_mixture_free(f);
        gaussian_mixture_free(g);
    }
}

static void unscented_is_near_for_the_specified_pair(void **state) {
    (void)state;
    struct error error = {0};
    double divergence, again;
    struct gaussian_mixture *f = mixtures_specified_f(), *g = mixtures_specified_g();
    assert_int_equal(mixture_divergence_unscented(f, g, 1, &divergence, &error), 0);
    assert_int_equal(mixture_divergence_unscented(f, g, 2, &again, &error), 0);
    assert_ulps(again, divergence, 0);
    assert_within(divergence, 0.427556236, 0.05); /* an approximation, no bound */
    gaussian_mixture_free(f);
    gaussian_mixture_free(g);
}

static void noise_and_too_few_draws_are_refused(void **state) {
    (void)state;
    struct error error = {0};
    struct mixture_divergence_estimate estimate;
    struct mixture_divergence_settings settings = SETTINGS;
    struct gaussian_mixture *f = mixtures_specified_f(), *g = mixtures_specified_g();
    settings.draws = 1;
    assert_int_equal(mixture_divergence_kl(f, g, &settings, &estimate, &error), -1);
    assert_true(error.usage);
    g->noise_weight = 0.1;
    assert_int_equal(mixture_divergence_kl(f, g, &SETTINGS, &estimate, &error), -1);
    assert_int_equal(mixture_divergence_kl(g, f, &SETTINGS, &estimate, &error), -1);
    gaussian_mixture_free(f);
    gaussian_mixture_free(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimates_lie_within_four_standard_errors),
        cmocka_unit_test(strata_lower_the_standard_error_and_keep_the_mean),
        cmocka_unit_test(standard_errors_are_honest),
        cmocka_unit_test(threads_do_not_matter_and_seeds_do),
        cmocka_unit_test(equal_mixtures_are_at_zero),
        cmocka_unit_test(strata_have_two_draws_at_least),
        cmocka_unit_test(the_log_ratio_keeps_its_digits),
        cmocka_unit_test(unscented_is_exact_for_single_gaussians),
        cmocka_unit_test(unscented_is_near_for_the_specified_pair),
        cmocka_unit_test(noise_and_too_few_draws_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
