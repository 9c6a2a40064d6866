#include "io/plot_ticks.h"

#include <math.h>

#include "base/random.h"
#include "support/assertions.h"

static void check(struct plot_axis axis, size_t wanted, size_t count, const double *expected) {
    double values[PLOT_TICKS_MAX];
    assert_int_equal(plot_ticks(&axis, wanted, values), count);
    for (size_t i = 0; i < count; i++)
        assert_close(values[i], expected[i], 1e-15);
}

static void steps_are_one_two_or_five_times_a_power_of_ten(void **state) {
    (void)state;
    check((struct plot_axis){.low = 0, .high = 10}, 5, 5, (double[]){0, 2, 4, 6, 8});
    check((struct plot_axis){.low = 0, .high = 10}, 6, 6, (double[]){0, 2, 4, 6, 8, 10});
    check((struct plot_axis){.low = -0.3, .high = 0.3}, 4, 3, (double[]){-0.2, 0, 0.2});
    check((struct plot_axis){.low = 1e6, .high = 3.1e6}, 5, 5, (double[]){1e6, 1.5e6, 2e6, 2.5e6, 3e6});
}

static void decades_on_a_logarithmic_axis(void **state) {
    (void)state;
    check((struct plot_axis){.low = 0.5, .high = 2e4, .logarithmic = true}, 9, 5,
          (double[]){1, 10, 100, 1000, 10000});
    check((struct plot_axis){.low = 1e-30, .high = 1e30, .logarithmic = true}, 6, 6,
          (double[]){1e-30, 1e-20, 1e-10, 1, 1e10, 1e20});
}

static void and_parts_of_them_where_there_are_few(void **state) {
    (void)state;
    check((struct plot_axis){.low = 0.9, .high = 60, .logarithmic = true}, 9, 6,
          (double[]){1, 2, 5, 10, 20, 50});
    check((struct plot_axis){.low = 3, .high = 4, .logarithmic = true}, 5, 5,
          (double[]){3, 3.2, 3.4, 3.6, 3.8});
}

/* The smallest step of its kind that does, found by trying all. */
static void counting_steps_are_the_smallest_that_fit(void **state) {
    (void)state;
    static const size_t steps[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};
    for (size_t count = 1; count <= 1000; count++)
        for (size_t most = 1; most <= 40; most++) {
            size_t k = 0;
            while (count / steps[k] > most)
                k++;
            assert_int_equal(plot_ticks_step(count, most), steps[k]);
        }
}

/* Whatever the axis: within it, ascending, not more than asked for. */
static void ticks_lie_on_the_axis(void **state) {
    (void)state;
    struct random_stream random;
    random_start(&random, 1, "test_plot_ticks", "axes", 0);
    for (int trial = 0; trial < 20000; trial++) {
        double values[PLOT_TICKS_MAX], scale = pow(10, 600 * random_uniform(&random) - 300);
        struct plot_axis axis = {.low = random_normal(&random) * scale,
                                 .logarithmic = random_uniform(&random) < 0.5};
        if (axis.logarithmic)
            axis.low = fabs(axis.low);
        axis.high = axis.low + random_exponential(&random) * scale + scale * 1e-6;
        size_t wanted = 1 + random_below(&random, PLOT_TICKS_MAX), count = plot_ticks(&axis, wanted, values);
        double slack = 1e-6 * (axis.high - axis.low);
        assert_true(count <= wanted);
        assert_true(count >= 2 || wanted < 5);
        for (size_t i = 0; i < count; i++) {
            assert_true(values[i] >= axis.low - slack && values[i] <= axis.high + slack);
            assert_true(i == 0 || values[i] > values[i - 1]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_one_two_or_five_times_a_power_of_ten),
        cmocka_unit_test(decades_on_a_logarithmic_axis),
        cmocka_unit_test(and_parts_of_them_where_there_are_few),
        cmocka_unit_test(counting_steps_are_the_smallest_that_fit),
        cmocka_unit_test(ticks_lie_on_the_axis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
