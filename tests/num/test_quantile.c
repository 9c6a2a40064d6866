#include "num/quantile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

static int compare(const void *first, const void *second) {
    double a = *(const double *)first, b = *(const double *)second;
    return (a > b) - (a < b);
}

/* By sorting. */
static double sorted_quantile(size_t count, const double *values, double p) {
    double *sorted = malloc(count * sizeof *sorted);
    assert_non_null(sorted);
    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare);
    double h = (double)(count - 1) * p, weight = h - floor(h), result = sorted[(size_t)h];
    if (weight > 0)
        result = (1 - weight) * result + weight * sorted[(size_t)h + 1];
    free(sorted);
    return result;
}

static void check(size_t count, double *values) {
    for (int k = 0; k <= 20; k++) {
        double p = k / 20.0, expected = sorted_quantile(count, values, p);
        assert_true(quantile_select(count, values, p) == expected);
    }
}

static void check_search(size_t count, const double *values) {
    struct error error;
    double p[21], found[21], *before = malloc(count * sizeof *before);
    assert_non_null(before);
    memcpy(before, values, count * sizeof *before);
    for (int k = 0; k <= 20; k++)
        p[k] = k / 20.0;
    assert_int_equal(quantile_search(count, values, 21, p, found, &error), 0);
    for (int k = 0; k <= 20; k++)
        assert_true(found[k] == sorted_quantile(count, values, p[k]));
    assert_same_bits(values, before, count);
    free(before);
}

/* Values as they come, sorted, in waves that a sample of every so many misses, few different ones, one or
 * many far away. */
static void search_equals_sorting_and_moves_nothing(void **state) {
    (void)state;
    enum { N = 40000 };
    double *values = malloc(N * sizeof *values);
    assert_non_null(values);
    const size_t counts[] = {1, 2, 601, 16383, 16384, N};
    struct random_stream random;
    random_start(&random, 2, "test_quantile", "search", 0);
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++)
        for (int shape = 0; shape < 6; shape++) {
            size_t stride = counts[k] / 4096;
            for (size_t i = 0; i < counts[k]; i++) {
                double x = random_normal(&random);
                values[i] = shape == 0   ? x
                            : shape == 1 ? (double)i
                            : shape == 2 ? (stride > 0 && i % stride == 0 ? 1000 + x : x)
                            : shape == 3 ? floor(2 * x)
                            : shape == 4 ? (i == 7 ? 1e300 : x)
                                         : pow(10, 100 * x);
            }
            check_search(counts[k], values);
        }
    free(values);
}

static void infinite_values_are_searched(void **state) {
    (void)state;
    enum { N = 20000 };
    double *values = malloc(N * sizeof *values), found[3];
    struct error error;
    assert_non_null(values);
    for (size_t i = 0; i < N; i++)
        values[i] = i % 3 == 0 ? -INFINITY : i % 3 == 1 ? INFINITY : 5;
    assert_int_equal(quantile_search(N, values, 3, (double[]){0.1, 0.5, 0.9}, found, &error), 0);
    assert_true(found[0] == -INFINITY && found[1] == 5 && found[2] == INFINITY);
    assert_int_equal(quantile_search(0, values, 1, (double[]){0.5}, found, &error), 0);
    assert_true(isnan(found[0]));
    free(values);
}

static void selection_equals_sorting(void **state) {
    (void)state;
    static double values[20000];
    const size_t counts[] = {1, 2, 3, 5, 100, 601, 602, 5000, 20000};
    struct random_stream random;
    random_start(&random, 1, "test_quantile", "selection", 0);
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++)
        for (uint64_t distinct = 1; distinct <= 1000000; distinct *= 100) {
            for (size_t i = 0; i < counts[k]; i++)
                values[i] = (double)random_below(&random, distinct);
            check(counts[k], values);
        }
}

static void sorted_values_are_no_worse(void **state) {
    (void)state;
    static double values[5000];
    for (int shape = 0; shape < 3; shape++) {
        for (size_t i = 0; i < 5000; i++)
            values[i] = shape == 0 ? (double)i : shape == 1 ? -(double)i : fabs((double)i - 2500);
        check(5000, values);
    }
}

/* quantile(c(1, 2, 4, 8), c(.25, .5, .75, .1)) in R 4.2. */
static void quantiles_are_those_of_r(void **state) {
    (void)state;
    double values[] = {8, 1, 4, 2};
    assert_true(quantile_select(4, values, 0.25) == 1.75);
    assert_true(quantile_select(4, values, 0.5) == 3);
    assert_true(quantile_select(4, values, 0.75) == 5);
    assert_ulps(quantile_select(4, values, 0.1), 1.3, 1);
}

static void infinite_values_stay(void **state) {
    (void)state;
    double values[] = {INFINITY, 1, -INFINITY, INFINITY};
    assert_true(quantile_select(4, values, 0) == -INFINITY);
    assert_true(quantile_select(4, values, 0.2) == -INFINITY);
    assert_true(quantile_select(4, values, 0.5) == INFINITY);
    assert_true(quantile_select(4, values, 0.9) == INFINITY);
}

static void nothing_has_no_quantile(void **state) {
    (void)state;
    assert_true(isnan(quantile_select(0, NULL, 0.5)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(search_equals_sorting_and_moves_nothing),
        cmocka_unit_test(infinite_values_are_searched),
        cmocka_unit_test(selection_equals_sorting),
        cmocka_unit_test(sorted_values_are_no_worse),
        cmocka_unit_test(quantiles_are_those_of_r),
        cmocka_unit_test(infinite_values_stay),
        cmocka_unit_test(nothing_has_no_quantile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
