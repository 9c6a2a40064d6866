#include "divergence/f_divergence.h"

#include <math.h>

#include "num/vector.h"
#include "support/assertions.h"
#include "support/random_rows.h"

static const char *const texts[] = {
    "kl",   "rkl",    "softened-rkl", "js", "jeffreys",        "hellinger",
    "chi2", "neyman", "le-cam",       "tv", "alpha:alpha=0.5", "alpha:alpha=3"};
enum { GENERATORS = sizeof texts / sizeof *texts, COLUMNS = 40 };

static struct f_generator generator_of(const char *text) {
    struct f_generator generator;
    struct error error;
    assert_int_equal(f_generator_parse(&generator, text, &error), 0);
    return generator;
}

static double divergence(const char *text, size_t columns, const double *p, const double *q) {
    struct f_generator generator = generator_of(text);
    struct divergence_rows rows = {.rows = 1, .columns = columns, .p = p, .q = q};
    double result;
    f_divergence_rows(&rows, &generator, &result);
    return result;
}

static double divergence_of_logits(const char *text, size_t columns, const double *x, const double *y) {
    struct f_generator generator = generator_of(text);
    double log_p[COLUMNS], log_q[COLUMNS], result;
    vector_log_softmax(1, columns, 1, x, log_p);
    vector_log_softmax(1, columns, 1, y, log_q);
    struct divergence_rows rows = {.rows = 1, .columns = columns, .p = log_p, .q = log_q, .logarithms = true};
    f_divergence_rows(&rows, &generator, &result);
    return result;
}

static void worked_examples(void **state) {
    (void)state;
    static const double p[] = {.5, .3, .2}, q[] = {.2, .3, .5};
    static const double expected[GENERATORS] = {
        0.274887219562,  0.274887219562, 0.142058590798, 0.0664143143823, 0.549774439124,
        0.0675444679663, 0.63,           0.63,           0.128571428571,  0.3,
        0.270177871865,  0.4095};
    for (size_t i = 0; i < GENERATORS; i++)
        assert_within(divergence(texts[i], 3, p, q), expected[i], 6e-13);
}

static void weights_of_worked_examples(void **state) {
    (void)state;
    static const double p[] = {.5, .3, .2}, q[] = {.2, .3, .5};
    static const struct {
        const char *text;
        double weights[3];
    } rows[] = {
        {"js", {0.357142857143, 0.25, 0.142857142857}},
        {"softened-rkl", {2.0 / 7, 0.5, 5.0 / 7}},
        {"hellinger", {0.395284707521, 0.25, 0.158113883008}},
        {"chi2", {12.5, 2, 0.32}},
        {"jeffreys", {3.5, 2, 1.4}},
        {"alpha:alpha=3", {15.625, 1, 0.064}},
        {"rkl", {1, 1, 1}},
        {"kl", {2.5, 1, 0.4}},
    };
    double log_p[3], log_q[3], weights[3];
    vector_log(3, p, log_p);
    vector_log(3, q, log_q);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct f_generator generator = generator_of(rows[i].text);
        struct divergence_rows compared = {.rows = 1, .columns = 3, .p = p, .q = q};
        struct divergence_rows in_logarithms = {
            .rows = 1, .columns = 3, .p = log_p, .q = log_q, .logarithms = true};
        f_divergence_weights(&compared, &generator, weights);
        for (size_t j = 0; j < 3; j++)
            assert_within(weights[j], rows[i].weights[j], 6e-13);
        f_divergence_weights(&in_logarithms, &generator, weights);
        for (size_t j = 0; j < 3; j++)
            assert_within(weights[j], rows[i].weights[j], 6e-13);
    }
}

