#include "process/gaussian_process_evidence.h"

#include <math.h>

#include "base/random.h"
#include "support/assertions.h"

enum { ROWS = 6 };

/* Six rows of a sine, and their targets with a line added. */
static double x[ROWS], y[ROWS], tilted[ROWS];

static int fill(void **state) {
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        x[i] = (double)i / 2;
        y[i] = sin(2 * x[i]);
        tilted[i] = y[i] + 3 + x[i];
    }
    return 0;
}

struct setting {
    const char *kernel;
    const double *targets;
    enum gaussian_process_mean mean;
    enum gaussian_process_objective objective;
    double noise;
};

static double evaluate(const struct setting *setting, double *gradient, double *coefficients) {
    struct error error = {0};
    struct covariance_inputs columns = {1, NULL};
    struct covariance *covariance = covariance_parse(setting->kernel, &columns, &error);
    struct gaussian_process_data data = {ROWS, 1, 1, x, setting->targets, NULL};
    struct gaussian_process_evidence evidence;
    double value;
    assert_non_null(covariance);
    assert_int_equal(gaussian_process_evidence_open(&evidence, &data, setting->mean, covariance, 2, &error),
                     0);
    assert_int_equal(gaussian_process_evidence_evaluate(&evidence, setting->objective, setting->noise, &value,
                                                        gradient, &error),
                     0);
    for (size_t b = 0; coefficients != NULL && b < evidence.basis_count; b++)
        coefficients[b] = evidence.coefficients[b];
    gaussian_process_evidence_close(&evidence);
    covariance_free(covariance);
    return value;
}

/* To the digits of the published checks. */
static void the_likelihood_is_the_published_one(void **state) {
    (void)state;
    static const struct {
        const char *kernel;
        double value;
    } known[] = {
        {"rbf(variance=1.5,lengthscale=.8)", -3.7589304812},
        {"matern(nu=.5,variance=1.5,lengthscale=.8)", -6.8643298292},
        {"matern(variance=1.5,lengthscale=.8)", -5.8822605828},
        {"matern(nu=2.5,variance=1.5,lengthscale=.8)", -5.3241114069},
        {"rq(variance=1.5,lengthscale=.8,alpha=2)", -4.4586508128},
        {"periodic(variance=1.5,lengthscale=.8,period=3)", -6.7540429066},
        {"sm(weight=[1,.5],mean=[.2,.6],scale=[.1,.3])", -6.8411570315},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct setting setting = {known[i].kernel, y, GAUSSIAN_PROCESS_MEAN_ZERO,
                                  GAUSSIAN_PROCESS_MARGINAL_LIKELIHOOD, 0.01};
        assert_within(evaluate(&setting, NULL, NULL), known[i].value, 6e-11);
    }
}

static void the_gradient_is_the_published_one(void **state) {
    (void)state;
    struct setting setting = {"rbf(variance=1.5,lengthscale=.8)", y, GAUSSIAN_PROCESS_MEAN_ZERO,
                              GAUSSIAN_PROCESS_MARGINAL_LIKELIHOOD, 0.01};
    double gradient[3];
    evaluate(&setting, gradient, NULL);
    assert_within(gradient[0] * 1.5, -1.40074996, 6e-9);
    assert_within(gradient[1] * 0.8, 3.62854181, 6e-9);
    assert_within(gradient[2] * 0.01, -0.42301105, 6e-9);
}

static void the_mean_is_profiled_out(void **state) {
    (void)state;
    double coefficients[2];
    struct setting setting = {"rbf(variance=1.5,lengthscale=.8)", tilted, GAUSSIAN_PROCESS_MEAN_CONSTANT,
                              GAUSSIAN_PROCESS_MARGINAL_LIKELIHOOD, 0.01};
    assert_within(evaluate(&setting, NULL, coefficients), -4.7791429358, 6e-11);
    assert_within(coefficients[0], 4.00210559, 6e-9);
    setting.mean = GAUSSIAN_PROCESS_MEAN_LINEAR;
    assert_within(evaluate(&setting, NULL, coefficients), -3.7062821765, 6e-11);
    assert_within(coefficients[0], 2.84144469, 6e-9);
    assert_within(coefficients[1], 0.92852873, 6e-9);
}

