#include "divergence/jensen_shannon.h"

#include <math.h>
#include <string.h>

#include "divergence/kullback_leibler.h"
#include "num/vector.h"
#include "support/assertions.h"
#include "support/random_rows.h"

enum { COLUMNS_MAX = 2000 };

static double js_of(double weight, bool logarithms, size_t columns, const double *p, const double *q) {
    double result;
    struct divergence_rows rows = {.rows = 1, .columns = columns, .p = p, .q = q, .logarithms = logarithms};
    jensen_shannon_rows(&rows, weight, &result);
    return result;
}

static double js(size_t columns, const double *p, const double *q) {
    return js_of(0.5, false, columns, p, q);
}

static double js_of_logits(size_t columns, const double *x, const double *y) {
    double log_p[COLUMNS_MAX], log_q[COLUMNS_MAX];
    vector_log_softmax(1, columns, 1, x, log_p);
    vector_log_softmax(1, columns, 1, y, log_q);
    return js_of(0.5, true, columns, log_p, log_q);
}

/* x log(x / m) - x + m in long double, by the series of log where x and m are near; difference is m - x. */
static long double exact_term(long double x, long double m, long double difference) {
    if (x == 0)
        return m;
    long double f = difference / x, sum = 0, power = f;
    if (f > 0.1L || f < -0.1L)
        return x * logl(x / m) + difference;
    for (int n = 2; n < 24; n++) {
        power *= -f;
        sum -= power / n;
    }
    return x * sum;
}

static long double exact_js(double weight, size_t columns, const double *p, const double *q) {
    long double sum = 0, w = weight;
    for (size_t i = 0; i < columns; i++) {
        long double difference = (long double)q[i] - p[i];
        long double m = (1 - w) * p[i] + w * q[i];
        if (m > 0)
            sum +=
                (1 - w) * exact_term(p[i], m, w * difference) + w * exact_term(q[i], m, (w - 1) * difference);
    }
    return sum;
}

/* The rows of the worked example; values by hand to nine digits after the point. */
static const double example_p[] = {.1, .2, .7, .5, .5, 0, 1, 0, 0};
static const double example_q[] = {.3, .3, .4, .25, .25, .5, 0, .5, .5};
static const struct divergence_rows example = {.rows = 3, .columns = 3, .p = example_p, .q = example_q};

static void worked_examples(void **state) {
    (void)state;
    static const double half[] = {0.051912259, 0.215761554, 0.693147181};
    static const double quarter[] = {0.040353705, 0.203483366, 0.562335145};
    double result[3];
    jensen_shannon_rows(&example, 0.5, result);
    for (size_t i = 0; i < 3; i++)
        assert_within(result[i], half[i], 6e-10);
    jensen_shannon_rows(&example, 0.25, result);
    for (size_t i = 0; i < 3; i++)
        assert_within(result[i], quarter[i], 6e-10);
    static const double q_logits[] = {0.053476590, 0.020005057, -0.073481648};
    struct divergence_rows row = {.rows = 1, .columns = 3, .p = example_p, .q = example_q};
    jensen_shannon_gradient(&row, 0.5, GRADIENT_Q_LOGITS, 1, result);
    for (size_t i = 0; i < 3; i++)
        assert_within(result[i], q_logits[i], 6e-10);
}

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
            for (double weight = 0.125; weight < 1; weight += 0.125)
                assert_close(js_of(weight, false, columns, p, q), (double)exact_js(weight, columns, p, q),
                             4e-15);
        }
}

static void disjoint_rows_reach_log_2(void **state) {
    (void)state;
    double p[100] = {0}, q[100] = {0};
    assert_true(js(2, (double[]){1, 0}, (double[]){0, 1}) == log(2));
    random_row(1, 1, 50, p);
    random_row(2, 1, 50, q + 50);
    assert_true(js(100, p, q) <= log(2));
    assert_close(js(100, p, q), log(2), 1e-15);
    double entropy = -0.25 * log(0.25) - 0.75 * log(0.75);
    assert_close(js_of(0.25, false, 100, p, q), entropy, 1e-15);
}

static void a_weight_of_0_or_1_gives_0(void **state) {
    (void)state;
    for (int logarithms = 0; logarithms < 2; logarithms++)
        for (int weight = 0; weight < 2; weight++)
            assert_true(js_of(weight, logarithms, 2, (double[]){1, 0}, (double[]){0, 1}) == 0);
}

