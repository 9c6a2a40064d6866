/* The Kalman filter against the exact process, and its states against the kernel. */

#include "process/gaussian_process_kalman.h"

#include <math.h>

#include "base/random.h"
#include "process/gaussian_process_filter.h"
#include "support/assertions.h"

enum { ROWS = 150 };

static double x[ROWS], y[ROWS * 2], variances[ROWS];

/* Unsorted, with repeated inputs, gaps, and close ones; variances from 0.01 to 0.03. */
static int fill(void **state) {
    (void)state;
    struct random_stream stream;
    random_start(&stream, 1, "test", "kalman", 0);
    for (size_t i = 0; i < ROWS; i++) {
        x[i] = 20 * random_uniform(&stream) + (i % 10 == 0 ? 40 : 0);
        if (i % 7 == 3)
            x[i] = x[i - 1];
        if (i % 11 == 5)
            x[i] = x[i - 2] + 1e-6;
        y[2 * i] = sin(x[i]) + 0.3 * random_normal(&stream) + 5;
        y[2 * i + 1] = y[2 * i] * y[2 * i] - 0.4 * x[i];
        variances[i] = 0.01 + 0.02 * random_uniform(&stream);
    }
    return 0;
}

struct setting {
    const char *kernel;
    size_t outputs;
    enum gaussian_process_mean mean;
    bool noisy_rows;
    double noise;
};

static const struct setting settings[] = {
    {"matern(nu=.5,variance=1.5,lengthscale=2)", 1, GAUSSIAN_PROCESS_MEAN_CONSTANT, false, .1},
    {"matern(nu=1.5,variance=1.5,lengthscale=.8)", 2, GAUSSIAN_PROCESS_MEAN_LINEAR, true, .05},
    {"matern(nu=2.5,variance=.7,lengthscale=1.3)", 1, GAUSSIAN_PROCESS_MEAN_ZERO, true, .05},
    {"matern(nu=2.5,lengthscale=9) + .5*matern(nu=.5,variance=.6,lengthscale=.4) + 2*matern", 2,
     GAUSSIAN_PROCESS_MEAN_LINEAR, false, .02},
};

static double targets[ROWS * 2];

static struct gaussian_process_data data_of(const struct setting *setting) {
    for (size_t i = 0; i < ROWS; i++)
        for (size_t c = 0; c < setting->outputs; c++)
            targets[i * setting->outputs + c] = y[2 * i + c];
    return (struct gaussian_process_data){ROWS, 1,       setting->outputs,
                                          x,    targets, setting->noisy_rows ? variances : NULL};
}

static struct covariance *parse(const char *kernel, size_t inputs) {
    struct error error = {0};
    struct covariance_inputs columns = {inputs, NULL};
    struct covariance *covariance = covariance_parse(kernel, &columns, &error);
    assert_non_null(covariance);
    return covariance;
}

static double filtered(const struct setting *setting, struct covariance *covariance, double *gradient,
                       double *coefficients) {
    struct error error = {0};
    struct gaussian_process_data data = data_of(setting);
    struct gaussian_process_kalman kalman;
    double value;
    assert_int_equal(gaussian_process_kalman_open(&kalman, &data, setting->mean, covariance, &error), 0);
    assert_int_equal(gaussian_process_kalman_evaluate(&kalman, setting->noise, &value, gradient, &error), 0);
    if (coefficients != NULL)
        gaussian_process_whitening_coefficients(&kalman.whitening, coefficients);
    gaussian_process_kalman_close(&kalman);
    return value;
}

static double exact(const struct setting *setting, struct covariance *covariance, double *gradient,
                    double *coefficients) {
    struct error error = {0};
    struct gaussian_process_data data = data_of(setting);
    struct gaussian_process_evidence evidence;
    double value;
    assert_int_equal(gaussian_process_evidence_open(&evidence, &data, setting->mean, covariance, 1, &error),
                     0);
    assert_int_equal(gaussian_process_evidence_evaluate(&evidence, GAUSSIAN_PROCESS_MARGINAL_LIKELIHOOD,
                                                        setting->noise, &value, gradient, &error),
                     0);
    for (size_t b = 0; b < evidence.basis_count * data.outputs; b++)
        coefficients[b] = evidence.coefficients[b];
    gaussian_process_evidence_close(&evidence);
    return value;
}

/* Both are exact: rounding alone is between the two. */
static void likelihood_gradient_and_mean_are_those_of_the_whole_matrix(void **state) {
    (void)state;
    for (size_t s = 0; s < sizeof settings / sizeof *settings; s++) {
        double slopes[8], exact_slopes[8], b[4] = {0}, exact_b[4] = {0};
        struct covariance *covariance = parse(settings[s].kernel, 1);
        double truth = exact(&settings[s], covariance, exact_slopes, exact_b);
        assert_within(filtered(&settings[s], covariance, slopes, b), truth, 1e-9 * fabs(truth));
        for (size_t p = 0; p <= covariance->parameter_count; p++)
            assert_within(slopes[p], exact_slopes[p], 1e-8 * (1 + fabs(exact_slopes[p])));
        for (size_t i = 0; i < 4; i++)
            assert_within(b[i], exact_b[i], 1e-8 * (1 + fabs(exact_b[i])));
        covariance_free(covariance);
    }
}

