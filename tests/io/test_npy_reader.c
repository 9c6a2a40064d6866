#include "io/npy_reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/npy_header.h"
#include "support/assertions.h"
#include "support/byte_feed.h"

/* The files are described where they are made: scripts/testdata/arrays. */
static double saved_value(char kind, size_t k) {
    double value = (double)(7 * k % 11);
    switch (kind) {
    case 'f':
        return value - 5 + 0.25;
    case 'u':
        return value;
    case 'b':
        return k % 3 == 0;
    default:
        return value - 5;
    }
}

/* All rows of a stream. */
struct table {
    double *values;
    size_t rows, columns, blocks;
    char type[8];
    struct error error; /* empty where all went well */
};

static void append(struct table *table, const double *rows, size_t row_count) {
    size_t before = table->rows * table->columns, count = row_count * table->columns;
    table->values = realloc(table->values, (before + count) * sizeof *table->values);
    memcpy(table->values + before, rows, count * sizeof *rows);
    table->rows += row_count;
    table->blocks++;
}

static struct table read_table(const char *path) {
    struct table table = {.values = NULL};
    struct byte_source *source = byte_source_open(path, &table.error);
    assert_non_null(source);
    struct npy_reader *reader = npy_reader_open(source, &table.error);
    const double *rows;
    size_t row_count;
    if (reader != NULL) {
        table.columns = npy_reader_columns(reader);
        snprintf(table.type, sizeof table.type, "%s", npy_reader_type(reader));
        while (npy_reader_next(reader, &rows, &row_count, &table.error) > 0) {
            assert_true(row_count > 0);
            append(&table, rows, row_count);
        }
    }
    npy_reader_close(reader);
    byte_source_close(source);
    return table;
}

static void assert_saved(struct table table, char kind, size_t rows, size_t columns) {
    assert_string_equal(table.error.text, "");
    assert_int_equal(table.rows, rows);
    assert_int_equal(table.columns, columns);
    for (size_t k = 0; k < rows * columns; k++)
        assert_ulps(table.values[k], saved_value(kind, k), 0);
    free(table.values);
}

/* As a file, and through a pipe that gives few bytes at a time. */
static void assert_file_is_saved(const char *name, char kind, size_t rows, size_t columns) {
    size_t count;
    char path[100];
    snprintf(path, sizeof path, "npy/%s.npy", name);
    unsigned char *bytes = byte_feed_read(byte_feed_data(path), &count);
    assert_saved(read_table(byte_feed_data(path)), kind, rows, columns);
    assert_saved(read_table(byte_feed_pipe(bytes, count, 13)), kind, rows, columns);
    assert_saved(read_table(byte_feed_pipe(bytes, count, 100000)), kind, rows, columns);
    free(bytes);
}

static void every_type_of_numpy_is_read(void **state) {
    (void)state;
    static const char *const types[] = {"f8", "f4", "f2", "i8", "i4", "i2",
                                        "i1", "u8", "u4", "u2", "u1", "b1"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char name[40];
        assert_file_is_saved(types[i], types[i][0], 5, 3);
        snprintf(name, sizeof name, "fortran_%s", types[i]);
        assert_file_is_saved(name, types[i][0], 5, 3);
        snprintf(name, sizeof name, "big_%s", types[i]);
        if (types[i][1] != '1')
            assert_file_is_saved(name, types[i][0], 5, 3);
    }
}

static void the_type_is_the_first_arrays(void **state) {
    (void)state;
    struct table table = read_table(byte_feed_data("npy/big_i4.npy"));
    assert_string_equal(table.type, "i4");
    free(table.values);
    table = read_table(byte_feed_data("npy/several.npy"));
    assert_string_equal(table.type, "f8");
    free(table.values);
}

