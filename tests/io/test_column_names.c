#include "io/column_names.h"

#include "support/assertions.h"

static void names_stand_in_the_order_they_were_added(void **state) {
    (void)state;
    struct error error = {0};
    struct column_names names = {0};
    assert_int_equal(column_names_add(&names, "label", &error), 0);
    assert_int_equal(column_names_add_range(&names, "score_", 2, &error), 0);
    assert_int_equal(column_names_add_number(&names, "mean_", 17, &error), 0);
    assert_int_equal(names.count, 4);
    assert_string_equal(names.names[0], "label");
    assert_string_equal(names.names[1], "score_1");
    assert_string_equal(names.names[2], "score_2");
    assert_string_equal(names.names[3], "mean_17");
    column_names_free(&names);
    assert_int_equal(names.count, 0);
}

static void a_range_of_none_adds_none(void **state) {
    (void)state;
    struct error error = {0};
    struct column_names names = {0};
    assert_int_equal(column_names_add_range(&names, "r", 0, &error), 0);
    assert_int_equal(names.count, 0);
    column_names_free(&names);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_stand_in_the_order_they_were_added),
        cmocka_unit_test(a_range_of_none_adds_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
