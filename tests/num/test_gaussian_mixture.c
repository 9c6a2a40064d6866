#include "num/gaussian_mixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/gaussian_mixture_density.h"
#include "support/assertions.h"
#include "support/mixtures.h"

/* Every type, two components in two dimensions, and what its matrices are. */
static const struct {
    enum gaussian_mixture_type type;
    double covariances[8];
    double expanded[2][4];
} types[] = {
    {GAUSSIAN_MIXTURE_FULL, {1, 0.5, 0.5, 2, 0.5, 0, 0, 0.25}, {{1, 0.5, 0.5, 2}, {0.5, 0, 0, 0.25}}},
    {GAUSSIAN_MIXTURE_TIED, {1, 0.5, 0.5, 2}, {{1, 0.5, 0.5, 2}, {1, 0.5, 0.5, 2}}},
    {GAUSSIAN_MIXTURE_DIAGONAL, {1, 2, 3, 4}, {{1, 0, 0, 2}, {3, 0, 0, 4}}},
    {GAUSSIAN_MIXTURE_TIED_DIAGONAL, {1, 2}, {{1, 0, 0, 2}, {1, 0, 0, 2}}},
    {GAUSSIAN_MIXTURE_SPHERICAL, {2, 3}, {{2, 0, 0, 2}, {3, 0, 0, 3}}},
    {GAUSSIAN_MIXTURE_TIED_SPHERICAL, {3}, {{3, 0, 0, 3}, {3, 0, 0, 3}}},
};

static const double WEIGHTS[] = {0.3, 0.7};
static const double MEANS[] = {0, 0, 3, 1};

/* The same components as full matrices. */
static struct gaussian_mixture *as_full(const struct gaussian_mixture *mixture) {
    size_t d = mixture->dimensions;
    double *matrices = malloc(mixture->components * d * d * sizeof *matrices);
    for (size_t k = 0; k < mixture->components; k++)
        gaussian_mixture_expand_covariance(mixture, k, matrices + k * d * d);
    struct gaussian_mixture *full = mixtures_make(mixture->components, d, GAUSSIAN_MIXTURE_FULL,
                                                  mixture->weights, mixture->means, matrices);
    free(matrices);
    return full;
}

static double log_density(const struct gaussian_mixture *mixture, const double *point) {
    struct error error = {0};
    double result;
    assert_int_equal(gaussian_mixture_density_log(mixture, 1, 1, point, &result, &error), 0);
    return result;
}

static void each_type_stands_for_its_matrices(void **state) {
    (void)state;
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        double matrix[4], factor[4];
        struct gaussian_mixture *mixture =
            mixtures_make(2, 2, types[t].type, WEIGHTS, MEANS, types[t].covariances);
        for (size_t k = 0; k < 2; k++) {
            gaussian_mixture_expand_covariance(mixture, k, matrix);
            gaussian_mixture_expand_factor(mixture, k, factor);
            for (size_t i = 0; i < 4; i++) {
                double product =
                    factor[i / 2 * 2] * factor[i % 2 * 2] + factor[i / 2 * 2 + 1] * factor[i % 2 * 2 + 1];
                assert_ulps(matrix[i], types[t].expanded[k][i], 0);
                assert_within(product, matrix[i], 1e-15);
            }
            assert_ulps(factor[1], 0, 0);
        }
        gaussian_mixture_free(mixture);
    }
}

static void all_types_have_the_density_of_their_matrices(void **state) {
    (void)state;
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        struct gaussian_mixture *mixture =
            mixtures_make(2, 2, types[t].type, WEIGHTS, MEANS, types[t].covariances);
        struct gaussian_mixture *full = as_full(mixture);
        for (double x = -4; x < 6; x += 0.7) {
            double point[] = {x, 1.5 - x / 3};
            assert_close(log_density(mixture, point), log_density(full, point), 1e-14);
        }
        gaussian_mixture_free(mixture);
        gaussian_mixture_free(full);
    }
}

static void scales_multiply_the_deviations(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian_mixture *mixture = gaussian_mixture_create(2, 2, GAUSSIAN_MIXTURE_TIED, &error);
    assert_non_null(mixture);
    memcpy(mixture->weights, WEIGHTS, sizeof WEIGHTS);
    memcpy(mixture->means, MEANS, sizeof MEANS);
    memcpy(mixture->covariances, types[1].covariances, 4 * sizeof(double));
    mixture->scales = malloc(2 * sizeof(double));
    mixture->scales[0] = 0.5;
    mixture->scales[1] = 3;
    assert_int_equal(gaussian_mixture_prepare(mixture, &error), 0);
    double matrix[4];
    gaussian_mixture_expand_covariance(mixture, 1, matrix);
    assert_ulps(matrix[3], 18, 0);
    struct gaussian_mixture *full = as_full(mixture);
    for (double x = -4; x < 6; x += 0.7) {
        double point[] = {x, 1.5 - x / 3};
        assert_close(log_density(mixture, point), log_density(full, point), 1e-14);
    }
    gaussian_mixture_free(mixture);
    gaussian_mixture_free(full);
}

