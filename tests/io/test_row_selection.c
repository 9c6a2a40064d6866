#include "io/row_selection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/row_thinning.h"
#include "support/array_stream.h"
#include "support/assertions.h"

enum { ROWS_MAX = 64 };

/* Rows hold their number, from 1, and its negative. */
static const double *numbered_rows(void) {
    static double values[2 * ROWS_MAX];
    for (size_t i = 0; i < ROWS_MAX; i++) {
        values[2 * i] = (double)(i + 1);
        values[2 * i + 1] = -(double)(i + 1);
    }
    return values;
}

static struct row_stream *open_rows(size_t rows, size_t block, bool counted, size_t *rows_read) {
    return array_stream_open(&(struct array_stream_settings){.rows = rows,
                                                             .columns = 2,
                                                             .values = numbered_rows(),
                                                             .block = block,
                                                             .counted = counted,
                                                             .rewindable = true,
                                                             .rows_read = rows_read});
}

/* Whether the stream holds these rows, a text of their numbers, and no others. */
static void check_rows(struct row_stream *stream, const char *expected) {
    size_t rows;
    double *values = array_stream_gather(stream, &rows);
    if (stream->rows_total >= 0)
        assert_int_equal(stream->rows_total, rows);
    const char *text = expected;
    for (size_t i = 0; i < rows; i++) {
        char *end;
        assert_true(strtod(text, &end) == values[2 * i]);
        assert_true(values[2 * i + 1] == -values[2 * i]);
        text = end;
    }
    assert_true(text[strspn(text, " ")] == '\0');
    free(values);
}

/* In blocks of any size, with the number of rows known or not, and once more after rewinding. */
static void check_list(const char *list, size_t rows, const char *expected) {
    for (size_t block = 1; block <= rows + 1; block++)
        for (int counted = 0; counted < 2; counted++) {
            struct error error = {0};
            struct row_stream *chain = open_rows(rows, block, counted, NULL);
            assert_int_equal(row_selection_push(&chain, list, &error), 0);
            assert_true(!counted || chain->rows_total >= 0);
            check_rows(chain, expected);
            assert_int_equal(row_stream_rewind(chain, &error), 0);
            check_rows(chain, expected);
            row_stream_free(chain);
        }
}

static void ranges_hold_both_ends(void **state) {
    (void)state;
    check_list("2:4", 10, "2 3 4");
    check_list("3", 10, "3");
    check_list(":2", 10, "1 2");
    check_list("9:", 10, "9 10");
    check_list(":", 3, "1 2 3");
}

static void negative_rows_count_from_the_end(void **state) {
    (void)state;
    check_list("-1", 10, "10");
    check_list("-3:", 10, "8 9 10");
    check_list("-3:-2", 10, "8 9");
    check_list(":-3", 10, "1 2 3 4 5 6 7 8");
    check_list("4:-4", 10, "4 5 6 7");
    check_list("-4:8", 10, "7 8");
    check_list("8:-4", 10, "");
    check_list("2:-1", 4, "2 3 4");
}

static void rows_come_once_in_input_order(void **state) {
    (void)state;
    check_list("5:6,1:2,6:7,2", 10, "1 2 5 6 7");
    check_list("-2:,1,4:5", 10, "1 4 5 9 10");
    check_list("-9:,9", 10, "2 3 4 5 6 7 8 9 10");
}

static void what_lies_beyond_the_ends_is_empty(void **state) {
    (void)state;
    check_list("20:30", 10, "");
    check_list("8:30", 10, "8 9 10");
    check_list("-30:", 3, "1 2 3");
    check_list(":-30", 3, "");
    check_list("-5:-4", 3, "");
    check_list("99999999999999999999", 3, "");
    check_list("3:9223372036854775807,-99999999999999999999:1", 3, "1 3");
}

