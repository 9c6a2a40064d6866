/* Distribution functions against integrals of the density, and quantiles against them. */

#include "density/kernel_distribution.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "support/assertions.h"
#include "support/kernel_densities.h"

enum { KERNELS = 8, STEPS = 4000 };

/* Simpson's rule over the kernel from a to b, both on the same side of 0 where some have a kink. */
static double kernel_mass(enum kernel_name name, double a, double b) {
    const struct kernel kernel = kernel_make(name, KERNEL_RADIAL, 1);
    double sum = 0;
    for (size_t i = 0; i <= STEPS; i++) {
        double u = a + (b - a) * (double)i / STEPS, factor = i == 0 || i == STEPS ? 1 : i % 2 == 1 ? 4 : 2;
        sum += factor * exp(kernel_log_value(&kernel, &u));
    }
    return sum * (b - a) / STEPS / 3;
}

static void kernels_integrate_to_their_distribution_functions(void **state) {
    (void)state;
    for (int i = 0; i < KERNELS; i++) {
        enum kernel_name name = (enum kernel_name)i;
        assert_close(kernel_distribution_of_kernel(name, 0), 0.5, 1e-15);
        for (double u = 0.1; u < 1; u += 0.2) {
            assert_within(kernel_distribution_of_kernel(name, u), 0.5 + kernel_mass(name, 0, u), 1e-12);
            assert_within(kernel_distribution_of_kernel(name, -u), 0.5 - kernel_mass(name, -u, 0), 1e-12);
        }
    }
}

/* (1 + u)^(p+1) times a constant near -1: the digits of a polynomial in u would be gone. */
static void lower_tails_keep_their_digits(void **state) {
    (void)state;
    double t = 0x1p-20;
    assert_close(kernel_distribution_of_kernel(KERNEL_EPANECHNIKOV, -1 + t), 0.75 * t * t, 1e-6);
    assert_close(kernel_distribution_of_kernel(KERNEL_BIWEIGHT, -1 + t), 1.25 * t * t * t, 2e-6);
    assert_close(kernel_distribution_of_kernel(KERNEL_TRIWEIGHT, -1 + t), 2.1875 * t * t * t * t, 2e-6);
    assert_close(kernel_distribution_of_kernel(KERNEL_COSINE, -1 + t), pow(M_PI / 4 * t, 2), 1e-6);
    /* Mills: Phi(-30) = phi(30) / 30 (1 - 1/900 + 3/810000 - ...) */
    double mills = exp(-450) / sqrt(2 * M_PI) / 30 * (1 - 1 / 900.0 + 3 / 810000.0 - 15 / 7.29e8);
    assert_close(kernel_distribution_of_kernel(KERNEL_GAUSSIAN, -30), mills, 1e-9);
}

static double at(const struct kernel_distribution *distribution, double x) {
    double value;
    kernel_distribution_values(distribution, 1, 1, &x, &value);
    return value;
}

/* The definition, term by term. */
static double slow(const struct kernel_density *density, double x) {
    double sum = 0;
    for (size_t i = 0; i < density->count; i++) {
        double scale = density->factor[0] * (density->local != NULL ? density->local[i] : 1);
        sum += density->weights[i] *
               kernel_distribution_of_kernel(density->kernel.name, (x - density->points[i]) / scale);
    }
    return sum;
}

static void sorted_sums_are_the_definition(void **state) {
    (void)state;
    struct error error = {0};
    for (int i = 0; i < KERNELS; i++) {
        const struct kernel_densities_case wanted = {200,  1,   (enum kernel_name)i, KERNEL_RADIAL, 0.05, 0,
                                                     true, true};
        struct kernel_density *density = kernel_densities_random(3, &wanted);
        struct kernel_distribution distribution;
        assert_int_equal(kernel_distribution_create(&distribution, density, &error), 0);
        for (double x = -4; x < 4; x += 0.037)
            assert_within(at(&distribution, x), slow(density, x), 1e-14);
        kernel_distribution_free(&distribution);
        kernel_density_free(density);
    }
}