/* The definition, sum q f(p / q), loses digits where p and q are near; these rows are not. */
static void agrees_with_the_definition(void **state) {
    (void)state;
    double p[COLUMNS], q[COLUMNS], log_p[COLUMNS], log_q[COLUMNS];
    for (uint64_t seed = 0; seed < 50; seed++) {
        random_row(seed, 0.5, COLUMNS, p);
        random_row(seed + 1000, 0.5, COLUMNS, q);
        vector_log(COLUMNS, p, log_p);
        vector_log(COLUMNS, q, log_q);
        for (size_t i = 0; i < GENERATORS; i++) {
            struct f_generator generator = generator_of(texts[i]);
            double sum = 0;
            for (size_t j = 0; j < COLUMNS; j++)
                sum += q[j] * f_generator_value(&generator, p[j] / q[j]);
            assert_close(divergence(texts[i], COLUMNS, p, q), sum, 1e-13);
            assert_close(divergence_of_logits(texts[i], COLUMNS, log_p, log_q), sum, 1e-12);
        }
    }
}

/* p = 0 < q adds q f(0), q = 0 < p adds p f'(inf); from logarithms alike. */
static void zeros_are_the_limits(void **state) {
    (void)state;
    static const double p[] = {0, 0.5, 0.5, 0}, q[] = {0.75, 0, 0.25, 0};
    static const double log_p[] = {-INFINITY, 0, 0, -INFINITY};
    static const double log_q[] = {1.0986122886681098, -INFINITY, 0, -INFINITY}; /* log 3 */
    for (size_t i = 0; i < GENERATORS; i++) {
        struct f_generator generator = generator_of(texts[i]);
        double expected = 0.75 * f_generator_at_zero(&generator) +
                          0.5 * f_generator_slope_at_infinity(&generator) +
                          0.25 * f_generator_value(&generator, 2);
        assert_close(divergence(texts[i], 4, p, q), expected, 1e-15);
        assert_close(divergence_of_logits(texts[i], 4, log_p, log_q), expected, 1e-14);
    }
}

/* D = e^2 f''(1) / 2 in the lowest order, for p = (1 + e, 1 - e) / 2 and q = (1, 1) / 2. */
static void close_rows_keep_their_digits(void **state) {
    (void)state;
    static const double q[] = {0.5, 0.5}, zeros[] = {0, 0};
    for (size_t i = 0; i < GENERATORS; i++) {
        struct f_generator generator = generator_of(texts[i]);
        if (!f_generator_has_weight(&generator))
            continue;
        for (double e = 0x1p-10; e > 0x1p-50; e /= 8) {
            double p[] = {0.5 + e / 2, 0.5 - e / 2}, x[] = {2 * atanh(e), 0};
            double expected = e * e * f_generator_curvature(&generator, 1) / 2;
            assert_close(divergence(texts[i], 2, p, q), expected, 3 * e * e + 4e-15);
            /* logits and their difference are rounded: 1e-16 / e */
            assert_close(divergence_of_logits(texts[i], 2, x, zeros), expected, 3 * e * e + 1e-15 / e);
        }
        assert_true(divergence(texts[i], 2, q, q) == 0);
        assert_true(divergence_of_logits(texts[i], 2, zeros, zeros) == 0);
    }
}

/* D_f(p || q) = D_g(q || p) with g(r) = r f(1 / r). */
static void conjugate_pairs_and_symmetric_ones(void **state) {
    (void)state;
    static const char *const pairs[][2] = {{"kl", "rkl"},
                                           {"chi2", "neyman"},
                                           {"js", "js"},
                                           {"jeffreys", "jeffreys"},
                                           {"hellinger", "hellinger"},
                                           {"le-cam", "le-cam"},
                                           {"tv", "tv"},
                                           {"alpha:alpha=3", "alpha:alpha=-2"}};
    double p[COLUMNS], q[COLUMNS];
    for (uint64_t seed = 0; seed < 20; seed++) {
        random_row(seed, 1, COLUMNS, p);
        random_row(seed + 500, 1, COLUMNS, q);
        for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
            assert_close(divergence(pairs[i][0], COLUMNS, p, q), divergence(pairs[i][1], COLUMNS, q, p),
                         1e-14);
        assert_close(divergence("alpha:alpha=2", COLUMNS, p, q), divergence("chi2", COLUMNS, p, q) / 2,
                     1e-14);
        assert_close(divergence("alpha:alpha=0.5", COLUMNS, p, q), 4 * divergence("hellinger", COLUMNS, p, q),
                     1e-14);
        assert_close(divergence("alpha:alpha=1e-9", COLUMNS, p, q), divergence("rkl", COLUMNS, p, q), 1e-7);
        assert_close(divergence("alpha:alpha=1.00001", COLUMNS, p, q), divergence("kl", COLUMNS, p, q), 1e-3);
    }
}

