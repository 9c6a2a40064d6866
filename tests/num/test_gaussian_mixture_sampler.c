#include "num/gaussian_mixture_sampler.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "num/moments.h"
#include "support/assertions.h"
#include "support/mixtures.h"

enum { DRAWS = 50000 };

static struct gaussian_mixture_sampler sampler_of(const struct gaussian_mixture *mixture, uint64_t seed,
                                                  size_t total) {
    struct error error = {0};
    struct gaussian_mixture_sampler sampler;
    assert_int_equal(
        gaussian_mixture_sampler_create(&sampler, mixture, seed, "tests", "draws", total, &error), 0);
    return sampler;
}

/* Means and covariances of so many draws against the mixture's. An entry C_ij has the standard error
 * sqrt((C_ii C_jj + C_ij^2) / n) for one Gaussian, and no more for the mixtures here, flatter than that. */
static void check_moments(const struct gaussian_mixture *mixture, size_t total) {
    size_t d = mixture->dimensions;
    struct error error = {0};
    double *points = malloc(DRAWS * d * sizeof *points), *values = malloc(2 * d * (d + 1) * sizeof *values);
    double *mean = values, *covariance = mean + d, *true_mean = covariance + d * d, *c = true_mean + d;
    struct gaussian_mixture_sampler sampler = sampler_of(mixture, 1, total);
    gaussian_mixture_sampler_rows(&sampler, 2, 0, DRAWS, points, NULL);
    struct moments *moments = moments_create(d, 2, &error);
    moments_add(moments, DRAWS, points);
    moments_finish(moments, 1, mean, covariance);
    moments_free(moments);
    gaussian_mixture_moments(mixture, true_mean, c);
    for (size_t i = 0; i < d; i++) {
        assert_within(mean[i], true_mean[i], 5 * sqrt(c[i * d + i] / DRAWS));
        for (size_t j = 0; j < d; j++)
            assert_within(covariance[i * d + j], c[i * d + j],
                          5 * sqrt((c[i * d + i] * c[j * d + j] + c[i * d + j] * c[i * d + j]) / DRAWS));
    }
    gaussian_mixture_sampler_free(&sampler);
    free(points);
    free(values);
}

static void draws_have_the_moments_of_the_mixture(void **state) {
    (void)state;
    static const double weights[] = {0.3, 0.7}, means[] = {0, 0, 3, 1};
    static const double covariances[] = {1, 0.5, 0.5, 2, 0.5, -0.2, -0.2, 0.25};
    static const double variances[] = {1, 2, 3, 4};
    for (int type = 0; type < GAUSSIAN_MIXTURE_TYPES; type++) {
        bool matrix = type == GAUSSIAN_MIXTURE_FULL || type == GAUSSIAN_MIXTURE_TIED;
        struct gaussian_mixture *mixture = mixtures_make(2, 2, (enum gaussian_mixture_type)type, weights,
                                                         means, matrix ? covariances : variances);
        check_moments(mixture, 0);
        check_moments(mixture, DRAWS);
        gaussian_mixture_free(mixture);
    }
    struct gaussian_mixture *mixture = mixtures_random(3, 5, 4, 1);
    check_moments(mixture, 0);
    gaussian_mixture_free(mixture);
}

static void threads_and_portions_do_not_matter(void **state) {
    (void)state;
    struct gaussian_mixture *mixture = mixtures_random(1, 3, 2, 2);
    size_t rows = 3 * GAUSSIAN_MIXTURE_SAMPLER_BLOCK + 10, first = 2 * GAUSSIAN_MIXTURE_SAMPLER_BLOCK;
    double *points = malloc(rows * 2 * sizeof *points), *again = malloc(rows * 2 * sizeof *again);
    struct gaussian_mixture_sampler sampler = sampler_of(mixture, 7, 0);
    gaussian_mixture_sampler_rows(&sampler, 1, 0, rows, points, NULL);
    gaussian_mixture_sampler_rows(&sampler, 3, 0, first, again, NULL);
    gaussian_mixture_sampler_rows(&sampler, 2, 2, rows - first, again + first * 2, NULL);
    assert_same_bits(again, points, rows * 2);
    gaussian_mixture_sampler_rows(&sampler, 2, 0, 100, again, NULL); /* fewer are the first of more */
    assert_same_bits(again, points, 200);
    gaussian_mixture_sampler_free(&sampler);

    sampler = sampler_of(mixture, 8, 0);
    gaussian_mixture_sampler_rows(&sampler, 1, 0, rows, again, NULL);
    assert_true(again[0] != points[0] && again[rows] != points[rows]);
    gaussian_mixture_sampler_free(&sampler);
    free(points);
    free(again);
    gaussian_mixture_free(mixture);
}

