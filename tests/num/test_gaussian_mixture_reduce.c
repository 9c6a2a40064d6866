#include "num/gaussian_mixture_reduce.h"

#include <math.h>

#include "num/cholesky.h"
#include "support/assertions.h"
#include "support/mixtures.h"

static void mean_and_covariance_of_the_whole_stay(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian_mixture *mixture = mixtures_random(5, 12, 3, 2);
    double mean[3], covariance[9], reduced_mean[3], reduced_covariance[9];
    gaussian_mixture_moments(mixture, mean, covariance);
    for (size_t components = 1; components <= 12; components++) {
        struct gaussian_mixture *reduced = gaussian_mixture_reduce(mixture, components, 2, &error);
        assert_non_null(reduced);
        assert_int_equal(reduced->components, components);
        gaussian_mixture_moments(reduced, reduced_mean, reduced_covariance);
        for (size_t i = 0; i < 9; i++)
            assert_within(reduced_covariance[i], covariance[i], 1e-13);
        for (size_t i = 0; i < 3; i++)
            assert_within(reduced_mean[i], mean[i], 1e-14);
        for (size_t k = 1; k < components; k++)
            assert_true(reduced->weights[k - 1] >= reduced->weights[k]);
        gaussian_mixture_free(reduced);
    }
    gaussian_mixture_free(mixture);
}

/* The weights left after merging the pair of least cost, by trying all. */
static double cheapest_pair_weight(const struct gaussian_mixture *mixture) {
    double least = INFINITY, weight = 0;
    for (size_t i = 0; i < mixture->components; i++) {
        for (size_t j = 0; j < i; j++) {
            double wi = mixture->weights[i], wj = mixture->weights[j], cost;
            struct gaussian_mixture *pair =
                mixtures_make(2, 2, GAUSSIAN_MIXTURE_FULL, (double[]){wi / (wi + wj), wj / (wi + wj)},
                              (double[]){mixture->means[2 * i], mixture->means[2 * i + 1],
                                         mixture->means[2 * j], mixture->means[2 * j + 1]},
                              (double[]){mixture->covariances[4 * i], mixture->covariances[4 * i + 1],
                                         mixture->covariances[4 * i + 2], mixture->covariances[4 * i + 3],
                                         mixture->covariances[4 * j], mixture->covariances[4 * j + 1],
                                         mixture->covariances[4 * j + 2], mixture->covariances[4 * j + 3]});
            double mean[2], merged[4];
            gaussian_mixture_moments(pair, mean, merged);
            assert_int_equal(cholesky_factor(2, merged), 0);
            cost = (wi + wj) * cholesky_log_determinant(2, merged) -
                   wi * cholesky_log_determinant(2, mixture->factors + 4 * i) -
                   wj * cholesky_log_determinant(2, mixture->factors + 4 * j);
            if (cost < least) {
                least = cost;
                weight = wi + wj;
            }
            gaussian_mixture_free(pair);
        }
    }
    return weight;
}

/* Step by step, so that costs that are kept from one step to the next are tried too. */
static void each_step_merges_the_cheapest_pair(void **state) {
    (void)state;
    struct error error = {0};
    for (unsigned seed = 1; seed <= 20; seed++) {
        struct gaussian_mixture *mixture = mixtures_random(seed, 9, 2, 1.5);
        for (size_t components = 8; components >= 1; components--) {
            struct gaussian_mixture *before = gaussian_mixture_reduce(mixture, components + 1, 1, &error);
            struct gaussian_mixture *after = gaussian_mixture_reduce(mixture, components, 1, &error);
            assert_true(before != NULL && after != NULL);
            double expected = cheapest_pair_weight(before), nearest = INFINITY;
            for (size_t k = 0; k < components; k++)
                nearest = fmin(nearest, fabs(after->weights[k] - expected));
            assert_true(nearest < 1e-15);
            gaussian_mixture_free(before);
            gaussian_mixture_free(after);
        }
        gaussian_mixture_free(mixture);
    }
}

static void any_number_of_threads_gives_the_same_bytes(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian_mixture *mixture = mixtures_random(7, 40, 4, 2);
    struct gaussian_mixture *one = gaussian_mixture_reduce(mixture, 7, 1, &error);
    struct gaussian_mixture *four = gaussian_mixture_reduce(mixture, 7, 4, &error);
    assert_true(one != NULL && four != NULL);
    assert_same_bits(one->covariances, four->covariances, 7 * 16);
    gaussian_mixture_free(one);
    gaussian_mixture_free(four);
    gaussian_mixture_free(mixture);
}

static void more_components_than_there_are_is_refused(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian_mixture *mixture = mixtures_random(7, 3, 1, 2);
    assert_null(gaussian_mixture_reduce(mixture, 4, 1, &error));
    assert_string_equal(error.text, "the model has 3 components, fewer than 4");
    gaussian_mixture_free(mixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_and_covariance_of_the_whole_stay),
        cmocka_unit_test(each_step_merges_the_cheapest_pair),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bytes),
        cmocka_unit_test(more_components_than_there_are_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