static void every_shape_and_version_is_read(void **state) {
    (void)state;
    assert_file_is_saved("scalar", 'f', 1, 1);
    assert_file_is_saved("vector", 'f', 5, 1);
    assert_file_is_saved("fortran_vector", 'f', 5, 1);
    assert_file_is_saved("cube", 'f', 4, 6);
    assert_file_is_saved("fortran_cube", 'f', 4, 6);
    assert_file_is_saved("no_rows", 'f', 0, 3);
    assert_file_is_saved("version_2", 'f', 5, 3);
    assert_file_is_saved("version_3", 'f', 5, 3);
}

/* Types, orders and byte orders differ, and one has no rows. */
static void arrays_one_after_another_are_one_matrix(void **state) {
    (void)state;
    assert_file_is_saved("several", 'f', 7, 3);
}

static void assert_values(const char *name, size_t count, const double *expected) {
    struct table table = read_table(byte_feed_data(name));
    assert_int_equal(table.rows, count);
    for (size_t i = 0; i < count; i++)
        assert_ulps(table.values[i], expected[i], 0);
    free(table.values);
}

static void extreme_values_become_the_nearest_doubles(void **state) {
    (void)state;
    assert_values("npy/extreme_i8.npy", 4, (double[]){0x1p53, 0x1p63, -0x1p63, -0x1p53});
    assert_values("npy/extreme_u8.npy", 4, (double[]){0x1p53, 0x1p64, 0x1p63, 0x1p63 + 2048});
    assert_values(
        "npy/extreme_f2.npy", 11,
        (double[]){0, -0.0, 0x1p-24, 0x3ffp-24, 0x1p-14, 1, 65504, -65504, INFINITY, -INFINITY, NAN});
    assert_values(
        "npy/extreme_f4.npy", 7,
        (double[]){0x1p-149, 0x1p-126 - 0x1p-149, 0x1p-126, 0x1.fffffep127, INFINITY, -INFINITY, -0.0});
}

static void assert_refused(const char *name, const char *reason) {
    char expected[5000];
    struct table table = read_table(byte_feed_data(name));
    snprintf(expected, sizeof expected, "%s: %s", byte_feed_data(name), reason);
    assert_string_equal(table.error.text, expected);
    free(table.values);
}

static void arrays_of_other_things_are_refused(void **state) {
    (void)state;
    assert_refused("npy/objects.npy", "Python objects (type '|O') are not read: save numbers");
    assert_refused("npy/records.npy", "records (a structured type) are not read: save one array of numbers");
    assert_refused("npy/words.npy", "text (type '<U2') is no matrix of numbers");
    assert_refused("npy/complex.npy", "elements of type '<c16' are not read");
    assert_refused("npy/dates.npy", "elements of type '<M8[s]' are not read");
    assert_refused("iris.csv", "no NPY array");
}

/* An array of a type and shape with its elements zero, of which `present` bytes follow. */
static size_t make_array(unsigned char *bytes, const char *type, uint64_t rows, uint64_t columns,
                         size_t present) {
    npy_header_write_matrix(bytes, type, rows, columns);
    memset(bytes + NPY_HEADER_MATRIX, 0, present);
    return NPY_HEADER_MATRIX + present;
}

static void assert_bytes_refused(const unsigned char *bytes, size_t count, size_t rows, const char *from_file,
                                 const char *from_pipe) {
    struct table table = read_table(byte_feed_file(bytes, count));
    assert_non_null(strstr(table.error.text, from_file));
    free(table.values);
    table = read_table(byte_feed_pipe(bytes, count, count));
    assert_non_null(strstr(table.error.text, from_pipe));
    assert_int_equal(table.rows, rows);
    free(table.values);
}

