#include "num/gaussian_mixture_posterior.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "num/gaussian_mixture_density.h"
#include "support/assertions.h"
#include "support/mixtures.h"

enum { ROWS = 50, D = 3, K = 7 };

/* Terms of random rows, and their log density by the other way there. */
static void make_terms(const struct gaussian_mixture *mixture, double *terms, double *log_density) {
    double points[ROWS * D], workspace[32 * (2 * D + 66)];
    struct random_stream stream;
    random_start(&stream, 1, "tests", "points", 0);
    random_normals(&stream, ROWS * D, points);
    for (size_t i = 0; i < ROWS * D; i++)
        points[i] *= 30; /* most densities are below 1e-300 */
    gaussian_mixture_density_terms(mixture, ROWS, points, terms, workspace);
    gaussian_mixture_density_rows(mixture, ROWS, points, log_density, workspace);
}

static void responsibilities_sum_to_1_and_are_quotients(void **state) {
    (void)state;
    double terms[ROWS * K], shares[ROWS * K], expected[ROWS], log_density[ROWS];
    struct gaussian_mixture *mixture = mixtures_random(3, K, D, 20);
    make_terms(mixture, terms, expected);
    memcpy(shares, terms, sizeof shares);
    gaussian_mixture_posterior_rows(mixture, ROWS, shares, log_density);
    for (size_t i = 0; i < ROWS; i++) {
        double sum = 0;
        assert_close(log_density[i], expected[i], 4e-16);
        for (size_t k = 0; k < K; k++) {
            /* the difference of two numbers near 1000 is off by 1e-13 */
            assert_close(shares[i * K + k], exp(terms[i * K + k] - log_density[i]), 1e-11);
            sum += shares[i * K + k];
        }
        assert_within(sum, 1, 1e-15);
    }
    gaussian_mixture_free(mixture);
}

static void a_uniform_component_takes_its_share(void **state) {
    (void)state;
    double terms[] = {log(0.3), log(0.2)}, log_density;
    struct gaussian_mixture *mixture = mixtures_make(2, 1, GAUSSIAN_MIXTURE_SPHERICAL, (double[]){0.5, 0.5},
                                                     (double[]){0, 1}, (double[]){1, 1});
    mixture->noise_weight = 0.25;
    mixture->noise_log_density = log(2);
    gaussian_mixture_posterior_rows(mixture, 1, terms, &log_density);
    assert_within(log_density, 0, 2e-16);
    assert_close(terms[0], 0.3, 4e-16);
    assert_close(terms[1], 0.2, 4e-16);
    gaussian_mixture_free(mixture);
}

static void labels_are_the_greatest_terms(void **state) {
    (void)state;
    const double terms[] = {-1, -2, -3, -2, -800, -800};
    double labels[6] = {0};
    struct gaussian_mixture *mixture = mixtures_make(2, 1, GAUSSIAN_MIXTURE_SPHERICAL, (double[]){0.5, 0.5},
                                                     (double[]){0, 1}, (double[]){1, 1});
    gaussian_mixture_posterior_labels(mixture, 3, terms, 2, labels);
    assert_same_bits(labels, ((double[]){1, 0, 2, 0, 1, 0}), 6);
    mixture->noise_weight = 0.1;
    mixture->noise_log_density = -20;
    gaussian_mixture_posterior_labels(mixture, 3, terms, 2, labels);
    assert_same_bits(labels, ((double[]){1, 0, 2, 0, 0, 0}), 6);
    gaussian_mixture_free(mixture);
}

static void no_density_at_all_has_no_responsibilities_and_no_label(void **state) {
    (void)state;
    double terms[] = {-INFINITY, -INFINITY}, log_density;
    struct gaussian_mixture *mixture = mixtures_make(2, 1, GAUSSIAN_MIXTURE_SPHERICAL, (double[]){0.5, 0.5},
                                                     (double[]){0, 1}, (double[]){1, 1});
    gaussian_mixture_posterior_rows(mixture, 1, terms, &log_density);
    assert_close(log_density, -INFINITY, 0);
    assert_close(terms[0], NAN, 0);
    assert_close(terms[1], NAN, 0);
    gaussian_mixture_posterior_labels(mixture, 1, (double[]){-INFINITY, -INFINITY}, 1, &log_density);
    assert_close(log_density, NAN, 0);
    gaussian_mixture_free(mixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(responsibilities_sum_to_1_and_are_quotients),
        cmocka_unit_test(a_uniform_component_takes_its_share),
        cmocka_unit_test(labels_are_the_greatest_terms),
        cmocka_unit_test(no_density_at_all_has_no_responsibilities_and_no_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
