#include "io/row_pairs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/npy_header.h"
#include "support/assertions.h"

static char left_path[] = "/tmp/kltools-left-XXXXXX", right_path[] = "/tmp/kltools-right-XXXXXX";

static void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Reads two texts side by side, with the first column of the left as key where asked. What comes of it is
 * written as text: "1,2|3,4 " for each pair of rows, with "key:" before it; then what is wrong, if anything
 * is. */
static void read_pairs(const char *left, const char *right, struct row_format left_format,
                       struct row_format right_format, char *text, size_t size) {
    struct row_pairs pairs;
    struct error error = {0};
    size_t length = 0;
    write_text(left_path, left);
    write_text(right_path, right);
    int status = row_pairs_open(&pairs, left_path, right_path, &left_format, &right_format, &error);
    text[0] = '\0';
    while (status == 0 && (status = row_pairs_next(&pairs, &error)) == 1) {
        for (size_t i = 0; i < pairs.row_count; i++) {
            if (pairs.keys != NULL)
                length += (size_t)snprintf(text + length, size - length,
                                           "%s:", row_pairs_keys(&pairs)[(size_t)pairs.keys[i]]);
            for (size_t side = 0; side < 2; side++) {
                const struct row_side *from = side == 0 ? &pairs.left : &pairs.right;
                const double *row = from->rows + (from->repeated ? 0 : i * pairs.columns);
                for (size_t j = 0; j < pairs.columns; j++)
                    length +=
                        (size_t)snprintf(text + length, size - length, "%s%g", j > 0 ? "," : "", row[j]);
                length += (size_t)snprintf(text + length, size - length, side == 0 ? "|" : " ");
            }
        }
        status = 0;
    }
    if (status < 0)
        snprintf(text + length, size - length, "%s", error.text);
    row_pairs_close(&pairs);
}

static void assert_pairs(const char *left, const char *right, const char *expected) {
    char text[512];
    read_pairs(left, right, (struct row_format){0}, (struct row_format){0}, text, sizeof text);
    assert_string_equal(text, expected);
}

static void rows_stand_side_by_side(void **state) {
    (void)state;
    assert_pairs("1,2\n3,4\n", "5,6\n7,8\n", "1,2|5,6 3,4|7,8 ");
    assert_pairs("1\n", "2\n", "1|2 ");
    assert_pairs("a\n1\n", "2\n", "1|2 ");
}

static void one_row_goes_with_every_other(void **state) {
    (void)state;
    assert_pairs("1\n2\n3\n", "9\n", "1|9 2|9 3|9 ");
    assert_pairs("9\n", "1\n2\n3\n", "9|1 9|2 9|3 ");
}

static void counts_that_differ_are_both_named(void **state) {
    (void)state;
    char expected[256], text[256];
    read_pairs("1\n2\n3\n", "1\n2\n", (struct row_format){0}, (struct row_format){0}, text, sizeof text);
    snprintf(expected, sizeof expected, "1|1 2|2 %s has 3 rows, %s 2", left_path, right_path);
    assert_string_equal(text, expected);
    read_pairs("1\n2\n", "1\n2\n3\n4\n", (struct row_format){0}, (struct row_format){0}, text, sizeof text);
    snprintf(expected, sizeof expected, "1|1 2|2 %s has 2 rows, %s 4", left_path, right_path);
    assert_string_equal(text, expected);
}

/* Each part of CSV rows against the other side's one row. */
static void assert_parts(const char *left, const char *right, size_t shards, const char *const *expected) {
    char text[512];
    for (size_t shard = 1; shard <= shards; shard++) {
        const struct row_format part = {.shard = shard, .shards = shards};
        read_pairs(left, right, part, part, text, sizeof text);
        assert_string_equal(text, expected[shard - 1]);
    }
}

