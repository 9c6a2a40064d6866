#include "io/word_list.h"

#include "io/word_codes.h"
#include "support/assertions.h"

/* Splits a list that is right, and compares. */
static void check(const char *text, size_t count, const char *const *words) {
    struct error error = {0};
    struct word_list list;
    assert_int_equal(word_list_split(&list, text, &error), 0);
    assert_int_equal(list.count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(list.words[i], words[i]);
    word_list_free(&list);
}

static void words_end_at_commas(void **state) {
    (void)state;
    check("a", 1, (const char *const[]){"a"});
    check("a,b c,d", 3, (const char *const[]){"a", "b c", "d"});
    check("", 1, (const char *const[]){""});
    check(",a,", 3, (const char *const[]){"", "a", ""});
    check("5\",6", 2, (const char *const[]){"5\"", "6"});
}

static void quotes_hold_commas(void **state) {
    (void)state;
    check("\"a,b\",c", 2, (const char *const[]){"a,b", "c"});
    check("\"a\"\"b\"", 1, (const char *const[]){"a\"b"});
    check("\"\",\"\"", 2, (const char *const[]){"", ""});
}

static void a_quote_alone_is_refused(void **state) {
    (void)state;
    const char *const texts[] = {"\"a", "\"a\"b", "a,\"", "\"\"\""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct error error = {0};
        struct word_list list;
        assert_int_equal(word_list_split(&list, texts[i], &error), -1);
        assert_true(error.usage);
    }
}

static size_t code_of(struct word_codes *codes, const char *word) {
    struct error error = {0};
    size_t code = 0;
    assert_int_equal(word_codes_find(codes, word, &code, &error), 1);
    return code;
}

static void codes_go_by_appearance(void **state) {
    (void)state;
    struct error error = {0};
    struct word_codes codes;
    assert_int_equal(word_codes_start(&codes, NULL, &error), 0);
    assert_int_equal(code_of(&codes, "b"), 0);
    assert_int_equal(code_of(&codes, "a"), 1);
    assert_int_equal(code_of(&codes, "b"), 0);
    word_codes_free(&codes);
}

static void listed_words_have_their_place_and_no_other_word_a_code(void **state) {
    (void)state;
    struct error error = {0};
    struct word_codes codes;
    size_t code;
    assert_int_equal(word_codes_start(&codes, "a,b", &error), 0);
    assert_int_equal(code_of(&codes, "b"), 1);
    assert_int_equal(code_of(&codes, "a"), 0);
    assert_int_equal(word_codes_find(&codes, "c", &code, &error), 0);
    assert_int_equal(word_codes_find(&codes, "c", &code, &error), 0);
    word_codes_free(&codes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_end_at_commas),
        cmocka_unit_test(quotes_hold_commas),
        cmocka_unit_test(a_quote_alone_is_refused),
        cmocka_unit_test(codes_go_by_appearance),
        cmocka_unit_test(listed_words_have_their_place_and_no_other_word_a_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
