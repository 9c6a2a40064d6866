#include "divergence/mixture_quadrature.h"

#include <math.h>

#include "divergence/gaussian_divergence.h"
#include "support/assertions.h"
#include "support/mixtures.h"

static double kl(const struct gaussian_mixture *f, const struct gaussian_mixture *g) {
    struct error error = {0};
    struct mixture_quadrature_result result;
    assert_int_equal(mixture_quadrature_kl(f, g, 2, &result, &error), 0);
    assert_true(result.converged && result.error <= 1e-10);
    return result.value;
}

static double js(const struct gaussian_mixture *f, const struct gaussian_mixture *g, double weight) {
    struct error error = {0};
    struct mixture_quadrature_result result;
    assert_int_equal(mixture_quadrature_js(f, g, weight, 2, &result, &error), 0);
    assert_true(result.converged && result.error <= 1e-10);
    return result.value;
}

/* The specification's values, nine decimals. */
static void published_values(void **state) {
    (void)state;
    struct gaussian_mixture *f = mixtures_specified_f(), *g = mixtures_specified_g();
    assert_within(kl(f, g), 0.427556236, 5e-10);
    assert_within(kl(g, f), 0.779940777, 5e-10);
    assert_within(js(f, g, 0.5), 0.108517209, 5e-10);
    assert_within(js(f, g, 0.3), js(g, f, 0.7), 1e-12);
    gaussian_mixture_free(f);
    gaussian_mixture_free(g);
}

static void single_gaussians_have_their_closed_form(void **state) {
    (void)state;
    for (size_t d = 1; d <= 2; d++) {
        for (unsigned seed = 1; seed <= 5; seed++) {
            struct gaussian_mixture *f = mixtures_random(seed, 1, d, 2),
                                    *g = mixtures_random(seed + 9, 1, d, 2);
            double workspace[GAUSSIAN_DIVERGENCE_WORKSPACE(2)];
            double divergence =
                gaussian_divergence_from_factors(d, f->means, f->factors, g->means, g->factors, workspace);
            assert_within(kl(f, g), divergence, 1e-12 * (1 + divergence));
            gaussian_mixture_free(f);
            gaussian_mixture_free(g);
        }
    }
}

/* Deviations 1e-6, 1e-3 and 1 at distances of hundreds: f = g but for the weights of parts that do not
 * overlap, so KL is that of the weights. */
static void narrow_components_far_apart_are_not_missed(void **state) {
    (void)state;
    for (size_t d = 1; d <= 2; d++) {
        double *means = d == 1 ? (double[]){0, -1000, 300} : (double[]){0, 0, -1000, 700, 5, 300};
        double variances[] = {1e-12, 1e-6, 1};
        struct gaussian_mixture *f =
            mixtures_make(3, d, GAUSSIAN_MIXTURE_SPHERICAL, (double[]){0.5, 0.3, 0.2}, means, variances);
        struct gaussian_mixture *g =
            mixtures_make(3, d, GAUSSIAN_MIXTURE_SPHERICAL, (double[]){0.2, 0.3, 0.5}, means, variances);
        assert_within(kl(f, g), 0.5 * log(2.5) - 0.2 * log(2.5), 1e-10);
        gaussian_mixture_free(f);
        gaussian_mixture_free(g);
    }
}

/* A tilted ridge, deviations 1 and 1/1000, against itself turned a little. */
static void ridges_are_followed(void **state) {
    (void)state;
    double means[] = {0, 0}, weight = 1, c[2][4];
    for (int i = 0; i < 2; i++) {
        double angle = 0.7 + 0.002 * i, x = cos(angle), y = sin(angle);
        c[i][0] = x * x + 1e-6 * y * y;
        c[i][1] = c[i][2] = (1 - 1e-6) * x * y;
        c[i][3] = y * y + 1e-6 * x * x;
    }
    struct gaussian_mixture *f = mixtures_make(1, 2, GAUSSIAN_MIXTURE_FULL, &weight, means, c[0]);
    struct gaussian_mixture *g = mixtures_make(1, 2, GAUSSIAN_MIXTURE_FULL, &weight, means, c[1]);
    double workspace[GAUSSIAN_DIVERGENCE_WORKSPACE(2)];
    double divergence = gaussian_divergence_from_factors(2, means, f->factors, means, g->factors, workspace);
    assert_within(kl(f, g), divergence, 1e-9); /* the covariances' condition number of 1e6 */
    gaussian_mixture_free(f);
    gaussian_mixture_free(g);
}

/* A shift of e against deviation 1: KL = e^2 / 2. */
static void nearly_equal_mixtures_keep_their_digits(void **state) {
    (void)state;
    double e = ldexp(1, -17), weight = 1, one = 1, zero = 0;
    struct gaussian_mixture *f = mixtures_make(1, 1, GAUSSIAN_MIXTURE_SPHERICAL, &weight, &zero, &one);
    struct gaussian_mixture *g = mixtures_make(1, 1, GAUSSIAN_MIXTURE_SPHERICAL, &weight, &e, &one);
    assert_close(kl(f, g), e * e / 2, 1e-4); /* 3e-11: below the tolerance, yet never negative */
    assert_ulps(kl(f, f), 0, 0);
    gaussian_mixture_free(f);
    gaussian_mixture_free(g);
}

static void far_gaussians_reach_the_greatest_divergence(void **state) {
    (void)state;
    double weight = 1, one = 1, zero = 0, far = 1000;
    struct gaussian_mixture *f = mixtures_make(1, 1, GAUSSIAN_MIXTURE_SPHERICAL, &weight, &zero, &one);
    struct gaussian_mixture *g = mixtures_make(1, 1, GAUSSIAN_MIXTURE_SPHERICAL, &weight, &far, &one);
    assert_close(kl(f, g), 5e5, 1e-13);
    assert_within(js(f, g, 0.5), log(2), 1e-10);
    assert_within(js(f, g, 0.25), -0.75 * log(0.75) - 0.25 * log(0.25), 1e-10);
    assert_within(js(f, g, 0), 0, 1e-12);
    assert_within(js(f, g, 1), 0, 1e-12);
    gaussian_mixture_free(f);
    gaussian_mixture_free(g);
}

static void threads_do_not_matter(void **state) {
    (void)state;
    struct error error = {0};
    struct mixture_quadrature_result one, three;
    struct gaussian_mixture *f = mixtures_specified_f(), *g = mixtures_specified_g();
    assert_int_equal(mixture_quadrature_kl(f, g, 1, &one, &error), 0);
    assert_int_equal(mixture_quadrature_kl(f, g, 3, &three, &error), 0);
    assert_ulps(one.value, three.value, 0);
    gaussian_mixture_free(f);
    gaussian_mixture_free(g);
}

static void three_dimensions_are_a_usage_error(void **state) {
    (void)state;
    struct error error = {0};
    struct mixture_quadrature_result result;
    struct gaussian_mixture *f = mixtures_random(1, 1, 3, 1);
    assert_int_equal(mixture_quadrature_kl(f, f, 1, &result, &error), -1);
    assert_true(error.usage);
    assert_string_equal(error.text, "quadrature is for at most 2 dimensions, the models have 3");
    gaussian_mixture_free(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_values),
        cmocka_unit_test(single_gaussians_have_their_closed_form),
        cmocka_unit_test(narrow_components_far_apart_are_not_missed),
        cmocka_unit_test(ridges_are_followed),
        cmocka_unit_test(nearly_equal_mixtures_keep_their_digits),
        cmocka_unit_test(far_gaussians_reach_the_greatest_divergence),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(three_dimensions_are_a_usage_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
