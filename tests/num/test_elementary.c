#include "num/elementary.h"

#include "support/assertions.h"

/* Steps of 2^-12 and an odd remainder: 1e6 arguments between the bounds. exp2 of C in double is exact beside
 * a float. */
static void exp2_of_floats_is_within_its_ulps(void **state) {
    (void)state;
    for (float x = -125; x <= 126; x += 0.000244140625F + 0x1p-17F) {
        double exact = exp2((double)x), ulp = exp2(floor((double)x) - 23);
        if (fabs((double)elementary_exp2_float(x) - exact) > 1.5 * ulp)
            fail_msg("exp2(%a) is %a, not %a", (double)x, (double)elementary_exp2_float(x), exact);
    }
}

static void exp2_of_floats_is_exact_at_integers_and_bounded_beyond(void **state) {
    (void)state;
    for (int n = -125; n <= 126; n++)
        assert_close((double)elementary_exp2_float((float)n), ldexp(1, n), 0);
    assert_close((double)elementary_exp2_float(1e30F), 0x1p126, 0);
    assert_close((double)elementary_exp2_float(INFINITY), 0x1p126, 0);
    assert_close((double)elementary_exp2_float(-1e30F), 0x1p-125, 0);
    assert_close((double)elementary_exp2_float(-INFINITY), 0x1p-125, 0);
}

/* exp2l of C carries 11 more bits. Bits of a mantissa are spread by an odd step. */
static void exp2_is_within_its_ulps(void **state) {
    (void)state;
    for (double x = -1021; x <= 1021; x += 0.00390625 + 0x1.9p-27) {
        long double exact = exp2l((long double)x);
        double ulp = ldexp(1, (int)floor(x) - 52);
        if (fabsl((long double)elementary_exp2(x) - exact) > 1.5L * (long double)ulp)
            fail_msg("exp2(%a) is %a, not %La", x, elementary_exp2(x), exact);
    }
    for (int n = -1021; n <= 1021; n++)
        assert_close(elementary_exp2(n), ldexp(1, n), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp2_of_floats_is_within_its_ulps),
        cmocka_unit_test(exp2_of_floats_is_exact_at_integers_and_bounded_beyond),
        cmocka_unit_test(exp2_is_within_its_ulps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
