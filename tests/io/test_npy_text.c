#include "io/npy_text.h"

#include <stdlib.h>
#include <string.h>

#include "support/assertions.h"

static void assert_decodes(struct npy_type type, const char *raw, const char *expected) {
    struct error error = {0};
    char *text = npy_text_decode(&type, (const unsigned char *)raw, &error);
    if (text == NULL)
        fail_msg("%s", error.text);
    assert_string_equal(text, expected);
    free(text);
}

static void assert_no_text(struct npy_type type, const char *raw, const char *reason) {
    struct error error = {0};
    assert_null(npy_text_decode(&type, (const unsigned char *)raw, &error));
    assert_string_equal(error.text, reason);
}

static void code_points_become_utf8(void **state) {
    (void)state;
    assert_decodes((struct npy_type){'<', 'U', 12}, "g\0\0\0m\0\0\0m\0\0\0", "gmm");
    assert_decodes((struct npy_type){'>', 'U', 8}, "\0\0\0g\0\0\0p", "gp");
    assert_decodes((struct npy_type){'<', 'U', 16}, "\xe9\0\0\0\xac\x20\0\0\x1e\xd1\1\0\0\0\0\0",
                   "\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e");
    assert_decodes((struct npy_type){'<', 'U', 4}, "\0\0\0\0", "");
    assert_decodes((struct npy_type){'|', 'S', 5}, "kde\0\0", "kde");
    assert_decodes((struct npy_type){'|', 'S', 0}, "", "");
}

static void what_is_no_character_is_refused(void **state) {
    (void)state;
    assert_no_text((struct npy_type){'<', 'U', 8}, "a\0\0\0\0\xd8\0\0",
                   "character 2 is none"); /* surrogate */
    assert_no_text((struct npy_type){'<', 'U', 4}, "\0\0\x11\0", "character 1 is none");
    assert_no_text((struct npy_type){'<', 'U', 8}, "\0\0\0\0a\0\0\0", "character 1 is none");
    assert_no_text((struct npy_type){'|', 'S', 3}, "a\0b", "character 2 is none");
    assert_no_text((struct npy_type){'|', 'S', 2}, "a\xe9", "character 2 is none");
}

static void every_code_point_comes_back(void **state) {
    (void)state;
    struct npy_type type = {'<', 'U', 4};
    for (uint32_t code = 1; code <= 0x10ffff; code += code < 0x3000 ? 1 : 97) {
        struct error error = {0};
        size_t count;
        if (code >= 0xd800 && code <= 0xdfff)
            continue;
        char *text = npy_text_decode(&type, (const unsigned char *)&code, &error);
        assert_non_null(text);
        uint32_t *codes = npy_text_encode(text, &count, &error);
        assert_non_null(codes);
        assert_int_equal(count, 1);
        assert_int_equal(codes[0], code);
        free(codes);
        free(text);
    }
}

/* RFC 3629: overlong forms, surrogates, continuation bytes alone or missing, beyond U+10FFFF. */
static void bad_utf8_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "\x80",      "\xc3",         "\xc0\x80",         "\xc1\xbf",         "\xe0\x80\x80",
        "a\xe2\x82", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf5\x80\x80\x80", "\xf4\x90\x80\x80",
        "\xff",      "\xc3z"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct error error = {0};
        size_t count;
        assert_null(npy_text_encode(bad[i], &count, &error));
        assert_string_equal(error.text, "the text is no UTF-8");
    }
}

static void an_empty_text_takes_one_element(void **state) {
    (void)state;
    struct error error = {0};
    size_t count;
    uint32_t *codes = npy_text_encode("", &count, &error);
    assert_int_equal(count, 1);
    assert_int_equal(codes[0], 0);
    free(codes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_points_become_utf8),         cmocka_unit_test(what_is_no_character_is_refused),
        cmocka_unit_test(every_code_point_comes_back),     cmocka_unit_test(bad_utf8_is_refused),
        cmocka_unit_test(an_empty_text_takes_one_element),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
