#include "divergence/subsampling.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "divergence/neighbour_divergence.h"
#include "support/assertions.h"

enum { N = 1000, M = 600 };

struct samples {
    double x[N], y[M];
};

static void draw(struct samples *samples, uint64_t block) {
    struct random_stream stream;
    random_start(&stream, 1, "test", "samples", block);
    random_normals(&stream, N, samples->x);
    random_normals(&stream, M, samples->y);
}

static double mean(const double *values, const size_t *rows, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[rows == NULL ? i : rows[i]];
    return sum / (double)count;
}

static int difference_of_means(void *context, const struct subsample *subsample, double *value,
                               struct error *error) {
    const struct samples *samples = context;
    (void)error;
    *value = mean(samples->x, subsample->x, subsample->x_count) -
             mean(samples->y, subsample->y, subsample->y_count);
    return 0;
}

static double variance(const double *values, size_t count) {
    double centre = mean(values, NULL, count), sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (values[i] - centre) * (values[i] - centre);
    return sum / ((double)count - 1);
}

static struct subsampling plan_for(struct samples *samples) {
    return (struct subsampling){difference_of_means, samples, N, M, 1, "test", 2};
}

/* sqrt(s_x^2 / n + s_y^2 / m) is the textbook's standard error; B = 4000 leaves 1.1 % of noise in an estimate
 * of it. Both variances are near 1, as the common factor s supposes. */
static void subsampling_finds_the_standard_error_of_a_difference_of_means(void **state) {
    (void)state;
    static struct samples samples;
    struct subsampling_result result;
    struct error error;
    draw(&samples, 0);
    struct subsampling plan = plan_for(&samples);
    double value = mean(samples.x, NULL, N) - mean(samples.y, NULL, M);
    double expected = sqrt(variance(samples.x, N) / N + variance(samples.y, M) / M);
    assert_int_equal(subsampling_bootstrap(&plan, value, 4000, &result, &error), 0);
    assert_close(result.standard_error, expected, 0.04);
    assert_close(value - result.lower, 1.96 * expected, 0.1);
    assert_close(result.upper - value, 1.96 * expected, 0.1);
}

static void the_jackknife_of_a_difference_of_means_is_right_on_average(void **state) {
    (void)state;
    enum { ROUNDS = 200 };
    static struct samples samples;
    double sum = 0;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        struct subsampling_result result;
        struct error error;
        draw(&samples, round);
        struct subsampling plan = plan_for(&samples);
        assert_int_equal(subsampling_jackknife(&plan, 0, &result, &error), 0);
        sum += result.standard_error * result.standard_error;
        assert_close(result.upper, 2.0859634472658364 * result.standard_error, 1e-14);
        assert_close(result.lower, -result.upper, 1e-14);
    }
    /* chi-square with 20 x 200 degrees of freedom: deviation 2.2 % */
    assert_close(sum / ROUNDS, 1.0 / N + 1.0 / M, 4 * 0.022);
}

static void intervals_cover_the_true_difference_19_times_in_20(void **state) {
    (void)state;
    enum { ROUNDS = 400 };
    static struct samples samples;
    double jackknife = 0, bootstrap = 0;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        struct subsampling_result result;
        struct error error;
        draw(&samples, 1000 + round);
        struct subsampling plan = plan_for(&samples);
        double value = mean(samples.x, NULL, N) - mean(samples.y, NULL, M);
        assert_int_equal(subsampling_jackknife(&plan, value, &result, &error), 0);
        jackknife += result.lower <= 0 && 0 <= result.upper;
        assert_int_equal(subsampling_bootstrap(&plan, value, 200, &result, &error), 0);
        bootstrap += result.lower <= 0 && 0 <= result.upper;
    }
    /* 4 deviations of a binomial share, and 0.015 for quantiles from 200 replicates */
    assert_within(jackknife / ROUNDS, 0.95, 4 * sqrt(0.95 * 0.05 / ROUNDS));
    assert_within(bootstrap / ROUNDS, 0.95, 4 * sqrt(0.95 * 0.05 / ROUNDS) + 0.015);
}

