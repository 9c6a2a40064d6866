#include "process/gaussian_process_scale_fit.h"

#include <math.h>

#include "base/random.h"
#include "num/blas.h"
#include "num/cholesky.h"
#include "process/gaussian_process_fit.h"
#include "support/assertions.h"

enum { ROWS = 6, OUTPUTS = 2, MANY = 90 };

static const char kernel[] = "rbf(variance=1.5,lengthscale=.8)";

/* Six rows of a sine beside a steeper one, and ninety random ones. */
static double x[ROWS], y[ROWS], pair[ROWS * OUTPUTS], known_noise[ROWS];
static double many_x[MANY], many_y[MANY * OUTPUTS];

static int fill(void **state) {
    (void)state;
    struct random_stream stream;
    random_start(&stream, 3, "test", "rows", 0);
    for (size_t i = 0; i < ROWS; i++) {
        x[i] = (double)i / 2;
        y[i] = pair[i * OUTPUTS] = sin(2 * x[i]);
        pair[i * OUTPUTS + 1] = 3 * cos(x[i] + 1);
        known_noise[i] = 0.01 + 0.02 * (double)(i % 3);
    }
    for (size_t i = 0; i < MANY; i++) {
        many_x[i] = 6 * random_uniform(&stream);
        many_y[2 * i] = sin(many_x[i]) + 0.1 * random_normal(&stream);
        many_y[2 * i + 1] = 2 * cos(many_x[i]) + 0.1 * random_normal(&stream);
    }
    return 0;
}

struct setting {
    const char *kernel, *prior;
    struct gaussian_process_data data;
    struct gaussian_process_scale_settings scale;
    enum gaussian_process_mean mean;
    double noise;
};

enum { SLOTS_MAX = 8 };

/* Opens the task for a setting; model and settings are the caller's. */
static struct gaussian_process_task prepare(const struct setting *setting,
                                            struct gaussian_process_model *model,
                                            struct gaussian_process_fit_settings *settings) {
    struct error error = {0};
    struct covariance_inputs columns = {1, NULL};
    *model = (struct gaussian_process_model){.inputs = 1, .outputs = setting->data.outputs};
    model->covariance = covariance_parse(setting->kernel, &columns, &error);
    assert_non_null(model->covariance);
    *settings = (struct gaussian_process_fit_settings){.kind = &gaussian_process_scale_fit_kind,
                                                       .mean = setting->mean,
                                                       .noise = setting->noise,
                                                       .jitter = NAN,
                                                       .seed = 1,
                                                       .threads = 2,
                                                       .scale = setting->scale};
    assert_int_equal(scale_prior_parse(&settings->scale.prior, setting->prior, &error), 0);
    struct gaussian_process_task task = {model, &setting->data, settings, NULL};
    assert_int_equal(settings->kind->start(&task, NULL, &error), 0);
    return task;
}

static double evaluate(const struct setting *setting) {
    struct gaussian_process_model model;
    struct gaussian_process_fit_settings settings;
    struct gaussian_process_task task = prepare(setting, &model, &settings);
    struct error error = {0};
    double value;
    assert_int_equal(gaussian_process_fit_evaluate(&task, &value, NULL, &error), 0);
    gaussian_process_model_free(&model);
    return value;
}

static struct setting six(const char *prior, bool separate) {
    return (struct setting){.kernel = kernel,
                            .prior = prior,
                            .data = {ROWS, 1, 1, x, y, NULL},
                            .scale = {.separate = separate},
                            .noise = 0.01};
}

/* To the digits of the published checks. */
static void evidences_are_the_published_ones(void **state) {
    (void)state;
    static const struct {
        const char *prior;
        bool separate;
        double value;
    } known[] = {
        {"invgamma:2,2", false, -3.7968322447}, {"invgamma:1,.5", false, -3.5502895483},
        {"invgamma:2,2", true, -3.9305298541},  {"burr:2,1", true, -3.8546175923},
        {"gamma:2,2", true, -3.7378750818},     {"halfcauchy:1", true, -4.5754780222},
        {"lognormal:0,1", true, -3.9042844935},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct setting setting = six(known[i].prior, known[i].separate);
        assert_within(evaluate(&setting), known[i].value, 6e-11);
    }
}

