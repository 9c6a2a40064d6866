/* Reading matrices: each case is a text and what must come of it; then generated files against the values
 * they were made from, whatever the threads, the pipe's portions and the parts. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/row_reader.h"

/* ---- files, pipes, and readings as text ---- */

static void write_file(const char *path, const char *bytes, size_t count) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

/* What a reading gave: "a,b\n1,2\nrest of the lines, then the error". */
struct reading {
    char *text;
    size_t length, capacity;
};

__attribute__((format(printf, 2, 3))) static void add(struct reading *reading, const char *format, ...) {
    if (reading->capacity - reading->length < 1100) {
        reading->capacity = 2 * reading->capacity + 4096;
        reading->text = realloc(reading->text, reading->capacity);
        assert_non_null(reading->text);
    }
    va_list arguments;
    va_start(arguments, format);
    reading->length += (size_t)vsnprintf(reading->text + reading->length, 1100, format, arguments);
    va_end(arguments);
}

static void add_row(struct reading *reading, const double *row, size_t columns) {
    for (size_t j = 0; j < columns; j++)
        add(reading, "%s%.17g", j > 0 ? "," : "", row[j]);
    add(reading, "\n");
}

static void read_operand(struct reading *reading, const char *operand, const struct row_format *format) {
    struct error error = {.text = ""};
    int status;
    struct row_reader *reader = row_reader_open(operand, format, &error);
    reading->length = 0;
    add(reading, "%s", "");
    if (reader == NULL) {
        add(reading, "%s", error.text);
        return;
    }
    for (size_t j = 0; reader->names != NULL && j < reader->columns; j++)
        add(reading, "%s%s", reader->names[j], j + 1 < reader->columns ? "," : "\n");
    while ((status = row_reader_next(reader, &error)) > 0) {
        assert_true(reader->row_count > 0);
        for (size_t i = 0; i < reader->row_count; i++)
            add_row(reading, reader->rows + i * reader->columns, reader->columns);
    }
    if (status < 0)
        add(reading, "%s", error.text);
    if (reader->rows_skipped > 0)
        add(reading, "skipped %llu", (unsigned long long)reader->rows_skipped);
    row_reader_close(reader);
}

/* Standard input becomes a pipe that a child fills, so many bytes at a time. Returns the child. */
static pid_t open_pipe(const char *bytes, size_t count, size_t portion, int *old_input) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        for (size_t at = 0; at < count; at += portion) {
            size_t size = count - at < portion ? count - at : portion;
            if (write(ends[1], bytes + at, size) != (ssize_t)size)
                break;
        }
        _exit(0);
    }
    close(ends[1]);
    *old_input = dup(0);
    assert_int_equal(dup2(ends[0], 0), 0);
    close(ends[0]);
    return child;
}

static void close_pipe(pid_t child, int old_input) {
    dup2(old_input, 0);
    close(old_input);
    waitpid(child, NULL, 0);
}

static void read_pipe(struct reading *reading, const char *bytes, size_t count, size_t portion,
                      const struct row_format *format) {
    int old_input;
    pid_t child = open_pipe(bytes, count, portion, &old_input);
    read_operand(reading, "-", format);
    close_pipe(child, old_input);
}

/* ---- cases ---- */

struct reader_case {
    const char *text;
    const char *expected;
    struct row_format format;
    size_t length; /* where the text holds a zero byte */
};

static void assert_cases(const struct reader_case *cases, size_t count) {
    struct reading reading = {0};
    for (size_t i = 0; i < count; i++) {
        const struct reader_case *one = &cases[i];
        size_t length = one->length > 0 ? one->length : strlen(one->text);
        write_file("p.csv", one->text, length);
        read_operand(&reading, "p.csv", &one->format);
        if (strcmp(reading.text, one->expected) != 0)
            fail_msg("case %zu, %s\nread as %s\nnot as  %s", i, one->text, reading.text, one->expected);
    }
    free(reading.text);
}

#define ASSERT_CASES(cases) assert_cases(cases, sizeof(cases) / sizeof((cases)[0]))