struct inspection {
    size_t x_count, y_count;
    double seen[N];
};

static int inspect(void *context, const struct subsample *subsample, double *value, struct error *error) {
    struct inspection *inspection = context;
    bool present[N] = {false};
    (void)error;
    inspection->x_count = subsample->x_count;
    inspection->y_count = subsample->y_count;
    for (size_t i = 0; i < subsample->x_count; i++) {
        assert_true(subsample->x[i] < N && !present[subsample->x[i]]);
        present[subsample->x[i]] = true;
        inspection->seen[subsample->x[i]]++;
    }
    *value = 0;
    return 0;
}

static void no_row_is_drawn_twice_and_all_are_equally_likely(void **state) {
    (void)state;
    enum { REPLICATES = 2000 };
    static struct inspection inspection;
    struct subsampling plan = {inspect, &inspection, N, M, 1, "test", 1};
    struct subsampling_result result;
    struct error error;
    memset(&inspection, 0, sizeof inspection);
    assert_int_equal(subsampling_bootstrap(&plan, 0, REPLICATES, &result, &error), 0);
    assert_int_equal(inspection.x_count, 126); /* 1000^0.7 = 125.9, 600^0.7 = 88.03 */
    assert_int_equal(inspection.y_count, 89);
    double share = 126.0 / N, deviation = sqrt(REPLICATES * share * (1 - share));
    for (size_t i = 0; i < N; i++)
        assert_within(inspection.seen[i], REPLICATES * share, 5 * deviation);
}

static void each_row_is_in_one_half_of_every_cut(void **state) {
    (void)state;
    static struct inspection inspection;
    struct subsampling plan = {inspect, &inspection, N - 1, M, 1, "test", 1};
    struct subsampling_result result;
    struct error error;
    memset(&inspection, 0, sizeof inspection);
    assert_int_equal(subsampling_jackknife(&plan, 0, &result, &error), 0);
    assert_int_equal(inspection.x_count, N / 2); /* the second half of 999 */
    assert_int_equal(inspection.y_count, M / 2);
    for (size_t i = 0; i < N - 1; i++)
        assert_true(inspection.seen[i] == 20);
}

static int fail_from_seven(void *context, const struct subsample *subsample, double *value,
                           struct error *error) {
    (void)context;
    *value = 0;
    return subsample->x[0] % 7 == 3 ? error_set(error, "the first row is %zu", subsample->x[0]) : 0;
}

static void the_first_failure_is_reported_on_any_number_of_threads(void **state) {
    (void)state;
    char first[sizeof((struct error *)0)->text];
    for (size_t threads = 1; threads <= 4; threads++) {
        struct subsampling plan = {fail_from_seven, NULL, N, M, 1, "test", threads};
        struct subsampling_result result;
        struct error error;
        assert_int_equal(subsampling_bootstrap(&plan, 0, 300, &result, &error), -1);
        if (threads == 1)
            memcpy(first, error.text, sizeof first);
        assert_string_equal(error.text, first);
    }
}

static void small_samples_are_refused(void **state) {
    (void)state;
    struct samples samples = {.x = {1}};
    struct subsampling plan = {difference_of_means, &samples, 19, 20, 1, "test", 1};
    struct subsampling_result result;
    struct error error;
    assert_int_equal(subsampling_jackknife(&plan, 0, &result, &error), -1);
    assert_string_equal(error.text, "the jackknife needs at least 20 points in each sample");
    plan.x_count = 1;
    assert_int_equal(subsampling_bootstrap(&plan, 0, 10, &result, &error), -1);
    assert_string_equal(error.text, "subsampling: 1 and 20 points are too few");
}

