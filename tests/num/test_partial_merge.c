#include "num/partial_merge.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "io/partial_file.h"
#include "num/partial_logarithm.h"
#include "num/running_sum.h"
#include "support/assertions.h"

enum { K = 2, D = 3, M = 5, PARTS = 64, SUMS = 3, ROWS = 3000 };

static const struct partial_sum_description sums[SUMS] = {
    {"weight", "", PARTIAL_SUM},
    {"square", "Kdd", PARTIAL_SUM},
    {"density", "m", PARTIAL_LOGARITHMIC},
};
static const struct partial_finish finishes[] = {{"trial", NULL}};
static const struct partial_description description = {
    .filter = "trial", .sum_count = SUMS, .sums = sums, .finish_count = 1, .finishes = finishes};
static const struct partial_description other_description = {
    .filter = "other", .sum_count = SUMS, .sums = sums, .finish_count = 1, .finishes = finishes};
static const struct partial_description *const known[] = {&description};
static const struct partial_size sizes[] = {{'K', K}, {'d', D}, {'m', M}, {0, 0}};

static char path[] = "/tmp/kltools-merge-XXXXXX", second_path[] = "/tmp/kltools-merge-XXXXXX";

static int make_paths(void **state) {
    int descriptor = mkstemp(path), second = mkstemp(second_path);
    (void)state;
    return descriptor < 0 || second < 0 || close(descriptor) != 0 || close(second) != 0;
}

static int remove_paths(void **state) {
    (void)state;
    return unlink(path) + unlink(second_path);
}

static struct partial *part_of(const struct partial_description *described, const char *options, size_t shard,
                               size_t shards, const struct partial_size *its_sizes) {
    struct error error = {0};
    const struct row_format format = {.shard = shard, .shards = shards};
    struct partial *part = partial_create(described, its_sizes, &error);
    assert_non_null(part);
    assert_int_equal(partial_describe(part, options, 10 * shard, &format, &error), 0);
    part->name = malloc(32);
    assert_non_null(part->name);
    snprintf(part->name, 32, "%zu.npz", shard);
    return part;
}

/* Sums over forty binades, of both signs, that cancel in part, with carries; logarithms that differ by less
 * than 600, so that no part is too small to count. */
static struct partial *random_part(size_t shard) {
    struct random_stream stream;
    struct partial *part = part_of(&description, "a=1", shard, PARTS, sizes);
    random_start(&stream, 1, "test_partial_merge", "values", shard);
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < part->sums[i].count; j++) {
            double value = random_normal(&stream) * exp2(40 * random_uniform(&stream) - 20);
            part->sums[i].words[j] = value;
            part->sums[i].words[part->sums[i].count + j] = value * 0x1p-54 * random_uniform(&stream);
        }
    for (size_t j = 0; j < M; j++)
        partial_logarithm_set(&part->sums[2], j, 100 * random_normal(&stream), 0);
    if (shard == 20)
        part->sums[1].words[7] = INFINITY, part->sums[1].words[K * D * D + 7] = 0;
    return part;
}

/* Adds a part, which is freed. */
static void add(struct partial **merged, struct partial *part) {
    struct error error = {0};
    if (partial_merge_add(merged, part, false, &error) < 0)
        fail_msg("%s", error.text);
    partial_free(part);
}

/* Takes the part through a file. */
static struct partial *through_file(struct partial *part) {
    struct error error = {0};
    assert_int_equal(partial_file_write(part, second_path, &error), 0);
    partial_free(part);
    part = partial_file_read(second_path, known, 1, &error);
    if (part == NULL)
        fail_msg("%s", error.text);
    return part;
}

static char *bytes_of(const struct partial *part, size_t *length) {
    struct error error = {0};
    static char bytes[1 << 16];
    assert_int_equal(partial_file_write(part, path, &error), 0);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    *length = fread(bytes, 1, sizeof bytes, file);
    assert_true(*length < sizeof bytes && fclose(file) == 0);
    return bytes;
}

