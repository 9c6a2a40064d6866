#include "process/class_likelihood.h"

#include <math.h>
#include <string.h>

#include "support/assertions.h"

enum { FUNCTIONS = 3 };

static double log_logistic(double f) {
    return f > 0 ? -log1p(exp(-f)) : f - log1p(exp(f));
}

/* E g(mean + sqrt(variance) z) by the trapezoidal rule, exact to rounding for what is analytic. */
static double average(double (*g)(double), double mean, double variance) {
    double sum = 0, h = 0.02;
    for (double z = -12; z <= 12; z += h)
        sum += g(mean + sqrt(variance) * z) * exp(-0.5 * z * z);
    return sum * h / sqrt(2 * M_PI);
}

static double logistic(double f) {
    return 1 / (1 + exp(-f));
}

/* The same over s ~ InvGamma(shape, rate), by the trapezoidal rule in log s. */
static double scaled_average(double (*g)(double), double mean, double variance, double shape, double rate) {
    double sum = 0, h = 0.05;
    for (double t = -12; t <= 25; t += h)
        sum += h * average(g, mean, variance * exp(t)) *
               exp(shape * log(rate) - lgamma(shape) - shape * t - rate * exp(-t));
    return sum;
}

struct answer {
    double value, by_mean[FUNCTIONS], by_variance[FUNCTIONS], by_shape, by_rate;
};

static struct answer ask(const struct class_likelihood *likelihood, struct class_likelihood_room *room,
                         size_t label, const double *mean, const double *variance, double rate) {
    struct answer answer = {0};
    double values[CLASS_LIKELIHOOD_NODES] = {0}, by_scale[CLASS_LIKELIHOOD_NODES] = {0};
    const struct class_likelihood_row row = {label,  mean,    variance, answer.by_mean, answer.by_variance,
                                             values, by_scale};
    answer.value = class_likelihood_expect(likelihood, room, &row);
    for (size_t j = 0; j < likelihood->scale_count; j++) {
        double slope = likelihood->weights[j] * by_scale[j];
        answer.by_shape += likelihood->weight_slopes[j] * values[j] + slope * likelihood->scale_slopes[j];
        answer.by_rate += slope * likelihood->scales[j] / rate;
    }
    return answer;
}

/* 20 nodes are good to some 1e-5 while the deviation is at most 2.5. */
static void logistic_agrees_with_the_integral(void **state) {
    (void)state;
    struct class_likelihood likelihood;
    struct class_likelihood_room room;
    struct error error;
    const double means[] = {-2, 0, 0.7, 3}, variances[] = {0.01, 0.5, 2, 6};
    class_likelihood_start(&likelihood, false, 1);
    assert_int_equal(class_likelihood_open(&room, &likelihood, 2, &error), 0);
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 4; k++) {
            double p[2];
            struct answer answer = ask(&likelihood, &room, 1, &means[i], &variances[k], 1);
            assert_within(answer.value, average(log_logistic, means[i], variances[k]), 5e-5);
            answer = ask(&likelihood, &room, 0, &means[i], &variances[k], 1);
            assert_within(answer.value, average(log_logistic, -means[i], variances[k]), 5e-5);
            class_likelihood_probabilities(&likelihood, &room, &means[i], &variances[k], p);
            assert_within(p[1], average(logistic, means[i], variances[k]), 5e-5);
            assert_within(p[0] + p[1], 1, 1e-14);
        }
    class_likelihood_close(&room);
}

/* Laguerre's rule is slow where s has heavy tails, where log p goes by the root of s, no polynomial of 1/s.
 */
static void a_scale_is_integrated_out(void **state) {
    (void)state;
    struct class_likelihood likelihood;
    struct class_likelihood_room room;
    struct error error;
    double mean = 0.8, variance = 0.6, p[2];
    class_likelihood_start(&likelihood, false, 1);
    assert_int_equal(class_likelihood_open(&room, &likelihood, 2, &error), 0);
    for (double shape = 2; shape < 100; shape *= 3) {
        class_likelihood_set_scale(&likelihood, shape, 2.5);
        struct answer answer = ask(&likelihood, &room, 1, &mean, &variance, 2.5);
        assert_within(answer.value, scaled_average(log_logistic, mean, variance, shape, 2.5),
                      shape < 3 ? 3e-3 : 1e-4);
        class_likelihood_probabilities(&likelihood, &room, &mean, &variance, p);
        assert_within(p[1], scaled_average(logistic, mean, variance, shape, 2.5), 1e-4);
    }
    class_likelihood_close(&room);
}

/* Only f_1 - f_0 counts, which is normal: draws that are spread evenly err by some 1e-4. */
static void softmax_of_two_is_logistic_of_the_difference(void **state) {
    (void)state;
    struct class_likelihood likelihood;
    struct class_likelihood_room room;
    struct error error;
    const double mean[] = {0.3, -0.6}, variance[] = {0.8, 1.7};
    double p[2];
    class_likelihood_start(&likelihood, true, 2);
    assert_int_equal(class_likelihood_open(&room, &likelihood, 1024, &error), 0);
    class_likelihood_spread(&likelihood, 1024, room.draws);
    class_likelihood_probabilities(&likelihood, &room, mean, variance, p);
    assert_within(p[1], average(logistic, -0.9, 2.5), 3e-4);
    assert_within(p[0] + p[1], 1, 1e-14);
    assert_within(ask(&likelihood, &room, 1, mean, variance, 1).value, average(log_logistic, -0.9, 2.5),
                  2e-3);
    class_likelihood_close(&room);
}

