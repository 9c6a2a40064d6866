#include "divergence/mixture_bounds.h"

#include <math.h>

#include "divergence/gaussian_divergence.h"
#include "divergence/mixture_quadrature.h"
#include "support/assertions.h"
#include "support/mixtures.h"

static double bound(enum mixture_bounds_method method, const struct gaussian_mixture *f,
                    const struct gaussian_mixture *g) {
    struct error error = {0};
    double value;
    assert_int_equal(mixture_bounds_kl(method, f, g, 2, &value, &error), 0);
    return value;
}

static double js_bound(enum mixture_bounds_method method, const struct gaussian_mixture *f,
                       const struct gaussian_mixture *g, double weight) {
    struct error error = {0};
    double value;
    assert_int_equal(mixture_bounds_js(method, f, g, weight, 2, &value, &error), 0);
    return value;
}

static double quadrature(const struct gaussian_mixture *f, const struct gaussian_mixture *g) {
    struct error error = {0};
    struct mixture_quadrature_result result;
    assert_int_equal(mixture_quadrature_kl(f, g, 2, &result, &error), 0);
    assert_true(result.converged);
    return result.value;
}

/* The specification's pair and its values, nine decimals. */
static void published_values(void **state) {
    (void)state;
    struct gaussian_mixture *f = mixtures_specified_f(), *g = mixtures_specified_g();
    assert_within(bound(MIXTURE_BOUNDS_VARIATIONAL, f, g), 0.497301601, 5e-10);
    assert_within(bound(MIXTURE_BOUNDS_PRODUCT, f, g), 0.399656658, 5e-10);
    assert_within(bound(MIXTURE_BOUNDS_LOWER, f, g), 0.050256070, 5e-10);
    assert_within(bound(MIXTURE_BOUNDS_UPPER, f, g), 0.846702189, 5e-10);
    assert_within(bound(MIXTURE_BOUNDS_VARIATIONAL_UPPER, f, g), 0.535936399, 5e-10);
    assert_within(bound(MIXTURE_BOUNDS_MATCHED, f, g), 0.538065580, 5e-10);
    gaussian_mixture_free(f);
    gaussian_mixture_free(g);
}

static void one_component_each_is_the_gaussian_divergence(void **state) {
    (void)state;
    static const enum mixture_bounds_method exact[] = {
        MIXTURE_BOUNDS_VARIATIONAL, MIXTURE_BOUNDS_VARIATIONAL_UPPER, MIXTURE_BOUNDS_MATCHED};
    for (size_t d = 1; d <= 5; d++) {
        struct gaussian_mixture *f = mixtures_random(1, 1, d, 1), *g = mixtures_random(2, 1, d, 1);
        double workspace[GAUSSIAN_DIVERGENCE_WORKSPACE(5)];
        double divergence =
            gaussian_divergence_from_factors(d, f->means, f->factors, g->means, g->factors, workspace);
        for (size_t i = 0; i < 3; i++)
            assert_close(bound(exact[i], f, g), divergence, 1e-13);
        gaussian_mixture_free(f);
        gaussian_mixture_free(g);
    }
}

static void bounds_hold_on_random_pairs(void **state) {
    (void)state;
    for (unsigned seed = 1; seed <= 12; seed++) {
        size_t d = 1 + seed % 2;
        struct gaussian_mixture *f = mixtures_random(seed, 1 + seed % 4, d, 2);
        struct gaussian_mixture *g = mixtures_random(seed + 100, 1 + seed % 3, d, 2);
        double divergence = quadrature(f, g), rounding = 1e-9 * (1 + divergence);
        assert_true(bound(MIXTURE_BOUNDS_LOWER, f, g) <= divergence + rounding);
        assert_true(bound(MIXTURE_BOUNDS_UPPER, f, g) >= divergence - rounding);
        assert_true(bound(MIXTURE_BOUNDS_VARIATIONAL_UPPER, f, g) >= divergence - rounding);
        /* The best matching is one feasible phi, psi, but for components of g that nobody takes. */
        assert_true(bound(MIXTURE_BOUNDS_VARIATIONAL_UPPER, f, g) >=
                    bound(MIXTURE_BOUNDS_VARIATIONAL, f, g) - rounding);
        gaussian_mixture_free(f);
        gaussian_mixture_free(g);
    }
}

static void the_variational_bound_vanishes_between_equal_mixtures(void **state) {
    (void)state;
    struct gaussian_mixture *f = mixtures_random(1, 4, 3, 2);
    assert_within(bound(MIXTURE_BOUNDS_VARIATIONAL, f, f), 0, 1e-14);
    assert_within(bound(MIXTURE_BOUNDS_PRODUCT, f, f), 0, 1e-14);
    assert_within(bound(MIXTURE_BOUNDS_VARIATIONAL_UPPER, f, f), 0,
                  1e-6); /* the alternation's limit is slow */
    gaussian_mixture_free(f);
}