/* Merges the parts in a random order and as a random tree, through files. */
static struct partial *merged_at_random(uint64_t seed) {
    struct random_stream stream;
    size_t order[PARTS], groups = 0;
    struct partial *tree[PARTS];
    random_start(&stream, seed, "test_partial_merge", "order", 0);
    random_permutation(&stream, PARTS, order);
    for (size_t i = 0; i < PARTS;) {
        size_t size = 1 + (size_t)random_below(&stream, 12);
        tree[groups] = NULL;
        for (; size > 0 && i < PARTS; size--, i++)
            add(&tree[groups], random_part(order[i] + 1));
        groups++;
    }
    while (groups > 1) { /* the first takes in another at random, or the last takes in the first */
        size_t other = 1 + (size_t)random_below(&stream, groups - 1);
        add(&tree[0], through_file(tree[other]));
        tree[other] = tree[--groups];
        if (groups > 1 && random_below(&stream, 2) == 1) {
            add(&tree[groups - 1], through_file(tree[0]));
            tree[0] = tree[--groups];
        }
    }
    return tree[0];
}

static void order_and_grouping_do_not_matter_to_the_byte(void **state) {
    (void)state;
    size_t expected_length, length;
    struct partial *merged = NULL;
    for (size_t i = 1; i <= PARTS; i++)
        add(&merged, random_part(i));
    char *bytes = bytes_of(merged, &expected_length), *expected = malloc(expected_length);
    assert_non_null(expected);
    memcpy(expected, bytes, expected_length);
    assert_true(merged->sums[1].words[7] == INFINITY);
    assert_true(merged->rows == 10 * PARTS * (PARTS + 1) / 2);
    partial_free(merged);
    for (uint64_t seed = 1; seed <= 40; seed++) {
        merged = merged_at_random(seed);
        bytes = bytes_of(merged, &length);
        assert_int_equal(length, expected_length);
        assert_memory_equal(bytes, expected, length);
        partial_free(merged);
    }
    free(expected);
}

/* Rows cut into 1 to 64 parts, each summed in double-double as a filter does, against the sum of all rows. */
static void any_split_gives_the_same_sum(void **state) {
    (void)state;
    static double rows[ROWS];
    struct random_stream stream;
    struct running_sum all = RUNNING_SUM_EMPTY;
    random_start(&stream, 1, "test_partial_merge", "rows", 0);
    random_normals(&stream, ROWS, rows);
    running_sum_add(&all, ROWS, rows);
    for (size_t parts = 1; parts <= PARTS; parts++) {
        struct partial *merged = NULL;
        for (size_t i = parts; i >= 1; i--) {
            size_t first = ROWS * (i - 1) / parts, stop = ROWS * i / parts;
            struct running_sum sum = RUNNING_SUM_EMPTY;
            struct partial *part = part_of(&description, "a=1", i, parts, sizes);
            running_sum_add(&sum, stop - first, rows + first);
            part->sums[0].words[0] = sum.value;
            part->sums[0].words[1] = sum.carry;
            add(&merged, part);
        }
        assert_true(partial_value(&merged->sums[0], 0) == running_sum_value(&all));
        partial_free(merged);
    }
}