/* Merging two columns never increases a divergence, and only equal rows are at 0. */
static void data_processing(void **state) {
    (void)state;
    double p[COLUMNS], q[COLUMNS];
    for (uint64_t seed = 0; seed < 50; seed++) {
        random_row(seed, 0.7, COLUMNS, p);
        random_row(seed + 500, 0.7, COLUMNS, q);
        for (size_t i = 0; i < GENERATORS; i++) {
            double whole = divergence(texts[i], COLUMNS, p, q), last_p = p[COLUMNS - 2],
                   last_q = q[COLUMNS - 2];
            p[COLUMNS - 2] += p[COLUMNS - 1];
            q[COLUMNS - 2] += q[COLUMNS - 1];
            assert_true(divergence(texts[i], COLUMNS - 1, p, q) <= whole * (1 + 1e-13));
            p[COLUMNS - 2] = last_p;
            q[COLUMNS - 2] = last_q;
            assert_true(whole > 0);
            assert_true(divergence(texts[i], COLUMNS, p, p) == 0);
        }
    }
}

/* E_q h(p / q) = 1 for kl (h = r) and rkl (h = 1). */
static void weights_of_kl_have_mean_1(void **state) {
    (void)state;
    double p[COLUMNS], q[COLUMNS], weights[COLUMNS];
    for (uint64_t seed = 0; seed < 20; seed++) {
        random_row(seed, 1, COLUMNS, p);
        random_row(seed + 500, 1, COLUMNS, q);
        struct divergence_rows rows = {.rows = 1, .columns = COLUMNS, .p = p, .q = q};
        for (size_t i = 0; i < 2; i++) {
            struct f_generator generator = generator_of(texts[i]);
            f_divergence_weights(&rows, &generator, weights);
            assert_close(vector_dot(COLUMNS, q, weights), 1, 1e-14);
        }
    }
}

static void tiny_entries_are_right(void **state) {
    (void)state;
    double tiny = 0x1p-1074;
    for (size_t i = 0; i < GENERATORS; i++) {
        double there = divergence(texts[i], 2, (double[]){1, tiny}, (double[]){1, 2 * tiny});
        assert_true(there >= 0 && there <= 0x1p-1072);
        assert_true(divergence(texts[i], 2, (double[]){1, tiny}, (double[]){1, tiny}) == 0);
        assert_true(isnan(divergence(texts[i], 2, (double[]){NAN, 1}, (double[]){0.5, 0.5})));
    }
    /* 4 (1 - sum sqrt(p q)), p^3 / (6 q^2), p^2 / (2 q) where q is 1e-300 */
    assert_close(divergence("alpha:alpha=0.5", 2, (double[]){1, 0}, (double[]){1e-300, 1}), 4, 1e-14);
    assert_true(isinf(divergence("alpha:alpha=3", 2, (double[]){1, 0}, (double[]){1e-300, 1})));
    assert_close(divergence("alpha:alpha=2", 2, (double[]){1, 0}, (double[]){1e-300, 1}), 5e299, 1e-13);
    /* from logits, p^2 / (2 q) with q = e^-400 */
    assert_close(divergence_of_logits("alpha:alpha=2", 2, (double[]){0, -800}, (double[]){-400, 0}),
                 exp(400) / 2, 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_examples),
        cmocka_unit_test(weights_of_worked_examples),
        cmocka_unit_test(agrees_with_the_definition),
        cmocka_unit_test(zeros_are_the_limits),
        cmocka_unit_test(close_rows_keep_their_digits),
        cmocka_unit_test(conjugate_pairs_and_symmetric_ones),
        cmocka_unit_test(data_processing),
        cmocka_unit_test(weights_of_kl_have_mean_1),
        cmocka_unit_test(tiny_entries_are_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