static void components_come_as_often_as_their_weights_say(void **state) {
    (void)state;
    static const double weights[] = {0.2, 0, 0.8}, means[] = {0, 10, 20}, variances[] = {1, 1, 1};
    struct gaussian_mixture *mixture =
        mixtures_make(3, 1, GAUSSIAN_MIXTURE_SPHERICAL, weights, means, variances);
    double *points = malloc(DRAWS * sizeof *points);
    size_t *components = malloc(DRAWS * sizeof *components), counts[3] = {0};
    struct gaussian_mixture_sampler sampler = sampler_of(mixture, 1, 0);
    gaussian_mixture_sampler_rows(&sampler, 1, 0, DRAWS, points, components);
    for (size_t i = 0; i < DRAWS; i++) {
        counts[components[i]]++;
        assert_within(points[i], means[components[i]], 6); /* deviations of 6 come once in 5e8 */
    }
    assert_within((double)counts[0], 0.2 * DRAWS, 4 * sqrt(0.16 * DRAWS));
    assert_int_equal(counts[1], 0);
    gaussian_mixture_sampler_free(&sampler);
    free(points);
    free(components);
    gaussian_mixture_free(mixture);
}

static void stratified_counts_are_exact_and_in_order(void **state) {
    (void)state;
    struct gaussian_mixture *mixture = mixtures_random(1, 3, 1, 2);
    size_t components[1000], counts[3] = {0};
    double points[1000];
    struct gaussian_mixture_sampler sampler = sampler_of(mixture, 1, 1000);
    gaussian_mixture_sampler_rows(&sampler, 1, 0, 1000, points, components);
    for (size_t i = 0; i < 1000; i++) {
        counts[components[i]]++;
        assert_true(i == 0 || components[i] >= components[i - 1]);
    }
    for (size_t k = 0; k < 3; k++)
        assert_within((double)counts[k], 1000 * mixture->weights[k], 1);
    gaussian_mixture_sampler_free(&sampler);
    gaussian_mixture_free(mixture);
}

static void shares_go_by_largest_remainders(void **state) {
    (void)state;
    struct error error = {0};
    size_t counts[4];
    /* 10 x: 4.7 1.6 2.6 1.1; whole parts 4 1 2 1, and two more for .7 and the first of .6 */
    double weights[] = {0.47, 0.16, 0.26, 0.11};
    assert_int_equal(gaussian_mixture_sampler_shares(4, weights, 10, counts, &error), 0);
    assert_memory_equal(counts, ((size_t[]){5, 2, 2, 1}), sizeof counts);
    double equal[] = {0.25, 0.25, 0.25, 0.25};
    assert_int_equal(gaussian_mixture_sampler_shares(4, equal, 6, counts, &error), 0);
    assert_memory_equal(counts, ((size_t[]){2, 2, 1, 1}), sizeof counts);
    assert_int_equal(gaussian_mixture_sampler_shares(4, equal, 0, counts, &error), 0);
    assert_memory_equal(counts, ((size_t[]){0, 0, 0, 0}), sizeof counts);
}

static void noise_cannot_be_drawn(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian_mixture_sampler sampler;
    struct gaussian_mixture *mixture = mixtures_random(1, 1, 1, 1);
    mixture->noise_weight = 0.1;
    assert_int_equal(gaussian_mixture_sampler_create(&sampler, mixture, 1, "tests", "draws", 0, &error), -1);
    assert_string_equal(error.text, "no draws can be made from a mixture with a uniform component");
    gaussian_mixture_free(mixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_have_the_moments_of_the_mixture),
        cmocka_unit_test(threads_and_portions_do_not_matter),
        cmocka_unit_test(components_come_as_often_as_their_weights_say),
        cmocka_unit_test(stratified_counts_are_exact_and_in_order),
        cmocka_unit_test(shares_go_by_largest_remainders),
        cmocka_unit_test(noise_cannot_be_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
