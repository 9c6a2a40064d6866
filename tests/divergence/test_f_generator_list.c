#include "divergence/f_generator_list.h"

#include <string.h>

#include "divergence/f_divergence.h"
#include "support/assertions.h"

static int parse(struct f_generator_list *list, size_t count, const char **texts) {
    struct error error = {0};
    struct option_texts given = {.count = count};
    for (size_t i = 0; i < count; i++)
        given.texts[i] = texts[i];
    memset(list, 0, sizeof *list);
    return f_generator_list_parse(list, &given, &error);
}

static void names_are_identifiers_and_differ(void **state) {
    (void)state;
    struct f_generator_list list;
    assert_int_equal(parse(&list, 3, (const char *[]){"alpha:alpha=2", "softened-rkl", "alpha:alpha=3"}), 0);
    assert_string_equal(list.names[0], "alpha");
    assert_string_equal(list.names[1], "softened_rkl");
    assert_string_equal(list.names[2], "alpha_2");
    assert_int_equal(parse(&list, 0, NULL), 0);
    assert_string_equal(list.names[0], "js");
}

static void all_stands_for_each_without_a_parameter(void **state) {
    (void)state;
    struct f_generator_list list;
    assert_int_equal(parse(&list, 1, (const char *[]){"all"}), 0);
    assert_int_equal(list.count, F_GENERATOR_ALPHA);
    for (size_t i = 0; i < list.count; i++)
        assert_int_equal(list.generators[i].kind, i);
    const char *many[] = {"all", "all", "all", "all", "all", "all", "all"};
    assert_int_equal(parse(&list, 7, many), -1);
    assert_int_equal(parse(&list, 1, (const char *[]){"no-such"}), -1);
}

/* More rows than are worked on at once, against one divergence at a time; a repeated row serves all. */
static void values_stand_side_by_side(void **state) {
    (void)state;
    enum { ROWS = 600, COLUMNS = 3 };
    static double p[ROWS * COLUMNS], q[COLUMNS] = {0.2, 0.3, 0.5}, both[ROWS * 2], one[ROWS];
    struct f_generator_list list;
    for (size_t i = 0; i < ROWS; i++) {
        p[i * COLUMNS] = (double)(i + 1) / (2 * ROWS);
        p[i * COLUMNS + 1] = 0.25;
        p[i * COLUMNS + 2] = 0.75 - p[i * COLUMNS];
    }
    struct divergence_rows rows = {.rows = ROWS, .columns = COLUMNS, .p = p, .q = q, .q_repeated = true};
    assert_int_equal(parse(&list, 2, (const char *[]){"hellinger", "tv"}), 0);
    f_generator_list_rows(&list, &rows, both);
    for (size_t j = 0; j < 2; j++) {
        f_divergence_rows(&rows, &list.generators[j], one);
        for (size_t i = 0; i < ROWS; i++)
            assert_true(both[i * 2 + j] == one[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_identifiers_and_differ),
        cmocka_unit_test(all_stands_for_each_without_a_parameter),
        cmocka_unit_test(values_stand_side_by_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
