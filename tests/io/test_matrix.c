/* Whole matrices in memory. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/matrix.h"

static char path[] = "/tmp/test_matrix.XXXXXX";

static void write_text(const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void a_matrix_holds_rows_names_and_what_was_skipped(void **state) {
    (void)state;
    struct matrix matrix;
    struct error error;
    const double expected[] = {2, 1, 6, 5};
    write_text("a,b\n1,2\nNA,4\n5,6\n");
    struct row_format format = {.missing = MISSING_SKIP, .columns = "b,a"};
    assert_int_equal(matrix_read(&matrix, path, &format, &error), 0);
    assert_int_equal(matrix.rows, 2);
    assert_int_equal(matrix.columns, 2);
    assert_int_equal(matrix.rows_skipped, 1);
    assert_memory_equal(matrix.values, expected, sizeof expected);
    assert_string_equal(matrix.names[0], "b");
    assert_string_equal(matrix.names[1], "a");
    matrix_free(&matrix);
    assert_null(matrix.values);
    matrix_free(&matrix);
}

/* More than one block, so that the array grows. */
static void long_matrices_are_whole(void **state) {
    (void)state;
    enum { ROWS = 300000 };
    struct matrix matrix;
    struct error error;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < ROWS; i++)
        fprintf(file, "%d,%d\n", i, -i);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(matrix_read(&matrix, path, &(struct row_format){.threads = 2}, &error), 0);
    assert_int_equal(matrix.rows, ROWS);
    assert_null(matrix.names);
    for (int i = 0; i < ROWS; i++)
        assert_true(matrix.values[2 * i] == i && matrix.values[2 * i + 1] == -i);
    matrix_free(&matrix);
}

static void no_row_at_all_is_an_error(void **state) {
    (void)state;
    struct matrix matrix;
    struct error error;
    char expected[128];
    write_text("a,b\n");
    assert_int_equal(matrix_read(&matrix, path, &(struct row_format){0}, &error), -1);
    snprintf(expected, sizeof expected, "%s: no rows", path);
    assert_string_equal(error.text, expected);
    write_text("a,b\n1,NA\n");
    assert_int_equal(matrix_read(&matrix, path, &(struct row_format){.missing = MISSING_SKIP}, &error), -1);
    snprintf(expected, sizeof expected, "%s: every row has a missing value", path);
    assert_string_equal(error.text, expected);
}

static int make_file(void **state) {
    (void)state;
    int descriptor = mkstemp(path);
    return descriptor >= 0 ? close(descriptor) : -1;
}

static int remove_file(void **state) {
    (void)state;
    return unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_matrix_holds_rows_names_and_what_was_skipped),
        cmocka_unit_test(long_matrices_are_whole),
        cmocka_unit_test(no_row_at_all_is_an_error),
    };
    return cmocka_run_group_tests_name("matrix", tests, make_file, remove_file);
}
