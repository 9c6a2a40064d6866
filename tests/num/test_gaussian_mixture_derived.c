#include "num/gaussian_mixture_derived.h"

#include <math.h>
#include <stdbool.h>

#include "num/gaussian_mixture_density.h"
#include "support/assertions.h"
#include "support/mixtures.h"

static double log_density(const struct gaussian_mixture *mixture, const double *point) {
    struct error error = {0};
    double value;
    assert_int_equal(gaussian_mixture_density_log(mixture, 1, 1, point, &value, &error), 0);
    return value;
}

static void make_covariances(enum gaussian_mixture_type type, double *covariances) {
    static const double matrices[] = {2, 0.5, 0.3, 0.5, 2, 0.4, 0.3, 0.4, 2,
                                      1, 0.2, 0.1, 0.2, 3, 0.6, 0.1, 0.6, 1.5};
    static const double variances[] = {2, 1, 0.5, 3, 0.2, 0.7};
    bool matrix = type == GAUSSIAN_MIXTURE_FULL || type == GAUSSIAN_MIXTURE_TIED;
    for (size_t i = 0; i < gaussian_mixture_covariance_count(type, 2, 3); i++)
        covariances[i] = matrix ? matrices[i] : variances[i];
}

static const double WEIGHTS[] = {0.4, 0.6}, MEANS[] = {0, 1, 2, -1, 0.5, 3};

/* Each type against the full mixture that its components are. */
static void noise_is_added_to_every_type(void **state) {
    (void)state;
    struct error error = {0};
    const double alpha = 0.7, sigma = 1.3, point[] = {0.5, 1, -1};
    for (int type = 0; type < GAUSSIAN_MIXTURE_TYPES; type++) {
        double covariances[18], full[18], means[6];
        make_covariances((enum gaussian_mixture_type)type, covariances);
        struct gaussian_mixture *mixture =
            mixtures_make(2, 3, (enum gaussian_mixture_type)type, WEIGHTS, MEANS, covariances);
        for (size_t k = 0; k < 2; k++)
            gaussian_mixture_expand_covariance(mixture, k, full + 9 * k);
        for (size_t i = 0; i < 18; i++)
            full[i] = alpha * alpha * full[i] + (i % 9 % 4 == 0 ? sigma * sigma : 0);
        for (size_t i = 0; i < 6; i++)
            means[i] = alpha * MEANS[i];
        struct gaussian_mixture *expected = mixtures_make(2, 3, GAUSSIAN_MIXTURE_FULL, WEIGHTS, means, full);
        struct gaussian_mixture *noised = gaussian_mixture_derived_noised(mixture, alpha, sigma, &error);
        assert_non_null(noised);
        assert_int_equal(noised->type, type);
        assert_close(log_density(noised, point), log_density(expected, point), 1e-14);
        gaussian_mixture_free(noised);
        gaussian_mixture_free(expected);
        gaussian_mixture_free(mixture);
    }
}

/* The density of columns 3 and 1 is the integral over column 2, by the trapezoid rule. */
static void a_marginal_is_an_integral_for_every_type(void **state) {
    (void)state;
    struct error error = {0};
    for (int type = 0; type < GAUSSIAN_MIXTURE_TYPES; type++) {
        double covariances[18], sum = 0;
        make_covariances((enum gaussian_mixture_type)type, covariances);
        struct gaussian_mixture *mixture =
            mixtures_make(2, 3, (enum gaussian_mixture_type)type, WEIGHTS, MEANS, covariances);
        struct gaussian_mixture *marginal =
            gaussian_mixture_derived_marginal(mixture, (const size_t[]){2, 0}, 2, &error);
        assert_non_null(marginal);
        for (double y = -25; y <= 25; y += 0.05)
            sum += 0.05 * exp(log_density(mixture, (double[]){0.3, y, 1.5}));
        assert_close(log_density(marginal, (double[]){1.5, 0.3}), log(sum), 1e-12);
        gaussian_mixture_free(marginal);
        gaussian_mixture_free(mixture);
    }
}

static void a_uniform_component_is_refused(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian_mixture *mixture = mixtures_random(1, 2, 2, 1);
    mixture->noise_weight = 0.1;
    assert_null(gaussian_mixture_derived_noised(mixture, 1, 1, &error));
    assert_string_equal(error.text, "a mixture with a uniform component cannot be scaled or blurred");
    assert_null(gaussian_mixture_derived_marginal(mixture, (const size_t[]){0}, 1, &error));
    assert_string_equal(error.text,
                        "a mixture with a uniform component cannot be cut to some of its columns");
    gaussian_mixture_free(mixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_is_added_to_every_type),
        cmocka_unit_test(a_marginal_is_an_integral_for_every_type),
        cmocka_unit_test(a_uniform_component_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