/* p = (1 + e, 1 - e)/2 against q = (1 - e, 1 + e)/2: the series e^2/2 + e^4/12 + .. */
static void close_rows_keep_their_digits(void **state) {
    (void)state;
    for (double e = 1e-1; e > 1e-15; e /= 10) {
        double p[] = {(1 + e) / 2, (1 - e) / 2}, q[] = {(1 - e) / 2, (1 + e) / 2};
        assert_close(js(2, p, q), (double)exact_js(0.5, 2, p, q), 1e-14);
        assert_close(js(2, p, q), e * e / 2 + e * e * e * e / 12, 1e-15 / e + e * e * e * e);
        double x[] = {atanh(e), -atanh(e)}, y[] = {-atanh(e), atanh(e)};
        assert_close(js_of_logits(2, x, y), e * e / 2 + e * e * e * e / 12, 1e-15 / e + e * e * e * e);
    }
}

/* p and q differ by a = 2^-53 and b = -2^-54 at 1/2: JS = (a^2 + b^2) / (8 / 2). */
static void the_nearest_other_row_is_not_the_same(void **state) {
    (void)state;
    double p[] = {0.5, 0.5}, q[] = {nextafter(0.5, 1), nextafter(0.5, 0)};
    double up = 0x1p-53, down = 0x1p-54;
    assert_close(js(2, p, q), (up * up + down * down) / 4, 1e-15);
    assert_true(js(2, p, p) == 0 && js(2, q, q) == 0);
}

static void tiny_entries_and_zeros_are_right(void **state) {
    (void)state;
    double tiny = 0x1p-1074;
    assert_true(js(2, (double[]){1, tiny}, (double[]){tiny, 1}) == log(2));
    assert_true(js(2, (double[]){1, 0}, (double[]){1, tiny}) <= tiny);
    assert_true(js(2, (double[]){1, tiny}, (double[]){1, tiny}) == 0);
    assert_true(js(3, (double[]){1, 0, 0}, (double[]){1, 0, -0.0}) == 0);
    assert_true(isnan(js(2, (double[]){NAN, 1}, (double[]){0.5, 0.5})));
    assert_true(js_of(1e-300, false, 2, (double[]){1, 0}, (double[]){0, 1}) >= 0);
}

/* Symmetric to the bit, >= 0, its root obeys the triangle inequality, merging columns never increases it. */
static void divergence_properties(void **state) {
    (void)state;
    enum { COLUMNS = 12 };
    double rows[3][COLUMNS], merged[2][COLUMNS / 2];
    for (uint64_t seed = 1; seed <= 300; seed++) {
        for (uint64_t i = 0; i < 3; i++)
            random_row(seed + 1000 * i, seed % 2 ? 0.2 : 2, COLUMNS, rows[i]);
        double whole = js(COLUMNS, rows[0], rows[1]);
        assert_true(whole > 0 && whole <= log(2));
        assert_true(js(COLUMNS, rows[1], rows[0]) == whole);
        double way_round = sqrt(js(COLUMNS, rows[0], rows[2])) + sqrt(js(COLUMNS, rows[2], rows[1]));
        assert_true(sqrt(whole) <= way_round * (1 + 1e-15));
        for (size_t i = 0; i < COLUMNS; i += 2)
            for (size_t side = 0; side < 2; side++)
                merged[side][i / 2] = rows[side][i] + rows[side][i + 1];
        assert_true(js(COLUMNS / 2, merged[0], merged[1]) <= whole * (1 + 1e-14));
    }
}

/* (1 - W) KL(p, m) + W KL(q, m), with skewed divergences from the other file. */
static void is_made_of_skewed_divergences(void **state) {
    (void)state;
    double p[40], q[40], of_p, of_q;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        double weight = (double)seed / 51;
        random_row(seed, 0.5, 40, p);
        random_row(seed + 100, 0.5, 40, q);
        kullback_leibler_rows(&(struct divergence_rows){.rows = 1, .columns = 40, .p = p, .q = q},
                              &(struct kullback_leibler_settings){.skew = 1 - weight}, &of_p);
        kullback_leibler_rows(&(struct divergence_rows){.rows = 1, .columns = 40, .p = q, .q = p},
                              &(struct kullback_leibler_settings){.skew = weight}, &of_q);
        assert_close(js_of(weight, false, 40, p, q), (1 - weight) * of_p + weight * of_q, 1e-13);
    }
}

static void logits_of_800_give_finite_right_answers(void **state) {
    (void)state;
    double none = -INFINITY;
    assert_true(js_of_logits(2, (double[]){800, -800}, (double[]){-800, 800}) == log(2));
    assert_close(js_of_logits(2, (double[]){800, -800}, (double[]){0, 0}),
                 js(2, (double[]){1, 0}, (double[]){.5, .5}), 1e-15);
    assert_true(js_of_logits(2, (double[]){800, -800}, (double[]){800, -800}) == 0);
    assert_true(js_of_logits(2, (double[]){0, none}, (double[]){none, 0}) == log(2));
    assert_true(js_of_logits(3, (double[]){0, 0, none}, (double[]){1, 1, none}) == 0);
}

