#include "num/normal_quantile.h"

#include <math.h>

#include "support/assertions.h"

/* Twenty digits by mpmath, at the doubles nearest to the probabilities. */
static void values_are_those_of_multiple_precision(void **state) {
    (void)state;
    static const struct {
        double p, quantile;
    } known[] = {
        {1e-300, -37.047096299361199237},  {1e-100, -21.273453560965324294},
        {1e-20, -9.2623400897984075796},   {1e-05, -4.2648907939228246102},
        {0.001, -3.0902323061678135354},   {0.025, -1.9599639845400542118},
        {0.1, -1.2815515655446004353},     {0.10000001, -1.2815515085640039846},
        {0.25, -0.6744897501960817432},    {0.4999, -0.00025066283008800749239},
        {0.75, 0.6744897501960817432},     {0.975, 1.9599639845400538556},
        {0.999999, 4.7534243088170877657},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_within(normal_quantile(known[i].p), known[i].quantile, 1e-15 * (1 + fabs(known[i].quantile)));
}

static void it_is_odd_about_one_half(void **state) {
    (void)state;
    assert_true(normal_quantile(0.5) == 0);
    for (double p = 1.0 / 1024; p < 0.5; p += 1.0 / 256)
        assert_ulps(normal_quantile(1 - p), -normal_quantile(p), 0);
}

static void the_ends_are_infinite(void **state) {
    (void)state;
    assert_true(normal_quantile(0) == -INFINITY);
    assert_true(normal_quantile(1) == INFINITY);
    assert_true(isnan(normal_quantile(-0.1)));
    assert_true(isnan(normal_quantile(NAN)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_multiple_precision),
        cmocka_unit_test(it_is_odd_about_one_half),
        cmocka_unit_test(the_ends_are_infinite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
