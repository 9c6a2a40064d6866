#include "num/row_pick.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "support/array_stream.h"
#include "support/assertions.h"

enum { ROWS = 10, BLOCK = 4 };

/* A stage that keeps the rows whose first value is not a multiple of 3. */
static bool keeps(struct row_pick *pick, const double *row) {
    (void)pick;
    return (int)row[0] % 3 != 0;
}

static int next(struct row_stream *stream, struct error *error) {
    return row_pick_next((struct row_pick *)stream, keeps, error);
}

static void free_stage(struct row_stream *stream) {
    row_pick_free((struct row_pick *)stream);
    free(stream);
}

static const struct row_stream_kind kind = {.next = next, .refuse = row_pick_refuse, .free = free_stage};

static struct row_stream *open_chain(void) {
    static double values[2 * ROWS];
    struct error error;
    for (size_t i = 0; i < ROWS; i++) {
        values[2 * i] = (double)i;
        values[2 * i + 1] = 100 + (double)i;
    }
    struct row_stream *chain = array_stream_open(
        &(struct array_stream_settings){.rows = ROWS, .columns = 2, .values = values, .block = BLOCK});
    struct row_pick *pick = memory_zeros(&error, 1, sizeof *pick);
    assert_non_null(pick);
    row_stream_put(&chain, &pick->stream, &kind);
    return chain;
}

static void rows_kept_stay_whole_and_in_order(void **state) {
    (void)state;
    struct row_stream *chain = open_chain();
    size_t rows;
    double *values = array_stream_gather(chain, &rows);
    const double expected[] = {1, 2, 4, 5, 7, 8};
    assert_int_equal(rows, 6);
    for (size_t i = 0; i < rows; i++)
        assert_true(values[2 * i] == expected[i] && values[2 * i + 1] == 100 + expected[i]);
    free(values);
    row_stream_free(chain);
}

/* The second block holds 4, 5, 6, 7: its third row handed on is the source's row of 7. */
static void a_row_refused_is_the_source_s(void **state) {
    (void)state;
    struct error error, direct;
    struct row_stream *chain = open_chain();
    assert_int_equal(row_stream_next(chain, &error), 1);
    assert_int_equal(row_stream_next(chain, &error), 1);
    assert_int_equal(chain->row_count, 3);
    assert_int_equal(row_stream_refuse(chain, 2, &error, "no"), -1);
    assert_int_equal(row_stream_refuse(chain->source, 3, &direct, "no"), -1);
    assert_string_equal(error.text, direct.text);
    row_stream_free(chain);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_kept_stay_whole_and_in_order),
        cmocka_unit_test(a_row_refused_is_the_source_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
