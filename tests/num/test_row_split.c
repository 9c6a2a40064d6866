#include "num/row_split.h"

#include <math.h>
#include <stdlib.h>

#include "io/row_replay.h"
#include "support/array_stream.h"
#include "support/assertions.h"

enum { ROWS_MAX = 200 };

/* Rows hold their number and a class. */
static double rows_of_classes[2 * ROWS_MAX];

/* Sets classes 0, 1, .. of the given sizes, mixed up by a stride. Returns the number of rows. */
static size_t set_classes(const size_t *sizes, size_t classes) {
    size_t rows = 0;
    for (size_t class = 0; class < classes; class ++)
        for (size_t i = 0; i < sizes[class]; i++)
            rows_of_classes[2 * rows++ + 1] = (double)class;
    for (size_t i = 0; i < rows; i++)
        rows_of_classes[2 * i] = (double)i;
    for (size_t i = 0; i < rows; i++) {
        size_t j = i * 7919 % rows;
        double class = rows_of_classes[2 * i + 1];
        rows_of_classes[2 * i + 1] = rows_of_classes[2 * j + 1];
        rows_of_classes[2 * j + 1] = class;
    }
    return rows;
}

struct halves {
    double *part, *rest;
    size_t part_rows, rest_rows;
};

static struct halves split(size_t rows, double fraction, size_t column, uint64_t seed, size_t block) {
    struct halves halves;
    struct error error = {0};
    struct row_stream *chain = array_stream_open(&(struct array_stream_settings){
        .rows = rows, .columns = 2, .values = rows_of_classes, .block = block});
    const struct row_split_settings settings = {fraction, column, seed, "test"};
    assert_int_equal(row_replay_push(&chain, 1000, &error), 0);
    assert_int_equal(row_split_push(&chain, &settings, &error), 0);
    assert_int_equal(chain->rows_total, (int64_t)round(fraction * (double)rows));
    halves.part = array_stream_gather(chain, &halves.part_rows);
    assert_int_equal(halves.part_rows, chain->rows_total);
    row_split_choose_rest(chain);
    assert_int_equal(row_stream_rewind(chain, &error), 0);
    halves.rest = array_stream_gather(chain, &halves.rest_rows);
    assert_int_equal(halves.rest_rows, chain->rows_total);
    row_stream_free(chain);
    return halves;
}

static void free_halves(struct halves *halves) {
    free(halves->part);
    free(halves->rest);
}

/* Merging by row number gives every row once, in order. */
static void check_halves(const struct halves *halves, size_t rows) {
    size_t i = 0, j = 0;
    for (size_t row = 0; row < rows; row++) {
        if (i < halves->part_rows && halves->part[2 * i] == (double)row)
            i++;
        else if (j < halves->rest_rows && halves->rest[2 * j] == (double)row)
            j++;
        else
            fail_msg("row %zu is in neither part", row);
    }
    assert_int_equal(i, halves->part_rows);
    assert_int_equal(j, halves->rest_rows);
}

static size_t count_class(size_t rows, const double *values, double class) {
    size_t count = 0;
    for (size_t i = 0; i < rows; i++)
        count += values[2 * i + 1] == class;
    return count;
}

static void both_parts_together_are_all_rows_in_order(void **state) {
    (void)state;
    const size_t sizes[] = {50, 30, 20};
    const double fractions[] = {0, 0.005, 0.25, 0.5, 0.8, 0.995, 1};
    size_t rows = set_classes(sizes, 3);
    for (size_t k = 0; k < sizeof fractions / sizeof *fractions; k++)
        for (size_t column = 0; column < 2; column++)
            for (uint64_t seed = 1; seed <= 20; seed++) {
                struct halves halves =
                    split(rows, fractions[k], column == 0 ? ROW_SPLIT_NO_COLUMN : 1, seed, 1 + seed * 5);
                check_halves(&halves, rows);
                free_halves(&halves);
            }
}

