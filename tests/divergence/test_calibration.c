#include "divergence/calibration.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "divergence/calibration_temperature.h"
#include "num/vector.h"
#include "support/assertions.h"
#include "support/random_rows.h"

enum { ROWS = 8, CLASSES = 3, MANY = 4000 };

static const double example[ROWS * CLASSES] = {.7, .2, .1, .4,  .35, .25, .1, .8, .1, .05, .05, .9,
                                               .6, .3, .1, .34, .33, .33, .2, .7, .1, .1,  .3,  .6};
static const size_t example_labels[ROWS] = {0, 1, 1, 2, 0, 2, 0, 2};

static void sum_rows(struct calibration *sums, size_t bins, size_t rows, size_t classes, const double *p,
                     const size_t *labels) {
    struct error error;
    const struct calibration_settings settings = {
        .classes = classes, .bins = bins, .classwise = true, .keep = true};
    assert_int_equal(calibration_create(sums, &settings, &error), 0);
    assert_int_equal(calibration_add(sums, rows, p, NULL, labels, &error), 0);
}

static double error_of(struct calibration *sums, bool by_mass) {
    struct error error;
    double value, largest;
    assert_int_equal(calibration_error(sums, by_mass, &value, &largest, &error), 0);
    return value;
}

static void worked_example(void **state) {
    (void)state;
    struct calibration sums;
    struct error error;
    double value, largest;
    sum_rows(&sums, 5, ROWS, CLASSES, example, example_labels);
    assert_int_equal(calibration_error(&sums, false, &value, &largest, &error), 0);
    assert_within(value, 0.23, 1e-15);
    assert_within(largest, 0.4, 1e-15);
    assert_within(calibration_classwise_error(&sums), 0.180833333333, 5e-13);
    assert_within(running_sum_mean(&sums.brier), 0.399175, 1e-15);
    assert_within(running_sum_mean(&sums.nll), 0.684344114987, 5e-13);
    assert_int_equal(sums.correct, 5);
    calibration_free(&sums);
    sum_rows(&sums, 15, ROWS, CLASSES, example, example_labels);
    assert_within(error_of(&sums, false), 0.28, 1e-15);
    calibration_free(&sums);
    sum_rows(&sums, 4, ROWS, CLASSES, example, example_labels);
    assert_within(error_of(&sums, true), 0.28, 1e-15);
    calibration_free(&sums);
}

/* ceil(c M) is one too many where c M is rounded up, as for 0.6 of 5 bins: 3 / 5 is the same double as 0.6.
 */
static void an_edge_belongs_to_the_bin_below(void **state) {
    (void)state;
    for (size_t bins = 1; bins <= 200; bins++)
        for (size_t m = 1; m <= bins; m++) {
            double edge = (double)m / (double)bins;
            assert_int_equal(calibration_width_bin(edge, bins), m - 1);
            assert_int_equal(calibration_width_bin(nextafter(edge, 2), bins), m < bins ? m : m - 1);
            assert_int_equal(calibration_width_bin(nextafter(edge, 0), bins), m - 1);
        }
    assert_int_equal(calibration_width_bin(0, 7), 0);
    assert_int_equal(calibration_width_bin(1 + 1e-7, 7), 6);
}

/* Rows of Dirichlet(1) and labels drawn from them. */
static void draw(uint64_t seed, size_t rows, size_t classes, double *p, size_t *labels) {
    struct random_stream stream;
    random_start(&stream, seed, "tests", "labels", rows);
    for (size_t i = 0; i < rows; i++) {
        double *row = p + i * classes, left = random_uniform(&stream);
        random_row(seed * 100000 + i, 1, classes, row);
        for (labels[i] = 0; labels[i] + 1 < classes && left > row[labels[i]]; labels[i]++)
            left -= row[labels[i]];
    }
}

