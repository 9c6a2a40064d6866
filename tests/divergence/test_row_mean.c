#include "divergence/row_mean.h"

#include <math.h>

#include "base/random.h"
#include "support/assertions.h"

enum { COUNT = 50 };

static void fill(double *values) {
    struct random_stream stream;
    random_start(&stream, 4, "test", "values", 0);
    random_normals(&stream, COUNT, values);
}

/* s / sqrt(n) with divisor n - 1, and n times that of the sum. */
static void equal_weights_give_the_textbook_error(void **state) {
    struct row_mean mean = ROW_MEAN_EMPTY;
    double values[COUNT], sum = 0, squares = 0;
    (void)state;
    fill(values);
    for (int i = 0; i < COUNT; i++) {
        row_mean_add(&mean, values[i], 1);
        sum += values[i] / COUNT;
    }
    for (int i = 0; i < COUNT; i++)
        squares += (values[i] - sum) * (values[i] - sum);
    assert_close(row_mean_value(&mean, false), sum, 1e-14);
    assert_close(row_mean_error(&mean, false), sqrt(squares / (COUNT - 1) / COUNT), 1e-13);
    assert_close(row_mean_error(&mean, true), sqrt(squares / (COUNT - 1) * COUNT), 1e-13);
}

/* A common factor of the weights says nothing, nor does a value of weight 0, be it infinite. */
static void weights_count_by_their_ratios(void **state) {
    struct row_mean one = ROW_MEAN_EMPTY, other = ROW_MEAN_EMPTY;
    double values[COUNT];
    (void)state;
    fill(values);
    for (int i = 0; i < COUNT; i++) {
        row_mean_add(&one, values[i], 1 + i % 3);
        row_mean_add(&other, values[i], 0.25 * (1 + i % 3));
    }
    row_mean_add(&other, INFINITY, 0);
    assert_close(row_mean_error(&other, false), row_mean_error(&one, false), 1e-14);
    assert_close(row_mean_value(&other, false), row_mean_value(&one, false), 1e-14);
}

static void equal_values_have_no_error_and_one_value_has_none_to_tell(void **state) {
    struct row_mean mean = ROW_MEAN_EMPTY;
    (void)state;
    row_mean_add(&mean, 0.1, 1);
    assert_true(isnan(row_mean_error(&mean, false)));
    for (int i = 0; i < 9; i++)
        row_mean_add(&mean, 0.1, 1);
    assert_within(row_mean_error(&mean, false), 0, 1e-9); /* sqrt of what rounding leaves */
    row_mean_add(&mean, INFINITY, 1);
    assert_true(isinf(row_mean_value(&mean, false)));
    assert_true(isnan(row_mean_error(&mean, false)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_weights_give_the_textbook_error),
        cmocka_unit_test(weights_count_by_their_ratios),
        cmocka_unit_test(equal_values_have_no_error_and_one_value_has_none_to_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
