/* Draws: their moments against the kernels', and the same draws whatever the threads. */

#include "density/kernel_sampler.h"

#include <math.h>
#include <stdlib.h>

#include "support/assertions.h"
#include "support/kernel_densities.h"

enum { KERNELS = 8, DRAWS = 20000 };

/* Each coordinate's variance and fourth moment tell the standard error; five of them, over 48 tests. */
static void noise_has_the_kernels_variance(void **state) {
    (void)state;
    for (int name = 0; name < KERNELS; name++)
        for (int form = 0; form < 2; form++)
            for (size_t d = 1; d <= 3; d++) {
                struct kernel kernel = kernel_make((enum kernel_name)name, (enum kernel_form)form, d);
                struct random_stream stream;
                double z[3], sum = 0, squares = 0, fourth = 0;
                random_start(&stream, 1, "test", "noise", d);
                for (size_t i = 0; i < DRAWS; i++) {
                    kernel_sampler_noise(&kernel, &stream, z);
                    sum += z[d - 1];
                    squares += z[d - 1] * z[d - 1];
                    fourth += pow(z[d - 1], 4);
                }
                double variance = squares / DRAWS;
                assert_within(sum / DRAWS, 0, 5 * sqrt(variance / DRAWS));
                assert_within(variance, kernel_variance(&kernel),
                              5 * sqrt((fourth / DRAWS - variance * variance) / DRAWS));
            }
}

static void noise_of_compact_kernels_stays_inside(void **state) {
    (void)state;
    for (int name = 0; name < KERNELS; name++) {
        struct kernel kernel = kernel_make((enum kernel_name)name, KERNEL_RADIAL, 2);
        struct random_stream stream;
        double z[2];
        random_start(&stream, 2, "test", "noise", 0);
        for (size_t i = 0; kernel_compact((enum kernel_name)name) && i < 2000; i++) {
            kernel_sampler_noise(&kernel, &stream, z);
            assert_true(z[0] * z[0] + z[1] * z[1] <= 1 + 1e-15);
        }
    }
}

/* The mean is the weighted mean of the points, the covariance theirs (divisor 1) plus L L^T. */
static void draws_have_the_mixtures_moments(void **state) {
    (void)state;
    struct error error = {0};
    const struct kernel_densities_case wanted = {9, 2, KERNEL_GAUSSIAN, KERNEL_RADIAL, 0.7, 0.3, true, false};
    struct kernel_density *density = kernel_densities_random(3, &wanted);
    struct kernel_sampler sampler;
    static double points[DRAWS * 2];
    double mean[2] = {0}, expected[2] = {0}, covariance = 0, expected_covariance = 0.7 * 0.3;
    assert_int_equal(kernel_sampler_create(&sampler, density, 7, &error), 0);
    kernel_sampler_rows(&sampler, 2, 0, DRAWS, points);
    for (size_t i = 0; i < 9; i++)
        for (size_t j = 0; j < 2; j++)
            expected[j] += density->weights[i] * density->points[2 * i + j];
    for (size_t i = 0; i < 9; i++)
        expected_covariance += density->weights[i] * (density->points[2 * i] - expected[0]) *
                               (density->points[2 * i + 1] - expected[1]);
    for (size_t i = 0; i < DRAWS; i++) {
        double a = points[2 * i] - expected[0], b = points[2 * i + 1] - expected[1];
        mean[0] += a / DRAWS;
        mean[1] += b / DRAWS;
        covariance += a * b / DRAWS;
    }
    /* variances are about 1.5, products' about 2.5: five standard errors */
    assert_within(mean[0], 0, 5 * sqrt(2.0 / DRAWS));
    assert_within(mean[1], 0, 5 * sqrt(2.0 / DRAWS));
    assert_within(covariance, expected_covariance, 5 * sqrt(4.0 / DRAWS));
    kernel_sampler_free(&sampler);
    kernel_density_free(density);
}

static void threads_do_not_change_draws(void **state) {
    (void)state;
    struct error error = {0};
    const struct kernel_densities_case wanted = {9, 2, KERNEL_COSINE, KERNEL_RADIAL, 0.7, 0.3, true, true};
    struct kernel_density *density = kernel_densities_random(4, &wanted);
    struct kernel_sampler sampler;
    static double one[DRAWS * 2], three[DRAWS * 2];
    assert_int_equal(kernel_sampler_create(&sampler, density, 7, &error), 0);
    kernel_sampler_rows(&sampler, 1, 0, DRAWS, one);
    kernel_sampler_rows(&sampler, 3, 0, 2 * KERNEL_SAMPLER_BLOCK, three);
    kernel_sampler_rows(&sampler, 3, 2, DRAWS - 2 * KERNEL_SAMPLER_BLOCK,
                        three + (size_t)2 * KERNEL_SAMPLER_BLOCK * 2);
    assert_same_bits(three, one, DRAWS * 2);
    kernel_sampler_free(&sampler);
    kernel_density_free(density);
}

/* Reflected: the share below a quantile of the bounded distribution, here the half-normal's median. */
static void reflected_draws_follow_the_bounded_density(void **state) {
    (void)state;
    struct error error = {0};
    struct kernel_density *density = kernel_densities_of(1, 1, KERNEL_GAUSSIAN, 2, (const double[]){0});
    struct kernel_sampler sampler;
    static double points[DRAWS];
    size_t below = 0;
    density->lower[0] = 0;
    assert_int_equal(kernel_sampler_create(&sampler, density, 8, &error), 0);
    kernel_sampler_rows(&sampler, 1, 0, DRAWS, points);
    for (size_t i = 0; i < DRAWS; i++) {
        assert_true(points[i] >= 0);
        below += points[i] < 2 * 0.6744897501960817;
    }
    assert_within((double)below / DRAWS, 0.5, 5 * 0.5 / sqrt(DRAWS));
    density->lower[0] = NAN;
    density->period[0] = 1.5;
    kernel_sampler_rows(&sampler, 1, 0, DRAWS, points);
    for (size_t i = 0; i < DRAWS; i++)
        assert_true(points[i] >= 0 && points[i] < 1.5);
    kernel_sampler_free(&sampler);
    kernel_density_free(density);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_has_the_kernels_variance),
        cmocka_unit_test(noise_of_compact_kernels_stays_inside),
        cmocka_unit_test(draws_have_the_mixtures_moments),
        cmocka_unit_test(threads_do_not_change_draws),
        cmocka_unit_test(reflected_draws_follow_the_bounded_density),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