/* Draws err by 64^-1/2, in antithetic pairs by far less. */
static void draws_of_a_fit_come_near(void **state) {
    (void)state;
    struct class_likelihood likelihood;
    struct class_likelihood_room room;
    struct error error;
    const double mean[] = {0.3, -0.6}, variance[] = {0.8, 1.7};
    double sum = 0;
    class_likelihood_start(&likelihood, true, 2);
    assert_int_equal(class_likelihood_open(&room, &likelihood, CLASS_LIKELIHOOD_DRAWS, &error), 0);
    for (size_t row = 0; row < 400; row++) {
        class_likelihood_draw(&likelihood, row, CLASS_LIKELIHOOD_DRAWS, room.draws);
        sum += ask(&likelihood, &room, 1, mean, variance, 1).value / 400;
    }
    assert_within(sum, average(log_logistic, -0.9, 2.5), 0.01);
    class_likelihood_close(&room);
}

static void check_slopes(struct class_likelihood *likelihood, struct class_likelihood_room *room) {
    double mean[FUNCTIONS] = {0.3, -1.2, 0.9}, variance[FUNCTIONS] = {0.5, 1.5, 0.02};
    double h = 1e-5, shape = 2.5, rate = 1.7;
    for (size_t label = 0; label < 2; label++) {
        class_likelihood_set_scale(likelihood, shape, rate);
        struct answer answer = ask(likelihood, room, label, mean, variance, rate);
        for (size_t c = 0; c < likelihood->functions; c++) {
            double *const places[] = {&mean[c], &variance[c]};
            const double slopes[] = {answer.by_mean[c], answer.by_variance[c]};
            for (size_t k = 0; k < 2; k++) {
                double kept = *places[k], step = h * kept;
                *places[k] = kept + step;
                double above = ask(likelihood, room, label, mean, variance, rate).value;
                *places[k] = kept - step;
                double below = ask(likelihood, room, label, mean, variance, rate).value;
                *places[k] = kept;
                assert_within(slopes[k], (above - below) / (2 * step), 1e-7);
            }
        }
        double around[4];
        for (int k = 0; k < 4; k++) {
            double step = k % 2 == 0 ? h : -h;
            class_likelihood_set_scale(likelihood, shape + (k < 2 ? step : 0), rate + (k < 2 ? 0 : step));
            around[k] = ask(likelihood, room, label, mean, variance, rate).value;
        }
        assert_within(answer.by_shape, (around[0] - around[1]) / (2 * h), 1e-7);
        assert_within(answer.by_rate, (around[2] - around[3]) / (2 * h), 1e-7);
    }
}

/* Of the figure as it is computed: quadrature and draws do not come in. */
static void slopes_are_those_of_differences(void **state) {
    (void)state;
    struct class_likelihood likelihood;
    struct class_likelihood_room room;
    struct error error;
    class_likelihood_start(&likelihood, false, 1);
    assert_int_equal(class_likelihood_open(&room, &likelihood, 2, &error), 0);
    check_slopes(&likelihood, &room);
    class_likelihood_close(&room);
    class_likelihood_start(&likelihood, true, FUNCTIONS);
    assert_int_equal(class_likelihood_open(&room, &likelihood, CLASS_LIKELIHOOD_DRAWS, &error), 0);
    class_likelihood_draw(&likelihood, 7, CLASS_LIKELIHOOD_DRAWS, room.draws);
    check_slopes(&likelihood, &room);
    class_likelihood_close(&room);
}

static void far_values_stay_finite(void **state) {
    (void)state;
    struct class_likelihood likelihood;
    struct class_likelihood_room room;
    struct error error;
    const double mean[] = {900, -900, 0}, variance[] = {0, 1e6, 1e-300};
    double p[FUNCTIONS];
    class_likelihood_start(&likelihood, true, FUNCTIONS);
    assert_int_equal(class_likelihood_open(&room, &likelihood, 64, &error), 0);
    class_likelihood_draw(&likelihood, 1, 64, room.draws);
    struct answer answer = ask(&likelihood, &room, 1, mean, variance, 1);
    assert_true(isfinite(answer.value) && answer.value < -500);
    class_likelihood_probabilities(&likelihood, &room, mean, variance, p);
    assert_true(p[0] > 0.9 && isfinite(p[1]) && p[2] < 1e-100);
    class_likelihood_close(&room);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logistic_agrees_with_the_integral),
        cmocka_unit_test(a_scale_is_integrated_out),
        cmocka_unit_test(softmax_of_two_is_logistic_of_the_difference),
        cmocka_unit_test(draws_of_a_fit_come_near),
        cmocka_unit_test(slopes_are_those_of_differences),
        cmocka_unit_test(far_values_stay_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