/* Memory is not asked for on the header's word: under a sanitizer the large ones would end the test. */
static void arrays_that_promise_too_much_are_refused(void **state) {
    (void)state;
    unsigned char bytes[1000];
    size_t count = make_array(bytes, "<f8", 5, 3, 100);
    assert_bytes_refused(bytes, count, 4, "cut short: 100 of the 120 bytes of its array are there",
                         "the data end in row 5; its array should have 5 rows");
    count = make_array(bytes, "<f8", 3, (uint64_t)1 << 55, 100);
    assert_bytes_refused(bytes, count, 0, "cut short", "the data end in row 1; its array should have 3 rows");
    count = make_array(bytes, "|i1", (uint64_t)1 << 62, 1, 100);
    assert_bytes_refused(bytes, count, 100, "cut short", "the data end in row 101");
    count = make_array(bytes, "<f8", 3, (uint64_t)1 << 55, 100);
    memcpy(strstr((char *)bytes + 10, "False"), "True ", 5);
    assert_bytes_refused(bytes, count, 0, "cut short",
                         "the data end inside an array of 3 rows in Fortran order");
    count = make_array(bytes, "<f8", 3, 0, 0);
    assert_bytes_refused(bytes, count, 0, "the array has no columns", "the array has no columns");
}

static void what_follows_must_fit(void **state) {
    (void)state;
    unsigned char bytes[1000];
    size_t count = make_array(bytes, "<f8", 2, 3, 48);
    size_t more = make_array(bytes + count, "<f8", 2, 2, 32);
    assert_bytes_refused(bytes, count + more, 2, "array 2 has 2 columns, those before it 3",
                         "array 2 has 2 columns, those before it 3");
    bytes[count] = 'x';
    assert_bytes_refused(bytes, count + 1, 2, ": behind row 2: no NPY array", ": behind row 2: no NPY array");
}

/* Blocks of 64 Ki values: 200 000 x 3 in several; each row holds its number. */
enum { LONG_ROWS = 200000 };

static unsigned char *long_array(bool fortran, size_t *count) {
    unsigned char *bytes = malloc(NPY_HEADER_MATRIX + LONG_ROWS * 3 * sizeof(double));
    npy_header_write_matrix(bytes, "<f8", LONG_ROWS, 3);
    if (fortran)
        memcpy(strstr((char *)bytes + 10, "False"), "True ", 5);
    double *values = (double *)(void *)(bytes + NPY_HEADER_MATRIX);
    for (size_t row = 0; row < LONG_ROWS; row++)
        for (size_t column = 0; column < 3; column++)
            values[fortran ? column * LONG_ROWS + row : row * 3 + column] = (double)row + (double)column / 4;
    *count = NPY_HEADER_MATRIX + LONG_ROWS * 3 * sizeof(double);
    return bytes;
}

static void assert_long(struct table table) {
    assert_string_equal(table.error.text, "");
    assert_int_equal(table.rows, LONG_ROWS);
    for (size_t i = 0; i < LONG_ROWS * 3; i++)
        assert_ulps(table.values[i], (double)(i / 3) + (double)(i % 3) / 4, 0);
    free(table.values);
}

static void long_arrays_come_in_blocks(void **state) {
    (void)state;
    for (int fortran = 0; fortran < 2; fortran++) {
        size_t count;
        unsigned char *bytes = long_array(fortran, &count);
        struct table table = read_table(byte_feed_file(bytes, count));
        assert_true(table.blocks > 1);
        assert_long(table);
        assert_long(read_table(byte_feed_pipe(bytes, count, 65536)));
        assert_long(read_table(byte_feed_pipe(bytes, count, 1001)));
        free(bytes);
    }
}

static void rows_are_counted_and_passed_over(void **state) {
    (void)state;
    static const char *const files[] = {"npy/several.npy", "npy/f8.npy", "npy/fortran_f8.npy"};
    static const size_t totals[] = {7, 5, 5};
    for (size_t i = 0; i < 3; i++)
        for (size_t skipped = 0; skipped <= totals[i]; skipped++) {
            struct error error = {0};
            struct byte_source *source = byte_source_open(byte_feed_data(files[i]), &error);
            struct npy_reader *reader = npy_reader_open(source, &error);
            uint64_t ahead;
            const double *rows;
            size_t row_count, k = 3 * skipped;
            assert_true(npy_reader_seekable(reader));
            assert_int_equal(npy_reader_rows_ahead(reader, &ahead, &error), 0);
            assert_int_equal(ahead, totals[i]);
            assert_int_equal(npy_reader_skip(reader, skipped, &error), 0);
            assert_int_equal(npy_reader_rows_ahead(reader, &ahead, &error), 0);
            assert_int_equal(ahead, totals[i] - skipped);
            while (npy_reader_next(reader, &rows, &row_count, &error) > 0)
                for (size_t j = 0; j < 3 * row_count; j++)
                    assert_ulps(rows[j], saved_value('f', k++), 0);
            assert_int_equal(k, 3 * totals[i]);
            assert_int_equal(npy_reader_skip(reader, 1, &error), -1);
            npy_reader_close(reader);
            byte_source_close(source);
        }
}