static void delimiters_are_told_from_the_first_record(void **state) {
    (void)state;
    static const struct reader_case cases[] = {
        {"1,2\n3,4\n", "1,2\n3,4\n"},
        {"1\t2\n", "1,2\n"},
        {"1;2\n", "1,2\n"},
        {"1|2\n", "1,2\n"},
        {"1 2\n", "1,2\n"},
        {"  1   2 \n3 4\n\t5 \t6\t\n", "1,2\n3,4\n5,6\n"},
        {"1\n2\n", "1\n2\n"},
        {"x;y|z,w\n1,2\n", "x;y|z,w\n1,2\n"},
        {"\"a;b\",c\n1,2\n", "a;b,c\n1,2\n"},
        {"\"a,b\";c\n1;2\n", "a,b,c\n1,2\n"},
        {"1;2\n", "1,2\n", {.delimiter = ';'}},
        {"1:2\n", "1,2\n", {.delimiter = ':'}},
        {"1 2\n", "1,2\n", {.delimiter = ' '}},
        {"1,2\n",
         "p.csv:1: ',' cannot be both the delimiter and the decimal point",
         {.delimiter = ',', .decimal_comma = true}},
        {"1,2\n", "p.csv:1: this character cannot be the delimiter", {.delimiter = '"'}},
        {" 1 , 2 \n 3 ,\t4\n", "1,2\n3,4\n"},
        {"1\t 2\n3 \t4\n", "1,2\n3,4\n"},
    };
    ASSERT_CASES(cases);
}

static void lines_end_and_are_skipped_as_the_law_says(void **state) {
    (void)state;
    static const struct reader_case cases[] = {
        {"1,2\r\n3,4\r\n", "1,2\n3,4\n"},
        {"1,2\n3,4", "1,2\n3,4\n"},
        {"1,2\r\n3,4\r", "1,2\n3,4\n"},
        {"\xef\xbb\xbf"
         "1,2\n",
         "1,2\n"},
        {"\xef\xbb\xbf"
         "a,b\n1,2\n",
         "a,b\n1,2\n"},
        {"\n\n# a, \"comment\n1,2\n\n  \n#\n3,4\n#last", "1,2\n3,4\n"},
        {"\r\n#x\r\n1 2\r\n \r\n3 4 \r\n", "1,2\n3,4\n"},
        {"1\t2\n\t\n", "1,2\nnan,nan\n", {.missing = MISSING_KEEP}},
        {"", "p.csv: no rows"},
        {"\n# only\n", "p.csv: no rows"},
        {"a,b\n", "a,b\n"},
        {"a,b", "a,b\n"},
        {"1,2\n3,\0004\n", "1,2\np.csv:2: a NUL byte: this is no plain text (UTF-16 or binary?)",
         .length = 9},
        {"\xff\xfe"
         "1\000,\0002\000\n\000",
         "p.csv: the text is UTF-16; expected UTF-8", .length = 10},
    };
    ASSERT_CASES(cases);
}

static void quotes_follow_rfc_4180(void **state) {
    (void)state;
    static const struct reader_case cases[] = {
        {"\"1\",\"2.5\"\n\"3\",4\n", "1,2.5\n3,4\n"},
        {"\"a \"\"b\"\"\",\"c\nd\"\n1,2\n", "a \"b\",c\nd\n1,2\n"},
        {"1,\"x\ny\",2\n3,\"z\"\"\n\",4\n", "1,2\n3,4\n", {.columns = "1,3"}},
        {"1, \"2\" \n", "1,2\n"},
        {"\"1\" \"2\"\n", "1,2\n"},
        {"1,2\n\"3,4\n", "1,2\np.csv:2: a quote is not closed"},
        {"1,2\n\"3\"4,5\n", "1,2\np.csv:2: field 1: text after the closing quote"},
        {"1,2\n3,4\"\n", "1,2\np.csv:2: field 2: expected a number, got '4\"'"},
        {"a\n\"x\ny\"\n1,2\n",
         "a\n0\np.csv:4: expected 1 field, got 2",
         {.header = HEADER_PRESENT, .text = "1"}},
        {"\"\"\n1\n", "nan\n1\n", {.missing = MISSING_KEEP}},
    };
    ASSERT_CASES(cases);
}

