#include "num/histogram.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

/* 0 .. 999: quartiles 249.75 and 749.25, so the width is 2 x 499.5 / 10 = 99.9, of which 999 / 99.9 = 10 fill
 * the range. */
static void the_width_is_that_of_freedman_and_diaconis(void **state) {
    (void)state;
    double values[1000];
    for (size_t i = 0; i < 1000; i++)
        values[i] = (double)i;
    assert_int_equal(histogram_bins(1000, values), 10);
}

static void equal_quartiles_give_the_bins_of_sturges(void **state) {
    (void)state;
    double values[64] = {0};
    values[0] = -1;
    values[1] = 1;
    assert_int_equal(histogram_bins(64, values), 7);
}

static void equal_values_are_one_bin(void **state) {
    (void)state;
    double values[] = {3, 3, 3};
    assert_int_equal(histogram_bins(3, values), 1);
}

static void far_outliers_do_not_ask_for_billions_of_bins(void **state) {
    (void)state;
    double values[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 1e300};
    assert_int_equal(histogram_bins(10, values), HISTOGRAM_BINS_MAX);
}

static void bins_hold_their_lower_end_and_the_last_its_upper_too(void **state) {
    (void)state;
    const double values[] = {0, 1, 1.5, 2, 4, -0.1, 4.1, NAN};
    const double expected[] = {1, 2, 1, 1};
    double counts[4];
    histogram_count(8, values, 0, 4, 4, counts);
    assert_same_bits(counts, expected, 4);
}

/* 2.3 is the second end of numpy.linspace(1.6, 5.1, 6), though (2.3 - 1.6) / 0.7 < 1 in doubles. */
static void computed_ends_decide_not_quotients(void **state) {
    (void)state;
    const double values[] = {2.3};
    const double expected[] = {0, 1, 0, 0, 0};
    double counts[5];
    histogram_count(1, values, 1.6, 5.1, 5, counts);
    assert_same_bits(counts, expected, 5);
}

static void the_widest_range_has_bins_too(void **state) {
    (void)state;
    const double values[] = {-1.7e308, -1, 1, 1.7e308};
    const double expected[] = {1, 2, 1};
    double counts[3];
    histogram_count(4, values, -1.7e308, 1.7e308, 3, counts);
    assert_same_bits(counts, expected, 3);
}

/* Counted cell by cell, all points against the bounds of each cell; bounds are whole, so exact. */
static void cells_of_a_plane_hold_the_points_within_their_bounds(void **state) {
    (void)state;
    double x[500], y[500], counts[6 * 4];
    struct random_stream random;
    random_start(&random, 1, "test_histogram", "plane", 0);
    for (size_t k = 0; k < 500; k++) {
        x[k] = 8 * random_uniform(&random) - 1;
        y[k] = 6 * random_uniform(&random) - 1;
    }
    histogram_count_plane(500, x, y, (double[]){0, 6}, (double[]){0, 4}, 6, 4, counts);
    for (size_t j = 0; j < 4; j++)
        for (size_t i = 0; i < 6; i++) {
            double expected = 0;
            for (size_t k = 0; k < 500; k++)
                expected += floor(x[k]) == (double)i && floor(y[k]) == (double)j;
            assert_true(counts[j * 6 + i] == expected);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_width_is_that_of_freedman_and_diaconis),
        cmocka_unit_test(equal_quartiles_give_the_bins_of_sturges),
        cmocka_unit_test(equal_values_are_one_bin),
        cmocka_unit_test(far_outliers_do_not_ask_for_billions_of_bins),
        cmocka_unit_test(bins_hold_their_lower_end_and_the_last_its_upper_too),
        cmocka_unit_test(computed_ends_decide_not_quotients),
        cmocka_unit_test(the_widest_range_has_bins_too),
        cmocka_unit_test(cells_of_a_plane_hold_the_points_within_their_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
