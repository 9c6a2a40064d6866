#include "io/row_replay.h"

#include <stdlib.h>

#include "support/array_stream.h"
#include "support/assertions.h"

enum { ROWS = 1000, COLUMNS = 3 };

static const double *some_rows(void) {
    static double values[ROWS * COLUMNS];
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        values[i] = (double)(i * i) / 7;
    return values;
}

static struct row_stream *open_replay(size_t bytes_max, bool rewindable, size_t *rows_read) {
    struct error error = {0};
    struct row_stream *chain = array_stream_open(&(struct array_stream_settings){.rows = ROWS,
                                                                                 .columns = COLUMNS,
                                                                                 .values = some_rows(),
                                                                                 .block = 37,
                                                                                 .rewindable = rewindable,
                                                                                 .rows_read = rows_read});
    assert_int_equal(row_replay_push(&chain, bytes_max, &error), 0);
    assert_true(chain->rewindable);
    return chain;
}

static void check_all(struct row_stream *chain) {
    size_t rows;
    double *values = array_stream_gather(chain, &rows);
    assert_int_equal(rows, ROWS);
    assert_same_bits(values, some_rows(), ROWS * COLUMNS);
    assert_int_equal(chain->rows_total, ROWS);
    free(values);
}

/* Memory for all, for none, for some: 24 bytes a row. */
static const size_t sizes[] = {1 << 20, 0, 5000, ROWS *COLUMNS * 8, ROWS *COLUMNS * 8 - 1};

static void rows_come_again_whatever_fits(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int rewindable = 0; rewindable < 2; rewindable++) {
            struct error error = {0};
            struct row_stream *chain = open_replay(sizes[i], rewindable, NULL);
            check_all(chain);
            for (int again = 0; again < 3; again++) {
                assert_int_equal(row_stream_rewind(chain, &error), 0);
                check_all(chain);
            }
            row_stream_free(chain);
        }
}

static void rewinding_early_reads_the_rest_first(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int rewindable = 0; rewindable < 2; rewindable++) {
            struct error error = {0};
            struct row_stream *chain = open_replay(sizes[i], rewindable, NULL);
            assert_int_equal(row_stream_next(chain, &error), 1);
            assert_int_equal(row_stream_rewind(chain, &error), 0);
            assert_int_equal(chain->rows_total, ROWS);
            check_all(chain);
            row_stream_free(chain);
        }
}

static void what_fits_in_memory_is_read_once(void **state) {
    (void)state;
    for (int rewindable = 0; rewindable < 2; rewindable++) {
        struct error error = {0};
        size_t rows_read = 0;
        struct row_stream *chain = open_replay(1 << 20, rewindable, &rows_read);
        for (int again = 0; again < 3; again++)
            assert_int_equal(row_stream_rewind(chain, &error), 0);
        check_all(chain);
        assert_int_equal(rows_read, ROWS);
        row_stream_free(chain);
    }
}

static void a_scratch_file_that_cannot_be_made_is_an_error(void **state) {
    (void)state;
    struct error error = {0};
    int status = 1;
    struct row_stream *chain = open_replay(100, false, NULL);
    setenv("TMPDIR", "/nonexistent", 1);
    while (status > 0)
        status = row_stream_next(chain, &error);
    unsetenv("TMPDIR");
    assert_int_equal(status, -1);
    assert_string_equal(error.text, "temporary file in /nonexistent: No such file or directory");
    row_stream_free(chain);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_again_whatever_fits),
        cmocka_unit_test(rewinding_early_reads_the_rest_first),
        cmocka_unit_test(what_fits_in_memory_is_read_once),
        cmocka_unit_test(a_scratch_file_that_cannot_be_made_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
