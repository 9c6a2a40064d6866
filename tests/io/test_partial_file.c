#include "io/partial_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/npz.h"
#include "support/assertions.h"

static char path[] = "/tmp/kltools-partial-XXXXXX";

/* An E step's sums: of K components in d dimensions, and of m logarithms. */
static const struct partial_sum_description sums[] = {
    {"weight", "K", PARTIAL_SUM},
    {"square", "Kdd", PARTIAL_SUM},
    {"density", "m", PARTIAL_LOGARITHMIC},
};
static const struct partial_finish finishes[] = {{"first", NULL}, {"second", NULL}};
static const struct partial_description description = {
    .filter = "trial", .sum_count = 3, .sums = sums, .finish_count = 2, .finishes = finishes};
static const struct partial_description *const known[] = {&description};

enum { K = 2, D = 3, M = 4 };
static const struct partial_size sizes[] = {{'K', K}, {'d', D}, {'m', M}, {0, 0}};

static int make_path(void **state) {
    int descriptor = mkstemp(path);
    (void)state;
    return descriptor < 0 || close(descriptor) != 0;
}

static int remove_path(void **state) {
    (void)state;
    return unlink(path);
}

static void what_is_written_is_read(void **state) {
    (void)state;
    struct error error = {0};
    const struct row_format format = {.shard = 3, .shards = 7};
    struct partial *part = partial_create(&description, sizes, &error);
    assert_non_null(part);
    assert_int_equal(partial_describe(part, "result=second a=1", 12, &format, &error), 0);
    assert_int_equal(partial_reserve_words(&part->sums[1], 4, &error), 0);
    for (size_t i = 0; i < 4 * K * D * D; i++)
        part->sums[1].words[i] = 1.0 / (double)(i + 1);
    part->sums[0].words[1] = INFINITY;
    for (size_t i = 0; i < M; i++) {
        part->sums[2].words[i] = 1 + (double)i;
        part->sums[2].exponents[i] = -1e6 - (double)i;
    }
    assert_int_equal(partial_file_write(part, path, &error), 0);

    struct partial *read = partial_file_read(path, known, 1, &error);
    if (read == NULL)
        fail_msg("%s", error.text);
    assert_string_equal(read->name, path);
    assert_string_equal(read->options, "result=second a=1");
    assert_true(read->rows == 12 && read->shard_total == 7);
    assert_true(read->shard_count == 1 && read->shards[0] == 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(read->sums[i].count, part->sums[i].count);
        assert_int_equal(read->sums[i].word_count, part->sums[i].word_count);
        assert_same_bits(read->sums[i].words, part->sums[i].words,
                         part->sums[i].count * part->sums[i].word_count);
    }
    assert_same_bits(read->sums[2].exponents, part->sums[2].exponents, M);
    assert_string_equal(partial_find_finish(read, NULL, &error)->name, "second");
    assert_string_equal(partial_find_finish(read, "first", &error)->name, "first");
    assert_null(partial_find_finish(read, "third", &error));
    assert_non_null(strstr(error.text, "do not finish as 'third', but as: first, second"));
    partial_free(read);
    partial_free(part);
}

/* An array that takes the place of the one of that name; a text, or numbers of that shape, all one value. */
struct change {
    const char *name, *text;
    double value;
    size_t rank, shape[3];
    bool left_out;
};

static const struct change regular[] = {
    {"kind", "partial"},
    {"version", .value = 1},
    {"filter", "trial"},
    {"options", "a=1"},
    {"rows", .value = 5},
    {"weight", .rank = 1, .shape = {K}},
    {"weight_carry", .rank = 1, .shape = {K}},
    {"square", .rank = 3, .shape = {K, D, D}},
    {"square_carry", .rank = 3, .shape = {K, D, D}},
    {"density", .rank = 1, .shape = {M}},
    {"density_carry", .rank = 1, .shape = {M}},
    {"density_exponent", .rank = 1, .shape = {M}},
};

static void write_array(struct npz_writer *writer, const struct change *change) {
    struct error error = {0};
    double values[64];
    for (size_t i = 0; i < 64; i++)
        values[i] = change->value;
    if (change->left_out)
        return;
    int status = change->text != NULL ? npz_writer_text(writer, change->name, change->text, &error)
                                      : npz_writer_numbers(writer, change->name, change->rank, change->shape,
                                                           values, true, &error);
    assert_int_equal(status, 0);
}

