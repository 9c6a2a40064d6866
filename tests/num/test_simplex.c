#include "num/simplex.h"

#include <math.h>

#include "support/assertions.h"

enum { ROWS = 5, COLUMNS_MAX = 40 };

typedef bool check(size_t rows, size_t columns, const double *x, struct simplex_fault *fault);

static double block[ROWS * COLUMNS_MAX];

static void fill(size_t columns, double value) {
    for (size_t i = 0; i < ROWS * columns; i++)
        block[i] = value;
}

/* Puts value at each place in turn; the check must find it there. */
static void assert_found_anywhere(check *function, double sound, double value, enum simplex_fault_kind kind) {
    for (size_t columns = 1; columns <= COLUMNS_MAX; columns++) {
        double even = sound == 1 ? 1 / (double)columns : -log((double)columns);
        for (size_t place = 0; place < ROWS * columns; place++) {
            struct simplex_fault fault;
            fill(columns, even);
            block[place] = value;
            assert_false(function(ROWS, columns, block, &fault));
            assert_int_equal(fault.kind, kind);
            assert_int_equal(fault.row, place / columns);
            assert_int_equal(fault.column, place % columns);
            assert_true(fault.value == value || (isnan(value) && isnan(fault.value)));
        }
    }
}

static void a_bad_entry_is_found_wherever_it_stands(void **state) {
    (void)state;
    assert_found_anywhere(simplex_check, 1, -1e-300, SIMPLEX_NEGATIVE);
    assert_found_anywhere(simplex_check, 1, NAN, SIMPLEX_NOT_FINITE);
    assert_found_anywhere(simplex_check, 1, INFINITY, SIMPLEX_NOT_FINITE);
    assert_found_anywhere(simplex_check, 1, -INFINITY, SIMPLEX_NOT_FINITE);
    assert_found_anywhere(simplex_check_logarithms, 0, NAN, SIMPLEX_NOT_FINITE);
    assert_found_anywhere(simplex_check_logarithms, 0, INFINITY, SIMPLEX_NOT_FINITE);
    assert_found_anywhere(simplex_check_logarithms, 0, 0.5, SIMPLEX_POSITIVE);
    assert_found_anywhere(simplex_check_logits, 0, NAN, SIMPLEX_NOT_FINITE);
    assert_found_anywhere(simplex_check_logits, 0, INFINITY, SIMPLEX_NOT_FINITE);
}

static void rows_on_the_simplex_are_sound(void **state) {
    (void)state;
    struct simplex_fault fault;
    for (size_t columns = 1; columns <= COLUMNS_MAX; columns++) {
        fill(columns, 1 / (double)columns);
        assert_true(simplex_check(ROWS, columns, block, &fault));
        fill(columns, -log((double)columns));
        assert_true(simplex_check_logarithms(ROWS, columns, block, &fault));
        assert_true(simplex_check_logits(ROWS, columns, block, &fault));
    }
    assert_true(simplex_check(1, 3, (double[]){1, -0.0, 0x1p-1074}, &fault));
    assert_true(simplex_check_logarithms(1, 2, (double[]){0, -INFINITY}, &fault));
    assert_true(simplex_check_logits(1, 2, (double[]){1e308, -INFINITY}, &fault));
}

static void a_sum_off_by_more_than_a_millionth_is_refused(void **state) {
    (void)state;
    struct simplex_fault fault;
    assert_true(simplex_check(2, 2, (double[]){0.5, 0.5 + 0.9e-6, 0.5, 0.5 - 0.9e-6}, &fault));
    assert_false(simplex_check(2, 2, (double[]){0.5, 0.5, 0.5, 0.5 + 1.1e-6}, &fault));
    assert_int_equal(fault.kind, SIMPLEX_SUM);
    assert_int_equal(fault.row, 1);
    assert_close(fault.value, 1 + 1.1e-6, 1e-15);
    assert_false(simplex_check_logarithms(1, 2, (double[]){-1, -1}, &fault));
    assert_int_equal(fault.kind, SIMPLEX_SUM);
    assert_close(fault.value, 2 * exp(-1), 1e-15);
    assert_false(simplex_check_logits(1, 2, (double[]){-INFINITY, -INFINITY}, &fault));
    assert_int_equal(fault.kind, SIMPLEX_SUM);
}

static void the_first_bad_row_is_told(void **state) {
    (void)state;
    struct simplex_fault fault;
    assert_false(simplex_check(3, 2, (double[]){0.5, 0.5, 0.3, 0.3, -1, 2}, &fault));
    assert_int_equal(fault.row, 1);
    assert_false(simplex_check(1, 3, (double[]){2, -1, NAN}, &fault));
    assert_int_equal(fault.kind, SIMPLEX_NEGATIVE);
    assert_int_equal(fault.column, 1);
}

static void normalized_rows_sum_to_1(void **state) {
    (void)state;
    struct simplex_fault fault;
    for (size_t columns = 1; columns <= COLUMNS_MAX; columns++) {
        for (size_t i = 0; i < ROWS * columns; i++)
            block[i] = (double)(i * i % 17) + 1e-3;
        assert_true(simplex_normalize(ROWS, columns, block, block, &fault));
        for (size_t row = 0; row < ROWS; row++) {
            double sum = 0;
            for (size_t i = 0; i < columns; i++)
                sum += block[row * columns + i];
            assert_close(sum, 1, 1e-14);
        }
    }
}

static void a_row_without_a_sum_is_not_normalized(void **state) {
    (void)state;
    struct simplex_fault fault;
    double rows[] = {1, 3, 0, 0};
    assert_false(simplex_normalize(2, 2, rows, rows, &fault));
    assert_int_equal(fault.kind, SIMPLEX_SUM);
    assert_int_equal(fault.row, 1);
    assert_true(fault.value == 0 && rows[0] == 0.25);
    assert_false(simplex_normalize(1, 2, (double[]){1.7e308, 1.7e308}, rows, &fault));
    assert_int_equal(fault.kind, SIMPLEX_SUM);
    assert_true(fault.value == INFINITY);
    assert_false(simplex_normalize(1, 2, (double[]){1, -1}, rows, &fault));
    assert_int_equal(fault.kind, SIMPLEX_NEGATIVE);
    assert_false(simplex_normalize(1, 2, (double[]){1, INFINITY}, rows, &fault));
    assert_int_equal(fault.kind, SIMPLEX_NOT_FINITE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_entry_is_found_wherever_it_stands),
        cmocka_unit_test(rows_on_the_simplex_are_sound),
        cmocka_unit_test(a_sum_off_by_more_than_a_millionth_is_refused),
        cmocka_unit_test(the_first_bad_row_is_told),
        cmocka_unit_test(normalized_rows_sum_to_1),
        cmocka_unit_test(a_row_without_a_sum_is_not_normalized),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