static void a_header_never_enters_the_arithmetic(void **state) {
    (void)state;
    static const struct reader_case cases[] = {
        {"a,b\n1,2\n", "a,b\n1,2\n"},
        {"nan,inf,1\n", "nan,inf,1\n", {.missing = MISSING_KEEP}},
        {"1,,2\n", "1,nan,2\n", {.missing = MISSING_KEEP}},
        {"x,1\n1,2\n", "x,1\n1,2\n"},
        {"2019,2020\n1,2\n", "2019,2020\n1,2\n"},
        {"2019,2020\n1,2\n", "2019,2020\n1,2\n", {.header = HEADER_PRESENT}},
        {"a,b\n1,2\n", "p.csv:1: field 1: expected a number, got 'a'", {.header = HEADER_ABSENT}},
        {"\n# note\na,b\n1,x\n", "a,b\np.csv:4: field 2: expected a number, got 'x'"},
        {"5.5,setosa\n4.5,virginica\n", "5.5\n4.5\n", {.columns = "1"}},
        {"5.5,setosa\n4.5,virginica\n", "5.5,0\n4.5,1\n", {.text = "2"}},
        {"width,species\n4.5,virginica\n", "width,species\n4.5,0\n", {.text = "2"}},
        {"species\nsetosa\n", "species\n0\n", {.text = "1"}},
        {"species\nsetosa\n", "0\n1\n", {.text = "1", .header = HEADER_ABSENT}},
        {"1,2\n3,4\n", "2\n4\n", {.columns = "2"}},
        {"1,2\n3,4\n", "2\n4\n", {.columns = "2,1", .exclude = "1"}},
    };
    ASSERT_CASES(cases);
}

static void columns_are_chosen_and_the_others_never_parsed(void **state) {
    (void)state;
    static const struct reader_case cases[] = {
        {"a,b,c,d\n1,2,3,4\n5,6,7,8\n", "d,a,b\n4,1,2\n8,5,6\n", {.columns = "-1,1-2"}},
        {"a,b,c,d\n1,2,3,4\n", "c,c,a\n3,3,1\n", {.columns = "c,3,a"}},
        {"a,b,c,d\n1,x y,3,\"q,\n\"\"\"\n", "a,c\n1,3\n", {.exclude = "b,d"}},
        {"a b c\n1 word 3\n", "a,c\n1,3\n", {.exclude = "2"}},
        {"a,b,c\n1,2,3\n", "p.csv: no column 'bb'; the nearest is 'b'", {.columns = "a,bb"}},
        {"a,b,c\n1,2,3\n", "p.csv: no column 4: there are 3", {.columns = "2-4"}},
        {"1,2,3\n",
         "p.csv: no column 'b': the columns have no names, only numbers",
         {.columns = "b", .header = HEADER_ABSENT}},
        {"1,2\n", "p.csv: no column is left", {.exclude = "1-2"}},
        {"x,y\n1,,\n", "x\np.csv:2: expected 2 fields, got 3", {.columns = "x"}},
        {"x,y\n1,NA\n", "x\n1\n", {.columns = "x"}},
        {"x,y\n1,-999\n-999,3\n", "y\n-999\n3\n", {.columns = "y"}},
    };
    ASSERT_CASES(cases);
}