static void a_failed_count_leaves_the_rows_where_they_are(void **state) {
    (void)state;
    unsigned char bytes[1000];
    struct error error = {0};
    uint64_t ahead;
    const double *rows;
    size_t row_count, count = make_array(bytes, "<f8", 2, 3, 48);
    bytes[count] = 'x';
    struct byte_source *source = byte_source_open(byte_feed_file(bytes, count + 1), &error);
    struct npy_reader *reader = npy_reader_open(source, &error);
    assert_int_equal(npy_reader_rows_ahead(reader, &ahead, &error), -1);
    assert_int_equal(npy_reader_next(reader, &rows, &row_count, &error), 1);
    assert_int_equal(row_count, 2);
    assert_int_equal(npy_reader_next(reader, &rows, &row_count, &error), -1);
    npy_reader_close(reader);
    byte_source_close(source);
}

static void passing_over_works_between_blocks(void **state) {
    (void)state;
    for (int fortran = 0; fortran < 2; fortran++) {
        size_t count, row_count, row = 0;
        unsigned char *bytes = long_array(fortran, &count);
        struct error error = {0};
        const double *rows;
        struct byte_source *source = byte_source_open(byte_feed_file(bytes, count), &error);
        struct npy_reader *reader = npy_reader_open(source, &error);
        while (row < LONG_ROWS) {
            assert_int_equal(npy_reader_next(reader, &rows, &row_count, &error), 1);
            assert_ulps(rows[0], (double)row, 0);
            row += row_count;
            size_t skipped = LONG_ROWS - row < 777 ? LONG_ROWS - row : 777;
            assert_int_equal(npy_reader_skip(reader, skipped, &error), 0);
            row += skipped;
        }
        assert_int_equal(npy_reader_next(reader, &rows, &row_count, &error), 0);
        npy_reader_close(reader);
        byte_source_close(source);
        free(bytes);
    }
}

/* Rows passed over, four at most at a time, and read at their offsets, the last of them first. Where a file
 * does not hold doubles as they are, next reads on. */
static void rows_passed_over_can_be_read_later(void **state) {
    (void)state;
    static const char *const files[] = {"npy/several.npy", "npy/f8.npy", "npy/fortran_f8.npy", "npy/f4.npy"};
    static const bool possible[] = {true, true, false, false};
    for (size_t i = 0; i < 4; i++) {
        struct error error = {0};
        struct byte_source *source = byte_source_open(byte_feed_data(files[i]), &error);
        struct npy_reader *reader = npy_reader_open(source, &error);
        const double *rows;
        double room[12];
        size_t row_count, passed = 0, k = 0;
        uint64_t offset = 0;
        while (npy_reader_pass(reader, 4, &row_count, &offset, &error) > 0) {
            assert_true(row_count <= 4);
            passed += row_count;
            for (size_t row = row_count; row-- > 0;)
                assert_int_equal(
                    npy_reader_read_at(reader, offset + row * 3 * sizeof(double), 1, room + 3 * row, &error),
                    0);
            rows = room;
            if (row_count == 0)
                assert_int_equal(npy_reader_next(reader, &rows, &row_count, &error), 1);
            for (size_t j = 0; j < 3 * row_count; j++)
                assert_ulps(rows[j], saved_value('f', k++), 0);
        }
        assert_string_equal(error.text, "");
        assert_int_equal(k, i == 0 ? 21 : 15);
        assert_int_equal(passed > 0, possible[i]);
        npy_reader_close(reader);
        byte_source_close(source);
    }
}

