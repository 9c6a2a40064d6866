#include "divergence/kullback_leibler.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "divergence/relative_entropy.h"
#include "num/vector.h"
#include "support/assertions.h"
#include "support/random_rows.h"

enum { COLUMNS_MAX = 2000 };

static const struct kullback_leibler_settings plain = {0};

static double kl_of(const struct kullback_leibler_settings *settings, size_t columns, const double *p,
                    const double *q) {
    double result;
    struct divergence_rows rows = {.rows = 1, .columns = columns, .p = p, .q = q};
    kullback_leibler_rows(&rows, settings, &result);
    return result;
}

static double kl(size_t columns, const double *p, const double *q) {
    return kl_of(&plain, columns, p, q);
}

static double kl_of_logarithms(const struct kullback_leibler_settings *settings, size_t columns,
                               const double *log_p, const double *log_q) {
    double result;
    struct divergence_rows rows = {.rows = 1, .columns = columns, .p = log_p, .q = log_q, .logarithms = true};
    kullback_leibler_rows(&rows, settings, &result);
    return result;
}

static double kl_of_logits(size_t columns, const double *x, const double *y) {
    double log_p[COLUMNS_MAX], log_q[COLUMNS_MAX];
    vector_log_softmax(1, columns, 1, x, log_p);
    vector_log_softmax(1, columns, 1, y, log_q);
    return kl_of_logarithms(&plain, columns, log_p, log_q);
}

/* f - log(1 + f) in long double, by its series where the two are near. */
static long double exact_term(long double f) {
    if (fabsl(f) > 0.1L)
        return f - logl(1 + f);
    long double sum = 0, power = f;
    for (int n = 2; n < 24; n++) {
        power *= -f;
        sum -= power / n;
    }
    return sum;
}

/* sum p log(p / m) - p + m for m = (1 - A) q + A p, in long double. */
static long double exact_kl(double skew, size_t columns, const double *p, const double *q) {
    long double sum = 0;
    for (size_t i = 0; i < columns; i++) {
        long double m = (1 - (long double)skew) * q[i] + (long double)skew * p[i];
        if (p[i] == 0)
            sum += m;
        else if (m == 0)
            return INFINITY;
        else if (m < 0.5L * p[i])
            sum += p[i] * logl(p[i] / m) - p[i] + m;
        else
            sum += p[i] * exact_term((m - p[i]) / p[i]);
    }
    return sum;
}

/* The rows of the worked example: (.1 .2 .7), (.5 .5 0), (1 0 0) against (.3 .3 .4), (.25 .25 .5), (0 .5 .5).
 */
static const double example_p[] = {.1, .2, .7, .5, .5, 0, 1, 0, 0};
static const double example_q[] = {.3, .3, .4, .25, .25, .5, 0, .5, .5};
static const struct divergence_rows example = {.rows = 3, .columns = 3, .p = example_p, .q = example_q};
static const struct divergence_rows reversed = {.rows = 3, .columns = 3, .p = example_q, .q = example_p};

/* Values by hand to nine digits after the point. */
static void worked_examples(void **state) {
    (void)state;
    static const double forward[] = {0.200776801, 0.693147181, INFINITY};
    static const double backward[] = {0.227376904, INFINITY, INFINITY};
    static const double skewed[] = {0.163831935, 0.597837001, 2.302585093};
    double result[3];
    kullback_leibler_rows(&example, &plain, result);
    for (size_t i = 0; i < 3; i++)
        assert_within(result[i], forward[i], 6e-10);
    kullback_leibler_rows(&reversed, &plain, result);
    for (size_t i = 0; i < 3; i++)
        assert_within(result[i], backward[i], 6e-10);
    kullback_leibler_rows(&example, &(struct kullback_leibler_settings){.skew = .1}, result);
    for (size_t i = 0; i < 3; i++)
        assert_within(result[i], skewed[i], 6e-10);
    kullback_leibler_rows(&example, &(struct kullback_leibler_settings){.symmetric = true}, result);
    assert_within(result[0], forward[0] + backward[0], 1e-9);
    assert_true(result[1] == INFINITY);
}

