/* Lists of columns, by worked examples. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "io/column_list.h"

static const char *const names[] = {"id", "x", "y", "a,b", "5-7", "2019", "\"q\"", "-1", "3"};
enum { WIDTH = sizeof names / sizeof names[0] };

struct list_case {
    const char *typed, *expected; /* indices from 0, or what the error says */
};

static void assert_lists(const struct list_case *cases, size_t count, const char *const *known) {
    for (size_t i = 0; i < count; i++) {
        struct column_list list;
        struct error error;
        char text[256] = "";
        size_t length = 0;
        if (column_list_read(&list, cases[i].typed, WIDTH, known, &error) < 0) {
            assert_string_equal(error.text, cases[i].expected);
            continue;
        }
        for (size_t j = 0; j < list.count; j++)
            length += (size_t)snprintf(text + length, sizeof text - length, j > 0 ? ",%zu" : "%zu",
                                       list.indices[j]);
        column_list_free(&list);
        assert_string_equal(text, cases[i].expected);
    }
}

#define ASSERT_LISTS(cases, known) assert_lists(cases, sizeof(cases) / sizeof((cases)[0]), known)

static void numbers_count_from_either_end_and_ranges_run_either_way(void **state) {
    (void)state;
    static const struct list_case cases[] = {
        {"1", "0"},
        {"3,1,2-4", "2,0,1,2,3"},
        {"-1,-9", "8,0"},
        {"4-2", "3,2,1"},
        {"-2--1", "7,8"},
        {"8--1", "7,8"},
        {"2,2,2", "1,1,1"},
        {"1-1", "0"},
        {"0", "no column 0: there are 9"},
        {"10", "no column 10: there are 9"},
        {"-10", "no column -10: there are 9"},
        {"8-10", "no column 10: there are 9"},
        {"99999999999999999999", "no column 9999999999: there are 9"},
        {"", "list of columns: an item is empty"},
        {"1,,2", "list of columns: an item is empty"},
        {"1,", "list of columns: an item is empty"},
        {"x", "no column 'x': the columns have no names, only numbers"},
        {"1-2-3", "no column '1-2-3': the columns have no names, only numbers"},
        {"\"1\"", "no column '1': the columns have no names, only numbers"},
    };
    ASSERT_LISTS(cases, NULL);
}

static void names_may_hold_anything(void **state) {
    (void)state;
    static const struct list_case cases[] = {
        {"x,id", "1,0"},
        {"a,b", "3"},
        {"x,a,b,y", "1,3,2"},
        {"\"a,b\",x", "3,1"},
        {"2019", "5"},
        {"\"\"\"q\"\"\"", "6"},
        {"\"q\"", "no column 'q'; the nearest is 'x'"},
        {"3", "2"},       /* a number that is a column's is a number */
        {"\"3\"", "8"},   /* unless it is quoted */
        {"5-7", "4,5,6"}, /* and so is a range */
        {"\"5-7\"", "4"},
        {"\"-1\"", "7"},
        {"yy", "no column 'yy'; the nearest is 'y'"},
        {"x,2018", "no column 2018: there are 9"},
        {"\"x", "list of columns: a quote is not closed before the next comma"},
        {"\"x\"y", "list of columns: a quote is not closed before the next comma"},
    };
    ASSERT_LISTS(cases, names);
}

static void a_malformed_list_is_a_usage_error_and_an_unknown_column_is_not(void **state) {
    (void)state;
    struct column_list list;
    struct error error;
    assert_int_equal(column_list_read(&list, "1,,2", WIDTH, names, &error), -1);
    assert_true(error.usage);
    assert_int_equal(column_list_read(&list, "zzzzz", WIDTH, names, &error), -1);
    assert_false(error.usage);
}

static void lists_of_numbers_alone_need_no_names(void **state) {
    (void)state;
    assert_false(column_list_names("3,1,5-7,-2,-3--1"));
    assert_true(column_list_names("3,x"));
    assert_true(column_list_names("\"3\""));
    assert_true(column_list_names("5-"));
}

static void exclusion_takes_out_of_what_was_chosen(void **state) {
    (void)state;
    struct column_list list;
    struct error error;
    assert_int_equal(column_list_choose(&list, "3,1,3,2", "1,9", WIDTH, names, &error), 0);
    assert_int_equal(list.count, 3);
    assert_int_equal(list.indices[0], 2);
    assert_int_equal(list.indices[1], 2);
    assert_int_equal(list.indices[2], 1);
    column_list_free(&list);
    assert_int_equal(column_list_choose(&list, NULL, "2--1", WIDTH, names, &error), 0);
    assert_int_equal(list.count, 1);
    column_list_free(&list);
    assert_int_equal(column_list_choose(&list, NULL, NULL, WIDTH, NULL, &error), 0);
    assert_int_equal(list.count, WIDTH);
    column_list_free(&list);
    assert_int_equal(column_list_choose(&list, "2", "x", WIDTH, names, &error), -1);
    assert_string_equal(error.text, "no column is left");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_count_from_either_end_and_ranges_run_either_way),
        cmocka_unit_test(names_may_hold_anything),
        cmocka_unit_test(a_malformed_list_is_a_usage_error_and_an_unknown_column_is_not),
        cmocka_unit_test(lists_of_numbers_alone_need_no_names),
        cmocka_unit_test(exclusion_takes_out_of_what_was_chosen),
    };
    return cmocka_run_group_tests_name("column_list", tests, NULL, NULL);
}
