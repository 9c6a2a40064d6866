#include "num/student_t.h"

#include <math.h>

#include "num/gamma_ratio.h"
#include "num/incomplete_beta.h"
#include "support/assertions.h"

/* By mpmath with forty digits. */
static void quantiles_are_those_of_multiple_precision(void **state) {
    (void)state;
    static const struct {
        double df, p, quantile;
    } known[] = {
        {4, 0.025, -2.7764451051977943},       {0.5, 0.001, -102849.11563017555},
        {10, 0.975, 2.22813885198627422},      {10, 0.4999, -0.000256997806604949935},
        {1.5, 1e-30, -5.21946942734463613e19}, {37.25, 0.3, -0.528918201619806588},
        {99999, 0.01, -2.32638516572819064},   {1e5, 0.01, -2.32638516535526805},
        {1e6, 1e-8, -5.61204683436928153},     {2, 0.75, 0.816496580927726033},
    };
    /* 1 - p and 1/2 - p keep an absolute 1e-16; the fraction for df near 1e5 loses five digits */
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_close(student_t_quantile(known[i].df, known[i].p), known[i].quantile,
                     known[i].df < 1e3 ? 1e-12 : 1e-10);
}

static void quantiles_are_odd_and_end_at_infinity(void **state) {
    (void)state;
    for (double p = 1.0 / 64; p < 0.5; p += 1.0 / 64)
        assert_ulps(student_t_quantile(3, 1 - p), -student_t_quantile(3, p), 0);
    assert_true(student_t_quantile(3, 0.5) == 0);
    assert_true(student_t_quantile(3, 0) == -INFINITY && student_t_quantile(3, 1) == INFINITY);
    assert_true(isnan(student_t_quantile(3, 2)));
}

/* df 1: Cauchy; df 2: (1 - t/sqrt(2 + t^2))/2 */
static void tails_have_their_closed_forms(void **state) {
    (void)state;
    for (double t = -40; t <= 40; t += 0.75) {
        assert_close(student_t_upper(1, t), t > 1 ? atan(1 / t) / M_PI : 0.5 - atan(t) / M_PI, 2e-14);
        double root = sqrt(2 + t * t); /* 1 - t/root = 2 / (root (root + t)) */
        assert_close(student_t_upper(2, t), t > 0 ? 1 / (root * (root + t)) : 0.5 * (1 - t / root), 2e-14);
    }
}

/* Cauchy's density; and that of many degrees is nearly the normal's. */
static void densities_have_their_closed_forms(void **state) {
    (void)state;
    for (double t = 0; t < 50; t += 0.5) {
        assert_within(student_t_log_density(1, 1, t * t), -log(M_PI * (1 + t * t)), 1e-14 * 10);
        /* the next term is (t^4 - 2 t^2 - 1) / (4 df) */
        assert_within(student_t_log_density(1e12, 3, t), -0.5 * (t + 3 * log(2 * M_PI)), 1e-9);
    }
}

/* By mpmath. */
static void ratios_of_gamma_keep_their_digits(void **state) {
    (void)state;
    static const struct {
        double a, h, log, slope;
    } known[] = {
        {0.5, 3.0, 0.628608659422374138, 3.06666666666666667},
        {11.9, 0.5, 1.22776808257253346, 0.0428987363070819649},
        {12.0, 0.5, 1.23203966606255986, 0.0425339712991000314},
        {1e6, 3.0, 41.4465346738903223, 2.99999700000499999e-6},
        {1e9, 2.5, 51.8081645942410279, 2.499999998125e-9},
        {30.0, 100.0, 430.008251924411284, 1.47924523298661076},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_close(gamma_ratio_log(known[i].a, known[i].h), known[i].log, 2e-14);
        assert_close(gamma_ratio_slope(known[i].a, known[i].h), known[i].slope, 1e-13);
    }
}

/* By mpmath; I_x(a, b) + I_(1-x)(b, a) = 1. */
static void incomplete_beta_is_that_of_multiple_precision(void **state) {
    (void)state;
    static const struct {
        double a, b, x, value;
    } known[] = {
        {0.5, 5, 0.3, 0.934737753831091821},     {2, 3, 0.9, 0.996300000000000002},
        {50, 0.5, 0.97, 0.081699333721822626},   {1000, 800, 0.55, 0.317160988084786097},
        {0.01, 0.02, 0.5, 0.666719461041272197},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double x = known[i].x, rest = 1 - x;
        assert_close(incomplete_beta(known[i].a, known[i].b, x, rest), known[i].value, 1e-12);
        assert_within(incomplete_beta(known[i].b, known[i].a, rest, x), 1 - known[i].value, 1e-12);
    }
    assert_true(incomplete_beta(2, 3, 0, 1) == 0 && incomplete_beta(2, 3, 1, 0) == 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_those_of_multiple_precision),
        cmocka_unit_test(quantiles_are_odd_and_end_at_infinity),
        cmocka_unit_test(tails_have_their_closed_forms),
        cmocka_unit_test(densities_have_their_closed_forms),
        cmocka_unit_test(ratios_of_gamma_keep_their_digits),
        cmocka_unit_test(incomplete_beta_is_that_of_multiple_precision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
