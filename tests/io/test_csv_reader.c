/* Generated files against the values they were made from, whatever the threads, the pipe's portions and the
 * parts; pipes whose writer waits for an answer. */

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

#include "io/row_reader.h"
#include "support/reading.h"

static uint64_t random_state = 88172645463325252u;

static uint64_t random_below(uint64_t bound) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (random_state >> 16) % bound;
}

struct generated {
    char *text;
    size_t length;
    struct reading expected;
    size_t *lines; /* of each row */
    size_t rows;
};

/* quotes: per thousand of the rows have a quoted field with a line's end in it, as a left-out middle column.
 */
static void generate(struct generated *file, size_t rows, uint64_t quotes, bool odd_lines) {
    size_t line = 1;
    file->text = malloc(rows * 200 + 1000);
    file->lines = malloc(rows * sizeof *file->lines);
    assert_non_null(file->text);
    assert_non_null(file->lines);
    file->expected = (struct reading){0};
    file->length = (size_t)sprintf(file->text, "a,b,c\n");
    file->rows = rows;
    reading_add(&file->expected, "a,c\n");
    for (size_t i = 0; i < rows; i++) {
        char *at = file->text + file->length;
        const char *end = odd_lines && random_below(3) == 0 ? "\r\n" : "\n";
        double row[2] = {(double)(int64_t)random_below(1u << 30) - 5e8, (double)random_below(1u << 30) / 1e4};
        line++;
        while (odd_lines && random_below(4) == 0) {
            at += sprintf(at, "%s%s", random_below(2) == 0 ? "# it's \"so" : " ", end);
            line++;
        }
        file->lines[i] = line;
        bool quoted = random_below(1000) < quotes;
        const char *word = quoted                              ? "\"x,\"\"\r\n#y\n\n\""
                           : odd_lines && random_below(3) == 0 ? "it's 5\" big"
                                                               : "0";
        line += quoted ? 3 : 0;
        at += sprintf(at, odd_lines && random_below(4) == 0 ? " %.17g ,%s, \"%.17g\"%s" : "%.17g,%s,%.17g%s",
                      row[0], word, row[1], end);
        file->length = (size_t)(at - file->text);
        reading_add_row(&file->expected, row, 2);
    }
}

static void free_generated(struct generated *file) {
    free(file->text);
    free(file->lines);
    reading_free(&file->expected);
}

static void assert_reads_the_same(const struct generated *file, const struct row_format *format) {
    struct reading reading = {0};
    for (size_t threads = 1; threads <= 3; threads++) {
        struct row_format with_threads = *format;
        with_threads.threads = threads;
        reading_of(&reading, "p.csv", &with_threads);
        assert_true(strcmp(reading.text, file->expected.text) == 0);
    }
    reading_of_pipe(&reading, file->text, file->length, 10007, format);
    assert_true(strcmp(reading.text, file->expected.text) == 0);
    reading_free(&reading);
}

static void any_number_of_threads_and_any_pipe_give_the_rows_that_were_written(void **state) {
    (void)state;
    const struct row_format format = {.columns = "a,c"};
    for (int kind = 0; kind < 4; kind++) {
        struct generated file;
        generate(&file, 60000, (uint64_t[]){0, 0, 20, 1}[kind], kind % 2 == 1);
        reading_write_file("p.csv", file.text, file.length);
        assert_reads_the_same(&file, &format);
        free_generated(&file);
    }
}

static void each_row_knows_its_line(void **state) {
    (void)state;
    for (uint64_t quotes = 0; quotes <= 10; quotes += 10) {
        struct generated file;
        struct error error;
        const struct row_format format = {.columns = "a,c", .threads = 2};
        generate(&file, 30000, quotes, true);
        reading_write_file("p.csv", file.text, file.length);
        struct row_reader *reader = row_reader_open("p.csv", &format, &error);
        assert_non_null(reader);
        while (row_reader_next(reader, &error) > 0) {
            for (size_t i = 0; i < reader->row_count; i++) {
                char expected[64];
                sprintf(expected, "p.csv:%zu: field 3: bad", file.lines[reader->rows_before + i]);
                assert_int_equal(row_reader_error(reader, &error, i, 1, "%s", "bad"), -1);
                assert_string_equal(error.text, expected);
            }
        }
        row_reader_close(reader);
        free_generated(&file);
    }
}

