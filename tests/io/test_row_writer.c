/* Writing rows: texts to the letter, and what is written read back by the row reader. */

#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/matrix.h"
#include "io/row_writer.h"

static struct error error;

/* The bytes of a file, ended by a zero byte. */
static char *file_bytes(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*length + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *length, file), *length);
    bytes[*length] = '\0';
    fclose(file);
    return bytes;
}

static void assert_file(const char *path, const char *expected) {
    size_t length;
    char *bytes = file_bytes(path, &length);
    assert_string_equal(bytes, expected);
    free(bytes);
}

static void write_rows(const struct row_layout *layout, size_t columns, const char *const *names,
                       int64_t promised, const double *rows, size_t row_count) {
    struct row_writer *writer = row_writer_open(layout, columns, names, promised, &error);
    assert_non_null(writer);
    assert_int_equal(row_writer_rows(writer, rows, row_count, &error), 0);
    assert_int_equal(row_writer_close(writer, &error), 0);
}

static const double values[] = {1, 0.1, -0.0, 1e22, 2.0 / 3, 1e-7};

static void csv_is_the_shortest_text(void **state) {
    (void)state;
    write_rows(&(struct row_layout){.path = "o.csv"}, 3, NULL, -1, values, 2);
    assert_file("o.csv", "1,0.1,-0\n1e22,0.6666666666666666,1e-7\n");
    write_rows(&(struct row_layout){.path = "o.csv", .digits = 3}, 3, NULL, -1, values, 2);
    assert_file("o.csv", "1,0.1,-0\n1e22,0.667,1e-7\n");
    write_rows(&(struct row_layout){.path = "o.csv", .float32 = true}, 3, NULL, -1, values, 2);
    assert_file("o.csv", "1,0.1,-0\n1e22,0.6666667,1e-7\n");
    write_rows(&(struct row_layout){.path = "o.csv", .float32 = true, .digits = 9}, 3, NULL, -1, values, 2);
    assert_file("o.csv", "1,0.100000001,-0\n9.99999978e21,0.666666687,1.00000001e-7\n");
}

static void names_get_quotes_where_they_need_them(void **state) {
    (void)state;
    static const char *const names[] = {"plain", "a,b",    "say \"x\"", "",
                                        "#n",    " blank", "two words", "line\nend"};
    static const double row[8] = {0};
    write_rows(&(struct row_layout){.path = "o.csv"}, 8, names, -1, row, 1);
    assert_file("o.csv", "plain,\"a,b\",\"say \"\"x\"\"\",\"\",\"#n\",\" blank\",two words,\"line\nend\"\n"
                         "0,0,0,0,0,0,0,0\n");
    struct row_reader *reader = row_reader_open("o.csv", &(struct row_format){0}, &error);
    assert_non_null(reader);
    for (size_t i = 0; i < 8; i++)
        assert_string_equal(reader->names[i], names[i]);
    row_reader_close(reader);
    write_rows(&(struct row_layout){.path = "o.csv", .no_names = true}, 8, names, -1, row, 1);
    assert_file("o.csv", "0,0,0,0,0,0,0,0\n");
}

static void labels_stand_before_the_numbers(void **state) {
    (void)state;
    static const char *const labels[] = {"first", "a,b"};
    static const char *const names[] = {"key", "x"};
    static const double rows[] = {1.5, 2.5};
    struct row_writer *writer =
        row_writer_open_labelled(&(struct row_layout){.path = "o.csv"}, 1, names, &error);
    assert_non_null(writer);
    assert_int_equal(row_writer_labelled(writer, labels, rows, 2, &error), 0);
    assert_int_equal(row_writer_close(writer, &error), 0);
    assert_file("o.csv", "key,x\nfirst,1.5\n\"a,b\",2.5\n");

    assert_null(
        row_writer_open_labelled(&(struct row_layout){.path = "o.npy", .binary = true}, 1, names, &error));
    assert_true(error.usage);
    assert_int_equal(access("o.npy", F_OK), -1);
}