/* A component cut in two equal ones is the same density: approximations by sums do not notice. */
static void a_component_may_be_cut_in_two(void **state) {
    (void)state;
    static const enum mixture_bounds_method methods[] = {MIXTURE_BOUNDS_VARIATIONAL, MIXTURE_BOUNDS_PRODUCT,
                                                         MIXTURE_BOUNDS_LOWER, MIXTURE_BOUNDS_UPPER,
                                                         MIXTURE_BOUNDS_VARIATIONAL_UPPER};
    double variances[] = {1, 2, 2}, means[] = {0, 3, 3};
    struct gaussian_mixture *f = mixtures_random(5, 3, 1, 2);
    struct gaussian_mixture *two =
        mixtures_make(2, 1, GAUSSIAN_MIXTURE_SPHERICAL, (double[]){0.4, 0.6}, means, variances);
    struct gaussian_mixture *three =
        mixtures_make(3, 1, GAUSSIAN_MIXTURE_SPHERICAL, (double[]){0.4, 0.25, 0.35}, means, variances);
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        assert_within(bound(methods[i], f, three), bound(methods[i], f, two), 1e-7);
        assert_within(bound(methods[i], three, f), bound(methods[i], two, f), 1e-7);
    }
    gaussian_mixture_free(f);
    gaussian_mixture_free(two);
    gaussian_mixture_free(three);
}

static void far_mixtures_neither_over_nor_underflow(void **state) {
    (void)state;
    double near[] = {0, 3}, far[] = {1000, 1003}, variances[] = {1, 1}, weights[] = {0.5, 0.5};
    struct gaussian_mixture *f = mixtures_make(2, 1, GAUSSIAN_MIXTURE_SPHERICAL, weights, near, variances);
    struct gaussian_mixture *g = mixtures_make(2, 1, GAUSSIAN_MIXTURE_SPHERICAL, weights, far, variances);
    double divergence = quadrature(f, g); /* near 997^2 / 2 */
    assert_close(divergence, 4.97e5, 5e-3);
    assert_true(bound(MIXTURE_BOUNDS_UPPER, f, g) >= divergence);
    assert_true(bound(MIXTURE_BOUNDS_LOWER, f, g) <= divergence);
    double upper = bound(MIXTURE_BOUNDS_VARIATIONAL_UPPER, f, g);
    assert_true(upper >= divergence && upper < 1.1 * divergence);
    assert_true(isfinite(bound(MIXTURE_BOUNDS_MATCHED, f, g)));
    gaussian_mixture_free(f);
    gaussian_mixture_free(g);
}

static void weights_of_zero_do_not_matter(void **state) {
    (void)state;
    double means[] = {0, 3, 5}, variances[] = {1, 2, 1};
    struct gaussian_mixture *g = mixtures_random(5, 3, 1, 2);
    struct gaussian_mixture *two =
        mixtures_make(2, 1, GAUSSIAN_MIXTURE_SPHERICAL, (double[]){0.4, 0.6}, means, variances);
    struct gaussian_mixture *three =
        mixtures_make(3, 1, GAUSSIAN_MIXTURE_SPHERICAL, (double[]){0.4, 0.6, 0}, means, variances);
    for (int method = 0; method <= MIXTURE_BOUNDS_MATCHED; method++) {
        assert_within(bound((enum mixture_bounds_method)method, g, three),
                      bound((enum mixture_bounds_method)method, g, two), 1e-12);
        assert_within(bound((enum mixture_bounds_method)method, three, g),
                      bound((enum mixture_bounds_method)method, two, g), 1e-12);
    }
    gaussian_mixture_free(g);
    gaussian_mixture_free(two);
    gaussian_mixture_free(three);
}

static void jensen_shannon_lies_between_its_bounds(void **state) {
    (void)state;
    struct gaussian_mixture *f = mixtures_specified_f(), *g = mixtures_specified_g();
    struct error error = {0};
    for (double weight = 0.1; weight < 1; weight += 0.4) {
        struct mixture_quadrature_result js;
        assert_int_equal(mixture_quadrature_js(f, g, weight, 2, &js, &error), 0);
        assert_true(js_bound(MIXTURE_BOUNDS_LOWER, f, g, weight) <= js.value);
        assert_true(js_bound(MIXTURE_BOUNDS_UPPER, f, g, weight) >= js.value);
        assert_true(js_bound(MIXTURE_BOUNDS_VARIATIONAL_UPPER, f, g, weight) >= js.value);
    }
    gaussian_mixture_free(f);
    gaussian_mixture_free(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_values),
        cmocka_unit_test(one_component_each_is_the_gaussian_divergence),
        cmocka_unit_test(bounds_hold_on_random_pairs),
        cmocka_unit_test(the_variational_bound_vanishes_between_equal_mixtures),
        cmocka_unit_test(a_component_may_be_cut_in_two),
        cmocka_unit_test(far_mixtures_neither_over_nor_underflow),
        cmocka_unit_test(weights_of_zero_do_not_matter),
        cmocka_unit_test(jensen_shannon_lies_between_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
