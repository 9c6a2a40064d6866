#include "num/row_transpose.h"

#include <stdlib.h>

#include "support/array_stream.h"
#include "support/assertions.h"

enum { SIZE_MAX_TESTED = 40 };

static double values[SIZE_MAX_TESTED * SIZE_MAX_TESTED];
static const char *const names[SIZE_MAX_TESTED] = {"a", "b"};

static struct row_stream *open_transposed(size_t rows, size_t columns, bool named, struct error *error) {
    struct row_stream *chain = array_stream_open(&(struct array_stream_settings){
        .rows = rows, .columns = columns, .values = values, .block = 7, .names = named ? names : NULL});
    assert_int_equal(row_transpose_push(&chain, error), 0);
    return chain;
}

static void entries_change_places(void **state) {
    (void)state;
    for (size_t i = 0; i < SIZE_MAX_TESTED * SIZE_MAX_TESTED; i++)
        values[i] = (double)i;
    for (size_t rows = 1; rows <= SIZE_MAX_TESTED; rows += 3)
        for (size_t columns = 1; columns <= SIZE_MAX_TESTED; columns += 5) {
            struct error error = {0};
            size_t count;
            struct row_stream *chain = open_transposed(rows, columns, false, &error);
            assert_int_equal(chain->columns, rows);
            assert_int_equal(chain->rows_total, columns);
            double *result = array_stream_gather(chain, &count);
            assert_int_equal(count, columns);
            for (size_t i = 0; i < rows; i++)
                for (size_t j = 0; j < columns; j++)
                    assert_true(result[j * rows + i] == values[i * columns + j]);
            free(result);
            row_stream_free(chain);
        }
}

static void rewinding_gives_them_again(void **state) {
    (void)state;
    struct error error = {0};
    size_t count, again;
    struct row_stream *chain = open_transposed(3, 20, false, &error);
    double *first = array_stream_gather(chain, &count);
    assert_int_equal(row_stream_rewind(chain, &error), 0);
    double *second = array_stream_gather(chain, &again);
    assert_int_equal(count, again);
    assert_same_bits(first, second, 60);
    free(first);
    free(second);
    row_stream_free(chain);
}

static void columns_are_named_by_their_rows(void **state) {
    (void)state;
    struct error error = {0};
    struct row_stream *named = open_transposed(12, 2, true, &error);
    struct row_stream *bare = open_transposed(12, 2, false, &error);
    assert_string_equal(named->names[0], "r1");
    assert_string_equal(named->names[11], "r12");
    assert_null(bare->names);
    row_stream_free(named);
    row_stream_free(bare);
}

static void no_rows_are_refused(void **state) {
    (void)state;
    struct error error = {0};
    struct row_stream *chain =
        array_stream_open(&(struct array_stream_settings){.rows = 0, .columns = 2, .values = values});
    struct row_stream *before = chain;
    assert_int_equal(row_transpose_push(&chain, &error), -1);
    assert_string_equal(error.text, "no rows to transpose");
    assert_ptr_equal(chain, before);
    row_stream_free(chain);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_change_places),
        cmocka_unit_test(rewinding_gives_them_again),
        cmocka_unit_test(columns_are_named_by_their_rows),
        cmocka_unit_test(no_rows_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