/* Bit patterns from a fixed seed, without nans. */
static double *random_values(size_t count) {
    uint64_t bits = 88172645463325252u;
    double *result = malloc(count * sizeof *result);
    assert_non_null(result);
    for (size_t i = 0; i < count;) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        memcpy(&result[i], &bits, sizeof bits);
        i += isnan(result[i]) ? 0 : 1;
    }
    return result;
}

enum { ROWS = 30000, COLUMNS = 7 };

static void assert_reads_back(const char *path, const double *expected, size_t rows) {
    struct matrix matrix;
    if (matrix_read(&matrix, path, &(struct row_format){.threads = 2}, &error) < 0)
        fail_msg("%s", error.text);
    assert_int_equal(matrix.rows, rows);
    assert_int_equal(matrix.columns, COLUMNS);
    assert_memory_equal(matrix.values, expected, rows * COLUMNS * sizeof *expected);
    matrix_free(&matrix);
}

static void every_encoding_reads_back_to_the_same_bits(void **state) {
    (void)state;
    double *rows = random_values(ROWS * COLUMNS);
    for (int kind = 0; kind < 8; kind++) {
        struct row_layout layout = {.path = "o", .binary = kind & 1, .gzip = kind >> 1 & 1, .threads = 2};
        write_rows(&layout, COLUMNS, NULL, (kind & 4) != 0 ? ROWS : -1, rows, ROWS);
        assert_reads_back("o", rows, ROWS);
    }
    free(rows);
}

static void threads_and_portions_do_not_change_the_bytes(void **state) {
    (void)state;
    double *rows = random_values(ROWS * COLUMNS);
    size_t length, expected_length;
    write_rows(&(struct row_layout){.path = "o"}, COLUMNS, NULL, -1, rows, ROWS);
    char *expected = file_bytes("o", &expected_length);
    for (size_t portion = 1; portion <= ROWS; portion = 10 * portion + 7) {
        struct row_writer *writer =
            row_writer_open(&(struct row_layout){.path = "o", .threads = 3}, COLUMNS, NULL, -1, &error);
        assert_non_null(writer);
        for (size_t at = 0; at < ROWS; at += portion) {
            size_t count = ROWS - at < portion ? ROWS - at : portion;
            assert_int_equal(row_writer_rows(writer, rows + at * COLUMNS, count, &error), 0);
        }
        assert_int_equal(row_writer_close(writer, &error), 0);
        char *bytes = file_bytes("o", &length);
        assert_int_equal(length, expected_length);
        assert_memory_equal(bytes, expected, length);
        free(bytes);
    }
    free(expected);
    free(rows);
}

/* To a file: one array, its header mended; 128 bytes of header as numpy.save writes them. */
static void an_unknown_count_is_mended_into_the_header(void **state) {
    (void)state;
    size_t length;
    write_rows(&(struct row_layout){.path = "o.npy", .binary = true}, 3, NULL, -1, values, 2);
    char *bytes = file_bytes("o.npy", &length);
    assert_int_equal(length, 128 + sizeof values);
    assert_memory_equal(bytes, "\x93NUMPY\1\0\x76\0{'descr': '<f8', ", 27);
    assert_non_null(strstr(bytes + 10, "'shape': (2, 3)"));
    assert_memory_equal(bytes + 128, values, sizeof values);
    free(bytes);
    write_rows(&(struct row_layout){.path = "o.npy", .binary = true, .float32 = true}, 3, NULL, 5, values, 2);
    bytes = file_bytes("o.npy", &length);
    assert_int_equal(length, 128 + sizeof values / 2);
    assert_non_null(strstr(bytes + 10, "'<f4'"));
    assert_non_null(strstr(bytes + 10, "'shape': (2, 3)"));
    float third;
    memcpy(&third, bytes + 128 + 4 * sizeof third, sizeof third);
    assert_true(third == (float)(2.0 / 3));
    free(bytes);
}