/* A sharp prior at 1, of variance 1/A, is next to none: the distance falls as 1/A. */
static void a_sharp_prior_is_the_gaussian_process(void **state) {
    (void)state;
    static const double gaussian = -3.7589304812;
    for (int separate = 0; separate < 2; separate++) {
        struct setting setting = six("invgamma:1e6,1e6", separate);
        assert_within(evaluate(&setting), gaussian, 5e-7);
        setting = six("invgamma:1e9,1e9", separate);
        assert_within(evaluate(&setting), gaussian, 1e-9);
        setting = six("lognormal:0,1e-5", separate);
        assert_within(evaluate(&setting), gaussian, 1e-8);
    }
}

/* y times c with B times c^2 shifts log p by -n log c. */
static void scaling_targets_and_prior_shifts_the_evidence(void **state) {
    (void)state;
    double scaled[ROWS], c = 7;
    for (size_t i = 0; i < ROWS; i++)
        scaled[i] = c * y[i];
    struct setting setting = six("invgamma:2,2", false);
    double value = evaluate(&setting);
    setting.prior = "invgamma:2,98";
    setting.data.y = scaled;
    assert_within(evaluate(&setting), value - ROWS * log(c), 1e-12);
}

/* A scale for every output: the evidences add up. One for all: they do not. */
static void outputs_with_scales_of_their_own_are_independent(void **state) {
    (void)state;
    double second[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        second[i] = pair[2 * i + 1];
    for (int separate = 0; separate < 2; separate++) {
        struct setting setting = six("burr:2,1.5", separate), both = setting;
        double sum = evaluate(&setting);
        setting.data.y = second;
        sum += evaluate(&setting);
        both.data.y = pair;
        both.data.outputs = 2;
        both.scale.per_output = true;
        assert_within(evaluate(&both), sum, 1e-11);
        both.scale.per_output = false;
        assert_true(fabs(evaluate(&both) - sum) > 0.1);
    }
}

/* N(y; 0, s K + N) by its Cholesky factor at every s, integrated by a plain sum over log s. */
static void separate_noise_is_the_integral_by_hand(void **state) {
    (void)state;
    enum { STEPS = 1600 };
    struct setting setting = six("lognormal:.3,.7", true);
    setting.data.noise = known_noise;
    setting.noise = 0.05;
    struct error error = {0};
    struct scale_prior prior;
    double sum = 0, width = 16.0 / STEPS;
    assert_int_equal(scale_prior_parse(&prior, setting.prior, &error), 0);
    for (size_t k = 0; k <= STEPS; k++) {
        double t = -8 + (double)k * width, c[ROWS * ROWS], b[ROWS], square = 0;
        for (size_t i = 0; i < ROWS; i++) {
            b[i] = y[i];
            for (size_t j = 0; j < ROWS; j++) {
                double d = (x[i] - x[j]) / 0.8;
                c[i * ROWS + j] = exp(t) * 1.5 * exp(-0.5 * d * d) + (i == j ? 0.05 + known_noise[i] : 0);
            }
        }
        assert_int_equal(cholesky_factor(ROWS, c), 0);
        cholesky_solve_lower(ROWS, c, 1, b);
        for (size_t i = 0; i < ROWS; i++)
            square += b[i] * b[i];
        sum += width * exp(scale_prior_log_density(&prior, t, NULL) - 0.5 * square -
                           0.5 * cholesky_log_determinant(ROWS, c) - 0.5 * ROWS * log(2 * M_PI));
    }
    assert_within(evaluate(&setting), log(sum), 1e-10);
}

/* Central differences of step h = 1e-4 of the value: h^2 of truncation, 1e-10/h of the quadrature's own
 * error. */
static void check_gradient(const struct setting *setting) {
    struct gaussian_process_model model;
    struct gaussian_process_fit_settings settings;
    struct gaussian_process_task task = prepare(setting, &model, &settings);
    struct error error = {0};
    double value, gradient[SLOTS_MAX];
    size_t slots = gaussian_process_fit_slots(&task);
    assert_true(slots <= SLOTS_MAX);
    assert_int_equal(gaussian_process_fit_evaluate(&task, &value, gradient, &error), 0);
    for (size_t slot = 0; slot < slots; slot++) {
        char name[COVARIANCE_NAME_SIZE];
        struct gaussian_process_variable variable;
        double sides[2], h = 0;
        gaussian_process_fit_describe(&task, slot, &variable, name);
        double *moved = slot == model.covariance->parameter_count ? &settings.noise : variable.value;
        double kept = *moved;
        for (int side = 0; side < 2; side++) {
            h = 1e-4 * fabs(kept);
            *moved = kept + (side == 0 ? -h : h);
            assert_int_equal(gaussian_process_fit_evaluate(&task, &sides[side], NULL, &error), 0);
        }
        *moved = kept;
        double slope = (sides[1] - sides[0]) / (2 * h);
        assert_within(gradient[slot] * kept, slope * kept, 2e-6 * (1 + fabs(slope * kept)));
    }
    gaussian_process_model_free(&model);
}

static void gradients_are_those_of_differences(void **state) {
    (void)state;
    static const char *const priors[] = {"invgamma:2,1.5", "gamma:2,2", "burr:2,1", "halfcauchy:1.2",
                                         "lognormal:.3,1"};
    for (size_t i = 0; i < sizeof priors / sizeof *priors; i++)
        for (int choice = 0; choice < 8; choice++) {
            struct setting setting = six(priors[i], choice & 1);
            setting.kernel = "rbf(variance=1.5,lengthscale=.8)+linear(variance=.2)";
            setting.mean = (enum gaussian_process_mean)(choice % 3);
            setting.scale.per_output = choice & 2;
            setting.data.y = pair;
            setting.data.outputs = OUTPUTS;
            if (choice & 4)
                setting.data.noise = known_noise;
            check_gradient(&setting);
        }
}

/* Matrices above order 64 are LAPACK's. */
static void gradients_of_many_rows_are_those_of_differences(void **state) {
    (void)state;
    struct error error = {0};
    assert_int_equal(blas_load(&error), 0);
    struct setting setting = six("invgamma:3,2", true);
    setting.data = (struct gaussian_process_data){MANY, 1, OUTPUTS, many_x, many_y, NULL};
    setting.mean = GAUSSIAN_PROCESS_MEAN_CONSTANT;
    for (int per_output = 0; per_output < 2; per_output++) {
        setting.scale.per_output = per_output;
        check_gradient(&setting);
    }
}

/* With the prior held, draws are the same in every evaluation. */
static void importance_has_a_gradient_and_comes_near(void **state) {
    (void)state;
    for (int separate = 0; separate < 2; separate++) {
        struct setting setting = six("invgamma:2,2", separate);
        double value = evaluate(&setting);
        setting.scale.fixed = true;
        setting.scale.draws = 20000;
        assert_within(evaluate(&setting), value, 0.05); /* deviation some 0.01 */
        setting.scale.draws = 500;
        check_gradient(&setting);
    }
}

static void noise_of_zero_cannot_be_separate(void **state) {
    (void)state;
    struct gaussian_process_model model;
    struct gaussian_process_fit_settings settings;
    struct setting setting = six("invgamma:2,2", true);
    setting.noise = 0;
    struct gaussian_process_task task = prepare(&setting, &model, &settings);
    struct error error = {0};
    double value;
    assert_int_equal(gaussian_process_fit_evaluate(&task, &value, NULL, &error), -1);
    assert_string_equal(error.text, "row 1: --scale-noise separate needs noise > 0");
    gaussian_process_model_free(&model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidences_are_the_published_ones),
        cmocka_unit_test(a_sharp_prior_is_the_gaussian_process),
        cmocka_unit_test(scaling_targets_and_prior_shifts_the_evidence),
        cmocka_unit_test(outputs_with_scales_of_their_own_are_independent),
        cmocka_unit_test(separate_noise_is_the_integral_by_hand),
        cmocka_unit_test(gradients_are_those_of_differences),
        cmocka_unit_test(gradients_of_many_rows_are_those_of_differences),
        cmocka_unit_test(importance_has_a_gradient_and_comes_near),
        cmocka_unit_test(noise_of_zero_cannot_be_separate),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