static void one_row_goes_with_every_part_of_the_other(void **state) {
    (void)state;
    assert_parts("1,2\n3,4\n", "5,6\n", 1, (const char *const[]){"1,2|5,6 3,4|5,6 "});
    assert_parts("1,2\n3,4\n", "5,6\n", 2, (const char *const[]){"1,2|5,6 ", "3,4|5,6 "});
    assert_parts("1,2\n", "3,4\n5,6\n", 2, (const char *const[]){"1,2|3,4 ", "1,2|5,6 "});
    assert_parts("1,2\n3,4\n", "5,6\n", 4, (const char *const[]){"1,2|5,6 ", "", "3,4|5,6 ", ""});
    assert_parts("1,2\n", "3,4\n5,6\n", 4, (const char *const[]){"1,2|3,4 ", "", "1,2|5,6 ", ""});
}

static void one_row_and_one_row_meet_in_one_part(void **state) {
    (void)state;
    assert_parts("1,2\n", "5,6\n", 3, (const char *const[]){"1,2|5,6 ", "", ""});
}

static void widths_that_differ_are_both_named(void **state) {
    (void)state;
    char expected[256], text[256];
    read_pairs("1,2\n", "1\n", (struct row_format){0}, (struct row_format){0}, text, sizeof text);
    snprintf(expected, sizeof expected, "%s has 2 columns, %s 1", left_path, right_path);
    assert_string_equal(text, expected);
}

static void keys_are_taken_out_of_the_rows(void **state) {
    (void)state;
    char text[256];
    struct row_format keyed = {.text = "k"};
    read_pairs("a,k,b\n1,x,2\n3,y,4\n5,x,6\n", "9,9\n", keyed, (struct row_format){0}, text, sizeof text);
    assert_string_equal(text, "x:1,2|9,9 y:3,4|9,9 x:5,6|9,9 ");
    read_pairs("k,b\nx,2\n", "7\n", keyed, (struct row_format){0}, text, sizeof text);
    assert_string_equal(text, "x:2|7 ");
}

static void a_missing_value_drops_its_pair(void **state) {
    (void)state;
    char text[256];
    struct row_format skip = {.missing = MISSING_SKIP};
    read_pairs("1\nNA\n3\n4\n", "5\n6\n\"\"\n8\n", skip, skip, text, sizeof text);
    assert_string_equal(text, "1|5 4|8 ");
    read_pairs("NA\nNA\n", "5\n6\n", skip, skip, text, sizeof text);
    assert_string_equal(text, "");
}

static void long_inputs_meet_in_blocks_of_any_size(void **state) {
    (void)state;
    enum { ROWS = 300000 };
    struct row_pairs pairs;
    struct row_format format = {.threads = 2};
    struct error error = {0};
    FILE *left = fopen(left_path, "w"), *right = fopen(right_path, "w");
    for (int i = 0; i < ROWS; i++) {
        fprintf(left, "%d\n", i);
        fprintf(right, "%d.0000000\n", i); /* longer, so that blocks end elsewhere */
    }
    fclose(left);
    fclose(right);
    assert_int_equal(row_pairs_open(&pairs, left_path, right_path, &format, &format, &error), 0);
    double next = 0;
    while (row_pairs_next(&pairs, &error) == 1)
        for (size_t i = 0; i < pairs.row_count; i++, next++) {
            assert_true(pairs.left.rows[i] == next);
            assert_true(pairs.right.rows[i] == next);
        }
    assert_true(next == ROWS);
    row_pairs_close(&pairs);
}

/* Arrays of so many rows one after another, two columns, all values in order from 1. */
static void write_arrays(const char *path, const size_t *row_counts, size_t arrays) {
    FILE *file = fopen(path, "w");
    double value = 1;
    for (size_t i = 0; i < arrays; i++) {
        unsigned char header[NPY_HEADER_MATRIX];
        npy_header_write_matrix(header, "<f8", row_counts[i], 2);
        fwrite(header, sizeof header, 1, file);
        for (size_t j = 0; j < 2 * row_counts[i]; j++, value++)
            fwrite(&value, sizeof value, 1, file);
    }
    assert_int_equal(fclose(file), 0);
}

