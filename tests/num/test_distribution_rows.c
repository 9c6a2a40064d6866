#include "num/distribution_rows.h"

#include <math.h>

#include "support/assertions.h"

static const struct distribution_options plain = {.temperature = 1},
                                         normalize = {.normalize = true, .temperature = 1},
                                         log_probs = {.log_probs = true, .temperature = 1};

/* Prepares one row of three; the result, or the text of the fault. */
static const char *prepare(const struct distribution_options *options, const double *row, double *result) {
    static struct distribution_fault fault;
    const double *prepared;
    double room[3];
    if (!distribution_rows_prepare(options, 1, 3, row, room, &prepared, &fault))
        return fault.text;
    for (size_t i = 0; i < 3; i++)
        result[i] = prepared[i];
    return NULL;
}

static void sound_rows_pass_without_a_copy(void **state) {
    (void)state;
    const double rows[] = {0.1, 0.2, 0.7, 0, 0, 1};
    double room[6];
    const double *prepared;
    struct distribution_fault fault;
    assert_true(distribution_rows_prepare(&plain, 2, 3, rows, room, &prepared, &fault));
    assert_ptr_equal(prepared, rows);
    assert_false(distribution_rows_in_logarithms(&plain));
}

static void faults_are_described_at_their_place(void **state) {
    (void)state;
    const double rows[] = {0.1, 0.2, 0.7, 0.5, -1, 1.5, 0.5, 0.4, 0.03};
    double room[9];
    const double *prepared;
    struct distribution_fault fault;
    assert_false(distribution_rows_prepare(&plain, 3, 3, rows, room, &prepared, &fault));
    assert_int_equal(fault.row, 1);
    assert_int_equal(fault.column, 1);
    assert_string_equal(fault.text, "expected a probability, got '-1'");
    assert_false(distribution_rows_prepare(&plain, 1, 3, rows + 6, room, &prepared, &fault));
    assert_int_equal(fault.row, 0);
    assert_true(fault.column == (size_t)-1);
    assert_string_equal(fault.text, "row sums to 0.93, not 1 (--normalize rescales)");
}

static void a_sum_off_by_a_millionth_is_the_limit(void **state) {
    (void)state;
    double result[3];
    assert_null(prepare(&plain, (double[]){0.5, 0.25, 0.2500009}, result));
    assert_string_equal(prepare(&plain, (double[]){0.5, 0.25, 0.2500011}, result),
                        "row sums to 1.0000011, not 1 (--normalize rescales)");
}

static void rescaling_and_what_it_cannot_rescale(void **state) {
    (void)state;
    double result[3];
    assert_null(prepare(&normalize, (double[]){1, 1, 2}, result));
    assert_true(result[0] == 0.25 && result[1] == 0.25 && result[2] == 0.5);
    assert_string_equal(prepare(&normalize, (double[]){0, 0, 0}, result), "row sums to 0");
    assert_string_equal(prepare(&normalize, (double[]){1, -2, 3}, result),
                        "expected a probability, got '-2'");
}

/* log softmax (0, log 2, log 5) = (0, log 2, log 5) - log 8; with temperature 1/2 of (0, log 4, log 25) -
 * log 30. */
static void logits_become_logarithms(void **state) {
    (void)state;
    struct distribution_options logits = {.logits = true, .temperature = 1};
    double result[3];
    const double row[] = {0, log(2), log(5)};
    assert_true(distribution_rows_in_logarithms(&logits));
    assert_null(prepare(&logits, row, result));
    for (size_t i = 0; i < 3; i++)
        assert_within(result[i], row[i] - log(8), 1e-15);
    logits.temperature = 0.5;
    assert_null(prepare(&logits, row, result));
    for (size_t i = 0; i < 3; i++)
        assert_within(result[i], 2 * row[i] - log(30), 1e-15);
    assert_null(prepare(&logits, (double[]){-INFINITY, 0, -INFINITY}, result));
    assert_true(result[0] == -INFINITY && result[1] == 0);
    assert_string_equal(prepare(&logits, (double[]){-INFINITY, -INFINITY, -INFINITY}, result),
                        "all logits are -inf");
    assert_string_equal(prepare(&logits, (double[]){0, INFINITY, 0}, result),
                        "expected a finite logit, got 'inf'");
}

static void logarithms_are_checked_as_such(void **state) {
    (void)state;
    double result[3];
    assert_null(prepare(&log_probs, (double[]){log(0.5), log(0.5), -INFINITY}, result));
    assert_string_equal(prepare(&log_probs, (double[]){log(0.5), log(0.25), -INFINITY}, result),
                        "row sums to 0.75, not 1 (--logits rescales)");
    assert_string_equal(prepare(&log_probs, (double[]){0.5, 0, 0}, result),
                        "expected the logarithm of a probability, got '0.5'");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_rows_pass_without_a_copy),
        cmocka_unit_test(faults_are_described_at_their_place),
        cmocka_unit_test(a_sum_off_by_a_millionth_is_the_limit),
        cmocka_unit_test(rescaling_and_what_it_cannot_rescale),
        cmocka_unit_test(logits_become_logarithms),
        cmocka_unit_test(logarithms_are_checked_as_such),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