static void worked_gradients(void **state) {
    (void)state;
    static const double p_logits[] = {-0.129938909, -0.121248382, 0.251187291};
    static const double q_logits[] = {.2, .1, -.3};
    double result[3];
    struct divergence_rows row = {.rows = 1, .columns = 3, .p = example_p, .q = example_q};
    kullback_leibler_gradient(&row, &plain, GRADIENT_Q_LOGITS, 1, result);
    for (size_t i = 0; i < 3; i++)
        assert_within(result[i], q_logits[i], 1e-15);
    kullback_leibler_gradient(&row, &plain, GRADIENT_P_LOGITS, 1, result);
    for (size_t i = 0; i < 3; i++)
        assert_within(result[i], p_logits[i], 6e-10);
    kullback_leibler_gradient(&row, &plain, GRADIENT_P, 1, result);
    for (size_t i = 0; i < 3; i++)
        assert_within(result[i], log(example_p[i] / example_q[i]) + 1, 1e-15);
    kullback_leibler_gradient(&row, &plain, GRADIENT_Q, 1, result);
    for (size_t i = 0; i < 3; i++)
        assert_within(result[i], -example_p[i] / example_q[i], 1e-15);
}

/* Rows from even to nearly all mass in one entry; terms are right to some 2^-50 and so is their sum. */
static void agrees_with_long_double(void **state) {
    (void)state;
    static const size_t widths[] = {1, 2, 3, 5, 8, 17, 64, 100, 513, COLUMNS_MAX};
    static const double concentrations[] = {100, 1, 0.1, 0.01, 0.003};
    double p[COLUMNS_MAX], q[COLUMNS_MAX];
    for (size_t width = 0; width < sizeof widths / sizeof *widths; width++)
        for (uint64_t seed = 0; seed < 40; seed++) {
            size_t columns = widths[width];
            random_row(seed, concentrations[seed % 5], columns, p);
            random_row(seed + 1000, concentrations[seed / 5 % 5], columns, q);
            for (double skew = 0; skew < 1; skew += 0.3) {
                struct kullback_leibler_settings settings = {.skew = skew};
                assert_close(kl_of(&settings, columns, p, q), (double)exact_kl(skew, columns, p, q), 4e-15);
            }
        }
}

/* Pairs at all ratios from 2^-60 to 2^60, most of them near 1. */
static void a_term_is_within_20_units_of_the_53rd_bit(void **state) {
    (void)state;
    struct random_stream stream;
    random_start(&stream, 1, "test_kullback_leibler", "pairs", 0);
    for (int i = 0; i < 100000; i++) {
        double p = random_uniform(&stream), spread = random_normal(&stream);
        double q = p * exp2(i % 2 ? spread : 15 * spread);
        assert_close(kl(1, &p, &q), (double)exact_kl(0, 1, &p, &q), 20 * 0x1p-53);
    }
}

/* p = (1 + e, 1 - e)/2 against q = (1 - e, 1 + e)/2: e log((1 + e)/(1 - e)) = 2 e^2 + .. */
static void close_rows_keep_their_digits(void **state) {
    (void)state;
    for (double e = 1e-1; e > 1e-15; e /= 10) {
        double p[] = {(1 + e) / 2, (1 - e) / 2}, q[] = {(1 - e) / 2, (1 + e) / 2};
        assert_close(kl(2, p, q), (double)exact_kl(0, 2, p, q), 1e-14);
        assert_close(kl(2, p, q), 2 * e * e * (1 + e * e / 3), 1e-15 / e + e * e * e * e);
        double x[] = {e, -e}, y[] = {-e, e}; /* the same to first order, as logits */
        assert_close(kl_of_logits(2, x, y), 2 * e * tanh(e), 1e-15 / e);
    }
}

static void the_nearest_other_row_is_not_the_same(void **state) {
    (void)state;
    double p[] = {0.5, 0.5}, q[] = {nextafter(0.5, 1), nextafter(0.5, 0)};
    double up = 0x1p-53, down = 0x1p-54; /* 1/2 has neighbours at unequal distances */
    assert_close(kl(2, p, q), up * up + down * down, 1e-15);
    assert_true(kl(2, p, p) == 0 && kl(2, q, q) == 0);
}

