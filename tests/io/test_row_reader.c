/* Reading matrices: each case is a text, or an array, and what must come of it. */

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

#include "io/npz.h"
#include "io/row_reader.h"
#include "support/reading.h"

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
        reading_write_file("p.csv", one->text, length);
        reading_of(&reading, "p.csv", &one->format);
        if (strcmp(reading.text, one->expected) != 0)
            fail_msg("case %zu, %s\nread as %s\nnot as  %s", i, one->text, reading.text, one->expected);
    }
    reading_free(&reading);
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
    reading_write_file("p.csv", text, strlen(text));
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
    reading_write_file("p.csv", text, length);
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
    reading_of_pipe(&reading, "1\n", 2, 100, &(struct row_format){.shard = 1, .shards = 1});
    assert_string_equal(reading.text, "-: only a regular file without compression can be read in parts");
    reading_free(&reading);
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
    reading_write_file("p.npy", bytes, length);
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
        reading_of(&reading, "p.npy", &cases[i].format);
        assert_string_equal(reading.text, cases[i].expected);
    }
    reading_of_pipe(&reading, bytes, length, 100, &cases[2].format);
    assert_string_equal(reading.text, cases[2].expected);
    reading_free(&reading);
}

static void rows_of_arrays_are_named_and_counted(void **state) {
    (void)state;
    char bytes[1024];
    struct error error;
    const double values[] = {1, NAN, 3, 4, 5, 6};
    reading_write_file("p.npy", bytes, npy(bytes, 3, 2, values));
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

static void arrays_of_an_archive_are_read_by_name(void **state) {
    (void)state;
    struct error error;
    struct reading reading = {0};
    const double values[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct npz_writer *writer = npz_writer_open("m.npz", &error);
    assert_non_null(writer);
    assert_int_equal(npz_writer_numbers(writer, "v", 1, (size_t[]){3}, values, false, &error), 0);
    assert_int_equal(npz_writer_numbers(writer, "cube", 3, (size_t[]){2, 2, 2}, values, false, &error), 0);
    assert_int_equal(npz_writer_number(writer, "one", 7, &error), 0);
    assert_int_equal(npz_writer_text(writer, "kind", "gmm", &error), 0);
    assert_int_equal(npz_writer_close(writer, &error), 0);
    static const struct {
        const char *operand, *expected;
        struct row_format format;
    } cases[] = {
        {"m.npz:v", "1\n2\n3\n", {0}},
        {"m.npz:cube", "1,2,3,4\n5,6,7,8\n", {0}},
        {"m.npz:cube", "8,5\n", {.columns = "4,1", .shard = 2, .shards = 2}},
        {"m.npz:one", "7\n", {0}},
        {"m.npz:kind", "m.npz:kind: a text; expected numbers", {0}},
        {"none.npz:v", "none.npz:v: No such file or directory", {0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        reading_of(&reading, cases[i].operand, &cases[i].format);
        assert_string_equal(reading.text, cases[i].expected);
    }
    reading_free(&reading);
}

static void archives_ask_for_the_name_of_an_array(void **state) {
    (void)state;
    struct reading reading = {0};
    reading_write_file("m.npz", "PK\3\4rest", 8);
    reading_of(&reading, "m.npz", &(struct row_format){0});
    assert_string_equal(reading.text,
                        "m.npz: an NPZ, which holds several arrays: name one of them, m.npz:ARRAY");
    reading_write_file("m.npz:means", "1,2\n", 4); /* a file of that very name wins */
    reading_of(&reading, "m.npz:means", &(struct row_format){0});
    assert_string_equal(reading.text, "1,2\n");
    reading_write_file("p.csv", "P\n1\n", 4);
    reading_of(&reading, "p.csv", &(struct row_format){0});
    assert_string_equal(reading.text, "P\n1\n");
    reading_of(&reading, "none.csv", &(struct row_format){0});
    assert_string_equal(reading.text, "none.csv: No such file or directory");
    reading_free(&reading);
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
        cmocka_unit_test(shards_count_lines_from_the_file_s_first),
        cmocka_unit_test(arrays_obey_the_same_options),
        cmocka_unit_test(rows_of_arrays_are_named_and_counted),
        cmocka_unit_test(arrays_of_an_archive_are_read_by_name),
        cmocka_unit_test(archives_ask_for_the_name_of_an_array),
    };
    return cmocka_run_group_tests_name("row_reader", tests, enter_directory, leave_directory);
}