static void leave_one_out_is_the_published_one(void **state) {
    (void)state;
    static const double means[] = {0.3605501884, 0.7150421659, 0.9368278714};
    static const double variances[] = {0.2299320821, 0.058475965, 0.0377224436};
    struct error error = {0};
    struct covariance_inputs columns = {1, NULL};
    struct covariance *covariance = covariance_parse("rbf(variance=1.5,lengthscale=.8)", &columns, &error);
    struct gaussian_process_data data = {ROWS, 1, 1, x, y, NULL};
    struct gaussian_process_evidence evidence;
    double value, mean[ROWS], variance[ROWS];
    assert_int_equal(
        gaussian_process_evidence_open(&evidence, &data, GAUSSIAN_PROCESS_MEAN_ZERO, covariance, 1, &error),
        0);
    assert_int_equal(gaussian_process_evidence_evaluate(&evidence, GAUSSIAN_PROCESS_LEAVE_ONE_OUT, 0.01,
                                                        &value, NULL, &error),
                     0);
    gaussian_process_evidence_leave_one_out(&evidence, mean, variance);
    assert_within(value, 1.5495803725, 6e-11);
    for (size_t i = 0; i < 3; i++) {
        assert_within(mean[i], means[i], 6e-11);
        assert_within(variance[i], variances[i], 6e-11);
    }
    gaussian_process_evidence_close(&evidence);
    covariance_free(covariance);
}

/* Central differences in every parameter, of 70 rows in two dimensions with two outputs. */
static void check_differences(enum gaussian_process_objective objective, enum gaussian_process_mean mean) {
    enum { MANY = 70 };
    double inputs[MANY * 2], targets[MANY * 2], known[MANY], gradient[16];
    struct random_stream stream;
    random_start(&stream, 4, "test", "rows", 0);
    for (size_t i = 0; i < MANY; i++) {
        inputs[2 * i] = 3 * random_uniform(&stream);
        inputs[2 * i + 1] = 3 * random_uniform(&stream);
        targets[2 * i] = sin(2 * inputs[2 * i]) + 0.1 * random_normal(&stream);
        targets[2 * i + 1] = inputs[2 * i + 1] + 0.1 * random_normal(&stream);
        known[i] = 0.02 * random_uniform(&stream);
    }
    struct error error = {0};
    struct covariance_inputs columns = {2, NULL};
    struct covariance *covariance =
        covariance_parse("rbf(lengthscale=[.7,1.1]) + matern(nu=2.5)*periodic(columns=1)", &columns, &error);
    struct gaussian_process_data data = {MANY, 2, 2, inputs, targets, known};
    struct gaussian_process_evidence evidence;
    double value, noise = 0.05, step = 1e-5, ends[2];
    assert_int_equal(gaussian_process_evidence_open(&evidence, &data, mean, covariance, 2, &error), 0);
    assert_int_equal(
        gaussian_process_evidence_evaluate(&evidence, objective, noise, &value, gradient, &error), 0);
    for (size_t p = 0; p <= covariance->parameter_count; p++) {
        double *parameter = p == covariance->parameter_count ? &noise : &covariance->parameters[p].value;
        double kept = *parameter;
        for (int side = 0; side < 2; side++) {
            *parameter = kept + (side == 0 ? -step : step);
            assert_int_equal(
                gaussian_process_evidence_evaluate(&evidence, objective, noise, &ends[side], NULL, &error),
                0);
        }
        *parameter = kept;
        double difference = (ends[1] - ends[0]) / (2 * step);
        assert_within(gradient[p], difference, 1e-6 * fmax(1, fabs(difference)));
    }
    gaussian_process_evidence_close(&evidence);
    covariance_free(covariance);
}