/* K = 2: mean and covariance by hand. */
static void moments_of_a_mixture(void **state) {
    (void)state;
    double mean[2], covariance[4];
    struct gaussian_mixture *mixture =
        mixtures_make(2, 2, GAUSSIAN_MIXTURE_FULL, WEIGHTS, MEANS, types[0].covariances);
    gaussian_mixture_moments(mixture, mean, covariance);
    assert_close(mean[0], 2.1, 1e-15);
    assert_close(mean[1], 0.7, 1e-15);
    /* within: .3 C1 + .7 C2; between: .21 (3, 1)(3, 1)^T */
    assert_close(covariance[0], 0.3 + 0.35 + 0.21 * 9, 1e-15);
    assert_close(covariance[1], 0.15 + 0.21 * 3, 1e-15);
    assert_close(covariance[2], 0.15 + 0.21 * 3, 1e-15);
    assert_close(covariance[3], 0.6 + 0.175 + 0.21, 1e-15);
    gaussian_mixture_free(mixture);
}

static void a_pool_mixes_the_densities(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian_mixture *f =
        mixtures_make(2, 2, GAUSSIAN_MIXTURE_FULL, WEIGHTS, MEANS, types[0].covariances);
    struct gaussian_mixture *g =
        mixtures_make(2, 2, GAUSSIAN_MIXTURE_SPHERICAL, WEIGHTS, MEANS, types[4].covariances);
    struct gaussian_mixture *pool = gaussian_mixture_pool(f, g, 0.25, &error);
    assert_non_null(pool);
    for (double x = -4; x < 6; x += 0.7) {
        double point[] = {x, 1.5 - x / 3};
        assert_close(exp(log_density(pool, point)),
                     0.75 * exp(log_density(f, point)) + 0.25 * exp(log_density(g, point)), 1e-13);
    }
    gaussian_mixture_free(f);
    gaussian_mixture_free(g);
    gaussian_mixture_free(pool);
}

static void check_refused(enum gaussian_mixture_type type, const double *weights, const double *means,
                          const double *covariances, const char *text) {
    struct error error = {0};
    struct gaussian_mixture *mixture = gaussian_mixture_create(2, 2, type, &error);
    assert_non_null(mixture);
    memcpy(mixture->weights, weights, 2 * sizeof(double));
    memcpy(mixture->means, means, 4 * sizeof(double));
    memcpy(mixture->covariances, covariances, gaussian_mixture_covariance_count(type, 2, 2) * sizeof(double));
    assert_int_equal(gaussian_mixture_prepare(mixture, &error), -1);
    assert_string_equal(error.text, text);
    gaussian_mixture_free(mixture);
}

static void what_is_no_mixture_is_refused(void **state) {
    (void)state;
    const double *good = types[0].covariances;
    check_refused(GAUSSIAN_MIXTURE_FULL, (double[]){0.3, 0.63}, MEANS, good, "weights sum to 0.93, not 1");
    check_refused(GAUSSIAN_MIXTURE_FULL, (double[]){1.3, -0.3}, MEANS, good,
                  "weights: component 2: expected a number >= 0, got -0.3");
    check_refused(GAUSSIAN_MIXTURE_FULL, (double[]){NAN, 1}, MEANS, good,
                  "weights: component 1: expected a number >= 0, got nan");
    check_refused(GAUSSIAN_MIXTURE_FULL, WEIGHTS, (double[]){0, 0, 1, NAN}, good,
                  "means: component 2: value 2 is not finite");
    check_refused(GAUSSIAN_MIXTURE_FULL, WEIGHTS, MEANS, (double[]){1, 0, 0, 1, 1, 0, INFINITY, 1},
                  "covariances: component 2 is not finite");
    check_refused(GAUSSIAN_MIXTURE_FULL, WEIGHTS, MEANS, (double[]){1, 0, 0, 1, 1, 2, 2, 1},
                  "covariances: component 2 is not positive definite");
    check_refused(GAUSSIAN_MIXTURE_FULL, WEIGHTS, MEANS, (double[]){1, 0.1, 0, 1, 1, 0, 0, 1},
                  "covariances: component 1 is not symmetric");
    check_refused(GAUSSIAN_MIXTURE_FULL, WEIGHTS, MEANS, (double[]){1e200, 1e199, 0, 1e200, 1, 0, 0, 1},
                  "covariances: component 1 is not symmetric");
    check_refused(GAUSSIAN_MIXTURE_TIED, WEIGHTS, MEANS, (double[]){1, 2, 2, 1},
                  "covariances: the common matrix is not positive definite");
    check_refused(GAUSSIAN_MIXTURE_DIAGONAL, WEIGHTS, MEANS, (double[]){1, 2, 0, 1},
                  "covariances: component 2 is not positive definite");
    check_refused(GAUSSIAN_MIXTURE_SPHERICAL, WEIGHTS, MEANS, (double[]){1, -2},
                  "covariances: component 2 is not positive definite");
}

static void sizes_that_fit_no_memory_are_errors(void **state) {
    (void)state;
    struct error error = {0};
    assert_null(gaussian_mixture_create(3, SIZE_MAX / 4, GAUSSIAN_MIXTURE_FULL, &error));
    assert_null(gaussian_mixture_create(SIZE_MAX / 4, 5, GAUSSIAN_MIXTURE_DIAGONAL, &error));
    assert_string_not_equal(error.text, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_stands_for_its_matrices),
        cmocka_unit_test(all_types_have_the_density_of_their_matrices),
        cmocka_unit_test(scales_multiply_the_deviations),
        cmocka_unit_test(moments_of_a_mixture),
        cmocka_unit_test(a_pool_mixes_the_densities),
        cmocka_unit_test(what_is_no_mixture_is_refused),
        cmocka_unit_test(sizes_that_fit_no_memory_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