static void subsamples_too_small_for_the_estimator_are_named(void **state) {
    (void)state;
    static struct samples samples;
    struct neighbour_divergence problem = {NEIGHBOUR_DIVERGENCE_RATIO, 100, 1, samples.x, samples.y, N, M, 1};
    struct subsampling plan = {neighbour_divergence_subsample, &problem, N, M, 1, "test", 2};
    struct subsampling_result result;
    struct error error;
    assert_int_equal(subsampling_bootstrap(&plan, 0, 10, &result, &error), -1);
    assert_string_equal(error.text,
                        "126 and 89 of the points: Y has 89 rows: 100 neighbours need 100 or more");
}

static void any_number_of_threads_gives_the_same_result(void **state) {
    (void)state;
    static struct samples samples;
    struct subsampling_result results[3][2];
    struct error error;
    draw(&samples, 0);
    struct neighbour_divergence problem = {NEIGHBOUR_DIVERGENCE_RATIO, 3, 1, samples.x, samples.y, N, M, 1};
    for (size_t threads = 1; threads <= 3; threads++) {
        struct subsampling plan = {neighbour_divergence_subsample, &problem, N, M, 1, "test", threads};
        assert_int_equal(subsampling_bootstrap(&plan, 0.1, 50, &results[threads - 1][0], &error), 0);
        assert_int_equal(subsampling_jackknife(&plan, 0.1, &results[threads - 1][1], &error), 0);
    }
    assert_memory_equal(results[0], results[1], sizeof results[0]);
    assert_memory_equal(results[0], results[2], sizeof results[0]);
}

/* Against the deviation of the estimate over 200 fresh pairs of samples, itself known to 5 %. Jackknifed
 * neighbour statistics err on the safe side (Efron and Stein 1981); a factor of two would be an error. */
static void neighbour_estimates_get_standard_errors_of_the_right_size(void **state) {
    (void)state;
    enum { ROUNDS = 200 };
    static struct samples samples;
    double sum = 0, squares = 0, jackknife = 0, bootstrap = 0;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        struct neighbour_divergence problem = {
            NEIGHBOUR_DIVERGENCE_RATIO, 5, 1, samples.x, samples.y, N, M, 1};
        struct subsampling plan = {neighbour_divergence_subsample, &problem, N, M, 1, "test", 2};
        struct subsampling_result result;
        struct error error;
        double value;
        draw(&samples, 5000 + round);
        assert_int_equal(neighbour_divergence_estimate(&problem, NULL, NULL, &value, &error), 0);
        sum += value;
        squares += value * value;
        if (round % 10 > 0)
            continue;
        assert_int_equal(subsampling_jackknife(&plan, value, &result, &error), 0);
        jackknife += result.standard_error / (ROUNDS / 10);
        assert_int_equal(subsampling_bootstrap(&plan, value, 100, &result, &error), 0);
        bootstrap += result.standard_error / (ROUNDS / 10);
    }
    double deviation = sqrt((squares - sum * sum / ROUNDS) / (ROUNDS - 1));
    assert_close(jackknife, deviation, 0.25);
    assert_close(bootstrap, deviation, 0.25);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subsampling_finds_the_standard_error_of_a_difference_of_means),
        cmocka_unit_test(the_jackknife_of_a_difference_of_means_is_right_on_average),
        cmocka_unit_test(intervals_cover_the_true_difference_19_times_in_20),
        cmocka_unit_test(no_row_is_drawn_twice_and_all_are_equally_likely),
        cmocka_unit_test(each_row_is_in_one_half_of_every_cut),
        cmocka_unit_test(the_first_failure_is_reported_on_any_number_of_threads),
        cmocka_unit_test(small_samples_are_refused),
        cmocka_unit_test(subsamples_too_small_for_the_estimator_are_named),
        cmocka_unit_test(any_number_of_threads_gives_the_same_result),
        cmocka_unit_test(neighbour_estimates_get_standard_errors_of_the_right_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
