#include "num/digamma.h"

#include <math.h>

#include "support/assertions.h"

/* Twenty digits by mpmath, at the double nearest to each argument. */
static void values_are_those_of_multiple_precision(void **state) {
    (void)state;
    static const struct {
        double x, psi;
    } known[] = {
        {1e-300, -9.9999999999999997494e+299},
        {1e-9, -1000000000.577215601},
        {0.01, -100.56088545786867242},
        {0.5, -1.9635100260214234794},
        {1, -0.57721566490153286061},
        {1.25, -0.22745353337626540809},
        {1.4616321449683623, -9.2412655217294274792e-17},
        {1.5, 0.036489973978576520559},
        {2, 0.42278433509846713939},
        {3.75, 1.1825373886117962286},
        {9.5, 2.1977378764029495332},
        {9.999, 2.2516474172057353142},
        {10, 2.2517525890667211076},
        {10.5, 2.3030010342976863753},
        {17, 2.8035133283274603684},
        {100, 4.6001618527380874002},
        {12345.678, 9.4210208207417608775},
        {1e10, 23.02585092989045684},
        {1e300, 690.77552789821370526},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_within(digamma(known[i].x), known[i].psi, 1e-15 * fmax(1, fabs(known[i].psi)));
}

/* psi(n) = H(n-1) - gamma; the sum of 1000 terms carries 1e-14. */
static void whole_numbers_give_harmonic_numbers(void **state) {
    (void)state;
    double expected = -0.57721566490153286061;
    for (int n = 1; n <= 1000; n++) {
        assert_within(digamma(n), expected, 1e-14);
        expected += 1.0 / n;
    }
}

static void the_ends_are_limits(void **state) {
    (void)state;
    assert_true(digamma(0) == -INFINITY);
    assert_true(digamma(INFINITY) == INFINITY);
    assert_true(isnan(digamma(-0.5)));
    assert_true(isnan(digamma(NAN)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_multiple_precision),
        cmocka_unit_test(whole_numbers_give_harmonic_numbers),
        cmocka_unit_test(the_ends_are_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
