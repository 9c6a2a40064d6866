#include "num/one_hot.h"

#include <math.h>
#include <stdlib.h>

#include "support/array_stream.h"
#include "support/assertions.h"

static const double rows[] = {10, 2, 11, 20, 0, 21, 30, NAN, 31};
static const char *const names[] = {"a", "kind", "b"};

static struct row_stream *open_rows(size_t block) {
    return array_stream_open(&(struct array_stream_settings){
        .rows = 3, .columns = 3, .values = rows, .names = names, .block = block, .rewindable = true});
}

static void a_column_is_replaced_in_its_place(void **state) {
    (void)state;
    const double expected[] = {10, 0, 0, 1, 11, 20, 1, 0, 0, 21, 30, NAN, NAN, NAN, 31};
    const char *const expected_names[] = {"a", "kind_0", "kind_1", "kind_2", "b"};
    for (size_t block = 1; block <= 3; block++) {
        struct error error = {0};
        size_t count;
        struct row_stream *chain = open_rows(block);
        assert_int_equal(one_hot_push(&chain, 1, 3, &error), 0);
        assert_int_equal(chain->columns, 5);
        for (size_t i = 0; i < 5; i++)
            assert_string_equal(chain->names[i], expected_names[i]);
        double *values = array_stream_gather(chain, &count);
        assert_int_equal(count, 3);
        for (size_t i = 0; i < 15; i++)
            assert_true(values[i] == expected[i] || (isnan(values[i]) && isnan(expected[i])));
        free(values);
        row_stream_free(chain);
    }
}

static void first_and_last_columns_are_no_exception(void **state) {
    (void)state;
    const double values[] = {1, 0};
    const double first[] = {0, 1, 0}, last[] = {1, 1, 0};
    for (size_t column = 0; column < 2; column++) {
        struct error error = {0};
        size_t count;
        struct row_stream *chain =
            array_stream_open(&(struct array_stream_settings){.rows = 1, .columns = 2, .values = values});
        assert_int_equal(one_hot_push(&chain, column, 2, &error), 0);
        assert_null(chain->names);
        double *result = array_stream_gather(chain, &count);
        assert_same_bits(result, column == 0 ? first : last, 3);
        free(result);
        row_stream_free(chain);
    }
}

static void classes_are_counted_by_the_largest(void **state) {
    (void)state;
    struct error error = {0};
    size_t classes, count;
    struct row_stream *chain = open_rows(2);
    assert_int_equal(one_hot_count_classes(chain, 1, &classes, &error), 0);
    assert_int_equal(classes, 3);
    free(array_stream_gather(chain, &count)); /* it is back at the beginning */
    assert_int_equal(count, 3);
    row_stream_free(chain);
}

static void what_is_no_class_is_refused_with_its_place(void **state) {
    (void)state;
    const double wrong[] = {-1, 2, 0.5, INFINITY};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error error = {0};
        const double values[] = {1, wrong[i]};
        struct row_stream *chain =
            array_stream_open(&(struct array_stream_settings){.rows = 2, .columns = 1, .values = values});
        assert_int_equal(one_hot_push(&chain, 0, 2, &error), 0);
        assert_int_equal(row_stream_next(chain, &error), -1);
        assert_memory_equal(error.text, "array:2: column 1: expected a whole number from 0 to 1", 54);
        row_stream_free(chain);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_column_is_replaced_in_its_place),
        cmocka_unit_test(first_and_last_columns_are_no_exception),
        cmocka_unit_test(classes_are_counted_by_the_largest),
        cmocka_unit_test(what_is_no_class_is_refused_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
