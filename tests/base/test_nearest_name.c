#include "base/nearest_name.h"

#include <string.h>

#include "support/assertions.h"

static const char *const names[] = {"neighbours", "normalize", "mean", "method", "columns"};
enum { COUNT = sizeof names / sizeof *names };

static void mistyped_names_are_found(void **state) {
    (void)state;
    assert_string_equal(nearest_name("neigbours", names, COUNT), "neighbours"); /* a letter left out */
    assert_string_equal(nearest_name("normalise", names, COUNT), "normalize");  /* one for another */
    assert_string_equal(nearest_name("maen", names, COUNT), "mean");            /* two swapped */
    assert_string_equal(nearest_name("collumns", names, COUNT), "columns");     /* one too many */
    assert_string_equal(nearest_name("mean", names, COUNT), "mean");
}

static void far_names_are_not_guessed(void **state) {
    (void)state;
    assert_null(nearest_name("zebra", names, COUNT));
    assert_null(nearest_name("xxxxxxxx", names, COUNT));
    assert_null(nearest_name("mean", names, 0));
}

static void the_first_of_equals_wins(void **state) {
    (void)state;
    static const char *const pair[] = {"bat", "cat"};
    assert_string_equal(nearest_name("rat", pair, 2), "bat");
}

static void long_names_are_passed_over(void **state) {
    (void)state;
    char longer[500];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    const char *list[] = {longer, "xy"};
    assert_null(nearest_name(longer, names, COUNT));
    assert_string_equal(nearest_name("xz", list, 2), "xy");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistyped_names_are_found),
        cmocka_unit_test(far_names_are_not_guessed),
        cmocka_unit_test(the_first_of_equals_wins),
        cmocka_unit_test(long_names_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