static void ten_rows_part_into_eight_and_two(void **state) {
    (void)state;
    size_t rows = set_classes((const size_t[]){10}, 1);
    struct halves halves = split(rows, 0.8, ROW_SPLIT_NO_COLUMN, 1, 3);
    assert_int_equal(halves.part_rows, 8);
    assert_int_equal(halves.rest_rows, 2);
    free_halves(&halves);
}

static void classes_keep_their_shares(void **state) {
    (void)state;
    size_t rows = set_classes((const size_t[]){50, 30, 20}, 3);
    struct halves halves = split(rows, 0.8, 1, 1, 0);
    assert_int_equal(count_class(halves.part_rows, halves.part, 0), 40);
    assert_int_equal(count_class(halves.part_rows, halves.part, 1), 24);
    assert_int_equal(count_class(halves.part_rows, halves.part, 2), 16);
    free_halves(&halves);
}

/* 0.5 of 7, 3 and 3 is 3.5, 1.5 and 1.5: 7 in all (6.5 rounded up), so 5 whole and 2 more, to two of the
 * three. */
static void largest_remainders_get_what_is_left(void **state) {
    (void)state;
    size_t rows = set_classes((const size_t[]){7, 3, 3}, 3);
    struct halves halves = split(rows, 0.5, 1, 1, 0);
    size_t counts[3];
    for (size_t class = 0; class < 3; class ++)
        counts[class] = count_class(halves.part_rows, halves.part, (double)class);
    assert_int_equal(counts[0] + counts[1] + counts[2], 7);
    assert_true(counts[0] >= 3 && counts[0] <= 4 && counts[1] >= 1 && counts[1] <= 2);
    free_halves(&halves);
    /* 0.3 of 8, 5 and 7 is 2.4, 1.5 and 2.1: 6 in all, the one that is left goes to the second */
    rows = set_classes((const size_t[]){8, 5, 7}, 3);
    halves = split(rows, 0.3, 1, 1, 0);
    assert_int_equal(count_class(halves.part_rows, halves.part, 0), 2);
    assert_int_equal(count_class(halves.part_rows, halves.part, 1), 2);
    assert_int_equal(count_class(halves.part_rows, halves.part, 2), 2);
    free_halves(&halves);
}

static void each_row_is_chosen_as_often(void **state) {
    (void)state;
    enum { SEEDS = 2000 };
    double times[10] = {0}, stratified[10] = {0};
    size_t rows = set_classes((const size_t[]){5, 5}, 2);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct halves halves = split(rows, 0.4, ROW_SPLIT_NO_COLUMN, seed, 0);
        for (size_t i = 0; i < halves.part_rows; i++)
            times[(size_t)halves.part[2 * i]]++;
        free_halves(&halves);
        halves = split(rows, 0.4, 1, seed, 0);
        for (size_t i = 0; i < halves.part_rows; i++)
            stratified[(size_t)halves.part[2 * i]]++;
        free_halves(&halves);
    }
    for (size_t i = 0; i < 10; i++) {
        assert_within(times[i] / SEEDS, 0.4, 5 * sqrt(0.24 / SEEDS));
        assert_within(stratified[i] / SEEDS, 0.4, 5 * sqrt(0.24 / SEEDS));
    }
}

static void as_many_classes_as_rows_are_no_trouble(void **state) {
    (void)state;
    size_t rows = set_classes((const size_t[]){ROWS_MAX}, 1);
    struct halves halves = split(rows, 0.5, 0, 1, 0); /* by the row numbers */
    check_halves(&halves, rows);
    free_halves(&halves);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_parts_together_are_all_rows_in_order),
        cmocka_unit_test(ten_rows_part_into_eight_and_two),
        cmocka_unit_test(classes_keep_their_shares),
        cmocka_unit_test(largest_remainders_get_what_is_left),
        cmocka_unit_test(each_row_is_chosen_as_often),
        cmocka_unit_test(as_many_classes_as_rows_are_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