static void gradients_are_those_of_differences(void **state) {
    (void)state;
    check_differences(GAUSSIAN_PROCESS_MARGINAL_LIKELIHOOD, GAUSSIAN_PROCESS_MEAN_ZERO);
    check_differences(GAUSSIAN_PROCESS_MARGINAL_LIKELIHOOD, GAUSSIAN_PROCESS_MEAN_LINEAR);
    check_differences(GAUSSIAN_PROCESS_LEAVE_ONE_OUT, GAUSSIAN_PROCESS_MEAN_ZERO);
    check_differences(GAUSSIAN_PROCESS_LEAVE_ONE_OUT, GAUSSIAN_PROCESS_MEAN_CONSTANT);
    check_differences(GAUSSIAN_PROCESS_LEAVE_ONE_OUT, GAUSSIAN_PROCESS_MEAN_LINEAR);
}

static void equal_inputs_without_noise_get_jitter(void **state) {
    (void)state;
    double twice[] = {0, 0, 1, 1}, targets[] = {1, 1, 2, 2}, value;
    struct error error = {0};
    struct covariance_inputs columns = {1, NULL};
    struct covariance *covariance = covariance_parse("rbf", &columns, &error);
    struct gaussian_process_data data = {4, 1, 1, twice, targets, NULL};
    struct gaussian_process_evidence evidence;
    assert_int_equal(
        gaussian_process_evidence_open(&evidence, &data, GAUSSIAN_PROCESS_MEAN_ZERO, covariance, 1, &error),
        0);
    assert_int_equal(gaussian_process_evidence_evaluate(&evidence, GAUSSIAN_PROCESS_MARGINAL_LIKELIHOOD, 0,
                                                        &value, NULL, &error),
                     0);
    assert_true(isfinite(value));
    assert_close(evidence.jitter_added, 1e-10, 1e-15);
    evidence.jitter = 0;
    assert_int_equal(gaussian_process_evidence_evaluate(&evidence, GAUSSIAN_PROCESS_MARGINAL_LIKELIHOOD, 0,
                                                        &value, NULL, &error),
                     0);
    assert_true(value == -INFINITY);
    gaussian_process_evidence_close(&evidence);
    covariance_free(covariance);
}

static void a_constant_input_leaves_the_linear_mean_open(void **state) {
    (void)state;
    double same[] = {2, 2, 2}, targets[] = {1, 2, 3}, value;
    struct error error = {0};
    struct covariance_inputs columns = {1, NULL};
    struct covariance *covariance = covariance_parse("rbf", &columns, &error);
    struct gaussian_process_data data = {3, 1, 1, same, targets, NULL};
    struct gaussian_process_evidence evidence;
    assert_int_equal(
        gaussian_process_evidence_open(&evidence, &data, GAUSSIAN_PROCESS_MEAN_LINEAR, covariance, 1, &error),
        0);
    assert_int_equal(gaussian_process_evidence_evaluate(&evidence, GAUSSIAN_PROCESS_MARGINAL_LIKELIHOOD, 0.1,
                                                        &value, NULL, &error),
                     -1);
    assert_string_equal(error.text, "input column 1: the linear mean is not determined");
    gaussian_process_evidence_close(&evidence);
    covariance_free(covariance);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_likelihood_is_the_published_one),
        cmocka_unit_test(the_gradient_is_the_published_one),
        cmocka_unit_test(the_mean_is_profiled_out),
        cmocka_unit_test(leave_one_out_is_the_published_one),
        cmocka_unit_test(gradients_are_those_of_differences),
        cmocka_unit_test(equal_inputs_without_noise_get_jitter),
        cmocka_unit_test(a_constant_input_leaves_the_linear_mean_open),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