static void parts_that_disagree_are_refused_with_both_values(void **state) {
    (void)state;
    static const struct partial_size narrow[] = {{'K', K}, {'d', D - 1}, {'m', M}, {0, 0}};
    static const struct {
        const struct partial_description *description;
        const char *options;
        size_t shard, shards;
        const struct partial_size *sizes;
        const char *expected;
    } cases[] = {
        {&other_description, "a=1", 2, 4, sizes, "2.npz: filter is other, in 1.npz trial"},
        {&description, "a=2.50", 2, 4, sizes, "2.npz: option a is 2.5, in 1.npz 1"},
        {&description, "a=x", 2, 4, sizes, "2.npz: option a is x, in 1.npz 1"},
        {&description, "", 2, 4, sizes, "2.npz: option a is not given, in 1.npz 1"},
        {&description, "a=1 b=0", 2, 4, sizes, "2.npz: option b is 0, in 1.npz not given"},
        {&description, "a=1", 2, 5, sizes, "2.npz: shard is of 5, in 1.npz of 4"},
        {&description, "a=1", 2, 0, sizes, "2.npz: shard is not given, in 1.npz given"},
        {&description, "a=1", 2, 4, narrow, "2.npz: square: dimension 2 is 2, in 1.npz 3"},
        {&description, "a=1", 1, 4, sizes, "1.npz: shard 1/4 is there twice (--allow-repeated)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = {0};
        struct partial *merged = NULL;
        add(&merged, part_of(&description, "a=1", 1, 4, sizes));
        struct partial *part =
            part_of(cases[i].description, cases[i].options, cases[i].shard, cases[i].shards, cases[i].sizes);
        assert_int_equal(partial_merge_add(&merged, part, false, &error), -1);
        assert_string_equal(error.text, cases[i].expected);
        partial_free(part);
        partial_free(merged);
    }
}

/* What sums were made with: one word, taken from the first part, and the same in all others. */
static void parts_of_another_origin_are_refused(void **state) {
    (void)state;
    static const struct partial_sum_description with_origin[] = {{"weight", "", PARTIAL_SUM},
                                                                 {"origin", "d", PARTIAL_SAME}};
    static const struct partial_description described = {
        .filter = "trial", .sum_count = 2, .sums = with_origin, .finish_count = 1, .finishes = finishes};
    struct error error = {0};
    struct partial *merged = NULL;
    for (size_t shard = 1; shard <= 3; shard++) {
        struct partial *part = part_of(&described, "a=1", shard, 4, sizes);
        part->sums[0].words[0] = 1;
        for (size_t j = 0; j < D; j++)
            part->sums[1].words[j] = 0.5 + (double)j + (shard == 3 && j == 1 ? 1e-15 : 0);
        int status = partial_merge_add(&merged, part, false, &error);
        partial_free(part);
        assert_int_equal(status, shard < 3 ? 0 : -1);
    }
    assert_string_equal(error.text, "3.npz: origin: value 2 is 1.500000000000001, in 1.npz 1.5");
    assert_true(merged->sums[1].word_count == 1);
    assert_true(partial_value(&merged->sums[0], 0) == 2 && partial_value(&merged->sums[1], 1) == 1.5);
    partial_free(merged);
}

static void missing_shards_are_listed(void **state) {
    (void)state;
    static const struct {
        size_t total, given[8];
        uint64_t missing;
        const char *text;
    } cases[] = {
        {3, {1, 2, 3}, 0, ""},
        {0, {0}, 0, ""},
        {1000000000, {2, 3, 1000000000}, 999999997, "1, 4-999999999"},
        {9, {2, 5, 9}, 6, "1, 3-4, 6-8"},
        {4, {4}, 3, "1-3"},
    };
    char text[PARTIAL_MERGE_TEXT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct partial *merged = NULL;
        for (size_t j = 0; j == 0 || (j < 8 && cases[i].given[j] > 0); j++)
            add(&merged, part_of(&description, "a=1", cases[i].given[j], cases[i].total, sizes));
        assert_true(partial_merge_missing(merged, text) == cases[i].missing);
        assert_string_equal(text, cases[i].text);
        partial_free(merged);
    }
    struct partial *merged = NULL;
    for (size_t shard = 1; shard < 1000; shard += 2)
        add(&merged, part_of(&description, "a=1", shard, 1000, sizes));
    assert_true(partial_merge_missing(merged, text) == 500);
    assert_memory_equal(text, "2, 4, 6, 8,", 11);
    assert_string_equal(text + strlen(text) - 5, ", ...");
    partial_free(merged);
}

static void sums_that_overflow_and_come_back_are_right(void **state) {
    (void)state;
    struct partial *merged = NULL;
    static const double values[] = {DBL_MAX, DBL_MAX, -DBL_MAX, 1};
    for (size_t i = 0; i < 4; i++) {
        struct partial *part = part_of(&description, "a=1", i + 1, 4, sizes);
        part->sums[0].words[0] = values[i];
        add(&merged, part);
        if (i == 1)
            assert_true(partial_value(&merged->sums[0], 0) == INFINITY);
    }
    assert_true(partial_value(&merged->sums[0], 0) == DBL_MAX && merged->sums[0].words[1] == 1);
    partial_free(merged);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_and_grouping_do_not_matter_to_the_byte),
        cmocka_unit_test(any_split_gives_the_same_sum),
        cmocka_unit_test(parts_that_disagree_are_refused_with_both_values),
        cmocka_unit_test(parts_of_another_origin_are_refused),
        cmocka_unit_test(missing_shards_are_listed),
        cmocka_unit_test(sums_that_overflow_and_come_back_are_right),
    };
    return cmocka_run_group_tests(tests, make_paths, remove_paths);
}
