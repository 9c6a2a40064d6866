/* Abramson's local bandwidths against their definition. */

#include "density/adaptive_bandwidth.h"

#include <math.h>

#include "support/assertions.h"
#include "support/kernel_densities.h"

static const struct kernel_sums_settings DIRECT = {.method = KERNEL_SUMS_DIRECT, .threads = 1};

/* Sums of a hundred terms agree to 1e-14; their powers no worse. */
static void factors_follow_the_definition(void **state) {
    (void)state;
    struct error error = {0};
    const struct kernel_densities_case wanted = {100,  2,    KERNEL_GAUSSIAN, KERNEL_RADIAL, 0.5, 0.2,
                                                 true, false};
    struct kernel_density *density = kernel_densities_random(1, &wanted);
    double pilot[100], log_mean = 0;
    for (size_t i = 0; i < 100; i++) {
        pilot[i] = kernel_densities_sum(density, density->points + 2 * i, SIZE_MAX);
        log_mean += density->weights[i] * log(pilot[i]);
    }
    assert_int_equal(adaptive_bandwidth_set(density, 0.4, &DIRECT, &error), 0);
    for (size_t i = 0; i < 100; i++)
        assert_close(density->local[i], pow(pilot[i] / exp(log_mean), -0.4), 1e-12);
    kernel_density_free(density);
}

static void the_weighted_geometric_mean_of_the_factors_is_1(void **state) {
    (void)state;
    struct error error = {0};
    const struct kernel_densities_case wanted = {50, 1, KERNEL_BIWEIGHT, KERNEL_RADIAL, 0.5, 0, true, false};
    struct kernel_density *density = kernel_densities_random(2, &wanted);
    double sum = 0;
    assert_int_equal(adaptive_bandwidth_set(density, 0.5, &DIRECT, &error), 0);
    for (size_t i = 0; i < 50; i++)
        sum += density->weights[i] * log(density->local[i]);
    assert_within(sum, 0, 1e-13);
    kernel_density_free(density);
}

static void a_far_point_without_weight_keeps_its_bandwidth(void **state) {
    (void)state;
    struct error error = {0};
    struct kernel_density *density =
        kernel_densities_of(3, 1, KERNEL_EPANECHNIKOV, 1, (const double[]){0, 0.5, 100});
    assert_int_equal(kernel_density_weigh(density, (const double[]){1, 1, 0}, &error), 0);
    assert_int_equal(kernel_density_prepare(density, &error), 0);
    assert_int_equal(adaptive_bandwidth_set(density, 0.5, &DIRECT, &error), 0);
    assert_close(density->local[0], 1, 1e-15);
    assert_close(density->local[2], 1, 0);
    kernel_density_free(density);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factors_follow_the_definition),
        cmocka_unit_test(the_weighted_geometric_mean_of_the_factors_is_1),
        cmocka_unit_test(a_far_point_without_weight_keeps_its_bandwidth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
