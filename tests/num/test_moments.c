#include "num/moments.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

/* Correlated normals about an offset: each column holds the one before it, halved. */
static double *random_rows(size_t rows, size_t columns, double offset) {
    struct random_stream stream;
    double *values = malloc(rows * columns * sizeof *values);
    assert_non_null(values);
    random_start(&stream, 1, "test_moments", "rows", columns);
    random_normals(&stream, rows * columns, values);
    for (size_t row = 0; row < rows; row++)
        for (size_t j = 0; j < columns; j++) {
            double before = j > 0 ? (values[row * columns + j - 1] - offset) / 2 : 0;
            values[row * columns + j] += before + offset;
        }
    return values;
}

/* Adds the rows in blocks of the given size and ends. */
static void estimate(size_t rows, size_t d, const double *values, size_t block, size_t threads, double *mean,
                     double *covariance) {
    struct error error = {0};
    struct moments *moments = moments_create(d, threads, &error);
    assert_non_null(moments);
    for (size_t row = 0; row < rows; row += block)
        moments_add(moments, row + block < rows ? block : rows - row, values + row * d);
    assert_int_equal(moments_count(moments), rows);
    moments_finish(moments, 1, mean, covariance);
    moments_free(moments);
}

/* Two passes in long double. */
static void estimate_slowly(size_t rows, size_t d, const double *values, double *mean, double *covariance) {
    long double *mean_long = calloc(d, sizeof *mean_long), *sums = calloc(d * d, sizeof *sums);
    for (size_t i = 0; i < rows * d; i++)
        mean_long[i % d] += values[i] / (long double)rows;
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < d; i++)
            for (size_t j = 0; j < d; j++)
                sums[i * d + j] +=
                    (values[row * d + i] - mean_long[i]) * (values[row * d + j] - mean_long[j]);
    for (size_t i = 0; i < d; i++) {
        mean[i] = (double)mean_long[i];
        for (size_t j = 0; j < d; j++)
            covariance[i * d + j] = (double)(sums[i * d + j] / (rows - 1));
    }
    free(mean_long);
    free(sums);
}

static void check_against_two_passes(size_t rows, size_t d, double offset) {
    double *values = random_rows(rows, d, offset);
    double *mean = malloc(4 * d * (d + 1) * sizeof *mean), *covariance = mean + d;
    double *mean_exact = covariance + d * d, *covariance_exact = mean_exact + d;
    estimate(rows, d, values, 100, 2, mean, covariance);
    estimate_slowly(rows, d, values, mean_exact, covariance_exact);
    for (size_t i = 0; i < d; i++) {
        assert_within(mean[i], mean_exact[i], 1e-14 + fabs(offset) * DBL_EPSILON);
        for (size_t j = 0; j < d; j++) /* variances of 1 to 4/3 */
            assert_within(covariance[i * d + j], covariance_exact[i * d + j], 2e-14);
    }
    free(values);
    free(mean);
}

static void they_agree_with_two_passes_in_long_double(void **state) {
    (void)state;
    check_against_two_passes(2, 1, 0);
    check_against_two_passes(511, 3, 0);
    check_against_two_passes(20000, 3, 0);
    check_against_two_passes(3000, 64, 0);
    check_against_two_passes(1300, 130, 0); /* by the library, in panels */
}

static void an_offset_of_a_million_costs_no_digits(void **state) {
    (void)state;
    check_against_two_passes(20000, 3, 1e6);
    check_against_two_passes(1300, 70, 1e6);
}

static void blocks_and_threads_do_not_matter(void **state) {
    (void)state;
    static const size_t widths[] = {3, 100};
    for (size_t w = 0; w < 2; w++) {
        size_t rows = 9000, d = widths[w];
        double *values = random_rows(rows, d, 5);
        double *first = malloc(2 * d * (d + 1) * sizeof *first), *second = first + d * (d + 1);
        estimate(rows, d, values, rows, 1, first, first + d);
        for (size_t block = 1; block < rows; block = block * 7 + 1) {
            estimate(rows, d, values, block, 3, second, second + d);
            assert_same_bits(second, first, d * (d + 1));
        }
        free(values);
        free(first);
    }
}

static void too_few_rows_give_nan(void **state) {
    (void)state;
    double mean, variance;
    estimate(1, 1, (double[]){3}, 1, 1, &mean, &variance);
    assert_ulps(mean, 3, 0);
    assert_true(isnan(variance));
}

static void maximum_likelihood_divides_by_the_count(void **state) {
    (void)state;
    struct error error = {0};
    double mean, variance;
    struct moments *moments = moments_create(1, 1, &error);
    assert_non_null(moments);
    moments_add(moments, 4, (double[]){1, 2, 3, 6});
    moments_finish(moments, 0, &mean, &variance);
    assert_ulps(mean, 3, 0);
    assert_ulps(variance, 3.5, 0); /* (4 + 1 + 0 + 9) / 4 */
    moments_free(moments);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_agree_with_two_passes_in_long_double),
        cmocka_unit_test(an_offset_of_a_million_costs_no_digits),
        cmocka_unit_test(blocks_and_threads_do_not_matter),
        cmocka_unit_test(too_few_rows_give_nan),
        cmocka_unit_test(maximum_likelihood_divides_by_the_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
