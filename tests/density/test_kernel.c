/* The kernels against numerical integrals, each other, and published ratios. */

#include "density/kernel.h"

#include <math.h>

#include "support/assertions.h"

enum { KERNELS = 8, STEPS = 20000 };

/* int r^power k(r)^exponent dr over the support, by Simpson's rule; the gaussian to 12, the exponential
 * to 60. */
static double profile_integral(enum kernel_name name, double power, double exponent) {
    double end = name == KERNEL_GAUSSIAN ? 12 : name == KERNEL_EXPONENTIAL ? 60 : 1, sum = 0;
    for (size_t i = 0; i <= STEPS; i++) {
        double r = end * (double)i / STEPS, factor = i == 0 || i == STEPS ? 1 : i % 2 == 1 ? 4 : 2;
        sum += factor * pow(r, power) * pow(kernel_profile(name, r * r), exponent);
    }
    return sum * end / STEPS / 3;
}

static double sphere(double d) {
    return 2 * pow(M_PI, d / 2) / tgamma(d / 2);
}

/* Simpson's error is below 1e-9 for these profiles, the exponential's step of 0.003 being the widest. */
static void radial_kernels_integrate_to_1(void **state) {
    (void)state;
    for (int name = 0; name < KERNELS; name++)
        for (size_t d = 1; d <= 6; d++) {
            struct kernel kernel = kernel_make((enum kernel_name)name, KERNEL_RADIAL, d);
            double mass = exp(kernel.log_constant) * sphere((double)d) *
                          profile_integral((enum kernel_name)name, (double)d - 1, 1);
            assert_close(mass, 1, 1e-8);
        }
}

static void variances_are_second_moments(void **state) {
    (void)state;
    for (int name = 0; name < KERNELS; name++)
        for (size_t d = 1; d <= 6; d++) {
            struct kernel kernel = kernel_make((enum kernel_name)name, KERNEL_RADIAL, d);
            double variance = profile_integral((enum kernel_name)name, (double)d + 1, 1) /
                              profile_integral((enum kernel_name)name, (double)d - 1, 1) / (double)d;
            assert_close(kernel_variance(&kernel), variance, 1e-8);
        }
}

static void canonical_ratios_follow_their_definition(void **state) {
    (void)state;
    for (int name = 1; name < KERNELS; name++)
        for (size_t d = 1; d <= 6; d++) {
            struct kernel kernel = kernel_make((enum kernel_name)name, KERNEL_RADIAL, d);
            double dimensions = (double)d, variance = kernel_variance(&kernel);
            double roughness = exp(2 * kernel.log_constant) * sphere(dimensions) *
                               profile_integral((enum kernel_name)name, dimensions - 1, 2);
            double expected =
                pow(roughness / (variance * variance) * pow(4 * M_PI, dimensions / 2), 1 / (dimensions + 4));
            assert_close(kernel_canonical_ratio(&kernel), expected, 1e-8);
        }
}

/* Wand and Jones 1995, table 2.1 gives the canonical bandwidths; five decimals of their ratios. */
static void canonical_ratios_are_the_published_ones(void **state) {
    (void)state;
    static const struct {
        enum kernel_name name;
        double ratio;
    } published[] = {{KERNEL_GAUSSIAN, 1},
                     {KERNEL_EPANECHNIKOV, 2.21380},
                     {KERNEL_BIWEIGHT, 2.62262},
                     {KERNEL_TRIWEIGHT, 2.97811},
                     {KERNEL_UNIFORM, 1.74006}};
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        struct kernel kernel = kernel_make(published[i].name, KERNEL_RADIAL, 1);
        assert_within(kernel_canonical_ratio(&kernel), published[i].ratio, 6e-6);
    }
}

static void a_product_kernel_is_the_product(void **state) {
    (void)state;
    const double z[] = {0.3, -0.7, 0.1};
    for (int name = 0; name < KERNELS; name++) {
        struct kernel product = kernel_make((enum kernel_name)name, KERNEL_PRODUCT, 3);
        struct kernel alone = kernel_make((enum kernel_name)name, KERNEL_RADIAL, 1);
        double sum = 0;
        for (size_t i = 0; i < 3; i++)
            sum += kernel_log_value(&alone, &z[i]);
        assert_close(kernel_log_value(&product, z), sum, 1e-14);
        if (name != KERNEL_GAUSSIAN)
            assert_close(kernel_variance(&product), kernel_variance(&alone), 0);
    }
}

/* Central differences: error step^2 x the third derivative, about 1e-9 where the profile is smooth. */
static void slopes_are_derivatives(void **state) {
    (void)state;
    for (int name = 0; name < KERNELS; name++)
        for (double squared = 0.05; squared < 0.9; squared += 0.1) {
            double step = 1e-5;
            double difference = (kernel_log_profile((enum kernel_name)name, squared + step) -
                                 kernel_log_profile((enum kernel_name)name, squared - step)) /
                                (2 * step);
            assert_within(kernel_log_slope((enum kernel_name)name, squared), difference, 1e-6);
        }
}

static void compact_kernels_end_at_1_with_the_rim_inside(void **state) {
    (void)state;
    for (int name = 0; name < KERNELS; name++) {
        if (!kernel_compact((enum kernel_name)name))
            continue;
        assert_close(kernel_profile((enum kernel_name)name, 1.0001), 0, 0);
        assert_true(kernel_log_profile((enum kernel_name)name, 1.0001) == -INFINITY);
        assert_close(kernel_profile((enum kernel_name)name, 1 + 4e-16), name == KERNEL_UNIFORM ? 1 : 0, 0);
    }
}

static void logarithms_outlast_the_exponential(void **state) {
    (void)state;
    assert_close(kernel_log_profile(KERNEL_GAUSSIAN, 1e6), -5e5, 0);
    assert_close(kernel_log_profile(KERNEL_EXPONENTIAL, 1e6), -1e3, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(radial_kernels_integrate_to_1),
        cmocka_unit_test(variances_are_second_moments),
        cmocka_unit_test(canonical_ratios_follow_their_definition),
        cmocka_unit_test(canonical_ratios_are_the_published_ones),
        cmocka_unit_test(a_product_kernel_is_the_product),
        cmocka_unit_test(slopes_are_derivatives),
        cmocka_unit_test(compact_kernels_end_at_1_with_the_rim_inside),
        cmocka_unit_test(logarithms_outlast_the_exponential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