static void missing_values_are_refused_dropped_or_kept(void **state) {
    (void)state;
    static const struct reader_case cases[] = {
        {"1,2\nNA,3\n", "1,2\np.csv:2: field 1: the value is missing (--na skip drops such rows)"},
        {"a,b,c\n1,2,NaN\n",
         "c\np.csv:2: field 3: the value is missing (--na skip drops such rows)",
         {.columns = "c"}},
        {"1,2\nNA,3\n4,5\n6,\n", "1,2\n4,5\nskipped 2", {.missing = MISSING_SKIP}},
        {"1,nan\n2,NaN\n3,NA\n4,N/A\n5,null\n6,\n7,\"\"\n8, \n9,-nan\n",
         "1,nan\n2,nan\n3,nan\n4,nan\n5,nan\n6,nan\n7,nan\n8,nan\n9,nan\n",
         {.missing = MISSING_KEEP}},
        {"1,-999\n-999.0,.\n", "1,nan\n-999,nan\n", {.missing = MISSING_KEEP, .na_values = "-999,."}},
        {"1, -999 \n2,3\n", "2,3\nskipped 1", {.missing = MISSING_SKIP, .na_values = "-999"}},
        {"1,none\n", "1,none\n", {.missing = MISSING_KEEP}}, /* a header */
        {"1,none\n", "1,nan\n", {.missing = MISSING_KEEP, .na_values = "none"}},
        {"a,b\nx,1\nNA,2\ny,3\n", "a,b\n0,1\n1,3\nskipped 1", {.missing = MISSING_SKIP, .text = "a"}},
    };
    ASSERT_CASES(cases);
}

static void decimal_commas_are_refused_or_read(void **state) {
    (void)state;
    static const struct reader_case cases[] = {
        {"1,5;2,5\n", "p.csv:1: numbers are written with decimal commas (--decimal-comma reads them)"},
        {"1,5;2,5\n-3,25e1;4\n", "1.5,2.5\n-32.5,4\n", {.decimal_comma = true}},
        {"x;y\n1,5;2\n", "x,y\np.csv:2: field 1: expected a number, got '1,5' (--decimal-comma reads it)"},
        {"1,5\n2,5\n", "1.5\n2.5\n", {.decimal_comma = true}},
        {"1,5 2\n", "1.5,2\n", {.decimal_comma = true}},
        {"1,5;x\n", "1,5;x\n"}, /* a header */
    };
    ASSERT_CASES(cases);
}

static void messages_name_line_and_field(void **state) {
    (void)state;
    static const struct reader_case cases[] = {
        {"a,b,c\n\n1,2,3\n# no\n4,5,abc\n", "a,b,c\n1,2,3\np.csv:5: field 3: expected a number, got 'abc'"},
        {"1,2,3\n4,5\n", "1,2,3\np.csv:2: expected 3 fields, got 2"},
        {"1,2,3\n4,5,6,7\n", "1,2,3\np.csv:2: expected 3 fields, got 4"},
        {"1,2,3\n4,x,6,7\n", "1,2,3\np.csv:2: expected 3 fields, got 4"},
        {"1,2\n3,4 5\n", "1,2\np.csv:2: field 2: expected a number, got '4 5'"},
        {"1,2\n3,0x10\n", "1,2\np.csv:2: field 2: expected a number, got '0x10'"},
        {"1,2\n3,1e\n", "1,2\np.csv:2: field 2: expected a number, got '1e'"},
        {"\"a\nb\",c\n1,2\n3,x\n", "a\nb,c\n1,2\np.csv:4: field 2: expected a number, got 'x'"},
    };
    ASSERT_CASES(cases);
}

/* ---- words ---- */

static void words_get_codes_in_order_of_first_appearance(void **state) {
    (void)state;
    struct error error;
    struct row_format format = {.columns = "kind,x", .text = "kind", .threads = 2};
    const char *text = "x,kind\n1,b\n2,a\n3,\"b\"\n4,\"c \"\"d\"\"\"\n";
    write_file("p.csv", text, strlen(text));
    struct row_reader *reader = row_reader_open("p.csv", &format, &error);
    assert_non_null(reader);
    size_t count;
    assert_non_null(row_reader_levels(reader, 0, &count));
    assert_int_equal(count, 0);
    assert_null(row_reader_levels(reader, 1, &count));
    assert_int_equal(row_reader_next(reader, &error), 1);
    const double expected[] = {0, 1, 1, 2, 0, 3, 2, 4};
    assert_memory_equal(reader->rows, expected, sizeof expected);
    const char *const *levels = row_reader_levels(reader, 0, &count);
    assert_int_equal(count, 3);
    assert_string_equal(levels[0], "b");
    assert_string_equal(levels[1], "a");
    assert_string_equal(levels[2], "c \"d\"");
    row_reader_close(reader);
}