static void errors_do_not_depend_on_the_order_of_rows_or_classes(void **state) {
    (void)state;
    enum { N = 500, C = 4 };
    static const size_t order[C] = {2, 0, 3, 1};
    static double p[N * C], moved[N * C];
    static size_t labels[N], moved_labels[N];
    struct calibration sums, others;
    draw(3, N, C, p, labels);
    for (size_t i = 0; i < N; i++) {
        moved_labels[N - 1 - i] = order[labels[i]];
        for (size_t k = 0; k < C; k++)
            moved[(N - 1 - i) * C + order[k]] = p[i * C + k];
    }
    sum_rows(&sums, 15, N, C, p, labels);
    sum_rows(&others, 15, N, C, moved, moved_labels);
    assert_within(error_of(&others, false), error_of(&sums, false), 1e-15);
    assert_within(error_of(&others, true), error_of(&sums, true), 1e-15);
    assert_within(calibration_classwise_error(&others), calibration_classwise_error(&sums), 1e-15);
    assert_within(running_sum_mean(&others.brier), running_sum_mean(&sums.brier), 1e-15);
    calibration_free(&sums);
    calibration_free(&others);
}

static void the_sums_do_not_depend_on_blocks(void **state) {
    (void)state;
    struct calibration whole, parts;
    struct error error;
    const struct calibration_settings settings = {
        .classes = CLASSES, .bins = 5, .classwise = true, .keep = true};
    sum_rows(&whole, 5, ROWS, CLASSES, example, example_labels);
    assert_int_equal(calibration_create(&parts, &settings, &error), 0);
    for (size_t i = 0; i < ROWS; i++)
        assert_int_equal(calibration_add(&parts, 1, example + i * CLASSES, NULL, example_labels + i, &error),
                         0);
    assert_true(error_of(&whole, false) == error_of(&parts, false));
    assert_true(error_of(&whole, true) == error_of(&parts, true));
    assert_true(running_sum_mean(&whole.nll) == running_sum_mean(&parts.nll));
    calibration_free(&whole);
    calibration_free(&parts);
}

/* Of labels drawn from P itself the error by mass is noise: about sqrt(M / n) x mean deviation. */
static void the_error_of_true_probabilities_falls_as_the_root_of_n(void **state) {
    (void)state;
    enum { BINS = 10 };
    static double p[MANY * CLASSES];
    static size_t labels[MANY];
    double sums_of_errors[2] = {0, 0};
    for (uint64_t seed = 1; seed <= 10; seed++)
        for (size_t large = 0; large < 2; large++) {
            struct calibration sums;
            size_t rows = large != 0 ? MANY : MANY / 16;
            draw(seed + 50 * large, rows, CLASSES, p, labels);
            sum_rows(&sums, BINS, rows, CLASSES, p, labels);
            sums_of_errors[large] += error_of(&sums, true);
            calibration_free(&sums);
        }
    double ratio = sums_of_errors[0] / sums_of_errors[1]; /* 4, off by a tenth or so over ten seeds */
    assert_true(ratio > 3 && ratio < 5.3);
    assert_true(sums_of_errors[1] / 10 < 0.03);
}

static void fill_logits(struct calibration_logits *logits, size_t rows, size_t classes, const double *p,
                        double power, const size_t *labels) {
    struct error error;
    double *log_p = malloc(rows * classes * sizeof *log_p);
    assert_non_null(log_p);
    vector_log(rows * classes, p, log_p);
    vector_scale(rows * classes, power, log_p);
    *logits = (struct calibration_logits){.classes = classes};
    assert_int_equal(calibration_logits_add(logits, rows, log_p, labels, &error), 0);
    free(log_p);
}

static double fitted(const struct calibration_logits *logits, bool *converged) {
    struct calibration_temperature result;
    struct error error;
    assert_int_equal(calibration_temperature_fit(logits, 1e-10, 100, 2, &result, &error), 0);
    *converged = result.converged;
    return result.temperature;
}

/* Bisection of the derivative in long double gives 0.66630305520776; a minimum of values alone would be off
 * by 1e-8. */