/* Row `row` of the pairs at hand; room: 2 values. */
static const double *row_of(const struct row_side *side, size_t row, double *room) {
    struct error error = {0};
    if (side->rows != NULL)
        return side->rows + (side->repeated ? 0 : 2 * row);
    assert_int_equal(row_side_read(side, row, 1, room, &error), 0);
    return room;
}

/* Reads both files, three rows at a time left unread, and checks them. Returns the pairs. */
static size_t check_unread(bool right_repeated, bool *left_unread, bool *right_unread) {
    struct row_pairs pairs;
    struct row_format format = {0};
    struct error error = {0};
    size_t count = 0;
    assert_int_equal(row_pairs_open(&pairs, left_path, right_path, &format, &format, &error), 0);
    pairs.unread_most = 3;
    while (row_pairs_next(&pairs, &error) == 1) {
        *left_unread = pairs.left.rows == NULL;
        *right_unread = pairs.right.rows == NULL;
        for (size_t i = 0; i < pairs.row_count; i++, count++) {
            double room[2];
            assert_true(row_of(&pairs.left, i, room)[1] == (double)(2 * count + 2));
            assert_true(row_of(&pairs.right, i, room)[1] == (right_repeated ? 2 : (double)(2 * count + 2)));
        }
    }
    assert_string_equal(error.text, "");
    row_pairs_close(&pairs);
    return count;
}

static void rows_left_in_their_files_are_the_same(void **state) {
    (void)state;
    bool left_unread, right_unread;
    write_arrays(left_path, (const size_t[]){1, 4, 2}, 3);
    write_arrays(right_path, (const size_t[]){7}, 1);
    assert_int_equal(check_unread(false, &left_unread, &right_unread), 7);
    assert_true(left_unread && right_unread);

    write_text(right_path, "1,2\n3,4\n5,6\n7,8\n9,10\n11,12\n13,14\n");
    assert_int_equal(check_unread(false, &left_unread, &right_unread), 7);
    assert_true(left_unread && !right_unread);

    write_arrays(right_path, (const size_t[]){1}, 1);
    assert_int_equal(check_unread(true, &left_unread, &right_unread), 7);
    assert_true(left_unread && !right_unread);
}

static void a_fault_is_placed_in_the_file(void **state) {
    (void)state;
    struct row_pairs pairs;
    struct row_format keyed = {.text = "k"}, plain = {0};
    struct error error = {0};
    char expected[128];
    write_text(left_path, "a,k,b\n1,x,2\n\n3,y,4\n");
    write_text(right_path, "1,2\n3,4\n");
    assert_int_equal(row_pairs_open(&pairs, left_path, right_path, &keyed, &plain, &error), 0);
    assert_int_equal(row_pairs_next(&pairs, &error), 1);
    assert_int_equal(row_side_error(&pairs.left, &error, pairs.left.first + 1, 1, "expected a %s", "word"),
                     -1);
    snprintf(expected, sizeof expected, "%s:4: field 3: expected a word", left_path);
    assert_string_equal(error.text, expected);
    row_pairs_close(&pairs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_stand_side_by_side),
        cmocka_unit_test(one_row_goes_with_every_other),
        cmocka_unit_test(one_row_goes_with_every_part_of_the_other),
        cmocka_unit_test(one_row_and_one_row_meet_in_one_part),
        cmocka_unit_test(counts_that_differ_are_both_named),
        cmocka_unit_test(widths_that_differ_are_both_named),
        cmocka_unit_test(keys_are_taken_out_of_the_rows),
        cmocka_unit_test(a_missing_value_drops_its_pair),
        cmocka_unit_test(long_inputs_meet_in_blocks_of_any_size),
        cmocka_unit_test(rows_left_in_their_files_are_the_same),
        cmocka_unit_test(a_fault_is_placed_in_the_file),
    };
    int failed =
        mkstemp(left_path) < 0 || mkstemp(right_path) < 0 || cmocka_run_group_tests(tests, NULL, NULL);
    unlink(left_path);
    unlink(right_path);
    return failed;
}
