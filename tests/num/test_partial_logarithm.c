#include "num/partial_logarithm.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "num/partial_merge.h"
#include "support/assertions.h"

enum { COUNT = 5, PARTS = 40 };

static const struct partial_sum_description sums[] = {{"density", "m", PARTIAL_LOGARITHMIC}};
static const struct partial_finish finishes[] = {{"log", NULL}};
static const struct partial_description description = {
    .filter = "trial", .sum_count = 1, .sums = sums, .finish_count = 1, .finishes = finishes};
static const struct partial_size sizes[] = {{'m', COUNT}, {0, 0}};

static struct partial *part_of(const double *logarithms) {
    struct error error;
    const struct row_format format = {0};
    struct partial *part = partial_create(&description, sizes, &error);
    assert_non_null(part);
    assert_int_equal(partial_describe(part, "", 1, &format, &error), 0);
    part->name = strdup("part");
    for (size_t i = 0; i < COUNT; i++)
        partial_logarithm_set(&part->sums[0], i, logarithms[i], 0);
    return part;
}

/* Adds a part, which is freed. */
static void add(struct partial **merged, struct partial *part) {
    struct error error = {0};
    assert_int_equal(partial_merge_add(merged, part, false, &error), 0);
    partial_free(part);
}

static void a_logarithm_comes_back_to_two_ulp(void **state) {
    (void)state;
    const double given[COUNT] = {-1e6 / 3, -745.2, 0.1, 709.9, 123456.789};
    struct partial *part = part_of(given);
    for (size_t i = 0; i < COUNT; i++) {
        double value = part->sums[0].words[i];
        assert_true(value > 0.999 && value < 2.001);
        assert_within(partial_logarithm_value(&part->sums[0], i), given[i],
                      4.5e-16 * fmax(1, fabs(given[i])));
    }
    partial_free(part);
    part = part_of((const double[COUNT]){-INFINITY, INFINITY, 0, -DBL_MIN, -1e15});
    assert_true(partial_logarithm_value(&part->sums[0], 0) == -INFINITY);
    assert_true(partial_logarithm_value(&part->sums[0], 1) == INFINITY);
    assert_within(partial_logarithm_value(&part->sums[0], 2), 0, 2.3e-16);
    assert_within(partial_logarithm_value(&part->sums[0], 3), 0, 2.3e-16);
    assert_close(partial_logarithm_value(&part->sums[0], 4), -1e15, 1e-15);
    partial_free(part);
}

/* Against logsumexp in long double. */
static void parts_merge_as_their_exponentials_add(void **state) {
    (void)state;
    struct random_stream stream;
    double logarithms[PARTS][COUNT];
    static const double centres[COUNT] = {0, -1e5, 1e4, -745, 3};
    static const double spreads[COUNT] = {1, 20, 1000, 1e-3, 0};
    random_start(&stream, 1, "test_partial_logarithm", "values", 0);
    for (size_t p = 0; p < PARTS; p++)
        for (size_t i = 0; i < COUNT; i++)
            logarithms[p][i] = centres[i] + spreads[i] * random_normal(&stream);
    struct partial *merged = NULL;
    for (size_t p = 0; p < PARTS; p++)
        add(&merged, part_of(logarithms[p]));
    for (size_t i = 0; i < COUNT; i++) {
        long double top = -INFINITY, sum = 0;
        for (size_t p = 0; p < PARTS; p++)
            top = fmaxl(top, logarithms[p][i]);
        for (size_t p = 0; p < PARTS; p++)
            sum += expl(logarithms[p][i] - top);
        /* 1e-15 of the densities, and the rounding of a large logarithm */
        double expected = (double)(top + logl(sum));
        assert_within(partial_logarithm_value(&merged->sums[0], i), expected,
                      1e-15 + 4.5e-16 * fabs(expected));
    }
    partial_free(merged);
}

/* The same bits in three orders and as a tree of merges, over a range of e^+-400, where lesser parts are lost
 * to a sum in plain doubles, with nothing and infinities among them. */
static void order_and_grouping_do_not_matter(void **state) {
    (void)state;
    struct random_stream stream;
    double logarithms[PARTS][COUNT];
    random_start(&stream, 2, "test_partial_logarithm", "values", 0);
    for (size_t p = 0; p < PARTS; p++)
        for (size_t i = 0; i < COUNT; i++)
            logarithms[p][i] = i == 0 && p % 3 > 0    ? -INFINITY
                               : i == 1 && p % 7 == 3 ? INFINITY
                                                      : 800 * random_uniform(&stream) - 400;
    struct partial *merged = NULL, *backwards = NULL, *tree = NULL;
    for (size_t p = 0; p < PARTS; p++) {
        add(&merged, part_of(logarithms[p]));
        add(&backwards, part_of(logarithms[PARTS - 1 - p]));
    }
    for (size_t p = 0; p < PARTS; p += 6) {
        struct partial *group = NULL;
        for (size_t j = p; j < p + 6 && j < PARTS; j++)
            add(&group, part_of(logarithms[j * 7 % PARTS]));
        add(&tree, group);
    }
    struct partial_sum *sum = &merged->sums[0];
    struct partial *others[] = {backwards, tree};
    for (size_t k = 0; k < 2; k++) {
        assert_same_bits(others[k]->sums[0].exponents, sum->exponents, COUNT);
        for (size_t word = 0; word < sum->word_count || word < others[k]->sums[0].word_count; word++)
            for (size_t i = 0; i < COUNT; i++) {
                const struct partial_sum *other = &others[k]->sums[0];
                double one = word < sum->word_count ? sum->words[word * COUNT + i] : 0;
                double two = word < other->word_count ? other->words[word * COUNT + i] : 0;
                assert_same_bits(&two, &one, 1);
            }
        partial_free(others[k]);
    }
    assert_true(partial_logarithm_value(sum, 1) == INFINITY);
    partial_free(merged);
}

static void a_part_far_below_another_does_not_reach_it(void **state) {
    (void)state;
    struct partial *merged = NULL;
    add(&merged, part_of((const double[COUNT]){0, -1e9, -INFINITY, 1e14, 0}));
    add(&merged, part_of((const double[COUNT]){-1e9, 0, -INFINITY, -1e14, -1000}));
    const double expected[COUNT] = {0, 0, -INFINITY, 1e14, 0};
    for (size_t i = 0; i < COUNT; i++)
        assert_close(partial_logarithm_value(&merged->sums[0], i), expected[i], 1e-15);
    partial_free(merged);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_logarithm_comes_back_to_two_ulp),
        cmocka_unit_test(parts_merge_as_their_exponentials_add),
        cmocka_unit_test(order_and_grouping_do_not_matter),
        cmocka_unit_test(a_part_far_below_another_does_not_reach_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
