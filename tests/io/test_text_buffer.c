#include "io/text_buffer.h"

#include <stdlib.h>
#include <string.h>

#include "support/assertions.h"

static void text_of_any_kind_grows_at_the_end(void **state) {
    (void)state;
    struct text_buffer buffer = {0};
    struct error error = {0};
    size_t length;
    text_buffer_text(&buffer, "a");
    text_buffer_character(&buffer, 'b');
    text_buffer_blanks(&buffer, 3);
    text_buffer_print(&buffer, "%d-%s", 12, "c");
    text_buffer_add(&buffer, "d\0e", 3);
    char *text = text_buffer_take(&buffer, &length, &error);
    assert_non_null(text);
    assert_int_equal(length, 12);
    assert_memory_equal(text, "ab   12-cd\0e", 12);
    free(text);
    assert_null(buffer.bytes);
}

static void an_empty_text_is_a_text(void **state) {
    (void)state;
    struct text_buffer buffer = {0};
    struct error error = {0};
    size_t length = 1;
    char *text = text_buffer_take(&buffer, &length, &error);
    assert_non_null(text);
    assert_int_equal(length, 0);
    free(text);
}

static void long_prints_are_whole(void **state) {
    (void)state;
    struct text_buffer buffer = {0};
    struct error error = {0};
    size_t length;
    for (int i = 0; i < 1000; i++)
        text_buffer_print(&buffer, "%0100d", i);
    char *text = text_buffer_take(&buffer, &length, &error);
    assert_int_equal(length, 100000);
    assert_memory_equal(text + 99990, "0000000999", 10);
    free(text);
}

static void a_failure_is_kept_to_the_end(void **state) {
    (void)state;
    struct text_buffer buffer = {0};
    struct error error = {0};
    size_t length;
    text_buffer_text(&buffer, "a");
    text_buffer_blanks(&buffer, SIZE_MAX / 2);
    text_buffer_text(&buffer, "b");
    assert_null(text_buffer_take(&buffer, &length, &error));
    assert_true(strstr(error.text, "out of memory") != NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_of_any_kind_grows_at_the_end),
        cmocka_unit_test(an_empty_text_is_a_text),
        cmocka_unit_test(long_prints_are_whole),
        cmocka_unit_test(a_failure_is_kept_to_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
