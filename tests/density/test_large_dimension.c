#include "density/large_dimension.h"

#include <math.h>

#include "support/assertions.h"

static struct large_dimension_spectrum isotropic(double alpha) {
    static const double one = 1;
    return (struct large_dimension_spectrum){1, &one, alpha};
}

/* Worked apart, to eight decimals. */
static const struct {
    double alpha, h_clt, h_g, h_kl, delta, kl_at_h_kl, kl_at_h_g;
} known[] = {
    {.05, 2.45091843, 1.73306104, 1.14588243, 1.31304654, 0.18617502, 0.31847526},
    {.1, 1.93858231, 1.37078470, 1.03857241, 1.07863266, 0.13784709, 0.20239867},
    {.2, 1.47877550, 1.04565218, 0.89168868, 0.79510870, 0.08536178, 0.10823923},
    {.5, 0.92227277, 0.65214533, 0.62243619, 0.38742681, 0.02588584, 0.02799382},
    {1, 0.52623775, 0.37210628, 0.36934391, 0.13641492, 0.00397294, 0.00402818},
};

static void isotropic_thresholds_are_those_worked_apart(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct large_dimension_spectrum spectrum = isotropic(known[i].alpha);
        struct large_dimension_thresholds t = large_dimension_thresholds(&spectrum);
        assert_within(t.h_clt, known[i].h_clt, 5.1e-9);
        assert_within(t.h_g, known[i].h_g, 5.1e-9);
        assert_within(t.h_kl, known[i].h_kl, 5.1e-9);
        assert_within(t.delta, known[i].delta, 5.1e-9);
        assert_within(large_dimension_kl_rate(&spectrum, &t, t.h_kl), known[i].kl_at_h_kl, 5.1e-9);
        assert_within(large_dimension_kl_rate(&spectrum, &t, t.h_g), known[i].kl_at_h_g, 5.1e-9);
    }
}

static void the_tail_index_is_1_at_h_g_and_2_at_h_clt(void **state) {
    (void)state;
    struct large_dimension_spectrum spectrum = isotropic(.2);
    struct large_dimension_thresholds t = large_dimension_thresholds(&spectrum);
    assert_within(large_dimension_tail_index(&t, 1), 0.91458801, 5.1e-9);
    assert_close(large_dimension_tail_index(&t, t.h_g), 1, 1e-15);
    assert_close(large_dimension_tail_index(&t, t.h_clt), 2, 1e-15);
    assert_int_equal(large_dimension_regime(&t, 1.5), 1);
    assert_int_equal(large_dimension_regime(&t, 1.1), 2);
    assert_int_equal(large_dimension_regime(&t, 1.0), 3);
}

static const double mixed[] = {4, 1, 1, .25};

static void a_mixed_spectrum_has_the_thresholds_worked_apart(void **state) {
    (void)state;
    struct large_dimension_spectrum spectrum = {4, mixed, .3};
    struct large_dimension_thresholds t = large_dimension_thresholds(&spectrum);
    assert_within(t.h_clt, 1.41381622, 5.1e-9);
    assert_within(t.h_g, 0.99971904, 5.1e-9);
    assert_within(t.h_kl, 0.83947545, 5.1e-9);
    assert_within(t.delta, 0.70471904, 5.1e-9);
}

/* s(l) = 0 at l_c(h) for an h that is no threshold: the root is checked in the equation it is the root of. */
static void the_entropy_vanishes_at_the_tail_index(void **state) {
    (void)state;
    struct large_dimension_spectrum spectrum = {4, mixed, .3};
    struct large_dimension_thresholds t = large_dimension_thresholds(&spectrum);
    for (double h = 0.3; h < 3; h += 0.3) {
        double l = large_dimension_tail_index(&t, h), s = spectrum.alpha;
        for (size_t a = 0; a < 4; a++) {
            double u = l * mixed[a] / (h * h);
            s += (-0.5 * log(1 + u) + u / (2 * (1 + u) * (1 + u))) / 4;
        }
        assert_within(s, 0, 1e-14);
    }
}

static void scaling_variances_scales_bandwidths_by_the_root(void **state) {
    (void)state;
    double scales[] = {1e-12, 9, 1e12};
    for (size_t i = 0; i < 3; i++) {
        double scaled[4], c = scales[i];
        for (size_t a = 0; a < 4; a++)
            scaled[a] = c * mixed[a];
        struct large_dimension_spectrum spectrum = {4, mixed, .3}, other = {4, scaled, .3};
        struct large_dimension_thresholds t = large_dimension_thresholds(&spectrum);
        struct large_dimension_thresholds u = large_dimension_thresholds(&other);
        assert_close(u.h_clt, t.h_clt * sqrt(c), 1e-13);
        assert_close(u.h_g, t.h_g * sqrt(c), 1e-13);
        assert_close(u.h_kl, t.h_kl * sqrt(c), 1e-13);
        assert_close(large_dimension_kl_rate(&other, &u, u.h_kl),
                     large_dimension_kl_rate(&spectrum, &t, t.h_kl), 1e-12);
    }
}

/* alpha -> 0: delta -> 2 v, with an error near 3/2 h_g^-2 ~ sqrt(alpha). alpha -> infinity: all vanish. */
static void extreme_sample_sizes_have_their_limits(void **state) {
    (void)state;
    struct large_dimension_spectrum spectrum = isotropic(1e-8);
    struct large_dimension_thresholds t = large_dimension_thresholds(&spectrum);
    assert_close(t.delta, 2, 1e-3);
    spectrum = isotropic(30); /* exp(30) points in one dimension: beyond 12 in log h */
    t = large_dimension_thresholds(&spectrum);
    assert_true(t.h_clt < 1e-12 && t.h_g < t.h_clt && t.h_kl <= t.h_g && t.h_kl > 0);
    assert_within(large_dimension_kl_rate(&spectrum, &t, t.h_kl), 0, 1e-12);
}

static void the_rate_is_smooth_at_h_g_and_least_at_h_kl(void **state) {
    (void)state;
    struct large_dimension_spectrum spectrum = {4, mixed, .3};
    struct large_dimension_thresholds t = large_dimension_thresholds(&spectrum);
    double e = 1e-6, at = large_dimension_log_density_rate(&spectrum, &t, t.h_g);
    double left = large_dimension_log_density_rate(&spectrum, &t, t.h_g - e);
    double right = large_dimension_log_density_rate(&spectrum, &t, t.h_g + e);
    assert_within(left, at, 2 * e);
    /* slopes from both sides agree to their second differences */
    assert_within((at - left) / e, (right - at) / e, 20 * e);
    double least = large_dimension_kl_rate(&spectrum, &t, t.h_kl);
    for (double h = 0.1; h < 4; h += 0.05) {
        double rate = large_dimension_kl_rate(&spectrum, &t, h);
        assert_true(rate >= least);
        assert_true(rate >= 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(isotropic_thresholds_are_those_worked_apart),
        cmocka_unit_test(the_tail_index_is_1_at_h_g_and_2_at_h_clt),
        cmocka_unit_test(a_mixed_spectrum_has_the_thresholds_worked_apart),
        cmocka_unit_test(the_entropy_vanishes_at_the_tail_index),
        cmocka_unit_test(scaling_variances_scales_bandwidths_by_the_root),
        cmocka_unit_test(extreme_sample_sizes_have_their_limits),
        cmocka_unit_test(the_rate_is_smooth_at_h_g_and_least_at_h_kl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
