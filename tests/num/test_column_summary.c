#include "num/column_summary.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "support/assertions.h"

/* Adds the values of one column in blocks. */
static struct column_summary *summarize(size_t rows, const double *values, size_t block, size_t columns,
                                        size_t threads) {
    struct error error = {0};
    struct column_summary *summary = column_summary_create(columns, threads, &error);
    assert_non_null(summary);
    for (size_t row = 0; row < rows; row += block) {
        size_t count = row + block < rows ? block : rows - row;
        assert_int_equal(column_summary_add(summary, count, values + row * columns, &error), 0);
    }
    return summary;
}

/* Two passes in long double over differences from the last value, which are exact or nearly so. */
static void two_passes(size_t rows, const double *values, double *mean, double *deviation) {
    long double sum = 0, squares = 0;
    long double last = values[rows - 1];
    for (size_t i = 0; i < rows; i++)
        sum += values[i] - last;
    long double centre = sum / rows;
    for (size_t i = 0; i < rows; i++)
        squares += (values[i] - last - centre) * (values[i] - last - centre);
    *mean = (double)(last + centre);
    *deviation = (double)sqrtl(squares / (rows - 1));
}

static void mean_and_deviation_keep_their_digits_far_from_zero(void **state) {
    (void)state;
    enum { ROWS = 5000 };
    static double values[ROWS];
    const double offsets[] = {0, 1, -1e6, 1e12, 1.7e15};
    for (size_t k = 0; k < sizeof offsets / sizeof *offsets; k++) {
        struct random_stream random;
        double mean, deviation;
        random_start(&random, 1, "test_column_summary", "offsets", k);
        random_normals(&random, ROWS, values);
        for (size_t i = 0; i < ROWS; i++)
            values[i] += offsets[k];
        struct column_summary *summary = summarize(ROWS, values, 1000, 1, 1);
        two_passes(ROWS, values, &mean, &deviation);
        assert_within(column_summary_mean(summary, 0), mean, 2.3e-16 * fabs(offsets[k]) + 1e-17);
        assert_close(column_summary_deviation(summary, 0), deviation, 5e-16); /* two ulp */
        column_summary_free(summary);
    }
}

/* The origin that sums are taken from is the first value, here 1e12 deviations off. */
static void an_odd_first_value_does_no_harm(void **state) {
    (void)state;
    enum { ROWS = 1000 };
    static double values[ROWS];
    double mean, deviation;
    struct random_stream random;
    random_start(&random, 1, "test_column_summary", "odd", 0);
    random_normals(&random, ROWS, values);
    values[0] = -1e12;
    struct column_summary *summary = summarize(ROWS, values, 7, 1, 1);
    two_passes(ROWS, values, &mean, &deviation);
    assert_close(column_summary_mean(summary, 0), mean, 1e-15);
    assert_close(column_summary_deviation(summary, 0), deviation, 1e-15);
    column_summary_free(summary);
}

static void blocks_and_threads_do_not_change_a_bit(void **state) {
    (void)state;
    enum { ROWS = 1003, COLUMNS = 5 };
    static double values[ROWS * COLUMNS];
    struct random_stream random;
    random_start(&random, 1, "test_column_summary", "blocks", 0);
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        values[i] = random_exponential(&random) * 1e3 + 1e5;
    struct column_summary *whole = summarize(ROWS, values, ROWS, COLUMNS, 1);
    const size_t blocks[] = {1, 2, 64, 1000};
    for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++) {
        struct column_summary *parts = summarize(ROWS, values, blocks[k], COLUMNS, 1 + k);
        for (size_t i = 0; i < COLUMNS; i++) {
            assert_ulps(column_summary_mean(parts, i), column_summary_mean(whole, i), 0);
            assert_ulps(column_summary_deviation(parts, i), column_summary_deviation(whole, i), 0);
        }
        column_summary_free(parts);
    }
    column_summary_free(whole);
}

static void missing_values_are_counted_and_left_out(void **state) {
    (void)state;
    const double values[] = {NAN, NAN, 3, NAN, 1, NAN, NAN, NAN};
    struct column_summary *summary = summarize(4, values, 3, 2, 2);
    assert_int_equal(column_summary_count(summary, 0), 2);
    assert_int_equal(column_summary_missing(summary, 0), 2);
    assert_true(column_summary_mean(summary, 0) == 2);
    assert_ulps(column_summary_deviation(summary, 0), sqrt(2), 1);
    assert_true(column_summary_minimum(summary, 0) == 1 && column_summary_maximum(summary, 0) == 3);
    assert_int_equal(column_summary_missing(summary, 1), 4);
    assert_true(isnan(column_summary_mean(summary, 1)) && isnan(column_summary_deviation(summary, 1)));
    assert_true(isnan(column_summary_minimum(summary, 1)) && isnan(column_summary_maximum(summary, 1)));
    column_summary_free(summary);
}

static void equal_values_deviate_by_exactly_zero(void **state) {
    (void)state;
    double values[999];
    for (size_t i = 0; i < 999; i++)
        values[i] = 0.1;
    struct column_summary *summary = summarize(999, values, 10, 1, 1);
    assert_true(column_summary_mean(summary, 0) == 0.1);
    assert_true(column_summary_deviation(summary, 0) == 0);
    column_summary_free(summary);
}

static void one_value_has_no_deviation(void **state) {
    (void)state;
    struct column_summary *summary = summarize(1, (double[]){7}, 1, 1, 1);
    assert_true(column_summary_mean(summary, 0) == 7);
    assert_true(isnan(column_summary_deviation(summary, 0)));
    column_summary_free(summary);
}

/* As mean(c(1, Inf)), sd(c(1, Inf)) and mean(c(Inf, -Inf)) are in R. */
static void infinite_values_make_the_mean_infinite(void **state) {
    (void)state;
    struct column_summary *one = summarize(3, (double[]){INFINITY, 1, 2}, 1, 1, 1);
    struct column_summary *both = summarize(3, (double[]){1, INFINITY, -INFINITY}, 3, 1, 1);
    struct column_summary *only = summarize(2, (double[]){-INFINITY, -INFINITY}, 2, 1, 1);
    assert_true(column_summary_mean(one, 0) == INFINITY && isnan(column_summary_deviation(one, 0)));
    assert_true(isnan(column_summary_mean(both, 0)) && isnan(column_summary_deviation(both, 0)));
    assert_true(column_summary_mean(only, 0) == -INFINITY && isnan(column_summary_deviation(only, 0)));
    column_summary_free(one);
    column_summary_free(both);
    column_summary_free(only);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_and_deviation_keep_their_digits_far_from_zero),
        cmocka_unit_test(an_odd_first_value_does_no_harm),
        cmocka_unit_test(blocks_and_threads_do_not_change_a_bit),
        cmocka_unit_test(missing_values_are_counted_and_left_out),
        cmocka_unit_test(equal_values_deviate_by_exactly_zero),
        cmocka_unit_test(one_value_has_no_deviation),
        cmocka_unit_test(infinite_values_make_the_mean_infinite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
