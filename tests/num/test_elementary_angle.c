#include "num/elementary_angle.h"

#include <float.h>

#include "base/random.h"
#include "support/assertions.h"

/* long double carries eleven more bits: its functions are the truth. */
static void angles_are_those_of_the_long_double_library(void **state) {
    (void)state;
    struct random_stream stream;
    random_start(&stream, 1, "test", "angles", 0);
    for (size_t i = 0; i < 200000; i++) {
        double u = random_uniform(&stream), h = i % 3 == 0 ? u : i % 3 == 1 ? pow(u, 20) : 1 - pow(u, 20);
        long double t = 2 * atan2l(sqrtl(h), sqrtl(1 - (long double)h));
        assert_close(elementary_angle_of_haversine(h), (double)t, 2 * DBL_EPSILON);
        double half = u - 0.5;
        assert_close(elementary_angle_half_arcsine(half), (double)asinl(half), DBL_EPSILON);
        double sine = 2 * u - 1;
        long double complement = (1 - (long double)sine) * (1 + (long double)sine);
        assert_close(elementary_angle_arcsine(sine, (double)complement), (double)asinl(sine),
                     3 * DBL_EPSILON);
    }
}

static void ends_are_exact(void **state) {
    (void)state;
    assert_true(elementary_angle_of_haversine(0) == 0);
    assert_true(elementary_angle_of_haversine(0.5) == ELEMENTARY_ANGLE_PI / 2);
    assert_true(elementary_angle_of_haversine(1) == ELEMENTARY_ANGLE_PI);
    assert_true(elementary_angle_arcsine(-1, 0) == -ELEMENTARY_ANGLE_PI / 2);
    assert_close(elementary_angle_of_haversine(1e-300), 2e-150, DBL_EPSILON);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(angles_are_those_of_the_long_double_library),
        cmocka_unit_test(ends_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
