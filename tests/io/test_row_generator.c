/* Rows that are computed as they are asked for. */

#include "io/row_generator.h"

#include "support/assertions.h"

static void write_squares(void *context, uint64_t first, size_t count, double *rows) {
    ++*(size_t *)context;
    for (size_t i = 0; i < count; i++) {
        rows[2 * i] = (double)(first + i);
        rows[2 * i + 1] = (double)((first + i) * (first + i));
    }
}

/* Reads all rows and checks each. Returns how many there were. */
static uint64_t read_all(struct row_stream *stream) {
    struct error error = {0};
    uint64_t rows = 0;
    while (row_stream_next(stream, &error) > 0)
        for (size_t i = 0; i < stream->row_count; i++, rows++) {
            assert_close(stream->rows[2 * i], (double)rows, 0);
            assert_close(stream->rows[2 * i + 1], (double)(rows * rows), 0);
        }
    return rows;
}

static void blocks_cover_the_rows_once_and_again(void **state) {
    (void)state;
    struct error error = {0};
    for (uint64_t total = 0; total <= 9; total++) {
        size_t calls = 0;
        const struct row_generator_settings settings = {
            .columns = 2, .rows = total, .block = 4, .write = write_squares, .context = &calls};
        struct row_stream *stream = row_generator_open(&settings, &error);
        assert_non_null(stream);
        assert_int_equal(stream->rows_total, total);
        assert_true(row_stream_ready(stream));
        assert_int_equal(read_all(stream), total);
        assert_int_equal(calls, (total + 3) / 4);
        assert_int_equal(row_stream_rewind(stream, &error), 0);
        assert_int_equal(read_all(stream), total);
        row_stream_free(stream);
    }
}

static void a_block_that_does_not_fit_is_an_error(void **state) {
    (void)state;
    struct error error = {0};
    const struct row_generator_settings settings = {
        .columns = 2, .rows = 1, .block = SIZE_MAX / 4, .write = write_squares};
    assert_null(row_generator_open(&settings, &error));
    assert_true(error.text[0] != '\0');
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_cover_the_rows_once_and_again),
        cmocka_unit_test(a_block_that_does_not_fit_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
