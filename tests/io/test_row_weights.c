#include "io/row_weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/assertions.h"

static char path[] = "/tmp/kltools-weights-XXXXXX";

static int read_text(struct matrix *weights, const char *text, struct error *error) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return row_weights_read(weights, path, error);
}

/* The text of an error about the file, its name left out. */
static const char *message(const struct error *error) {
    size_t length = strlen(path);
    assert_int_equal(strncmp(error->text, path, length), 0);
    return error->text + length;
}

static void a_column_of_weights_is_read(void **state) {
    (void)state;
    struct matrix weights;
    struct error error = {0};
    assert_int_equal(read_text(&weights, "w\n0\n2.5\n1e300\n", &error), 0);
    assert_int_equal(weights.rows, 3);
    assert_true(weights.values[0] == 0 && weights.values[1] == 2.5 && weights.values[2] == 1e300);
    matrix_free(&weights);
}

static void what_is_no_weight_is_named_by_its_row(void **state) {
    (void)state;
    struct matrix weights;
    struct error error = {0};
    assert_int_equal(read_text(&weights, "1\n-2\n", &error), -1);
    assert_string_equal(message(&error), ": row 2: expected a weight of at least 0, got '-2'");
    assert_int_equal(read_text(&weights, "1\ninf\n", &error), -1);
    assert_string_equal(message(&error), ": row 2: expected a weight of at least 0, got 'inf'");
    assert_int_equal(read_text(&weights, "1,2\n", &error), -1);
    assert_string_equal(message(&error), " has 2 columns; weights are one");
}

static void there_must_be_one_for_each_row(void **state) {
    (void)state;
    struct matrix weights;
    struct error error = {0};
    assert_int_equal(read_text(&weights, "1\n", &error), 0);
    assert_int_equal(row_weights_check(&weights, "w.csv", 1, "p.csv", &error), 0);
    assert_int_equal(row_weights_check(&weights, "w.csv", 2, "p.csv", &error), -1);
    assert_string_equal(error.text, "w.csv has 1 weight, p.csv 2 rows");
    matrix_free(&weights);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_column_of_weights_is_read),
        cmocka_unit_test(what_is_no_weight_is_named_by_its_row),
        cmocka_unit_test(there_must_be_one_for_each_row),
    };
    int failed = mkstemp(path) < 0 || cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
