#include "io/partial_options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/assertions.h"

static void words_are_written_as_they_are_found(void **state) {
    (void)state;
    struct partial_options options = {0};
    struct error error = {0};
    size_t length;
    assert_int_equal(partial_options_text(&options, "result", "mean", &error), 0);
    assert_int_equal(partial_options_number(&options, "skew", 0.1, &error), 0);
    assert_int_equal(partial_options_text(&options, "left-out", NULL, &error), 0);
    assert_int_equal(partial_options_text(&options, "columns", "a b=1,\xc3\xa9%\t", &error), 0);
    assert_int_equal(partial_options_number(&options, "limit", INFINITY, &error), 0);
    assert_string_equal(options.text, "result=mean skew=0.1 columns=a%20b=1,\xc3\xa9%25%09 limit=inf");
    const char *value = partial_options_find(options.text, "skew", &length);
    assert_true(length == 3 && memcmp(value, "0.1", 3) == 0);
    assert_null(partial_options_find(options.text, "ske", &length));
    assert_null(partial_options_find(options.text, "mean", &length));
    free(options.text);
}

static void the_first_difference_is_named(void **state) {
    (void)state;
    static const struct {
        const char *one, *other, *name, *one_value, *other_value;
    } cases[] = {
        {"a=1 b=2", "a=1 b=2", NULL, NULL, NULL},   {"a=1 b=2", "b=2  a=1 ", NULL, NULL, NULL},
        {"a=1 b=2", "a=1 b=20", "b", "2", "20"},    {"a=1 b=2", "a=1", "b", "2", NULL},
        {"a=1", "a=1 b=2", "b", NULL, "2"},         {"", "flag", "flag", NULL, ""},
        {"a=1 a=2", "a=1 a=2", NULL, NULL, NULL},   {"a=1 a=2", "a=1 a=3", "a", "2", "3"},
        {"a=1 b=0", "b=0 a=1 a=2", "a", NULL, "2"}, {"", "", NULL, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct partial_options_difference found;
        bool differ = partial_options_differ(cases[i].one, cases[i].other, &found);
        assert_int_equal(differ, cases[i].name != NULL);
        if (!differ)
            continue;
        assert_true(found.name_length == strlen(cases[i].name));
        assert_memory_equal(found.name, cases[i].name, found.name_length);
        assert_int_equal(found.one != NULL, cases[i].one_value != NULL);
        assert_int_equal(found.other != NULL, cases[i].other_value != NULL);
        if (found.one != NULL)
            assert_true(found.one_length == strlen(cases[i].one_value) &&
                        memcmp(found.one, cases[i].one_value, found.one_length) == 0);
        if (found.other != NULL)
            assert_true(found.other_length == strlen(cases[i].other_value) &&
                        memcmp(found.other, cases[i].other_value, found.other_length) == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_written_as_they_are_found),
        cmocka_unit_test(the_first_difference_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