/* To a pipe of unknown length: an array each time the writer is flushed, and one without rows where none
 * came. */
static void a_pipe_gets_an_array_per_flush(void **state) {
    (void)state;
    int ends[2], old_output = dup(1);
    char bytes[1024];
    fflush(stdout);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], 1);
    struct row_writer *writer = row_writer_open(&(struct row_layout){.binary = true}, 3, NULL, -1, &error);
    assert_non_null(writer);
    assert_int_equal(row_writer_rows(writer, values, 1, &error), 0);
    assert_int_equal(row_writer_flush(writer, &error), 0);
    assert_int_equal(row_writer_flush(writer, &error), 0);
    assert_int_equal(read(ends[0], bytes, sizeof bytes), 128 + 24);
    assert_memory_equal(bytes + 128, values, 24);
    assert_int_equal(row_writer_rows(writer, values + 3, 1, &error), 0);
    assert_int_equal(row_writer_close(writer, &error), 0);
    assert_int_equal(read(ends[0], bytes, sizeof bytes), 128 + 24);
    assert_memory_equal(bytes + 128, values + 3, 24);

    write_rows(&(struct row_layout){.binary = true}, 3, NULL, -1, values, 0);
    assert_int_equal(read(ends[0], bytes, sizeof bytes), 128);
    writer = row_writer_open(&(struct row_layout){.binary = true}, 3, NULL, 2, &error);
    assert_non_null(writer);
    assert_int_equal(row_writer_rows(writer, values, 1, &error), 0);
    assert_int_equal(row_writer_close(writer, &error), -1);
    assert_string_equal(error.text, "2 rows were to be written, and 1 came");
    dup2(old_output, 1);
    close(old_output);
    close(ends[0]);
    close(ends[1]);
}

static void a_discarded_writer_leaves_the_old_file(void **state) {
    (void)state;
    write_rows(&(struct row_layout){.path = "o.csv"}, 3, NULL, -1, values, 1);
    struct row_writer *writer = row_writer_open(&(struct row_layout){.path = "o.csv"}, 3, NULL, -1, &error);
    assert_non_null(writer);
    assert_int_equal(row_writer_rows(writer, values, 2, &error), 0);
    row_writer_discard(writer);
    assert_file("o.csv", "1,0.1,-0\n");
    row_writer_discard(NULL);
}

static void a_full_disk_is_an_error(void **state) {
    (void)state;
    double *rows = random_values(ROWS * COLUMNS);
    struct row_writer *writer =
        row_writer_open(&(struct row_layout){.path = "/dev/full"}, COLUMNS, NULL, -1, &error);
    assert_non_null(writer);
    int status = row_writer_rows(writer, rows, ROWS, &error);
    int closed = row_writer_close(writer, &error);
    assert_true(status < 0 || closed < 0);
    assert_string_equal(error.text, "/dev/full: No space left on device");
    free(rows);
}

static char directory[] = "/tmp/test_row_writer.XXXXXX";

static int enter_directory(void **state) {
    (void)state;
    return mkdtemp(directory) != NULL && chdir(directory) == 0 ? 0 : -1;
}

static int leave_directory(void **state) {
    (void)state;
    unlink("o.csv");
    unlink("o.npy");
    unlink("o");
    return chdir("/") == 0 ? rmdir(directory) : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_is_the_shortest_text),
        cmocka_unit_test(names_get_quotes_where_they_need_them),
        cmocka_unit_test(labels_stand_before_the_numbers),
        cmocka_unit_test(every_encoding_reads_back_to_the_same_bits),
        cmocka_unit_test(threads_and_portions_do_not_change_the_bytes),
        cmocka_unit_test(an_unknown_count_is_mended_into_the_header),
        cmocka_unit_test(a_pipe_gets_an_array_per_flush),
        cmocka_unit_test(a_discarded_writer_leaves_the_old_file),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests_name("row_writer", tests, enter_directory, leave_directory);
}