/* Writes the regular archive with one array changed, or added behind the others. */
static void write_changed(const struct change *change) {
    struct error error = {0};
    bool found = false;
    struct npz_writer *writer = npz_writer_open(path, &error);
    assert_non_null(writer);
    for (size_t i = 0; i < sizeof regular / sizeof *regular; i++) {
        bool changed = change != NULL && strcmp(change->name, regular[i].name) == 0;
        write_array(writer, changed ? change : &regular[i]);
        found = found || changed;
    }
    if (change != NULL && !found)
        write_array(writer, change);
    assert_int_equal(npz_writer_close(writer, &error), 0);
}

static void what_is_wrong_is_named_with_the_file(void **state) {
    (void)state;
    static const struct {
        struct change change;
        const char *expected; /* behind the path and ": " */
    } cases[] = {
        {{"kind", "gmm"}, "kind is 'gmm', not 'partial'"},
        {{"kind", .value = 1}, "kind: expected text, got numbers"},
        {{"kind", .left_out = true}, "no array 'kind'"},
        {{"version", .value = 2}, "version is 2; 1 is known"},
        {{"version", "1"}, "version: expected numbers, got text"},
        {{"filter", "other"}, "filter 'other' has no parts that could be merged"},
        {{"options", .value = 3}, "options: expected text, got numbers"},
        {{"rows", .value = -1}, "rows: value 1: expected a whole number, got '-1'"},
        {{"rows", .value = 1.5}, "rows: value 1: expected a whole number, got '1.5'"},
        {{"rows", .value = NAN}, "rows: value 1: expected a whole number, got 'nan'"},
        {{"rows", .value = 1, .rank = 1, .shape = {1}}, "rows: expected 0 dimensions, got 1"},
        {{"shard", .value = 0, .rank = 1, .shape = {2}},
         "shard: value 2: expected a number of parts, got '0'"},
        {{"shard", .value = 1e300, .rank = 1, .shape = {2}},
         "shard: value 2: expected a number of parts, got '1e300'"},
        {{"shard", .value = 3, .rank = 1, .shape = {3}}, "shard: expected pairs of numbers"},
        {{"shard", .value = 3, .rank = 2, .shape = {0, 2}}, "shard: expected pairs of numbers"},
        {{"shard", "1/2"}, "shard: expected numbers, got text"},
        {{"weight", .left_out = true}, "no array 'weight'"},
        {{"weight", .value = NAN, .rank = 1, .shape = {K}}, "weight: value 1: expected a number, got 'nan'"},
        {{"weight", .rank = 2, .shape = {K, 1}}, "weight: expected 1 dimension, got 2"},
        {{"weight_carry", .left_out = true}, "no array 'weight_carry'"},
        {{"weight_carry", .rank = 1, .shape = {K + 1}},
         "weight_carry: dimension 1 is 3, where other sums have 2"},
        {{"weight_carry", .value = INFINITY, .rank = 1, .shape = {K}},
         "weight_carry: value 1: expected a finite number, got 'inf'"},
        {{"square", .rank = 3, .shape = {K, D, D + 1}}, "square: dimension 3 is 4, where other sums have 3"},
        {{"square", .rank = 3, .shape = {K + 1, D, D}}, "square: dimension 1 is 3, where other sums have 2"},
        {{"density", .value = -1, .rank = 1, .shape = {M}},
         "density: value 1: expected a sum of at least 0, got '-1'"},
        {{"density_exponent", .value = 0.5, .rank = 1, .shape = {M}},
         "density_exponent: value 1: expected a whole number, got '0.5'"},
        {{"density_exponent", .value = INFINITY, .rank = 1, .shape = {M}},
         "density_exponent: value 1: expected a whole number, got 'inf'"},
        {{"square_carry3", .rank = 3, .shape = {K, D, D}}, "13 arrays, where sums of trial make 12"},
        {{"means", .rank = 1, .shape = {2}}, "13 arrays, where sums of trial make 12"},
    };
    struct error error = {0};
    write_changed(NULL);
    struct partial *part = partial_file_read(path, known, 1, &error);
    if (part == NULL)
        fail_msg("%s", error.text);
    partial_free(part);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_changed(&cases[i].change);
        part = partial_file_read(path, known, 1, &error);
        assert_null(part);
        assert_memory_equal(error.text, path, strlen(path));
        if (strncmp(error.text + strlen(path) + 2, cases[i].expected, strlen(cases[i].expected)) != 0)
            fail_msg("case %zu: %s", i, error.text);
    }
}