/* Enough different words for the table to grow many times. */
static void thousands_of_words_keep_their_codes(void **state) {
    (void)state;
    enum { WORDS = 20000 };
    char *text = malloc(2 * WORDS * 16);
    assert_non_null(text);
    size_t length = 0;
    for (int i = 0; i < 2 * WORDS; i++)
        length += (size_t)sprintf(text + length, "w%d\n", i % WORDS * 7 % WORDS);
    write_file("p.csv", text, length);
    struct error error;
    struct row_format format = {.text = "1", .header = HEADER_ABSENT};
    struct row_reader *reader = row_reader_open("p.csv", &format, &error);
    assert_non_null(reader);
    while (row_reader_next(reader, &error) > 0) {
        for (size_t i = 0; i < reader->row_count; i++)
            assert_true(reader->rows[i] == (double)((reader->rows_before + i) % WORDS));
    }
    row_reader_close(reader);
    free(text);
}

/* ---- large files, against the values they were written from ---- */

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
    add(&file->expected, "a,c\n");
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
        add_row(&file->expected, row, 2);
    }
}

static void free_generated(struct generated *file) {
    free(file->text);
    free(file->lines);
    free(file->expected.text);
}

static void assert_reads_the_same(const struct generated *file, const struct row_format *format) {
    struct reading reading = {0};
    for (size_t threads = 1; threads <= 3; threads++) {
        struct row_format with_threads = *format;
        with_threads.threads = threads;
        read_operand(&reading, "p.csv", &with_threads);
        assert_true(strcmp(reading.text, file->expected.text) == 0);
    }
    read_pipe(&reading, file->text, file->length, 10007, format);
    assert_true(strcmp(reading.text, file->expected.text) == 0);
    free(reading.text);
}

