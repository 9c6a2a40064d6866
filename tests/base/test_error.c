#include "base/error.h"

#include <errno.h>
#include <string.h>

#include "support/assertions.h"

static void a_system_error_ends_in_the_systems_reason(void **state) {
    (void)state;
    struct error error = {0};
    errno = ENOENT;
    assert_int_equal(error_set_system(&error, "%s", "p.csv"), -1);
    assert_string_equal(error.text, "p.csv: No such file or directory");
    assert_false(error.usage);
}

static void a_usage_error_is_marked_until_the_next_error(void **state) {
    (void)state;
    struct error error = {0};
    error_set_usage(&error, "--mean has no meaning here");
    assert_true(error.usage);
    error_set(&error, "x");
    assert_false(error.usage);
}

static void a_prefix_stands_before_the_text(void **state) {
    (void)state;
    struct error error = {0};
    error_set(&error, "field %d: expected a number", 3);
    assert_int_equal(error_prefix(&error, "p.csv:%d", 17), -1);
    assert_string_equal(error.text, "p.csv:17: field 3: expected a number");
}

static void quoted_text_is_printable_and_short(void **state) {
    (void)state;
    char quoted[ERROR_QUOTE_SIZE];
    assert_string_equal(error_quote(quoted, "abc", 3), "abc");
    assert_string_equal(error_quote(quoted, "", 0), "");
    assert_string_equal(error_quote(quoted, "a\n\033\xff\0z", 6), "a????z");
    assert_string_equal(error_quote(quoted, "0123456789012345678901234567890123456789", 40),
                        "0123456789012345678901234567890123456789");
    assert_string_equal(error_quote(quoted, "0123456789012345678901234567890123456789x", 41),
                        "0123456789012345678901234567890123456789...");
}

static void a_text_too_long_is_cut_not_overrun(void **state) {
    (void)state;
    struct error error = {0};
    char text[3000];
    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = 'x';
    text[sizeof text - 1] = '\0';
    error_set(&error, "%s", text);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
    error_prefix(&error, "%s", text);
    assert_true(strlen(error.text) < sizeof error.text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_system_error_ends_in_the_systems_reason),
        cmocka_unit_test(a_usage_error_is_marked_until_the_next_error),
        cmocka_unit_test(a_prefix_stands_before_the_text),
        cmocka_unit_test(quoted_text_is_printable_and_short),
        cmocka_unit_test(a_text_too_long_is_cut_not_overrun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