static void a_text_of_options_without_end_is_refused(void **state) {
    (void)state;
    static char text[20000];
    struct error error = {0};
    memset(text, 'a', sizeof text - 1);
    write_changed(&(struct change){"options", text});
    assert_null(partial_file_read(path, known, 1, &error));
    assert_string_equal(error.text + strlen(path) + 2, "options: more than 16384 bytes");
}

static void shards_of_merged_parts_ascend_and_are_of_one_number(void **state) {
    (void)state;
    static const struct {
        double pairs[6];
        const char *expected; /* NULL: read */
    } cases[] = {
        {{1, 9, 4, 9, 9, 9}, NULL},
        {{1, 9, 1, 9, 4, 9}, NULL}, /* klmerge --allow-repeated */
        {{4, 9, 1, 9, 9, 9}, "shard: value 3: expected an ascending part's number, got '1'"},
        {{1, 9, 4, 8, 9, 9}, "shard: parts of 9 and of 8"},
        {{1, 9, 4, 9, 10, 9}, "shard: value 5: expected a part's number, got '10'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = {0};
        struct npz_writer *writer = npz_writer_open(path, &error);
        assert_non_null(writer);
        for (size_t j = 0; j < sizeof regular / sizeof *regular; j++)
            write_array(writer, &regular[j]);
        assert_int_equal(
            npz_writer_numbers(writer, "shard", 2, (size_t[]){3, 2}, cases[i].pairs, false, &error), 0);
        assert_int_equal(npz_writer_close(writer, &error), 0);
        struct partial *part = partial_file_read(path, known, 1, &error);
        assert_int_equal(part != NULL, cases[i].expected == NULL);
        if (part != NULL)
            assert_int_equal(part->shard_count, 3);
        else
            assert_string_equal(error.text + strlen(path) + 2, cases[i].expected);
        partial_free(part);
    }
}

/* Sums of one filter in two shapes, told apart by an option, and a start that all parts share. */
static void an_option_tells_the_forms_of_a_filter_s_sums_apart(void **state) {
    (void)state;
    static const struct partial_sum_description full[] = {{"square", "Kdd", PARTIAL_SUM},
                                                          {"means", "Kd", PARTIAL_SAME}};
    static const struct partial_sum_description diagonal[] = {{"square", "Kd", PARTIAL_SUM},
                                                              {"means", "Kd", PARTIAL_SAME}};
    static const struct partial_description forms[] = {{.filter = "trial",
                                                        .sum_count = 2,
                                                        .sums = full,
                                                        .finish_count = 1,
                                                        .finishes = finishes,
                                                        .option = "type",
                                                        .value = "full"},
                                                       {.filter = "trial",
                                                        .sum_count = 2,
                                                        .sums = diagonal,
                                                        .finish_count = 1,
                                                        .finishes = finishes,
                                                        .option = "type",
                                                        .value = "diagonal"}};
    static const struct partial_description *const both[] = {&forms[0], &forms[1]};
    static const char *const options[] = {"type=full", "a=1 type=diagonal", "type=dia"};
    for (size_t i = 0; i < 3; i++) {
        struct error error = {0};
        struct partial *part = partial_create(&forms[i % 2], sizes, &error);
        const struct row_format format = {0};
        assert_non_null(part);
        assert_int_equal(partial_describe(part, options[i], 12, &format, &error), 0);
        part->sums[1].words[K * D - 1] = 7;
        assert_int_equal(partial_file_write(part, path, &error), 0);
        partial_free(part);
        struct partial *read = partial_file_read(path, both, 2, &error);
        assert_true((read != NULL) == (i < 2));
        if (read == NULL)
            continue;
        assert_ptr_equal(read->description, &forms[i]);
        assert_true(read->sums[0].word_count == 2 && read->sums[1].word_count == 1);
        assert_true(partial_value(&read->sums[1], K * D - 1) == 7);
        partial_free(read);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(what_is_wrong_is_named_with_the_file),
        cmocka_unit_test(a_text_of_options_without_end_is_refused),
        cmocka_unit_test(shards_of_merged_parts_ascend_and_are_of_one_number),
        cmocka_unit_test(an_option_tells_the_forms_of_a_filter_s_sums_apart),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