static void the_temperature_of_the_example(void **state) {
    (void)state;
    struct calibration_logits logits;
    struct calibration tempered;
    struct error error;
    bool converged;
    const struct calibration_settings settings = {.classes = CLASSES, .bins = 5};
    fill_logits(&logits, ROWS, CLASSES, example, 1, example_labels);
    double temperature = fitted(&logits, &converged);
    assert_true(converged);
    assert_within(temperature, 0.666303060863, 1e-8);
    assert_close(temperature, 0.66630305520776, 1e-12);
    assert_int_equal(calibration_create(&tempered, &settings, &error), 0);
    assert_int_equal(calibration_temperature_sums(&logits, temperature, &tempered, &error), 0);
    assert_within(running_sum_mean(&tempered.nll), 0.652685830587, 1e-12);
    assert_within(error_of(&tempered, false), 0.239980163944, 1e-9);
    calibration_free(&tempered);
    calibration_logits_free(&logits);
}

/* softmax(log P x s) has its optimum at s times that of P. */
static void sharpened_probabilities_have_a_temperature_as_much_higher(void **state) {
    (void)state;
    static double p[MANY * CLASSES];
    static size_t labels[MANY];
    struct calibration_logits plain, sharp;
    bool converged[2];
    draw(7, MANY, CLASSES, p, labels);
    fill_logits(&plain, MANY, CLASSES, p, 1, labels);
    double temperature = fitted(&plain, &converged[0]);
    assert_within(temperature, 1, 0.1); /* labels are drawn from P */
    for (double power = 0.125; power < 20; power *= 4) {
        fill_logits(&sharp, MANY, CLASSES, p, power, labels);
        assert_close(fitted(&sharp, &converged[1]), power * temperature, 1e-9);
        assert_true(converged[0] && converged[1]);
        calibration_logits_free(&sharp);
    }
    calibration_logits_free(&plain);
}

static void a_perfect_or_hopeless_classifier_ends_at_a_bound(void **state) {
    (void)state;
    static const double p[] = {.7, .3, .6, .4};
    static const size_t right[] = {0, 0}, wrong[] = {1, 1};
    struct calibration_logits logits;
    bool converged;
    fill_logits(&logits, 2, 2, p, 1, right);
    assert_true(fitted(&logits, &converged) == CALIBRATION_TEMPERATURE_LEAST);
    assert_false(converged);
    calibration_logits_free(&logits);
    fill_logits(&logits, 2, 2, p, 1, wrong);
    assert_true(fitted(&logits, &converged) == CALIBRATION_TEMPERATURE_LARGEST);
    assert_false(converged);
    calibration_logits_free(&logits);
}

/* A class of probability 0 in each row, and a row whose label has it, change no temperature. */
static void a_probability_0_stays_0(void **state) {
    (void)state;
    double p[(ROWS + 1) * 4];
    size_t labels[ROWS + 1];
    struct calibration_logits logits;
    bool converged;
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t k = 0; k < CLASSES; k++)
            p[i * 4 + k] = example[i * CLASSES + k];
        p[i * 4 + 3] = 0;
        labels[i] = example_labels[i];
    }
    p[ROWS * 4] = 1;
    p[ROWS * 4 + 1] = p[ROWS * 4 + 2] = p[ROWS * 4 + 3] = 0;
    labels[ROWS] = 3;
    fill_logits(&logits, ROWS + 1, 4, p, 1, labels);
    assert_close(fitted(&logits, &converged), 0.66630305520776, 1e-12);
    assert_true(converged);
    calibration_logits_free(&logits);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_example),
        cmocka_unit_test(an_edge_belongs_to_the_bin_below),
        cmocka_unit_test(errors_do_not_depend_on_the_order_of_rows_or_classes),
        cmocka_unit_test(the_sums_do_not_depend_on_blocks),
        cmocka_unit_test(the_error_of_true_probabilities_falls_as_the_root_of_n),
        cmocka_unit_test(the_temperature_of_the_example),
        cmocka_unit_test(sharpened_probabilities_have_a_temperature_as_much_higher),
        cmocka_unit_test(a_perfect_or_hopeless_classifier_ends_at_a_bound),
        cmocka_unit_test(a_probability_0_stays_0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
