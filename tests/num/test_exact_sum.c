#include "num/exact_sum.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

enum { COUNT = 2000 };

static double values[COUNT];

/* Values of both signs over the whole range of doubles, subnormal ones included. */
static void fill(uint64_t seed) {
    struct random_stream stream;
    random_start(&stream, seed, "test_exact_sum", "values", 0);
    for (size_t i = 0; i < COUNT;) {
        uint64_t bits = random_bits64(&stream);
        memcpy(&values[i], &bits, sizeof bits);
        i += isfinite(values[i]) != 0;
    }
}

static size_t words_of(size_t count, const double *x, double *words) {
    struct exact_sum sum;
    exact_sum_clear(&sum);
    for (size_t i = 0; i < count; i++)
        exact_sum_add(&sum, x[i]);
    return exact_sum_words(&sum, words);
}

static void assert_words(size_t count, const double *x, size_t expected_count, const double *expected) {
    double words[EXACT_SUM_WORDS_MAX];
    assert_int_equal(words_of(count, x, words), expected_count);
    assert_same_bits(words, expected, expected_count);
}

static void one_double_is_itself(void **state) {
    (void)state;
    const double edges[] = {0,         1,           -1,       0x1p-1074,      -0x1p-1074,
                            0x1p-1022, 0x1p-1043,   DBL_MAX,  -DBL_MAX,       DBL_MIN,
                            0.1,       0x1.8p-1050, -0x1p971, 0x1.fffffp1000, 0x1.00000001p-1023};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        assert_words(1, &edges[i], 1, &edges[i]);
    fill(1);
    for (size_t i = 0; i < COUNT; i++)
        assert_words(1, &values[i], 1, &values[i]);
}

static void ties_go_to_even_and_are_broken_by_the_least_bit(void **state) {
    (void)state;
    assert_words(2, (double[]){1, 0x1p-53}, 2, (double[]){1, 0x1p-53});
    assert_words(2, (double[]){1 + 0x1p-52, 0x1p-53}, 2, (double[]){1 + 0x1p-51, -0x1p-53});
    assert_words(3, (double[]){1, 0x1p-53, 0x1p-1074}, 3, (double[]){1 + 0x1p-52, -0x1p-53, 0x1p-1074});
    assert_words(3, (double[]){1, 0x1p-53, -0x1p-1074}, 3, (double[]){1, 0x1p-53, -0x1p-1074});
    assert_words(3, (double[]){-1, -0x1p-53, -0x1p-1074}, 3, (double[]){-1 - 0x1p-52, 0x1p-53, -0x1p-1074});
    assert_words(2, (double[]){0x1p-1074, 0x1p-1022}, 1, (double[]){0x1p-1022 + 0x1p-1074});
}

static void what_cancels_leaves_nothing(void **state) {
    (void)state;
    struct exact_sum sum;
    double words[EXACT_SUM_WORDS_MAX];
    fill(2);
    exact_sum_clear(&sum);
    for (size_t i = 0; i < COUNT; i++)
        exact_sum_add(&sum, values[i]);
    for (size_t i = COUNT; i-- > 0;)
        exact_sum_add(&sum, -values[i]);
    assert_int_equal(exact_sum_words(&sum, words), 1);
    assert_true(words[0] == 0 && !signbit(words[0]));
}

/* Words of words, in any grouping, are the words of all. */
static void grouping_and_order_do_not_matter(void **state) {
    (void)state;
    double whole[EXACT_SUM_WORDS_MAX], part[EXACT_SUM_WORDS_MAX], merged[EXACT_SUM_WORDS_MAX];
    for (uint64_t seed = 3; seed < 13; seed++) {
        fill(seed);
        size_t whole_count = words_of(COUNT, values, whole);
        for (size_t size = 1; size < COUNT; size += 1 + size) {
            struct exact_sum sum;
            exact_sum_clear(&sum);
            for (size_t i = 0; i < COUNT; i += size) {
                size_t first = COUNT - i > size ? COUNT - i - size : 0;
                size_t count = words_of(COUNT - i - first, values + first, part);
                for (size_t j = count; j-- > 0;)
                    exact_sum_add(&sum, part[j]);
            }
            assert_int_equal(exact_sum_words(&sum, merged), whole_count);
            assert_same_bits(merged, whole, whole_count);
        }
    }
}

/* Against integers: multiples of 2^-20 below 2^30 in magnitude, whose sum a 64-bit integer holds. */
static void sums_are_those_of_integers(void **state) {
    (void)state;
    struct random_stream stream;
    random_start(&stream, 14, "test_exact_sum", "integers", 0);
    for (size_t round = 0; round < 200; round++) {
        int64_t total = 0;
        for (size_t i = 0; i < COUNT; i++) {
            int64_t integer = (int64_t)(random_bits64(&stream) >> 14) - (INT64_C(1) << 49);
            total += integer;
            values[i] = (double)integer * 0x1p-20;
        }
        double words[EXACT_SUM_WORDS_MAX], expected = (double)total;
        size_t count = words_of(COUNT, values, words);
        assert_true(words[0] == expected * 0x1p-20);
        assert_true((count > 1 ? words[1] : 0) == (double)(total - (int64_t)expected) * 0x1p-20);
    }
}

static void sums_beyond_the_largest_double_come_back(void **state) {
    (void)state;
    assert_words(2, (double[]){DBL_MAX, DBL_MAX}, 2, (double[]){DBL_MAX, DBL_MAX});
    assert_words(3, (double[]){DBL_MAX, DBL_MAX, -DBL_MAX}, 1, (double[]){DBL_MAX});
    assert_words(3, (double[]){-DBL_MAX, -DBL_MAX, 5}, 3, (double[]){-DBL_MAX, -DBL_MAX, 5});
    double many[EXACT_SUM_WORDS_MAX + 1], words[EXACT_SUM_WORDS_MAX];
    for (size_t i = 0; i < EXACT_SUM_WORDS_MAX + 1; i++)
        many[i] = DBL_MAX;
    assert_int_equal(words_of(EXACT_SUM_WORDS_MAX, many, words), EXACT_SUM_WORDS_MAX);
    assert_int_equal(words_of(EXACT_SUM_WORDS_MAX + 1, many, words), 0);
}

static void infinities_and_nan_stay_what_they_are(void **state) {
    (void)state;
    double words[EXACT_SUM_WORDS_MAX];
    assert_words(3, (double[]){1, INFINITY, -5}, 1, (double[]){INFINITY});
    assert_words(2, (double[]){-INFINITY, DBL_MAX}, 1, (double[]){-INFINITY});
    assert_int_equal(words_of(2, (double[]){INFINITY, -INFINITY}, words), 1);
    assert_true(isnan(words[0]));
    assert_words(0, NULL, 1, (double[]){0});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_double_is_itself),
        cmocka_unit_test(ties_go_to_even_and_are_broken_by_the_least_bit),
        cmocka_unit_test(what_cancels_leaves_nothing),
        cmocka_unit_test(grouping_and_order_do_not_matter),
        cmocka_unit_test(sums_are_those_of_integers),
        cmocka_unit_test(sums_beyond_the_largest_double_come_back),
        cmocka_unit_test(infinities_and_nan_stay_what_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
