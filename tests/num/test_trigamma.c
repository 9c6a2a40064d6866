#include "num/trigamma.h"

#include <math.h>

#include "num/digamma.h"
#include "support/assertions.h"

static void values_of_the_literature(void **state) {
    (void)state;
    assert_close(trigamma(1), M_PI * M_PI / 6, 4e-16);
    assert_close(trigamma(0.5), M_PI * M_PI / 2, 4e-16);
    assert_close(trigamma(1e6), 1e-6 + 0.5e-12 + 1e-18 / 6, 4e-16);
}

static void it_is_the_slope_of_digamma(void **state) {
    (void)state;
    for (double x = 0.05; x < 40; x *= 1.3) {
        double h = 1e-4 * x; /* the third derivative leaves h^2, rounding 1e-16 / h */
        assert_close(trigamma(x), (digamma(x + h) - digamma(x - h)) / (2 * h), 1e-7);
    }
}

static void it_steps_by_an_inverse_square(void **state) {
    (void)state;
    for (double x = 0.01; x < 1e4; x *= 1.7)
        assert_close(trigamma(x), trigamma(x + 1) + 1 / (x * x), 1e-15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_the_literature),
        cmocka_unit_test(it_is_the_slope_of_digamma),
        cmocka_unit_test(it_steps_by_an_inverse_square),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