static void tiny_entries_are_right(void **state) {
    (void)state;
    double tiny = 0x1p-1074;
    /* log(1 / 2^-1074) = 1074 log 2 though 1 / tiny overflows; -p + q adds -1 + 2^-1074, and 1 in column 2.
     */
    assert_close(kl(2, (double[]){1, 0}, (double[]){tiny, 1}), 1074 * log(2), 1e-15);
    assert_close(kl(2, (double[]){1, tiny}, (double[]){tiny, 1}), 1074 * log(2), 1e-15);
    assert_true(kl(2, (double[]){tiny, 1}, (double[]){tiny, 1}) == 0);
    assert_true(kl(2, (double[]){tiny, 1}, (double[]){0, 1}) == INFINITY);
    assert_true(kl(2, (double[]){0, 1}, (double[]){tiny, 1}) == tiny);
    assert_true(kl(2, (double[]){3 * tiny, 1}, (double[]){2 * tiny, 1}) >= 0);
    assert_close(kl(2, (double[]){1, 0x1p-1022}, (double[]){0x1p-1022, 1}), 1022 * log(2), 1e-15);
}

static void zeros_follow_the_definition(void **state) {
    (void)state;
    assert_true(kl(2, (double[]){1, 0}, (double[]){0.5, 0.5}) == log(2));
    assert_true(kl(2, (double[]){1, 0}, (double[]){1, 0}) == 0);
    assert_true(kl(2, (double[]){0.5, 0.5}, (double[]){1, 0}) == INFINITY);
    assert_true(kl(2, (double[]){1, -0.0}, (double[]){1, -0.0}) == 0);
    assert_true(isnan(kl(2, (double[]){NAN, 1}, (double[]){0.5, 0.5})));
    assert_true(isnan(kl(2, (double[]){0.5, 0.5}, (double[]){NAN, 1})));
}

/* >= 0 and 0 for equal rows only; merging columns never increases it; rows of products add. */
static void divergence_properties(void **state) {
    (void)state;
    enum { COLUMNS = 12 };
    double p[COLUMNS], q[COLUMNS], merged_p[COLUMNS / 2], merged_q[COLUMNS / 2];
    double product_p[COLUMNS * COLUMNS], product_q[COLUMNS * COLUMNS];
    for (uint64_t seed = 1; seed <= 200; seed++) {
        random_row(seed, 0.5, COLUMNS, p);
        random_row(seed + 1000, 0.5, COLUMNS, q);
        double whole = kl(COLUMNS, p, q);
        assert_true(whole > 0 && kl(COLUMNS, p, p) == 0);
        for (size_t i = 0; i < COLUMNS / 2; i++) {
            merged_p[i] = p[2 * i] + p[2 * i + 1];
            merged_q[i] = q[2 * i] + q[2 * i + 1];
        }
        assert_true(kl(COLUMNS / 2, merged_p, merged_q) <= whole * (1 + 1e-14));
        for (size_t i = 0; i < COLUMNS * COLUMNS; i++) {
            product_p[i] = p[i / COLUMNS] * q[i % COLUMNS];
            product_q[i] = q[i / COLUMNS] * p[i % COLUMNS];
        }
        assert_close(kl(COLUMNS * COLUMNS, product_p, product_q), whole + kl(COLUMNS, q, p), 1e-13);
        struct kullback_leibler_settings jeffreys = {.symmetric = true};
        assert_true(kl_of(&jeffreys, COLUMNS, p, q) == kl_of(&jeffreys, COLUMNS, q, p));
    }
}