/* Two wrong lines far apart: the first wins, and all rows before it are handed out. */
static void the_first_error_wins_whatever_the_threads(void **state) {
    (void)state;
    struct generated file;
    struct reading reading = {0};
    generate(&file, 60000, 0, false);
    char *third = file.text + file.length / 3, *half = file.text + file.length / 2;
    *strchr(third, '.') = 'x';
    *strchr(half, '.') = 'x';
    size_t line = 1, expected_length = 0;
    for (const char *at = file.text; at < third; at++)
        line += *at == '\n';
    line += memchr(third, '\n', (size_t)(strchr(third, 'x') - third)) != NULL;
    const char *end = file.expected.text;
    for (size_t i = 1; i < line; i++)
        end = strchr(end, '\n') + 1;
    expected_length = (size_t)(end - file.expected.text);
    reading_write_file("p.csv", file.text, file.length);
    for (size_t threads = 1; threads <= 3; threads++) {
        char place[64];
        reading_of(&reading, "p.csv", &(struct row_format){.columns = "a,c", .threads = threads});
        sprintf(place, "p.csv:%zu: field 3: expected a number", line);
        assert_memory_equal(reading.text, file.expected.text, expected_length);
        assert_memory_equal(reading.text + expected_length, place, strlen(place));
    }
    reading_free(&reading);
    free_generated(&file);
}

static void shards_together_are_the_file_in_order(void **state) {
    (void)state;
    struct generated file;
    struct reading reading = {0};
    for (size_t rows = 1; rows <= 20000; rows = 20 * rows) {
        generate(&file, rows, 0, false);
        reading_write_file("p.csv", file.text, file.length);
        for (size_t shards = 1; shards <= 37; shards += 6) {
            struct reading all = {0};
            reading_add(&all, "a,c\n");
            for (size_t shard = 1; shard <= shards; shard++) {
                struct row_format format = {.columns = "a,c", .shard = shard, .shards = shards, .threads = 2};
                reading_of(&reading, "p.csv", &format);
                assert_memory_equal(reading.text, "a,c\n", 4);
                for (const char *at = reading.text + 4, *end; (end = strchr(at, '\n')) != NULL; at = end + 1)
                    reading_add(&all, "%.*s", (int)(end + 1 - at), at);
            }
            assert_string_equal(all.text, file.expected.text);
            reading_free(&all);
        }
        free_generated(&file);
    }
    reading_free(&reading);
}

/* ---- pipes ---- */

static void wait_for_row(struct row_reader *reader, double expected) {
    struct error error;
    assert_int_equal(row_reader_next(reader, &error), 1);
    assert_int_equal(reader->row_count, 1);
    assert_true(reader->rows[0] == expected);
}

/* The other end waits for an answer before it writes on, as a co-process does. A line that is not whole, a
 * comment and a row that is dropped are nothing to wait for. */
static void every_complete_line_is_answered_before_more_is_waited_for(void **state) {
    (void)state;
    int ends[2], old_input = dup(0);
    struct error error;
    struct row_format format = {.missing = MISSING_SKIP, .threads = 2};
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[0], 0), 0);
    close(ends[0]);
    assert_int_equal(write(ends[1], "x\n1\n", 4), 4);
    struct row_reader *reader = row_reader_open("-", &format, &error);
    assert_non_null(reader);
    wait_for_row(reader, 1);
    assert_false(row_reader_ready(reader));
    assert_int_equal(write(ends[1], "2\n3", 3), 3);
    assert_true(row_reader_ready(reader));
    assert_true(reader->rows[0] == 1); /* asking does not touch the rows at hand */
    wait_for_row(reader, 2);
    assert_false(row_reader_ready(reader));
    assert_int_equal(write(ends[1], "0\n# note\nNA\n", 12), 12);
    wait_for_row(reader, 30);
    assert_false(row_reader_ready(reader));
    close(ends[1]);
    assert_true(row_reader_ready(reader));
    assert_int_equal(row_reader_next(reader, &error), 0);
    assert_int_equal(reader->rows_skipped, 1);
    row_reader_close(reader);
    dup2(old_input, 0);
    close(old_input);
}