static void logarithms_agree_with_probabilities(void **state) {
    (void)state;
    double p[600], q[600], log_p[600], log_q[600];
    for (size_t columns = 2; columns <= 600; columns = columns * 3 / 2 + 1)
        for (uint64_t seed = 1; seed <= 20; seed++) {
            random_row(seed, 0.3, columns, p);
            random_row(seed + 1000, 0.3, columns, q);
            vector_log(columns, p, log_p);
            vector_log(columns, q, log_q);
            for (double weight = 0.125; weight < 1; weight += 0.25)
                assert_close(js_of(weight, true, columns, log_p, log_q), js_of(weight, false, columns, p, q),
                             1e-12);
        }
}

static void terms_sum_to_the_divergence(void **state) {
    (void)state;
    double p[900], q[900], terms[900], result[900];
    for (size_t columns = 1; columns <= 900; columns = columns * 3 + 1) {
        struct divergence_rows rows = {.rows = 900 / columns, .columns = columns, .p = p, .q = q};
        for (size_t row = 0; row < rows.rows; row++) {
            random_row(row, 1, columns, p + row * columns);
            random_row(row + 1000, 1, columns, q + row * columns);
        }
        jensen_shannon_terms(&rows, 0.3, terms);
        jensen_shannon_rows(&rows, 0.3, result);
        for (size_t row = 0; row < rows.rows; row++)
            assert_true(result[row] == vector_pairwise_sum(columns, terms + row * columns));
    }
}

static double textbook(double weight, double smooth, size_t columns, const double *p, const double *q) {
    double sum = 0, total = 1 + (double)columns * smooth;
    for (size_t i = 0; i < columns; i++) {
        double a = (p[i] + smooth) / total, b = (q[i] + smooth) / total;
        double m = (1 - weight) * a + weight * b;
        sum += (1 - weight) * a * log(a / m) + weight * b * log(b / m);
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
    for (unsigned k = 0; k < 4 * 4; k++) {
        double weight = k & 1 ? 0.3 : 0.5;
        struct divergence_rows rows = {
            .rows = 1, .columns = COLUMNS, .p = p, .q = q, .smooth = k & 2 ? 0.05 : 0};
        enum divergence_gradient variable = k / 4;
        bool by_p = variable == GRADIENT_P || variable == GRADIENT_P_LOGITS;
        bool logits = variable >= GRADIENT_P_LOGITS;
        random_row(k, 5, COLUMNS, p);
        random_row(k + 100, 5, COLUMNS, q);
        jensen_shannon_gradient(&rows, weight, variable, temperature, gradient);
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
                value[side] = textbook(weight, rows.smooth, COLUMNS, by_p ? moved : p, by_p ? q : moved);
            }
            assert_within(gradient[i], (value[1] - value[0]) / (2 * step), 1e-7);
        }
        vector_log(COLUMNS, p, log_p);
        vector_log(COLUMNS, q, log_q);
        rows.p = log_p;
        rows.q = log_q;
        rows.logarithms = true;
        jensen_shannon_gradient(&rows, weight, variable, temperature, from_logarithms);
        for (size_t i = 0; i < COLUMNS; i++)
            assert_within(from_logarithms[i], gradient[i], 1e-15);
    }
}

static void gradients_at_zeros_are_limits(void **state) {
    (void)state;
    double result[3];
    struct divergence_rows rows = {
        .rows = 1, .columns = 3, .p = (double[]){0, 1, 0}, .q = (double[]){0.5, 0.5, 0}};
    jensen_shannon_gradient(&rows, 0.5, GRADIENT_P, 1, result);
    assert_true(result[0] == -INFINITY && result[2] == 0 && !signbit(result[2]));
    jensen_shannon_gradient(&rows, 0.5, GRADIENT_P_LOGITS, 1, result);
    assert_same_bits(result, ((double[]){0, 0, 0}), 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_examples),
        cmocka_unit_test(agrees_with_long_double),
        cmocka_unit_test(disjoint_rows_reach_log_2),
        cmocka_unit_test(a_weight_of_0_or_1_gives_0),
        cmocka_unit_test(close_rows_keep_their_digits),
        cmocka_unit_test(the_nearest_other_row_is_not_the_same),
        cmocka_unit_test(tiny_entries_and_zeros_are_right),
        cmocka_unit_test(divergence_properties),
        cmocka_unit_test(is_made_of_skewed_divergences),
        cmocka_unit_test(logits_of_800_give_finite_right_answers),
        cmocka_unit_test(logarithms_agree_with_probabilities),
        cmocka_unit_test(terms_sum_to_the_divergence),
        cmocka_unit_test(gradients_are_those_of_differences),
        cmocka_unit_test(gradients_at_zeros_are_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