static void logits_of_800_give_finite_right_answers(void **state) {
    (void)state;
    assert_close(kl_of_logits(2, (double[]){800, -800}, (double[]){-800, 800}), 1600, 1e-15);
    assert_close(kl_of_logits(2, (double[]){800, -800}, (double[]){0, 0}), log(2), 1e-15);
    assert_close(kl_of_logits(2, (double[]){0, 0}, (double[]){800, -800}), 800 - log(2), 1e-15);
    assert_true(kl_of_logits(2, (double[]){800, -800}, (double[]){800, -800}) == 0);
    assert_close(kl_of_logits(2, (double[]){1e5, 0}, (double[]){0, 1e5}), 1e5, 1e-15);
}

static void logits_of_minus_infinity_are_probability_0(void **state) {
    (void)state;
    double none = -INFINITY;
    assert_close(kl_of_logits(2, (double[]){0, none}, (double[]){0, 0}), log(2), 1e-15);
    assert_true(kl_of_logits(2, (double[]){0, 0}, (double[]){0, none}) == INFINITY);
    assert_true(kl_of_logits(2, (double[]){0, none}, (double[]){5, none}) == 0);
    assert_true(kl_of_logits(2, (double[]){0, -1000}, (double[]){0, none}) ==
                INFINITY); /* it underflows, but is there */
    assert_true(kl_of_logits(2, (double[]){0, -1000}, (double[]){0, -5000}) < 1e-300);
}

/* Logarithms and probabilities of the same rows: the logarithm is rounded, to 2^-53 of its size. */
static void logarithms_agree_with_probabilities(void **state) {
    (void)state;
    double p[600], q[600], log_p[600], log_q[600];
    for (size_t columns = 1; columns <= 600; columns = columns * 3 / 2 + 1)
        for (uint64_t seed = 1; seed <= 20; seed++) {
            random_row(seed, 0.3, columns, p);
            random_row(seed + 1000, 0.3, columns, q);
            vector_log(columns, p, log_p);
            vector_log(columns, q, log_q);
            for (int k = 0; k < 4; k++) {
                struct kullback_leibler_settings settings = {.symmetric = k & 1, .skew = k & 2 ? 0.3 : 0};
                assert_close(kl_of_logarithms(&settings, columns, log_p, log_q),
                             kl_of(&settings, columns, p, q), 1e-12);
            }
        }
}

/* Many rows at once, one row repeated, smoothing, at widths that share a piece of work or fill several. */
static void blocks_of_rows_give_what_single_rows_give(void **state) {
    (void)state;
    static double p[8 * 1200], q[8 * 1200], smooth_p[1200], smooth_q[1200], terms[8 * 1200];
    double result[8];
    for (size_t columns = 1; columns <= 1200; columns = columns * 2 + 1)
        for (int k = 0; k < 8; k++) {
            struct divergence_rows rows = {.rows = 8, .columns = columns, .p = p, .q = q};
            rows.p_repeated = k & 1;
            rows.q_repeated = k & 2;
            rows.smooth = k & 4 ? 0.01 : 0;
            for (uint64_t row = 0; row < 8; row++) {
                random_row(row, 0.5, columns, p + row * columns);
                random_row(row + 100, 0.5, columns, q + row * columns);
            }
            kullback_leibler_rows(&rows, &plain, result);
            kullback_leibler_terms(&rows, &plain, terms);
            for (size_t row = 0; row < 8; row++) {
                for (size_t i = 0; i < columns; i++) {
                    double total = 1 + (double)columns * rows.smooth;
                    smooth_p[i] = (p[(k & 1 ? 0 : row * columns) + i] + rows.smooth) / total;
                    smooth_q[i] = (q[(k & 2 ? 0 : row * columns) + i] + rows.smooth) / total;
                }
                assert_true(result[row] == kl(columns, smooth_p, smooth_q));
                assert_true(result[row] == vector_pairwise_sum(columns, terms + row * columns));
            }
        }
}

/* This file is compiled for the baseline only, the library for what the processor has too; and the loop
 * without branches agrees with the function that has them. */