static void lists_that_are_none_are_refused(void **state) {
    (void)state;
    const char *const lists[] = {"",   "0",   "0:3", "3:2", "-2:-3", "1:2:3", "a",  "1,",
                                 ",1", "1-3", "--1", "1;2", "1: 3",  "1.5",   "-0", "-"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct error error = {0};
        struct row_stream *chain = open_rows(3, 3, false, NULL), *before = chain;
        assert_int_equal(row_selection_push(&chain, lists[i], &error), -1);
        assert_true(error.usage);
        assert_ptr_equal(strstr(error.text, "--rows: expected ranges of rows"), error.text);
        assert_ptr_equal(chain, before);
        row_stream_free(chain);
    }
}

static void nothing_is_read_behind_the_last_row_kept(void **state) {
    (void)state;
    struct error error = {0};
    size_t rows_read = 0;
    struct row_stream *chain = open_rows(ROWS_MAX, 5, false, &rows_read);
    assert_int_equal(row_selection_push(&chain, "2:3,8", &error), 0);
    check_rows(chain, "2 3 8");
    assert_int_equal(rows_read, 10);
    row_stream_free(chain);
}

static void head_and_tail_keep_what_there_is(void **state) {
    (void)state;
    const size_t counts[] = {0, 2, 5, 9, SIZE_MAX};
    const char *const heads[] = {"", "1 2", "1 2 3 4 5", "1 2 3 4 5", "1 2 3 4 5"};
    const char *const tails[] = {"", "4 5", "1 2 3 4 5", "1 2 3 4 5", "1 2 3 4 5"};
    for (size_t i = 0; i < 5; i++)
        for (int counted = 0; counted < 2; counted++) {
            struct error error = {0};
            struct row_stream *head = open_rows(5, 2, counted, NULL), *tail = open_rows(5, 2, counted, NULL);
            assert_int_equal(row_selection_push_head(&head, counts[i], &error), 0);
            assert_int_equal(row_selection_push_tail(&tail, counts[i], &error), 0);
            check_rows(head, heads[i]);
            check_rows(tail, tails[i]);
            row_stream_free(head);
            row_stream_free(tail);
        }
}

static void thinning_keeps_the_first_of_every_few(void **state) {
    (void)state;
    for (size_t block = 1; block <= 11; block++)
        for (int counted = 0; counted < 2; counted++) {
            struct error error = {0};
            struct row_stream *chain = open_rows(10, block, counted, NULL);
            assert_int_equal(row_thinning_push(&chain, 4, &error), 0);
            check_rows(chain, "1 5 9");
            assert_int_equal(row_stream_rewind(chain, &error), 0);
            check_rows(chain, "1 5 9");
            row_stream_free(chain);
        }
}

/* The place that an error names is the row's in the input, through every stage that only drops rows. */
static void refusals_name_the_row_of_the_input(void **state) {
    (void)state;
    struct error error = {0};
    struct row_stream *chain = open_rows(20, 7, false, NULL);
    assert_int_equal(row_selection_push(&chain, "3:", &error), 0);
    assert_int_equal(row_thinning_push(&chain, 2, &error), 0);
    while (row_stream_next(chain, &error) > 0)
        for (size_t i = 0; i < chain->row_count; i++) {
            char expected[64];
            snprintf(expected, sizeof expected, "array:%.0f: odd", chain->rows[2 * i]);
            assert_int_equal(row_stream_refuse(chain, i, &error, "%s", "odd"), -1);
            assert_string_equal(error.text, expected);
        }
    row_stream_free(chain);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_hold_both_ends),
        cmocka_unit_test(negative_rows_count_from_the_end),
        cmocka_unit_test(rows_come_once_in_input_order),
        cmocka_unit_test(what_lies_beyond_the_ends_is_empty),
        cmocka_unit_test(lists_that_are_none_are_refused),
        cmocka_unit_test(nothing_is_read_behind_the_last_row_kept),
        cmocka_unit_test(head_and_tail_keep_what_there_is),
        cmocka_unit_test(thinning_keeps_the_first_of_every_few),
        cmocka_unit_test(refusals_name_the_row_of_the_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
