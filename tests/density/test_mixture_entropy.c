#include "density/mixture_entropy.h"

#include <math.h>

#include "support/assertions.h"
#include "support/mixtures.h"

/* log |2 pi e C| / 2; both bounds are exact for one component. */
static void one_gaussian_has_its_closed_form(void **state) {
    (void)state;
    struct error error = {0};
    struct mixture_entropy_estimate estimate;
    double lower, upper, expected = log(2 * M_PI * exp(1)) + 0.5 * log(4 * 9 - 1);
    struct gaussian_mixture *mixture =
        mixtures_make(1, 2, GAUSSIAN_MIXTURE_FULL, (double[]){1}, (double[]){5, -3}, (double[]){4, 1, 1, 9});
    assert_int_equal(mixture_entropy_bounds(mixture, 1, &lower, &upper, &error), 0);
    assert_close(lower, expected, 1e-15);
    assert_close(upper, expected, 1e-15);
    assert_int_equal(mixture_entropy_monte_carlo(mixture, 100000, 1, 2, &estimate, &error), 0);
    /* -log f has variance d / 2 = 1 */
    assert_close(estimate.standard_error, sqrt(1e-5), 0.02);
    assert_within(estimate.value, expected, 4 * estimate.standard_error);
    gaussian_mixture_free(mixture);
}

/* Components that do not touch: the entropy is theirs plus that of the weights, and both bounds are exact. */
static void components_far_apart_add_the_entropy_of_their_weights(void **state) {
    (void)state;
    struct error error = {0};
    double lower, upper;
    double expected = 0.5 * log(2 * M_PI * exp(1)) - 0.25 * log(0.25) - 0.75 * log(0.75);
    struct gaussian_mixture *mixture = mixtures_make(
        2, 1, GAUSSIAN_MIXTURE_TIED_SPHERICAL, (double[]){0.25, 0.75}, (double[]){0, 1e3}, (double[]){1});
    assert_int_equal(mixture_entropy_bounds(mixture, 2, &lower, &upper, &error), 0);
    assert_close(lower, expected, 1e-14);
    assert_close(upper, expected, 1e-14);
    gaussian_mixture_free(mixture);
}

static void the_bounds_hold_the_estimate_between_them(void **state) {
    (void)state;
    struct error error = {0};
    for (unsigned seed = 1; seed <= 8; seed++) {
        struct mixture_entropy_estimate estimate;
        double lower, upper;
        struct gaussian_mixture *mixture = mixtures_random(seed, 1 + seed, 1 + seed % 3, 1.5);
        assert_int_equal(mixture_entropy_bounds(mixture, 1, &lower, &upper, &error), 0);
        assert_int_equal(mixture_entropy_monte_carlo(mixture, 20000, seed, 1, &estimate, &error), 0);
        assert_true(lower <= estimate.value + 4 * estimate.standard_error);
        assert_true(upper >= estimate.value - 4 * estimate.standard_error);
        gaussian_mixture_free(mixture);
    }
}

static void any_number_of_threads_gives_the_same_bytes(void **state) {
    (void)state;
    struct error error = {0};
    struct mixture_entropy_estimate one, three;
    struct gaussian_mixture *mixture = mixtures_random(2, 5, 3, 2);
    assert_int_equal(mixture_entropy_monte_carlo(mixture, 300001, 9, 1, &one, &error), 0);
    assert_int_equal(mixture_entropy_monte_carlo(mixture, 300001, 9, 3, &three, &error), 0);
    assert_same_bits(&one.value, &three.value, 1);
    assert_same_bits(&one.standard_error, &three.standard_error, 1);
    gaussian_mixture_free(mixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_gaussian_has_its_closed_form),
        cmocka_unit_test(components_far_apart_add_the_entropy_of_their_weights),
        cmocka_unit_test(the_bounds_hold_the_estimate_between_them),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
