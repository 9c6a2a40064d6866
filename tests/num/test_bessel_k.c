#include "num/bessel_k.h"

#include <math.h>

#include "support/assertions.h"

/* Twenty digits by mpmath, at the doubles nearest to the arguments. */
static void values_are_those_of_multiple_precision(void **state) {
    (void)state;
    static const struct {
        double nu, z, k;
    } known[] = {
        {0, 1e-8, 18.536612259610778388},     {0, 0.5, 0.92441907122766586178},
        {0, 2, 0.11389387274953343565},       {0.3, 1e-3, 14.406547529041027179},
        {0.5, 1.75, 0.16463628997380863921},  {0.7, 2.5, 0.067777989857574633082},
        {1, 0.1, 9.8538447808706055744},      {1.5, 30, 2.2126121514878784459e-14},
        {2.2, 1.9, 0.35131108100688196302},   {5.5, 300, 3.9159108491028350369e-132},
        {10, 0.1, 1857429584630399968.8},     {20, 50, 1.7061483797220350671e-21},
        {3, 700, 4.6998715291469308417e-306},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_close(bessel_k(known[i].nu, known[i].z), known[i].k, 5e-15);
}

/* K_(1/2) = sqrt(pi / 2z) e^-z, and K_(3/2) = (1 + 1/z) of it. */
static void half_orders_are_elementary(void **state) {
    (void)state;
    for (double z = 1e-3; z < 600; z *= 1.7) {
        double half = sqrt(M_PI / (2 * z)) * exp(-z);
        assert_close(bessel_k(0.5, z), half, 5e-15);
        assert_close(bessel_k(1.5, z), (1 + 1 / z) * half, 5e-15);
    }
}

/* The two methods meet at z = 2. */
static void nothing_jumps_where_the_methods_meet(void **state) {
    (void)state;
    for (double nu = 0; nu < 6; nu += 0.13)
        assert_close(bessel_k(nu, 2), bessel_k(nu, nextafter(2, 3)), 1e-14);
}

static void far_out_it_is_0_and_at_0_infinite(void **state) {
    (void)state;
    assert_true(bessel_k(1.3, 800) == 0);
    assert_true(isinf(bessel_k(40, 1e-10)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_multiple_precision),
        cmocka_unit_test(half_orders_are_elementary),
        cmocka_unit_test(nothing_jumps_where_the_methods_meet),
        cmocka_unit_test(far_out_it_is_0_and_at_0_infinite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