/* Central differences of 1e-6 relative. */
static void the_gradient_is_that_of_differences(void **state) {
    (void)state;
    for (size_t s = 0; s < sizeof settings / sizeof *settings; s++) {
        struct setting setting = settings[s];
        struct covariance *covariance = parse(setting.kernel, 1);
        double slopes[8];
        filtered(&setting, covariance, slopes, NULL);
        for (size_t p = 0; p <= covariance->parameter_count; p++) {
            double *at = p < covariance->parameter_count ? &covariance->parameters[p].value : &setting.noise;
            double kept = *at, step = 1e-6 * kept;
            *at = kept + step;
            double above = filtered(&setting, covariance, NULL, NULL);
            *at = kept - step;
            double below = filtered(&setting, covariance, NULL, NULL);
            *at = kept;
            assert_within(slopes[p], (above - below) / (2 * step), 1e-5 * (1 + fabs(slopes[p])));
        }
        covariance_free(covariance);
    }
}

/* Stationarity, A P A' + Q = P; two steps are one of their sum; and h A P h' is the kernel. */
static void steps_keep_the_prior_add_up_and_make_the_kernel(void **state) {
    (void)state;
    static const double lengths[] = {0, 1e-9, 1e-4, .3, 2, 15, 40, 1e6};
    struct covariance *covariance = parse(settings[3].kernel, 1);
    struct covariance_states states;
    double p[COVARIANCE_STATES_AREA], a[COVARIANCE_STATES_AREA], q[COVARIANCE_STATES_AREA];
    double twice[COVARIANCE_STATES_AREA], double_a[COVARIANCE_STATES_AREA], double_q[COVARIANCE_STATES_AREA];
    double moved[COVARIANCE_STATES_AREA], column[COVARIANCE_STATES_MAX], later[COVARIANCE_STATES_MAX];
    assert_true(covariance_states_read(&states, covariance));
    assert_int_equal(states.order, 6);
    covariance_states_prior(&states, p);
    gaussian_process_filter_column(&states, p, column);
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
        double d = lengths[l];
        covariance_states_step(&states, d, a, q);
        covariance_states_step(&states, 2 * d, double_a, double_q);
        gaussian_process_filter_sandwich(states.order, a, p, a, moved);
        gaussian_process_filter_multiply(states.order, a, a, twice);
        for (size_t i = 0; i < states.order; i++)
            for (size_t j = 0; j < states.order; j++) {
                size_t at = i * COVARIANCE_STATES_MAX + j;
                assert_within(moved[at] + q[at], p[at], 1e-14);
                assert_within(twice[at], double_a[at], 1e-14);
            }
        gaussian_process_filter_apply(states.order, a, column, later);
        double r = sqrt(5) * d / 9, s = sqrt(3) * d;
        double kernel = (1 + r + r * r / 3) * exp(-r) + .3 * exp(-d / .4) + 2 * (1 + s) * exp(-s);
        assert_within(gaussian_process_filter_value(&states, later), kernel, 1e-14);
    }
    covariance_free(covariance);
}

/* Q of a small step is that of the leading order, t^5/20 times the intensity for f of nu = 2.5: no difference
 * of numbers near 1 could give it. */
static void small_steps_have_small_noise_to_full_precision(void **state) {
    (void)state;
    struct covariance *covariance = parse("matern(nu=2.5)", 1);
    struct covariance_states states;
    double a[COVARIANCE_STATES_AREA], q[COVARIANCE_STATES_AREA], t = 1e-8 * sqrt(5);
    assert_true(covariance_states_read(&states, covariance));
    covariance_states_step(&states, 1e-8, a, q);
    assert_close(q[0], 16.0 / 3 * pow(t, 5) / 20, 1e-7);
    covariance_free(covariance);
}

static void other_expressions_have_no_states(void **state) {
    (void)state;
    static const char *const others[] = {
        "rbf",        "matern(nu=1)", "matern*matern",
        "matern + 1", "matern + rbf", "matern(nu=2.5)+matern(nu=2.5)+matern(nu=2.5)+matern(nu=2.5)+matern"};
    struct covariance_states states;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct covariance *covariance = parse(others[i], 1);
        assert_false(covariance_states_read(&states, covariance));
        covariance_free(covariance);
    }
    struct covariance *two = parse("matern", 2);
    assert_false(covariance_states_read(&states, two));
    covariance_free(two);
}

static void equal_rows_take_jitter(void **state) {
    (void)state;
    struct error error = {0};
    static const double twice[] = {0, 0, 1, 1}, values[] = {1, 1, 2, 2};
    struct gaussian_process_data data = {4, 1, 1, twice, values, NULL};
    struct covariance *covariance = parse("matern", 1);
    struct gaussian_process_kalman kalman;
    double value;
    assert_int_equal(
        gaussian_process_kalman_open(&kalman, &data, GAUSSIAN_PROCESS_MEAN_ZERO, covariance, &error), 0);
    assert_int_equal(gaussian_process_kalman_evaluate(&kalman, 0, &value, NULL, &error), 0);
    assert_true(isfinite(value));
    assert_within(kalman.jitter_added, 1e-10, 1e-24);
    kalman.jitter = 0;
    assert_int_equal(gaussian_process_kalman_evaluate(&kalman, 0, &value, NULL, &error), 0);
    assert_true(value == -INFINITY);
    gaussian_process_kalman_close(&kalman);
    covariance_free(covariance);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(likelihood_gradient_and_mean_are_those_of_the_whole_matrix),
        cmocka_unit_test(the_gradient_is_that_of_differences),
        cmocka_unit_test(steps_keep_the_prior_add_up_and_make_the_kernel),
        cmocka_unit_test(small_steps_have_small_noise_to_full_precision),
        cmocka_unit_test(other_expressions_have_no_states),
        cmocka_unit_test(equal_rows_take_jitter),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
