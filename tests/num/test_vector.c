#include "num/vector.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/random.h"
#include "num/elementary.h"
#include "support/assertions.h"

enum { COUNT = 4096, LENGTH_MAX = 33 };

typedef void elementwise(size_t count, const double *x, double *result);
typedef long double reference(long double x);

/* The functions, with the bounds their header gives. The reference's own error, half a unit of 64 bits, is
 * 5e-4 of a double's. */
static const struct {
    const char *name;
    elementwise *function;
    reference *exact;
    double ulps, ulps_subnormal;
    double low, high; /* where the result is neither 0 nor inf, nearly */
} functions[] = {
    {"exp", vector_exp, expl, 1, 1.5, -746, 710},
    {"log", vector_log, logl, 1, 1, 0, 1e300},
    {"log1p", vector_log1p, log1pl, 2, 2, -1, 1e300},
    {"expm1", vector_expm1, expm1l, 2, 2, -40, 710},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

static double x[COUNT], result[COUNT];

/* |actual - exact| in units in the last place of exact. */
static double error_in_ulps(double actual, long double exact) {
    if (fabsl(exact) < DBL_MIN)
        return (double)(fabsl(actual - exact) / 0x1p-1074L);
    int exponent;
    frexpl(exact, &exponent);
    return (double)ldexpl(fabsl(actual - exact), 53 - exponent);
}

/* Applies function f to x and compares each value with the reference. */
static void assert_accurate(size_t f, size_t count) {
    functions[f].function(count, x, result);
    for (size_t i = 0; i < count; i++) {
        long double exact = functions[f].exact(x[i]);
        double rounded = (double)exact;
        bool special = isnan(rounded) || isinf(rounded) || rounded == 0;
        double bound = fabs(rounded) < DBL_MIN ? functions[f].ulps_subnormal : functions[f].ulps;
        if (special ? assertions_distance(result[i], rounded) <= (isinf(rounded) && isfinite(exact))
                    : error_in_ulps(result[i], exact) <= bound)
            continue;
        fail_msg("%s(%a) is %a, not %a", functions[f].name, x[i], result[i], rounded);
    }
}

static void random_bit_patterns_are_within_the_stated_ulps(void **state) {
    (void)state;
    struct random_stream stream;
    random_start(&stream, 1, "test_vector", "bits", 0);
    for (size_t f = 0; f < FUNCTIONS; f++)
        for (size_t round = 0; round < 40; round++) {
            for (size_t i = 0; i < COUNT; i++) {
                uint64_t bits = random_bits64(&stream);
                memcpy(&x[i], &bits, sizeof bits);
            }
            assert_accurate(f, COUNT);
        }
}

static void subnormal_numbers_are_within_the_stated_ulps(void **state) {
    (void)state;
    struct random_stream stream;
    random_start(&stream, 1, "test_vector", "subnormal", 0);
    for (size_t f = 0; f < FUNCTIONS; f++) {
        for (size_t i = 0; i < COUNT; i++) {
            uint64_t bits = random_bits64(&stream) >> (12 + i % 52);
            memcpy(&x[i], &bits, sizeof bits);
            x[i] = i % 2 == 1 && f != 1 ? -x[i] : x[i];
        }
        assert_accurate(f, COUNT);
    }
}

/* Even grids over the whole range, over [-2, 2], and fine ones about 0 and 1, where exp and log turn. */
static void dense_grids_are_within_the_stated_ulps(void **state) {
    (void)state;
    enum { ROUNDS = 24 };
    for (size_t f = 0; f < FUNCTIONS; f++)
        for (size_t round = 0; round < ROUNDS; round++) {
            double ends[4][2] = {{functions[f].low, functions[f].high < 1e6 ? functions[f].high : 1e6},
                                 {-2, 2},
                                 {-1e-3, 1e-3},
                                 {1 - 1e-3, 1 + 1e-3}};
            double low = ends[round % 4][0], high = ends[round % 4][1];
            double shift = (double)(round / 4) / (ROUNDS / 4); /* grids between grids */
            for (size_t i = 0; i < COUNT; i++)
                x[i] = low + (high - low) * ((double)i + shift) / (COUNT - 1);
            assert_accurate(f, COUNT);
        }
}

static void special_values_give_what_c_gives(void **state) {
    (void)state;
    static const double special[] = {0.0,
                                     -0.0,
                                     INFINITY,
                                     -INFINITY,
                                     NAN,
                                     1,
                                     -1,
                                     -2,
                                     DBL_MIN,
                                     -DBL_MIN,
                                     DBL_MAX,
                                     -DBL_MAX,
                                     0x1p-1074,
                                     -0x1p-1074,
                                     709.782712893384,
                                     709.7827128933841,
                                     -745.1332191019411,
                                     -745.1332191019412,
                                     -708.4,
                                     -1 + 0x1p-53,
                                     0x1.6a09e667f3bcdp0,
                                     0x1.6a09e667f3bccp0,
                                     -37.5,
                                     -45.1,
                                     710,
                                     711,
                                     0x1p53,
                                     1e308,
                                     0x1p-54,
                                     -0x1p-54};
    size_t count = sizeof special / sizeof *special;
    memcpy(x, special, sizeof special);
    for (size_t f = 0; f < FUNCTIONS; f++)
        assert_accurate(f, count);
}

/* Every 499th bit pattern; the reference in double is off by 2^-29 of a float's ulp. */
static void exp_of_floats_is_within_its_ulps(void **state) {
    (void)state;
    enum { STRIDE = 499 };
    static float arguments[COUNT], powers[COUNT];
    for (uint64_t start = 0; start < 1ULL << 32; start += (uint64_t)COUNT * STRIDE) {
        for (uint64_t i = 0; i < COUNT; i++) {
            uint32_t bits = (uint32_t)(start + i * STRIDE);
            memcpy(&arguments[i], &bits, sizeof bits);
        }
        vector_exp_floats(COUNT, arguments, powers);
        for (size_t i = 0; i < COUNT; i++) {
            double exact = exp(arguments[i]);
            bool special = isnan(exact) || (float)exact == 0 || isinf((float)exact);
            double ulp = fmax(exp2(floor(log2(exact)) - 23), 0x1p-149);
            if (special ? isnan(exact) ? isnan(powers[i]) : powers[i] == (float)exact
                        : fabs(powers[i] - exact) <= 1.5 * ulp)
                continue;
            fail_msg("exp(%a) is %a, not %a", arguments[i], powers[i], exact);
        }
    }
}

/* A value's result is the same wherever in an array it stands, so tails and whole vectors agree. */
static void every_length_and_offset_gives_the_same_bytes(void **state) {
    (void)state;
    double one[COUNT], many[COUNT];
    for (size_t f = 0; f < FUNCTIONS; f++) {
        for (size_t i = 0; i < COUNT; i++) {
            x[i] = 0.013 * (double)i + 0.1;
            functions[f].function(1, &x[i], &one[i]);
        }
        for (size_t length = 0; length <= LENGTH_MAX; length++)
            for (size_t offset = 0; offset < 9; offset++) {
                many[offset + length] = 4711;
                functions[f].function(length, x + offset, many + offset);
                assert_same_bits(many + offset, one + offset, length);
                assert_true(many[offset + length] == 4711);
            }
    }
}

/* This file is compiled for the baseline only, the library for what the processor has too. */
static void the_best_instructions_give_the_bytes_of_the_baseline(void **state) {
    (void)state;
    struct random_stream stream;
    random_start(&stream, 1, "test_vector", "baseline", 0);
    for (size_t round = 0; round < 20; round++) {
        double baseline[FUNCTIONS][COUNT];
        for (size_t i = 0; i < COUNT; i++) {
            x[i] = random_normal(&stream) * exp2(40 * random_uniform(&stream) - 30);
            baseline[0][i] = elementary_exp(x[i]);
            baseline[1][i] = elementary_log(x[i]);
            baseline[2][i] = elementary_log1p(x[i]);
            baseline[3][i] = elementary_expm1(x[i]);
        }
        for (size_t f = 0; f < FUNCTIONS; f++) {
            functions[f].function(COUNT, x, result);
            for (size_t i = 0; i < COUNT; i++)
                assert_true(result[i] == baseline[f][i] || isnan(baseline[f][i]));
        }
    }
}

static void a_result_may_replace_its_argument(void **state) {
    (void)state;
    for (size_t f = 0; f < FUNCTIONS; f++) {
        for (size_t i = 0; i < 100; i++)
            x[i] = (double)i / 7;
        functions[f].function(100, x, result);
        functions[f].function(100, x, x);
        assert_same_bits(x, result, 100);
    }
}

static void scale_and_sqrt_are_correctly_rounded(void **state) {
    (void)state;
    for (size_t length = 0; length <= LENGTH_MAX; length++) {
        for (size_t i = 0; i < length; i++)
            x[i] = 3.7 * (double)i;
        vector_scale(length, 0.3, x);
        for (size_t i = 0; i < length; i++)
            assert_true(x[i] == 3.7 * (double)i * 0.3);
        vector_sqrt(length, x);
        for (size_t i = 0; i < length; i++)
            assert_true(x[i] == sqrt(3.7 * (double)i * 0.3));
    }
}

/* Values over thirty binades, half of them negative. */
static void fill_wide(uint64_t block, size_t count, double *values) {
    struct random_stream stream;
    random_start(&stream, 1, "test_vector", "wide", block);
    for (size_t i = 0; i < count; i++)
        values[i] = random_normal(&stream) * exp2(30 * random_uniform(&stream));
}

static void pairwise_sum_keeps_its_bound(void **state) {
    (void)state;
    for (size_t count = 0; count <= COUNT; count += count < 40 ? 1 : 97) {
        fill_wide(count, count, x);
        long double exact = 0, size = 0;
        for (size_t i = 0; i < count; i++) {
            exact += x[i];
            size += fabs(x[i]);
        }
        assert_within(vector_pairwise_sum(count, x), (double)exact, (double)size * 12 * 0x1p-53);
    }
}

/* 2^60 and its kin cancel, what is left needs 120 bits on the way; the exact sum is known. */
static void sum_and_dot_work_in_twice_the_precision(void **state) {
    (void)state;
    double ones[COUNT];
    for (size_t thirds = 1; thirds <= 100; thirds++) {
        for (size_t i = 0; i < 3 * thirds; i++) {
            x[i] = i % 3 == 0 ? 0x1p60 : i % 3 == 1 ? 0x1p-20 : -0x1p60;
            ones[i] = 1;
        }
        assert_true(vector_sum(3 * thirds, x) == (double)thirds * 0x1p-20);
        assert_true(vector_dot(3 * thirds, x, ones) == (double)thirds * 0x1p-20);
    }
    /* (1 + e)(1 - e) - 1 = -e^2 is below the last place of the products. */
    assert_true(vector_dot(2, (double[]){1 + 0x1p-40, -1}, (double[]){1 - 0x1p-40, 1}) == -0x1p-80);
}

static void sums_of_special_values_are_those_of_plain_addition(void **state) {
    (void)state;
    for (size_t count = 1; count <= LENGTH_MAX; count++) {
        for (size_t i = 0; i < count; i++)
            x[i] = 1;
        x[count / 2] = INFINITY;
        assert_true(vector_sum(count, x) == INFINITY);
        assert_true(vector_pairwise_sum(count, x) == INFINITY);
        assert_true(vector_dot(count, x, x) == INFINITY);
        x[count / 2] = NAN;
        assert_true(isnan(vector_sum(count, x)) && isnan(vector_pairwise_sum(count, x)));
    }
    assert_true(isnan(vector_sum(2, (double[]){INFINITY, -INFINITY})));
    assert_true(vector_dot(2, (double[]){1e300, 1}, (double[]){2, 1}) == 2e300); /* too large to split */
    assert_true(vector_sum(0, x) == 0 && vector_dot(0, x, x) == 0);
}

static void row_sums_are_the_rows_pairwise_sums(void **state) {
    (void)state;
    double sums[LENGTH_MAX];
    fill_wide(0, COUNT, x);
    for (size_t columns = 0; columns <= LENGTH_MAX; columns++) {
        vector_row_sums(LENGTH_MAX, columns, x, sums);
        for (size_t row = 0; row < LENGTH_MAX; row++)
            assert_true(sums[row] == vector_pairwise_sum(columns, x + row * columns));
    }
}

static void log_sum_exp_is_right_where_exp_overflows(void **state) {
    (void)state;
    assert_close(vector_log_sum_exp(2, (double[]){800, 800}), 800 + log(2), 1e-15);
    assert_close(vector_log_sum_exp(2, (double[]){-800, -800}), -800 + log(2), 1e-15);
    assert_true(vector_log_sum_exp(3, (double[]){-800, 800, -INFINITY}) == 800);
    assert_true(vector_log_sum_exp(2, (double[]){-INFINITY, -INFINITY}) == -INFINITY);
    assert_true(vector_log_sum_exp(0, x) == -INFINITY);
    assert_true(vector_log_sum_exp(2, (double[]){INFINITY, 1}) == INFINITY);
    assert_true(isnan(vector_log_sum_exp(2, (double[]){NAN, 1})));
}

/* Against sums in long double; 1e-15 is a few roundings. */
static void assert_softmax(size_t rows, size_t columns, double temperature) {
    static double soft[COUNT], log_soft[COUNT];
    vector_softmax(rows, columns, temperature, x, soft);
    vector_log_softmax(rows, columns, temperature, x, log_soft);
    for (size_t row = 0; row < rows; row++) {
        const double *logits = x + row * columns;
        long double sum = 0;
        for (size_t i = 0; i < columns; i++)
            sum += expl((long double)logits[i] / temperature);
        for (size_t i = 0; i < columns; i++) {
            long double exact = expl((long double)logits[i] / temperature) / sum;
            /* the shifted logit is rounded before exp: some 2^-53 of the logarithm's size */
            double size = 1 - (double)logl(exact);
            assert_close(soft[row * columns + i], (double)exact, 2e-15 * size);
            assert_within(log_soft[row * columns + i], (double)logl(exact), 1e-15 * size);
        }
    }
}

static void softmax_agrees_with_long_double_at_every_width(void **state) {
    (void)state;
    struct random_stream stream;
    random_start(&stream, 1, "test_vector", "logits", 0);
    for (size_t i = 0; i < COUNT; i++)
        x[i] = 20 * random_normal(&stream);
    for (size_t columns = 1; columns <= LENGTH_MAX; columns++) {
        assert_softmax(100, columns, 1);
        assert_softmax(7, columns, 2.5);
    }
    assert_softmax(3, 1023, 1);
    assert_softmax(3, 1025, 0.7);
    assert_softmax(1, COUNT, 4);
}

static void softmax_takes_huge_logits_and_minus_infinity(void **state) {
    (void)state;
    double logits[] = {800, -800, -INFINITY};
    vector_softmax(1, 3, 1, logits, result);
    assert_same_bits(result, ((double[]){1, 0, 0}), 3);
    vector_log_softmax(1, 3, 1, logits, logits);
    assert_same_bits(logits, ((double[]){0, -1600, -INFINITY}), 3);
    vector_softmax(1, 2, 1, (double[]){-INFINITY, -INFINITY}, result);
    assert_true(isnan(result[0]));
}

/* Halves of whole numbers add up exactly in any order, whatever the length. */
static void a_plain_dot_is_the_sum_of_products(void **state) {
    (void)state;
    double left[100], right[100], sum = 0;
    for (size_t count = 0; count <= 100; count++) {
        assert_true(vector_plain_dot(count, left, right) == sum);
        if (count == 100)
            break;
        left[count] = (double)(count * 7 % 13) - 4.5;
        right[count] = 8 - (double)(count * 5 % 11);
        sum += left[count] * right[count];
    }
}

/* Wherever it stands, in whole eights and in what is left over. */
static void one_value_that_is_not_finite_is_found(void **state) {
    (void)state;
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    double values[21];
    for (size_t i = 0; i < 21; i++)
        values[i] = i % 2 == 0 ? 1.7e308 : -5e-324;
    assert_true(vector_all_finite(0, values) && vector_all_finite(21, values));
    for (size_t i = 0; i < 21; i++)
        for (size_t k = 0; k < 3; k++) {
            double kept = values[i];
            values[i] = bad[k];
            assert_false(vector_all_finite(21, values));
            values[i] = kept;
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_bit_patterns_are_within_the_stated_ulps),
        cmocka_unit_test(subnormal_numbers_are_within_the_stated_ulps),
        cmocka_unit_test(dense_grids_are_within_the_stated_ulps),
        cmocka_unit_test(special_values_give_what_c_gives),
        cmocka_unit_test(exp_of_floats_is_within_its_ulps),
        cmocka_unit_test(every_length_and_offset_gives_the_same_bytes),
        cmocka_unit_test(the_best_instructions_give_the_bytes_of_the_baseline),
        cmocka_unit_test(a_result_may_replace_its_argument),
        cmocka_unit_test(scale_and_sqrt_are_correctly_rounded),
        cmocka_unit_test(pairwise_sum_keeps_its_bound),
        cmocka_unit_test(sum_and_dot_work_in_twice_the_precision),
        cmocka_unit_test(a_plain_dot_is_the_sum_of_products),
        cmocka_unit_test(one_value_that_is_not_finite_is_found),
        cmocka_unit_test(sums_of_special_values_are_those_of_plain_addition),
        cmocka_unit_test(row_sums_are_the_rows_pairwise_sums),
        cmocka_unit_test(log_sum_exp_is_right_where_exp_overflows),
        cmocka_unit_test(softmax_agrees_with_long_double_at_every_width),
        cmocka_unit_test(softmax_takes_huge_logits_and_minus_infinity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