static void a_file_cut_after_its_rows_were_passed_over_is_an_error(void **state) {
    (void)state;
    unsigned char bytes[1000];
    struct error error = {0};
    double room[6];
    size_t row_count, count = make_array(bytes, "<f8", 2, 3, 48);
    uint64_t offset;
    const char *path = byte_feed_file(bytes, count);
    struct byte_source *source = byte_source_open(path, &error);
    struct npy_reader *reader = npy_reader_open(source, &error);
    assert_int_equal(npy_reader_pass(reader, 9, &row_count, &offset, &error), 1);
    assert_int_equal(row_count, 2);
    assert_int_equal(truncate(path, (off_t)count - 1), 0);
    assert_int_equal(npy_reader_read_at(reader, offset, 1, room, &error), 0);
    assert_int_equal(npy_reader_read_at(reader, offset, 2, room, &error), -1);
    assert_non_null(strstr(error.text, "the file became shorter while it was read"));
    npy_reader_close(reader);
    byte_source_close(source);
}

/* A co-process: a row that is whole is handed out, half a row is not waited for. */
static void rows_of_a_slow_writer_come_at_once(void **state) {
    (void)state;
    unsigned char bytes[1000];
    struct error error = {0};
    const double *rows;
    size_t row_count;
    make_array(bytes, "<f8", 3, 2, 48);
    const char *path = byte_feed_open_pipe();
    byte_feed_write(bytes, NPY_HEADER_MATRIX + 16 + 5); /* a row, and five bytes of the next */
    struct byte_source *source = byte_source_open(path, &error);
    struct npy_reader *reader = npy_reader_open(source, &error);
    assert_true(npy_reader_ready(reader));
    assert_int_equal(npy_reader_next(reader, &rows, &row_count, &error), 1);
    assert_int_equal(row_count, 1);
    assert_false(npy_reader_ready(reader));
    byte_feed_write(bytes + NPY_HEADER_MATRIX + 21, 5);
    assert_false(npy_reader_ready(reader));
    byte_feed_write(bytes + NPY_HEADER_MATRIX + 26, 22);
    assert_true(npy_reader_ready(reader));
    assert_int_equal(npy_reader_next(reader, &rows, &row_count, &error), 1);
    assert_int_equal(row_count, 2);
    assert_false(npy_reader_ready(reader)); /* another array may follow */
    byte_feed_finish();
    assert_true(npy_reader_ready(reader));
    assert_int_equal(npy_reader_next(reader, &rows, &row_count, &error), 0);
    npy_reader_close(reader);
    byte_source_close(source);
}

static int end_feed(void **state) {
    (void)state;
    byte_feed_end();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_type_of_numpy_is_read, end_feed),
        cmocka_unit_test(the_type_is_the_first_arrays),
        cmocka_unit_test_teardown(every_shape_and_version_is_read, end_feed),
        cmocka_unit_test_teardown(arrays_one_after_another_are_one_matrix, end_feed),
        cmocka_unit_test(extreme_values_become_the_nearest_doubles),
        cmocka_unit_test(arrays_of_other_things_are_refused),
        cmocka_unit_test_teardown(arrays_that_promise_too_much_are_refused, end_feed),
        cmocka_unit_test_teardown(what_follows_must_fit, end_feed),
        cmocka_unit_test_teardown(long_arrays_come_in_blocks, end_feed),
        cmocka_unit_test(rows_are_counted_and_passed_over),
        cmocka_unit_test_teardown(a_failed_count_leaves_the_rows_where_they_are, end_feed),
        cmocka_unit_test_teardown(passing_over_works_between_blocks, end_feed),
        cmocka_unit_test(rows_passed_over_can_be_read_later),
        cmocka_unit_test_teardown(a_file_cut_after_its_rows_were_passed_over_is_an_error, end_feed),
        cmocka_unit_test_teardown(rows_of_a_slow_writer_come_at_once, end_feed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