/* 65 MiB of digits without a newline. */
static void endless_lines_are_refused_in_bounded_memory(void **state) {
    (void)state;
    size_t count = ((size_t)65 << 20);
    char *text = malloc(count);
    assert_non_null(text);
    memset(text, '1', count);
    memcpy(text, "1\n2\n", 4);
    struct reading reading = {0};
    reading_of_pipe(&reading, text, count, 1 << 20, &(struct row_format){0});
    assert_string_equal(reading.text, "1\n2\n-:3: a line is longer than 64 MiB");
    text[4] = '"';
    for (size_t i = 100; i < count; i += 100)
        text[i] = '\n';
    reading_of_pipe(&reading, text, count, 1 << 20, &(struct row_format){0});
    assert_string_equal(reading.text, "1\n2\n-:3: a line is longer than 64 MiB");
    reading_free(&reading);
    free(text);
}

static void too_many_fields_are_refused(void **state) {
    (void)state;
    size_t count = ((size_t)4 << 20) + 1;
    char *text = malloc(count);
    assert_non_null(text);
    memset(text, ',', count);
    text[count - 1] = '\n';
    struct reading reading = {0};
    reading_write_file("p.csv", text, count);
    reading_of(&reading, "p.csv", &(struct row_format){0});
    assert_string_equal(reading.text, "p.csv:1: more than 4194304 fields");
    reading_free(&reading);
    free(text);
}

/* Two million fields: a row is longer than a piece, and than the buffer at first. */
static void wide_rows_are_read(void **state) {
    (void)state;
    enum { COLUMNS = 2000000 };
    struct error error;
    char *text = malloc(2 * COLUMNS * 8), *at = text;
    assert_non_null(text);
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < COLUMNS; j++)
            at += sprintf(at, "%d%c", j % 1000, j + 1 < COLUMNS ? ',' : '\n');
    }
    reading_write_file("p.csv", text, (size_t)(at - text));
    struct row_reader *reader = row_reader_open("p.csv", &(struct row_format){.threads = 2}, &error);
    assert_non_null(reader);
    assert_int_equal(reader->columns, COLUMNS);
    size_t rows = 0;
    while (row_reader_next(reader, &error) > 0) {
        for (size_t j = 0; j < reader->row_count * COLUMNS; j++)
            assert_true(reader->rows[j] == (double)(j % COLUMNS % 1000));
        rows += reader->row_count;
    }
    assert_int_equal(rows, 2);
    row_reader_close(reader);
    free(text);
}

static char directory[] = "/tmp/test_csv_reader.XXXXXX";

static int enter_directory(void **state) {
    (void)state;
    return mkdtemp(directory) != NULL && chdir(directory) == 0 ? 0 : -1;
}

static int leave_directory(void **state) {
    (void)state;
    static const char *const files[] = {"p.csv"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        unlink(files[i]);
    return chdir("/") == 0 ? rmdir(directory) : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_threads_and_any_pipe_give_the_rows_that_were_written),
        cmocka_unit_test(each_row_knows_its_line),
        cmocka_unit_test(the_first_error_wins_whatever_the_threads),
        cmocka_unit_test(shards_together_are_the_file_in_order),
        cmocka_unit_test(every_complete_line_is_answered_before_more_is_waited_for),
        cmocka_unit_test(endless_lines_are_refused_in_bounded_memory),
        cmocka_unit_test(too_many_fields_are_refused),
        cmocka_unit_test(wide_rows_are_read),
    };
    return cmocka_run_group_tests_name("csv_reader", tests, enter_directory, leave_directory);
}
