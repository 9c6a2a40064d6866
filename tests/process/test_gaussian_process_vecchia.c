/* The approximation of Vecchia against the exact process, and against differences. */

#include "process/gaussian_process_vecchia.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

enum { ROWS_MAX = 2000, INPUTS = 2 };

static double x[ROWS_MAX * INPUTS], y[ROWS_MAX * 2], variances[ROWS_MAX];

/* Uniform inputs; two targets, the second a trend more; variances from 0.01 to 0.03. */
static int fill(void **state) {
    (void)state;
    struct random_stream stream;
    random_start(&stream, 1, "test", "vecchia", 0);
    for (size_t i = 0; i < ROWS_MAX; i++) {
        double a = random_uniform(&stream), b = random_uniform(&stream);
        x[i * INPUTS] = 6 * a;
        x[i * INPUTS + 1] = 6 * b - 3;
        y[2 * i] = sin(12 * a) + cos(9 * b) + 0.2 * random_normal(&stream) + 5;
        y[2 * i + 1] = y[2 * i] * y[2 * i] - 3 * a;
        variances[i] = 0.01 + 0.02 * random_uniform(&stream);
    }
    return 0;
}

struct setting {
    const char *kernel;
    size_t rows, outputs, neighbours, threads;
    enum gaussian_process_mean mean;
    bool noisy_rows;
    double noise;
};

static double targets[ROWS_MAX * 2];

static struct gaussian_process_data data_of(const struct setting *setting) {
    for (size_t i = 0; i < setting->rows; i++)
        for (size_t c = 0; c < setting->outputs; c++)
            targets[i * setting->outputs + c] = y[2 * i + c];
    return (struct gaussian_process_data){
        setting->rows, INPUTS, setting->outputs, x, targets, setting->noisy_rows ? variances : NULL};
}

static struct covariance *parse(const char *kernel) {
    struct error error = {0};
    struct covariance_inputs columns = {INPUTS, NULL};
    struct covariance *covariance = covariance_parse(kernel, &columns, &error);
    assert_non_null(covariance);
    return covariance;
}

static double approximate(const struct setting *setting, struct covariance *covariance, double *gradient,
                          double *coefficients) {
    struct error error = {0};
    struct gaussian_process_data data = data_of(setting);
    struct gaussian_process_vecchia vecchia;
    double value;
    assert_int_equal(gaussian_process_vecchia_open(&vecchia, &data, setting->mean, covariance,
                                                   setting->neighbours, setting->threads, &error),
                     0);
    assert_int_equal(gaussian_process_vecchia_evaluate(&vecchia, setting->noise, &value, gradient, &error),
                     0);
    if (coefficients != NULL)
        gaussian_process_whitening_coefficients(&vecchia.whitening, coefficients);
    gaussian_process_vecchia_close(&vecchia);
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
    for (size_t b = 0; coefficients != NULL && b < evidence.basis_count * data.outputs; b++)
        coefficients[b] = evidence.coefficients[b];
    gaussian_process_evidence_close(&evidence);
    return value;
}

static const struct setting settings[] = {
    {"matern(nu=2.5,lengthscale=[1.2,.7]) + .3*linear", 61, 2, 63, 2, GAUSSIAN_PROCESS_MEAN_LINEAR, true,
     .02},
    {"rbf(variance=1.5) + white(variance=.1)", 60, 1, 63, 1, GAUSSIAN_PROCESS_MEAN_CONSTANT, false, .05},
    {"matern(lengthscale=2)", 17, 2, 16, 1, GAUSSIAN_PROCESS_MEAN_ZERO, false, .1},
};

/* Nothing is left out: the chain rule of probability. Rounding alone is between the two. */
static void with_all_rows_before_as_neighbours_the_likelihood_is_exact(void **state) {
    (void)state;
    for (size_t s = 0; s < sizeof settings / sizeof *settings; s++) {
        double slopes[8], exact_slopes[8], b[6], exact_b[6];
        struct covariance *covariance = parse(settings[s].kernel);
        double truth = exact(&settings[s], covariance, exact_slopes, exact_b);
        assert_within(approximate(&settings[s], covariance, slopes, b), truth, 1e-9 * fabs(truth));
        for (size_t p = 0; p <= covariance->parameter_count; p++)
            assert_within(slopes[p], exact_slopes[p], 1e-8 * (1 + fabs(exact_slopes[p])));
        size_t basis = settings[s].mean == GAUSSIAN_PROCESS_MEAN_LINEAR ? 3 : settings[s].mean;
        for (size_t i = 0; i < basis * settings[s].outputs; i++)
            assert_within(b[i], exact_b[i], 1e-8 * (1 + fabs(exact_b[i])));
        covariance_free(covariance);
    }
}