static void the_best_instructions_give_the_bytes_of_the_baseline(void **state) {
    (void)state;
    double p[COLUMNS_MAX], q[COLUMNS_MAX], terms[COLUMNS_MAX], baseline[COLUMNS_MAX];
    static const double concentrations[] = {10, 0.1, 0.003};
    for (uint64_t seed = 0; seed < 30; seed++) {
        struct divergence_rows rows = {.rows = 1, .columns = COLUMNS_MAX, .p = p, .q = q};
        double skew = seed % 2 ? 0 : 0.25;
        random_row(seed, concentrations[seed % 3], COLUMNS_MAX, p);
        random_row(seed + 100, concentrations[seed % 3], COLUMNS_MAX, q);
        for (size_t i = 0; i < COLUMNS_MAX; i++)
            baseline[i] =
                relative_entropy(p[i], relative_entropy_mixed(skew, p[i], q[i]), (1 - skew) * (q[i] - p[i]));
        kullback_leibler_terms(&rows, &(struct kullback_leibler_settings){.skew = skew}, terms);
        assert_same_bits(terms, baseline, COLUMNS_MAX);
    }
}

/* What is differentiated: the textbook sum p log(p / m), both ways where symmetric, of smoothed rows. */
static double textbook(const struct kullback_leibler_settings *settings, double smooth, size_t columns,
                       const double *p, const double *q) {
    double sum = 0, skew = settings->skew, total = 1 + (double)columns * smooth;
    for (size_t i = 0; i < columns; i++) {
        double a = (p[i] + smooth) / total, b = (q[i] + smooth) / total;
        sum += a * log(a / ((1 - skew) * b + skew * a));
        if (settings->symmetric)
            sum += b * log(b / ((1 - skew) * a + skew * b));
    }
    return sum;
}

/* Central differences with step 1e-5: error 1e-10 of the third derivative and 1e-11 of rounding. */
static void gradients_are_those_of_differences(void **state) {
    (void)state;
    enum { COLUMNS = 6 };
    double p[COLUMNS], q[COLUMNS], log_p[COLUMNS], log_q[COLUMNS], x[COLUMNS], moved[COLUMNS];
    double gradient[COLUMNS], from_logarithms[COLUMNS];
    double step = 1e-5, temperature = 2;
    for (unsigned k = 0; k < 8 * 4; k++) {
        struct kullback_leibler_settings settings = {.symmetric = k & 1, .skew = k & 2 ? 0.3 : 0};
        struct divergence_rows rows = {
            .rows = 1, .columns = COLUMNS, .p = p, .q = q, .smooth = k & 4 ? 0.05 : 0};
        enum divergence_gradient variable = k / 8;
        bool by_p = variable == GRADIENT_P || variable == GRADIENT_P_LOGITS;
        bool logits = variable >= GRADIENT_P_LOGITS;
        random_row(k, 5, COLUMNS, p);
        random_row(k + 100, 5, COLUMNS, q);
        kullback_leibler_gradient(&rows, &settings, variable, temperature, gradient);
        for (size_t i = 0; i < COLUMNS; i++) {
            double value[2];
            for (int side = 0; side < 2; side++) {
                memcpy(x, by_p ? p : q, sizeof x);
                if (logits)
                    for (size_t j = 0; j < COLUMNS; j++)
                        x[j] = temperature * log(x[j]);
                x[i] += side == 0 ? -step : step;
                if (logits)
                    vector_softmax(1, COLUMNS, temperature, x, moved);
                else
                    memcpy(moved, x, sizeof moved);
                value[side] = textbook(&settings, rows.smooth, COLUMNS, by_p ? moved : p, by_p ? q : moved);
            }
            assert_within(gradient[i], (value[1] - value[0]) / (2 * step), 1e-6);
        }
        vector_log(COLUMNS, p, log_p);
        vector_log(COLUMNS, q, log_q);
        rows.p = log_p;
        rows.q = log_q;
        rows.logarithms = true;
        kullback_leibler_gradient(&rows, &settings, variable, temperature, from_logarithms);
        for (size_t i = 0; i < COLUMNS; i++)
            assert_within(from_logarithms[i], gradient[i], 1e-14 * (1 + fabs(gradient[i])));
    }
}

