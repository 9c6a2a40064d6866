#include "num/running_sum.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

enum { COUNT = 10000 };

static double values[COUNT], weights[COUNT];

/* Values of both signs over sixty binades. */
static void fill(void) {
    struct random_stream stream;
    random_start(&stream, 1, "test_running_sum", "values", 0);
    for (size_t i = 0; i < COUNT; i++) {
        values[i] = random_normal(&stream) * exp2(60 * random_uniform(&stream) - 30);
        weights[i] = random_uniform(&stream);
    }
}

static double sum_of(size_t count, const double *x) {
    struct running_sum sum = RUNNING_SUM_EMPTY;
    running_sum_add(&sum, count, x);
    return running_sum_value(&sum);
}

static void what_cancels_comes_back_exactly(void **state) {
    (void)state;
    assert_true(sum_of(3, (double[]){1e16, 1, -1e16}) == 1);
    assert_true(sum_of(4, (double[]){1, 1e100, 1, -1e100}) == 2);
    assert_true(sum_of(3, (double[]){0x1p52, 0x1p-52, -0x1p52}) == 0x1p-52);
    assert_true(sum_of(0, NULL) == 0);
}

/* 0.1 is 0.1 + 5.55e-18; ten million of them, summed plainly, are off in the eighth digit after the point. */
static void many_equal_values_sum_to_their_product(void **state) {
    (void)state;
    struct running_sum sum = RUNNING_SUM_EMPTY;
    for (size_t i = 0; i < COUNT; i++)
        values[i] = 0.1;
    for (size_t block = 0; block < 1000; block++)
        running_sum_add(&sum, COUNT, values);
    assert_true(running_sum_value(&sum) == 0.1 * 1e7);
    assert_true(running_sum_mean(&sum) == 0.1);
    assert_true(sum.count == 10000000);
}

static void blocks_and_their_grouping_do_not_matter(void **state) {
    (void)state;
    fill();
    double whole = sum_of(COUNT, values);
    for (size_t block = 1; block < 3000; block += 1 + block / 3) {
        struct running_sum stream = RUNNING_SUM_EMPTY, merged = RUNNING_SUM_EMPTY,
                           backwards = RUNNING_SUM_EMPTY;
        size_t blocks = (COUNT + block - 1) / block;
        for (size_t i = 0; i < blocks; i++) {
            size_t start = i * block, from_end = (blocks - 1 - i) * block;
            struct running_sum part = RUNNING_SUM_EMPTY, last = RUNNING_SUM_EMPTY;
            running_sum_add(&part, COUNT - start < block ? COUNT - start : block, values + start);
            running_sum_add(&stream, COUNT - start < block ? COUNT - start : block, values + start);
            running_sum_merge(&merged, &part);
            running_sum_add(&last, COUNT - from_end < block ? COUNT - from_end : block, values + from_end);
            running_sum_merge(&backwards, &last);
        }
        assert_true(running_sum_value(&stream) == whole);
        assert_true(running_sum_value(&merged) == whole);
        assert_true(running_sum_value(&backwards) == whole);
        assert_true(merged.count == COUNT);
    }
}

/* In long double the sum of products carries 64 bits: 1e-19 of the largest, times the count. */
static void weighted_sums_agree_with_long_double(void **state) {
    (void)state;
    fill();
    long double exact = 0, size = 0;
    for (size_t i = 0; i < COUNT; i++) {
        exact += (long double)values[i] * weights[i];
        size += fabsl((long double)values[i] * weights[i]);
    }
    struct running_sum sum = RUNNING_SUM_EMPTY;
    running_sum_add_weighted(&sum, COUNT, values, weights);
    assert_within(running_sum_value(&sum), (double)exact, (double)size * 1e-18 + fabs((double)exact) * 2e-16);
    assert_true(sum.count == COUNT);
}

/* (1 + e)(1 - e) - 1 = -e^2 */
static void weighted_products_are_exact(void **state) {
    (void)state;
    struct running_sum sum = RUNNING_SUM_EMPTY;
    running_sum_add_weighted(&sum, 2, (double[]){1 + 0x1p-40, -1}, (double[]){1 - 0x1p-40, 1});
    assert_true(running_sum_value(&sum) == -0x1p-80);
    running_sum_add_weighted(&sum, 1, (double[]){1e307}, (double[]){10}); /* too large to split */
    assert_true(running_sum_value(&sum) == 1e308);
}

static void infinities_and_nan_stay_what_they_are(void **state) {
    (void)state;
    assert_true(sum_of(3, (double[]){1, INFINITY, -5}) == INFINITY);
    assert_true(sum_of(3, (double[]){-INFINITY, 1, 2}) == -INFINITY);
    assert_true(isnan(sum_of(2, (double[]){INFINITY, -INFINITY})));
    assert_true(isnan(sum_of(2, (double[]){NAN, 1})));
    assert_true(sum_of(2, (double[]){1.7e308, 1.7e308}) == INFINITY);
    struct running_sum one = RUNNING_SUM_EMPTY, other = RUNNING_SUM_EMPTY;
    running_sum_add(&one, 1, (double[]){INFINITY});
    running_sum_add(&other, 1, (double[]){3});
    running_sum_merge(&other, &one);
    assert_true(running_sum_value(&other) == INFINITY && other.count == 2);
    assert_true(isnan(running_sum_mean(&(struct running_sum)RUNNING_SUM_EMPTY)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cancels_comes_back_exactly),
        cmocka_unit_test(many_equal_values_sum_to_their_product),
        cmocka_unit_test(blocks_and_their_grouping_do_not_matter),
        cmocka_unit_test(weighted_sums_agree_with_long_double),
        cmocka_unit_test(weighted_products_are_exact),
        cmocka_unit_test(infinities_and_nan_stay_what_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