/* Central differences of 1e-5 relative, good to some 1e-9 of a value of 1e3. */
static void the_gradient_is_that_of_differences(void **state) {
    (void)state;
    for (size_t s = 0; s < sizeof settings / sizeof *settings; s++) {
        struct setting setting = settings[s];
        double slopes[8];
        setting.neighbours = 7;
        setting.rows = 700;
        struct covariance *covariance = parse(setting.kernel);
        approximate(&setting, covariance, slopes, NULL);
        for (size_t p = 0; p <= covariance->parameter_count; p++) {
            double *at = p < covariance->parameter_count ? &covariance->parameters[p].value : &setting.noise;
            double kept = *at, step = 1e-5 * kept;
            *at = kept + step;
            double above = approximate(&setting, covariance, NULL, NULL);
            *at = kept - step;
            double below = approximate(&setting, covariance, NULL, NULL);
            *at = kept;
            assert_within(slopes[p], (above - below) / (2 * step), 1e-6 * (fabs(slopes[p]) + 100));
        }
        covariance_free(covariance);
    }
}

/* 2000 rows of two inputs: per row the likelihood is off by less than 0.02 of M = 10, and of M = 30 by less
 * than a quarter of that: it falls with M. */
static void more_neighbours_are_nearer_to_the_truth(void **state) {
    (void)state;
    struct setting setting = {"matern(variance=1.5,lengthscale=1.5)", ROWS_MAX, 1,  10, 2,
                              GAUSSIAN_PROCESS_MEAN_CONSTANT,         false,    .04};
    struct covariance *covariance = parse(setting.kernel);
    double truth = exact(&setting, covariance, NULL, NULL);
    double ten = fabs(approximate(&setting, covariance, NULL, NULL) - truth) / ROWS_MAX;
    setting.neighbours = 30;
    double thirty = fabs(approximate(&setting, covariance, NULL, NULL) - truth) / ROWS_MAX;
    assert_true(ten < 0.02);
    assert_true(thirty < ten / 4);
    covariance_free(covariance);
}

static void the_number_of_threads_leaves_no_trace(void **state) {
    (void)state;
    struct setting setting = {"matern + rbf", 1500, 2, 12, 1, GAUSSIAN_PROCESS_MEAN_LINEAR, true, .04};
    struct covariance *covariance = parse(setting.kernel);
    double one[5], three[5];
    double alone = approximate(&setting, covariance, one, NULL);
    setting.threads = 3;
    double together = approximate(&setting, covariance, three, NULL);
    assert_true(memcmp(&alone, &together, sizeof alone) == 0);
    assert_memory_equal(one, three, sizeof one);
    covariance_free(covariance);
}

static void equal_rows_take_jitter(void **state) {
    (void)state;
    struct error error = {0};
    static const double twice[] = {0, 0, 0, 0, 1, 1, 1, 1}, values[] = {1, 1, 2, 2};
    struct gaussian_process_data data = {4, INPUTS, 1, twice, values, NULL};
    struct covariance *covariance = parse("rbf");
    struct gaussian_process_vecchia vecchia;
    double value, gradient[3];
    assert_int_equal(
        gaussian_process_vecchia_open(&vecchia, &data, GAUSSIAN_PROCESS_MEAN_ZERO, covariance, 2, 1, &error),
        0);
    assert_int_equal(gaussian_process_vecchia_evaluate(&vecchia, 0, &value, gradient, &error), 0);
    assert_true(isfinite(value));
    assert_within(vecchia.jitter_added, 1e-10, 1e-24);
    vecchia.jitter = 0;
    assert_int_equal(gaussian_process_vecchia_evaluate(&vecchia, 0, &value, NULL, &error), 0);
    assert_true(value == -INFINITY);
    gaussian_process_vecchia_close(&vecchia);
    covariance_free(covariance);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_all_rows_before_as_neighbours_the_likelihood_is_exact),
        cmocka_unit_test(the_gradient_is_that_of_differences),
        cmocka_unit_test(more_neighbours_are_nearer_to_the_truth),
        cmocka_unit_test(the_number_of_threads_leaves_no_trace),
        cmocka_unit_test(equal_rows_take_jitter),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