static void gradients_at_zeros_are_limits(void **state) {
    (void)state;
    double result[3];
    struct divergence_rows rows = {
        .rows = 1, .columns = 3, .p = (double[]){0, 0.5, 0.5}, .q = (double[]){0.25, 0.75, 0}};
    kullback_leibler_gradient(&rows, &plain, GRADIENT_P, 1, result);
    assert_true(result[0] == -INFINITY && result[2] == INFINITY);
    kullback_leibler_gradient(&rows, &plain, GRADIENT_Q, 1, result);
    assert_true(result[0] == 0 && !signbit(result[0]) && result[2] == -INFINITY);
    kullback_leibler_gradient(&rows, &plain, GRADIENT_Q_LOGITS, 1, result);
    assert_same_bits(result, ((double[]){0.25, 0.25, -0.5}), 3);
    rows.q = (double[]){0.25, 0.25, 0.5};
    kullback_leibler_gradient(&rows, &plain, GRADIENT_P_LOGITS, 1, result);
    assert_true(result[0] == 0);
    assert_close(result[1], log(2) / 4, 1e-15);
    double log_p[3] = {0, -1000, -INFINITY}, log_q[3] = {-1000, 0, -INFINITY};
    struct divergence_rows logs = {.rows = 1, .columns = 3, .p = log_p, .q = log_q, .logarithms = true};
    kullback_leibler_gradient(&logs, &plain, GRADIENT_Q_LOGITS, 2, result);
    assert_same_bits(result, ((double[]){-0.5, 0.5, 0}), 3);
    kullback_leibler_gradient(&logs, &plain, GRADIENT_P_LOGITS, 2, result);
    assert_same_bits(result, ((double[]){0, 0, 0}), 3);
}

/* Gradients of wide rows and of blocks are put together from pieces. */
static void gradients_of_blocks_are_those_of_rows(void **state) {
    (void)state;
    static double p[4 * 1200], q[4 * 1200], block[4 * 1200], row[1200];
    for (size_t columns = 1; columns <= 1200; columns = columns * 3 + 1)
        for (unsigned variable = 0; variable < 4; variable++) {
            struct divergence_rows rows = {.rows = 4, .columns = columns, .p = p, .q = q, .smooth = 0.001};
            for (uint64_t i = 0; i < 4; i++) {
                random_row(i, 2, columns, p + i * columns);
                random_row(i + 100, 2, columns, q + i * columns);
            }
            kullback_leibler_gradient(&rows, &plain, variable, 3, block);
            double sum = 0;
            for (size_t i = 0; i < 4; i++) {
                struct divergence_rows one = {.rows = 1,
                                              .columns = columns,
                                              .p = p + i * columns,
                                              .q = q + i * columns,
                                              .smooth = 0.001};
                kullback_leibler_gradient(&one, &plain, variable, 3, row);
                assert_same_bits(block + i * columns, row, columns);
                sum += fabs(vector_sum(columns, row));
            }
            if (variable >= GRADIENT_P_LOGITS) /* softmax does not see a constant */
                assert_within(sum, 0, 1e-14);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_examples),
        cmocka_unit_test(worked_gradients),
        cmocka_unit_test(agrees_with_long_double),
        cmocka_unit_test(a_term_is_within_20_units_of_the_53rd_bit),
        cmocka_unit_test(close_rows_keep_their_digits),
        cmocka_unit_test(the_nearest_other_row_is_not_the_same),
        cmocka_unit_test(tiny_entries_are_right),
        cmocka_unit_test(zeros_follow_the_definition),
        cmocka_unit_test(divergence_properties),
        cmocka_unit_test(logits_of_800_give_finite_right_answers),
        cmocka_unit_test(logits_of_minus_infinity_are_probability_0),
        cmocka_unit_test(logarithms_agree_with_probabilities),
        cmocka_unit_test(blocks_of_rows_give_what_single_rows_give),
        cmocka_unit_test(the_best_instructions_give_the_bytes_of_the_baseline),
        cmocka_unit_test(gradients_are_those_of_differences),
        cmocka_unit_test(gradients_at_zeros_are_limits),
        cmocka_unit_test(gradients_of_blocks_are_those_of_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
