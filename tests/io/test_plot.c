#include "io/plot.h"

#include <string.h>

#include "support/assertions.h"

static void check_line(const char *text, size_t size, bool ascii, const char *expected) {
    char line[100];
    assert_string_equal(plot_line_of_text(line, size, text, ascii), expected);
}

static void a_line_of_text_has_no_control_characters(void **state) {
    (void)state;
    check_line("a\nb\tc\033[1md\177", 100, false, "a?b?c?[1md?");
    check_line("\xc2\x85 x", 100, false, "?? x"); /* next line, of C1 */
}

static void utf_8_is_kept_or_becomes_one_question_mark(void **state) {
    (void)state;
    check_line("\u00b5 \u20ac \U0001f600", 100, false, "\u00b5 \u20ac \U0001f600");
    check_line("\u00b5 \u20ac \U0001f600", 100, true, "? ? ?");
}

static void what_is_no_utf_8_does_not_get_through(void **state) {
    (void)state;
    check_line("\xff\x80 a", 100, false, "?? a");
    check_line("\xc0\xaf", 100, false, "??");           /* overlong */
    check_line("\xed\xa0\x80", 100, false, "???");      /* a surrogate */
    check_line("\xf4\x90\x80\x80", 100, false, "????"); /* beyond the last character */
    check_line("\xe2\x82", 100, false, "??");           /* cut */
}

static void a_long_line_is_cut_between_characters(void **state) {
    (void)state;
    check_line("abc", 3, false, "ab");
    check_line("a\u20ac", 4, false, "a");
    check_line("a\u20ac", 5, false, "a\u20ac");
}

static void places_run_from_0_to_1(void **state) {
    (void)state;
    const struct plot_axis linear = {.low = -2, .high = 6},
                           decades = {.low = 0.01, .high = 100, .logarithmic = true};
    const struct plot_axis widest = {.low = -0x1p1022, .high = 0x1p1022};
    assert_close(plot_axis_place(&linear, 0), 0.25, 1e-15);
    assert_close(plot_axis_place(&decades, 0.1), 0.25, 1e-15);
    assert_close(plot_axis_place(&widest, 0), 0.5, 1e-15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_of_text_has_no_control_characters),
        cmocka_unit_test(utf_8_is_kept_or_becomes_one_question_mark),
        cmocka_unit_test(what_is_no_utf_8_does_not_get_through),
        cmocka_unit_test(a_long_line_is_cut_between_characters),
        cmocka_unit_test(places_run_from_0_to_1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