/* With bounds: against the integral of the reflected density, by the trapezoid rule, error 1e-6. */
static void bounded_functions_integrate_the_reflected_density(void **state) {
    (void)state;
    struct error error = {0};
    const struct kernel_densities_case wanted = {30, 1, KERNEL_GAUSSIAN, KERNEL_RADIAL, 0.3, 0, true, false};
    struct kernel_density *density = kernel_densities_random(4, &wanted);
    struct kernel_distribution distribution;
    for (int bounds = 1; bounds <= 3; bounds++) {
        density->lower[0] = bounds & 1 ? -3 : NAN;
        density->upper[0] = bounds & 2 ? 3 : NAN;
        double low = bounds & 1 ? -3 : -12, step = 1e-3, mass = 0;
        assert_int_equal(kernel_distribution_create(&distribution, density, &error), 0);
        for (double x = low + step / 2; x < 1; x += step) {
            double mirrored = 6 - x, other = -6 - x;
            mass += step * kernel_densities_sum(density, &x, SIZE_MAX);
            if (bounds & 2)
                mass += step * kernel_densities_sum(density, &mirrored, SIZE_MAX);
            if (bounds & 1)
                mass += step * kernel_densities_sum(density, &other, SIZE_MAX);
        }
        assert_within(at(&distribution, low + step * round((1 - low) / step)), mass, 1e-6);
        if (bounds & 1)
            assert_close(at(&distribution, -3), 0, 0);
        if (bounds & 2)
            assert_close(at(&distribution, 3.5), 1, 1e-9);
        kernel_distribution_free(&distribution);
    }
    kernel_density_free(density);
}

static void quantiles_invert_the_function(void **state) {
    (void)state;
    struct error error = {0};
    static const double probabilities[] = {1e-12, 1e-3, 0.1, 0.5, 0.77, 0.999};
    for (int i = 0; i < KERNELS; i++) {
        const struct kernel_densities_case wanted = {50,   1,   (enum kernel_name)i, KERNEL_RADIAL, 0.7, 0,
                                                     true, true};
        struct kernel_density *density = kernel_densities_random(5, &wanted);
        struct kernel_distribution distribution;
        assert_int_equal(kernel_distribution_create(&distribution, density, &error), 0);
        for (size_t j = 0; j < sizeof probabilities / sizeof *probabilities; j++) {
            double p = probabilities[j], x = kernel_distribution_quantile(&distribution, p);
            /* x is right to rounding: F moves by f(x) ulp(x) */
            double moved = kernel_densities_sum(density, &x, SIZE_MAX) * fabs(x) * DBL_EPSILON;
            assert_within(at(&distribution, x), p, 4 * moved + 1e-13 * p);
        }
        kernel_distribution_free(&distribution);
        kernel_density_free(density);
    }
}

static void more_columns_or_a_period_are_refused(void **state) {
    (void)state;
    struct error error = {0};
    struct kernel_distribution distribution;
    struct kernel_density *plane = kernel_densities_of(1, 2, KERNEL_GAUSSIAN, 1, (const double[]){0, 0});
    assert_int_equal(kernel_distribution_create(&distribution, plane, &error), -1);
    assert_true(error.usage);
    kernel_density_free(plane);
    struct kernel_density *line = kernel_densities_of(1, 1, KERNEL_GAUSSIAN, 1, (const double[]){0});
    line->period[0] = 1;
    assert_int_equal(kernel_distribution_create(&distribution, line, &error), -1);
    assert_string_equal(error.text, "a periodic density has no distribution function");
    kernel_density_free(line);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_integrate_to_their_distribution_functions),
        cmocka_unit_test(lower_tails_keep_their_digits),
        cmocka_unit_test(sorted_sums_are_the_definition),
        cmocka_unit_test(bounded_functions_integrate_the_reflected_density),
        cmocka_unit_test(quantiles_invert_the_function),
        cmocka_unit_test(more_columns_or_a_period_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