static void any_number_of_threads_and_any_pipe_give_the_rows_that_were_written(void **state) {
    (void)state;
    const struct row_format format = {.columns = "a,c"};
    for (int kind = 0; kind < 4; kind++) {
        struct generated file;
        generate(&file, 60000, (uint64_t[]){0, 0, 20, 1}[kind], kind % 2 == 1);
        write_file("p.csv", file.text, file.length);
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
        write_file("p.csv", file.text, file.length);
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
    write_file("p.csv", file.text, file.length);
    for (size_t threads = 1; threads <= 3; threads++) {
        char place[64];
        read_operand(&reading, "p.csv", &(struct row_format){.columns = "a,c", .threads = threads});
        sprintf(place, "p.csv:%zu: field 3: expected a number", line);
        assert_memory_equal(reading.text, file.expected.text, expected_length);
        assert_memory_equal(reading.text + expected_length, place, strlen(place));
    }
    free(reading.text);
    free_generated(&file);
}

static void shards_together_are_the_file_in_order(void **state) {
    (void)state;
    struct generated file;
    struct reading reading = {0};
    for (size_t rows = 1; rows <= 20000; rows = 20 * rows) {
        generate(&file, rows, 0, false);
        write_file("p.csv", file.text, file.length);
        for (size_t shards = 1; shards <= 37; shards += 6) {
            struct reading all = {0};
            add(&all, "a,c\n");
            for (size_t shard = 1; shard <= shards; shard++) {
                struct row_format format = {.columns = "a,c", .shard = shard, .shards = shards, .threads = 2};
                read_operand(&reading, "p.csv", &format);
                assert_memory_equal(reading.text, "a,c\n", 4);
                for (const char *at = reading.text + 4, *end; (end = strchr(at, '\n')) != NULL; at = end + 1)
                    add(&all, "%.*s", (int)(end + 1 - at), at);
            }
            assert_string_equal(all.text, file.expected.text);
            free(all.text);
        }
        free_generated(&file);
    }
    free(reading.text);
}

static void shards_count_lines_from_the_file_s_first(void **state) {
    (void)state;
    static const struct reader_case cases[] = {
        {"1\n2\n3\n4\n5\nx\n7\n8\n",
         "5\np.csv:6: field 1: expected a number, got 'x'",
         {.shard = 3, .shards = 4}},
        {"1,0\n2,\"2\n\"\n3,4\n",
         "1\np.csv:2: a quoted field runs over a line's end: such a file cannot be read in parts",
         {.columns = "1", .shard = 1, .shards = 1}},
        {"1\n2\n", "", {.shard = 1, .shards = 7}},
    };
    ASSERT_CASES(cases);
    struct reading reading = {0};
    read_pipe(&reading, "1\n", 2, 100, &(struct row_format){.shard = 1, .shards = 1});
    assert_string_equal(reading.text, "-: only a regular file without compression can be read in parts");
    free(reading.text);
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
    read_pipe(&reading, text, count, 1 << 20, &(struct row_format){0});
    assert_string_equal(reading.text, "1\n2\n-:3: a line is longer than 64 MiB");
    text[4] = '"';
    for (size_t i = 100; i < count; i += 100)
        text[i] = '\n';
    read_pipe(&reading, text, count, 1 << 20, &(struct row_format){0});
    assert_string_equal(reading.text, "1\n2\n-:3: a line is longer than 64 MiB");
    free(reading.text);
    free(text);
}

/* A row of 200 000 fields is longer than a piece. */
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
    write_file("p.csv", text, (size_t)(at - text));
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

/* ---- NPY and NPZ ---- */

static size_t npy(char *bytes, size_t rows, size_t columns, const double *values) {
    memset(bytes, ' ', 128);
    memcpy(bytes, "\x93NUMPY\1\0\x76\0", 10);
    int length =
        sprintf(bytes + 10, "{'descr': '<f8', 'fortran_order': False, 'shape': (%zu, %zu), }", rows, columns);
    bytes[10 + length] = ' ';
    bytes[127] = '\n';
    memcpy(bytes + 128, values, rows * columns * sizeof *values);
    return 128 + rows * columns * sizeof *values;
}

static void arrays_obey_the_same_options(void **state) {
    (void)state;
    char bytes[1024];
    struct reading reading = {0};
    const double values[] = {1, 2, 3, 4, NAN, 6, 7, 8, 9, 10, 11, 12};
    size_t length = npy(bytes, 4, 3, values);
    write_file("p.npy", bytes, length);
    static const struct {
        struct row_format format;
        const char *expected;
    } cases[] = {
        {{.missing = MISSING_KEEP}, "1,2,3\n4,nan,6\n7,8,9\n10,11,12\n"},
        {{.missing = MISSING_FAIL},
         "p.npy: row 2: field 2: the value is missing (--na skip drops such rows)"},
        {{.missing = MISSING_SKIP}, "1,2,3\n7,8,9\n10,11,12\nskipped 1"},
        {{.columns = "3,-3"}, "3,1\n6,4\n9,7\n12,10\n"},
        {{.exclude = "2"}, "1,3\n4,6\n7,9\n10,12\n"},
        {{.columns = "x"}, "p.npy: no column 'x': the columns have no names, only numbers"},
        {{.text = "1"}, "p.npy: an array of numbers has no text columns"},
        {{.missing = MISSING_KEEP, .shard = 2, .shards = 3}, "4,nan,6\n"},
        {{.missing = MISSING_KEEP, .shard = 3, .shards = 3}, "7,8,9\n10,11,12\n"},
        {{.missing = MISSING_KEEP, .shard = 1, .shards = 9}, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        read_operand(&reading, "p.npy", &cases[i].format);
        assert_string_equal(reading.text, cases[i].expected);
    }
    read_pipe(&reading, bytes, length, 100, &cases[2].format);
    assert_string_equal(reading.text, cases[2].expected);
    free(reading.text);
}

static void rows_of_arrays_are_named_and_counted(void **state) {
    (void)state;
    char bytes[1024];
    struct error error;
    const double values[] = {1, NAN, 3, 4, 5, 6};
    write_file("p.npy", bytes, npy(bytes, 3, 2, values));
    struct row_reader *reader =
        row_reader_open("p.npy", &(struct row_format){.missing = MISSING_KEEP}, &error);
    assert_non_null(reader);
    assert_int_equal(row_reader_rows_ahead(reader), 3);
    assert_int_equal(row_reader_next(reader, &error), 1);
    assert_int_equal(row_reader_rows_ahead(reader), 0);
    row_reader_close(reader);

    reader =
        row_reader_open("p.npy", &(struct row_format){.missing = MISSING_SKIP, .columns = "2,1"}, &error);
    assert_non_null(reader);
    assert_int_equal(row_reader_rows_ahead(reader), -1);
    assert_int_equal(row_reader_next(reader, &error), 1);
    row_reader_error(reader, &error, 1, 0, "odd");
    assert_string_equal(error.text, "p.npy: row 3: field 2: odd");
    row_reader_error(reader, &error, 0, ROW_READER_NO_COLUMN, "odd");
    assert_string_equal(error.text, "p.npy: row 2: odd");
    row_reader_close(reader);
}

static void archives_ask_for_the_name_of_an_array(void **state) {
    (void)state;
    struct reading reading = {0};
    write_file("m.npz", "PK\3\4rest", 8);
    read_operand(&reading, "m.npz", &(struct row_format){0});
    assert_string_equal(reading.text,
                        "m.npz: an NPZ, which holds several arrays: name one of them, m.npz:ARRAY");
    write_file("m.npz:means", "1,2\n", 4); /* a file of that very name wins */
    read_operand(&reading, "m.npz:means", &(struct row_format){0});
    assert_string_equal(reading.text, "1,2\n");
    write_file("p.csv", "P\n1\n", 4);
    read_operand(&reading, "p.csv", &(struct row_format){0});
    assert_string_equal(reading.text, "P\n1\n");
    read_operand(&reading, "none.csv", &(struct row_format){0});
    assert_string_equal(reading.text, "none.csv: No such file or directory");
    free(reading.text);
}

static char directory[] = "/tmp/test_row_reader.XXXXXX";

static int enter_directory(void **state) {
    (void)state;
    return mkdtemp(directory) != NULL && chdir(directory) == 0 ? 0 : -1;
}

static int leave_directory(void **state) {
    (void)state;
    static const char *const files[] = {"p.csv", "p.npy", "m.npz", "m.npz:means"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        unlink(files[i]);
    return chdir("/") == 0 ? rmdir(directory) : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delimiters_are_told_from_the_first_record),
        cmocka_unit_test(lines_end_and_are_skipped_as_the_law_says),
        cmocka_unit_test(quotes_follow_rfc_4180),
        cmocka_unit_test(a_header_never_enters_the_arithmetic),
        cmocka_unit_test(columns_are_chosen_and_the_others_never_parsed),
        cmocka_unit_test(missing_values_are_refused_dropped_or_kept),
        cmocka_unit_test(decimal_commas_are_refused_or_read),
        cmocka_unit_test(messages_name_line_and_field),
        cmocka_unit_test(words_get_codes_in_order_of_first_appearance),
        cmocka_unit_test(thousands_of_words_keep_their_codes),
        cmocka_unit_test(any_number_of_threads_and_any_pipe_give_the_rows_that_were_written),
        cmocka_unit_test(each_row_knows_its_line),
        cmocka_unit_test(the_first_error_wins_whatever_the_threads),
        cmocka_unit_test(shards_together_are_the_file_in_order),
        cmocka_unit_test(shards_count_lines_from_the_file_s_first),
        cmocka_unit_test(every_complete_line_is_answered_before_more_is_waited_for),
        cmocka_unit_test(endless_lines_are_refused_in_bounded_memory),
        cmocka_unit_test(wide_rows_are_read),
        cmocka_unit_test(arrays_obey_the_same_options),
        cmocka_unit_test(rows_of_arrays_are_named_and_counted),
        cmocka_unit_test(archives_ask_for_the_name_of_an_array),
    };
    return cmocka_run_group_tests_name("row_reader", tests, enter_directory, leave_directory);
}
