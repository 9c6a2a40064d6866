/* Joint covariances, terms, slopes, leave-one-out and universal predictions of models without a factor of all
 * rows, by a smoother, from neighbours and by inducing inputs, against those of the whole matrix and against
 * differences. */

#include "process/gaussian_process_factorless.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "num/cholesky.h"
#include "process/gaussian_process_exact.h"
#include "process/gaussian_process_fit.h"
#include "process/gaussian_process_kalman_fit.h"
#include "process/gaussian_process_left_out.h"
#include "process/gaussian_process_prediction.h"
#include "process/gaussian_process_sparse_fit.h"
#include "process/gaussian_process_vecchia_fit.h"
#include "support/assertions.h"

enum { ROWS = 60, QUERIES = 40 };

static double x[ROWS * 2], y[ROWS * 2], variances[ROWS], queries[QUERIES * 2];
static double shift[2] = {0.5, -1}, scale[2] = {1.5, 0.7};

/* Repeated inputs; queries in no order, some of them rows, two of them equal. */
static void fill(size_t inputs) {
    struct random_stream stream;
    random_start(&stream, 1, "test", "factorless", inputs);
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t c = 0; c < inputs; c++)
            x[i * inputs + c] = 6 * random_uniform(&stream);
        if (inputs == 1 && i % 7 == 3)
            x[i] = x[i - 1];
        y[2 * i] = sin(2 * x[i * inputs]) + 0.2 * random_normal(&stream) + 5;
        y[2 * i + 1] = y[2 * i] * y[2 * i] - 0.4 * x[i * inputs + inputs - 1];
        variances[i] = 0.01 + 0.02 * random_uniform(&stream);
    }
    for (size_t i = 0; i < QUERIES * inputs; i++)
        queries[i] = -1 + 11 * random_uniform(&stream);
    memcpy(queries, x + 8 * inputs, inputs * sizeof *x);
    memcpy(queries + 5 * inputs, queries + 3 * inputs, inputs * sizeof *x);
}

struct setting {
    const char *kernel;
    const struct gaussian_process_kind *kind;
    size_t inputs, outputs, neighbours;
    enum gaussian_process_mean mean;
    bool noisy_rows;
};

/* A model at its kernel's values, noise 0.04; a sparse one by all rows. */
static void open_model(struct gaussian_process_model *model, const struct setting *setting, size_t rows) {
    struct error error = {0};
    struct covariance_inputs columns = {setting->inputs, NULL};
    static double targets[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        targets[i] = y[2 * i];
    struct gaussian_process_data data = {rows,
                                         setting->inputs,
                                         setting->outputs,
                                         x,
                                         setting->outputs == 1 ? targets : y,
                                         setting->noisy_rows ? variances : NULL};
    struct gaussian_process_fit_settings settings = {.kind = setting->kind,
                                                     .neighbours = setting->neighbours,
                                                     .mean = setting->mean,
                                                     .noise = 0.04,
                                                     .jitter = NAN,
                                                     .threads = 2,
                                                     .inducing = {.count = rows, .fixed = true}};
    struct gaussian_process_task task = {model, &data, &settings};
    struct gaussian_process_fit_result result;
    *model = (struct gaussian_process_model){.inputs = setting->inputs,
                                             .outputs = setting->outputs,
                                             .x_shift = shift,
                                             .x_scale = scale,
                                             .y_shift = shift,
                                             .y_scale = scale};
    model->covariance = covariance_parse(setting->kernel, &columns, &error);
    assert_non_null(model->covariance);
    if (setting->kind == &gaussian_process_sparse_fit_kind) {
        model->z = malloc(rows * setting->inputs * sizeof(double));
        memcpy(model->z, x, rows * setting->inputs * sizeof(double));
        model->inducing = rows;
    }
    if (setting->kind->start != NULL)
        assert_int_equal(setting->kind->start(&task, NULL, &error), 0);
    assert_int_equal(gaussian_process_fit_run(&task, &result, &error), 0);
}

static void close_model(struct gaussian_process_model *model) {
    model->x_shift = model->x_scale = model->y_shift = model->y_scale = NULL;
    gaussian_process_model_free(model);
}

/* All that predictions of a model say. */
struct said {
    double means[QUERIES * 2], variances[QUERIES * 2], joint[QUERIES * QUERIES];
    double slopes[QUERIES * 4], slope_variances[QUERIES * 4];
    double terms[2][QUERIES * 2], term_variances[2][QUERIES * 2];
};

static void ask(const struct setting *setting, bool universal, size_t threads, struct said *said) {
    struct error error = {0};
    struct gaussian_process_model model;
    struct gaussian_process_predictor predictor;
    memset(said, 0, sizeof *said);
    open_model(&model, setting, ROWS);
    assert_int_equal(gaussian_process_prediction_open(&predictor, &model, -1, universal, threads, &error), 0);
    assert_int_equal(
        gaussian_process_prediction_joint(&predictor, QUERIES, queries, said->means, said->joint, &error), 0);
    assert_int_equal(
        gaussian_process_prediction_at(&predictor, QUERIES, queries, said->means, said->variances, &error),
        0);
    assert_int_equal(gaussian_process_prediction_slopes(&predictor, QUERIES, queries, said->slopes,
                                                        said->slope_variances, &error),
                     0);
    gaussian_process_prediction_close(&predictor);
    for (size_t t = 0; t < gaussian_process_prediction_terms(&model); t++) {
        assert_int_equal(gaussian_process_prediction_open(&predictor, &model, (int)t, false, threads, &error),
                         0);
        assert_int_equal(gaussian_process_prediction_at(&predictor, QUERIES, queries, said->terms[t],
                                                        said->term_variances[t], &error),
                         0);
        gaussian_process_prediction_close(&predictor);
    }
    close_model(&model);
}

static void assert_equal(size_t count, const double *values, const double *expected, double tolerance) {
    for (size_t i = 0; i < count; i++)
        assert_within(values[i], expected[i], tolerance * (1 + fabs(expected[i])));
}

static void assert_same(const struct said *said, const struct said *expected, double tolerance) {
    assert_equal(QUERIES * 2, said->means, expected->means, tolerance);
    assert_equal(QUERIES * 2, said->variances, expected->variances, tolerance);
    assert_equal(QUERIES * QUERIES, said->joint, expected->joint, tolerance);
    assert_equal(QUERIES * 4, said->slopes, expected->slopes, tolerance);
    assert_equal(QUERIES * 4, said->slope_variances, expected->slope_variances, tolerance);
    for (size_t t = 0; t < 2; t++) {
        assert_equal(QUERIES * 2, said->terms[t], expected->terms[t], tolerance);
        assert_equal(QUERIES * 2, said->term_variances[t], expected->term_variances[t], tolerance);
    }
}

/* All are exact where nothing is left out: rounding alone is between them, of conditions to 1e4. */
static void compare(const struct setting *start, const struct gaussian_process_kind *kind, bool universal,
                    double tolerance) {
    static struct said exact, other;
    struct setting setting = *start;
    fill(setting.inputs);
    setting.kind = &gaussian_process_exact_kind;
    ask(&setting, universal, 1, &exact);
    setting.kind = kind;
    ask(&setting, universal, 2, &other);
    assert_same(&other, &exact, tolerance);
}

static void a_smoother_says_what_the_matrix_says(void **state) {
    (void)state;
    struct setting setting = {
        "matern(nu=2.5) + .5*matern(lengthscale=3)", NULL, 1, 2, 0, GAUSSIAN_PROCESS_MEAN_LINEAR, true};
    compare(&setting, &gaussian_process_kalman_fit_kind, true, 1e-9);
    compare(&setting, &gaussian_process_kalman_fit_kind, false, 1e-9);
    setting.kernel = "matern(nu=1.5,lengthscale=2)";
    setting.outputs = 1;
    setting.mean = GAUSSIAN_PROCESS_MEAN_CONSTANT;
    compare(&setting, &gaussian_process_kalman_fit_kind, true, 1e-9);
}

static void neighbours_that_are_all_rows_say_what_the_matrix_says(void **state) {
    (void)state;
    struct setting setting = {
        "matern(nu=2.5,lengthscale=[1,2]) + .5*rq", NULL, 2, 2, ROWS, GAUSSIAN_PROCESS_MEAN_LINEAR, true};
    compare(&setting, &gaussian_process_vecchia_fit_kind, true, 1e-9);
    compare(&setting, &gaussian_process_vecchia_fit_kind, false, 1e-9);
}

static void inducing_inputs_at_all_rows_say_what_the_matrix_says(void **state) {
    (void)state;
    struct setting setting = {
        "matern(lengthscale=[1,2]) + .5*matern(nu=2.5)", NULL, 2, 2, 0, GAUSSIAN_PROCESS_MEAN_LINEAR, true};
    compare(&setting, &gaussian_process_sparse_fit_kind, true, 1e-9);
    compare(&setting, &gaussian_process_sparse_fit_kind, false, 1e-9);
}

/* white stands on both sides of a pair where both look at the same row, and not between two queries. */
static void white_noise_in_the_kernel_is_of_each_row_alone(void **state) {
    (void)state;
    struct error error = {0};
    struct setting setting = {"matern + white(variance=.1)",
                              &gaussian_process_exact_kind,
                              2,
                              1,
                              ROWS,
                              GAUSSIAN_PROCESS_MEAN_ZERO,
                              true};
    double means[QUERIES];
    static double joint[2][QUERIES * QUERIES];
    fill(2);
    for (size_t i = 0; i < 2; i++) {
        struct gaussian_process_model model;
        struct gaussian_process_predictor predictor;
        setting.kind = i == 0 ? &gaussian_process_exact_kind : &gaussian_process_vecchia_fit_kind;
        open_model(&model, &setting, ROWS);
        assert_int_equal(gaussian_process_prediction_open(&predictor, &model, -1, false, 1, &error), 0);
        assert_int_equal(
            gaussian_process_prediction_joint(&predictor, QUERIES, queries, means, joint[i], &error), 0);
        gaussian_process_prediction_close(&predictor);
        close_model(&model);
    }
    assert_equal(QUERIES * QUERIES, joint[1], joint[0], 1e-10);
}

/* Few neighbours: the joint covariance has the variances for its diagonal, and a factor, being that of errors
 * under the prior. */
static void a_joint_covariance_from_few_neighbours_is_one(void **state) {
    (void)state;
    static struct said said;
    struct setting setting = {
        "matern(nu=2.5)", &gaussian_process_vecchia_fit_kind, 2, 1, 5, GAUSSIAN_PROCESS_MEAN_LINEAR, true};
    fill(2);
    memset(queries + 10, 0, 2 * sizeof *queries); /* no two are equal */
    ask(&setting, true, 1, &said);
    for (size_t i = 0; i < QUERIES; i++)
        assert_within(said.joint[i * QUERIES + i] * scale[0] * scale[0], said.variances[i],
                      1e-12 * said.variances[i]);
    assert_int_equal(cholesky_factor(QUERIES, said.joint), 0);
}

static void the_number_of_threads_leaves_no_trace(void **state) {
    (void)state;
    static struct said one, three;
    struct setting setting = {"matern(nu=2.5) + matern",
                              &gaussian_process_vecchia_fit_kind,
                              1,
                              1,
                              7,
                              GAUSSIAN_PROCESS_MEAN_LINEAR,
                              true};
    fill(1);
    for (size_t i = 0; i < 2; i++) {
        ask(&setting, true, 1, &one);
        ask(&setting, true, 3, &three);
        assert_memory_equal(&one, &three, sizeof one);
        setting.kind = &gaussian_process_kalman_fit_kind;
    }
}

/* Slopes are differences of the function: their mean that of the means, their variance that of the joint
 * covariance, with steps of 1e-3 (rounding 1e-16 / 1e-6, curvature 1e-6; neighbours are the same on both
 * sides). */
static void compare_with_differences(const struct setting *setting) {
    struct error error = {0};
    struct gaussian_process_model model;
    struct gaussian_process_predictor predictor;
    const double h = 1e-3;
    size_t d = setting->inputs;
    fill(d);
    open_model(&model, setting, ROWS);
    assert_int_equal(gaussian_process_prediction_open(&predictor, &model, -1, true, 1, &error), 0);
    for (size_t i = 10; i < 20; i++) {
        double slopes[2], slope_variances[2];
        assert_int_equal(gaussian_process_prediction_slopes(&predictor, 1, queries + i * d, slopes,
                                                            slope_variances, &error),
                         0);
        for (size_t c = 0; c < d; c++) {
            double places[4], means[2], joint[4];
            for (size_t side = 0; side < 2; side++)
                for (size_t k = 0; k < d; k++)
                    places[side * d + k] = queries[i * d + k] + (k == c ? (side == 0 ? -h : h) : 0);
            assert_int_equal(gaussian_process_prediction_joint(&predictor, 2, places, means, joint, &error),
                             0);
            double slope = (means[1] - means[0]) / (2 * h);
            double variance = (joint[0] - 2 * joint[1] + joint[3]) / (4 * h * h) * scale[0] * scale[0];
            assert_within(slopes[c], slope, 1e-5 * (1 + fabs(slope)));
            assert_within(slope_variances[c], variance, 1e-4 * (1 + variance));
        }
    }
    gaussian_process_prediction_close(&predictor);
    close_model(&model);
}

static void slopes_are_differences(void **state) {
    (void)state;
    const struct setting near = {
        "matern(nu=2.5)", &gaussian_process_vecchia_fit_kind, 2, 1, 8, GAUSSIAN_PROCESS_MEAN_LINEAR, true};
    const struct setting smooth = {"matern(nu=2.5) + matern(nu=2.5,lengthscale=3)",
                                   &gaussian_process_kalman_fit_kind,
                                   1,
                                   1,
                                   0,
                                   GAUSSIAN_PROCESS_MEAN_LINEAR,
                                   true};
    const struct setting sparse = {"rbf", &gaussian_process_sparse_fit_kind, 2,   1,
                                   0,     GAUSSIAN_PROCESS_MEAN_LINEAR,      true};
    compare_with_differences(&near);
    compare_with_differences(&smooth);
    compare_with_differences(&sparse);
}

static void leave_out(const struct setting *setting, double *means, double *spread) {
    struct error error = {0};
    struct gaussian_process_model model;
    double targets[ROWS * 2];
    open_model(&model, setting, ROWS);
    assert_int_equal(gaussian_process_left_out_find(&model, 2, targets, means, spread, &error), 0);
    for (size_t i = 0; i < ROWS; i++) /* in the order of the data */
        assert_true(targets[i * setting->outputs] == y[2 * i]);
    close_model(&model);
}

static void leaving_out_is_that_of_the_matrix(void **state) {
    (void)state;
    struct setting setting = {"matern(nu=2.5) + .5*matern(lengthscale=3)",
                              &gaussian_process_exact_kind,
                              1,
                              2,
                              ROWS - 1,
                              GAUSSIAN_PROCESS_MEAN_LINEAR,
                              true};
    double means[ROWS * 2], spread[ROWS], exact[ROWS * 2], exact_spread[ROWS];
    fill(1);
    leave_out(&setting, exact, exact_spread);
    setting.kind = &gaussian_process_kalman_fit_kind;
    leave_out(&setting, means, spread);
    assert_equal(ROWS * 2, means, exact, 1e-9);
    assert_equal(ROWS, spread, exact_spread, 1e-9);
    setting.kind = &gaussian_process_vecchia_fit_kind;
    leave_out(&setting, means, spread);
    assert_equal(ROWS * 2, means, exact, 1e-9);
    assert_equal(ROWS, spread, exact_spread, 1e-9);
}

/* From few neighbours the last row given the others is what a model without it says of its inputs. */
static void leaving_out_from_neighbours_is_predicting_from_the_others(void **state) {
    (void)state;
    struct error error = {0};
    struct setting setting = {
        "matern(nu=2.5)", &gaussian_process_vecchia_fit_kind, 2, 1, 6, GAUSSIAN_PROCESS_MEAN_ZERO, true};
    double means[ROWS], spread[ROWS], mean, variance, place[2];
    struct gaussian_process_model model;
    struct gaussian_process_predictor predictor;
    fill(2);
    leave_out(&setting, means, spread);
    open_model(&model, &setting, ROWS - 1);
    assert_int_equal(gaussian_process_prediction_open(&predictor, &model, -1, false, 1, &error), 0);
    for (size_t c = 0; c < 2; c++)
        place[c] = x[(ROWS - 1) * 2 + c] * scale[c] + shift[c];
    assert_int_equal(gaussian_process_prediction_at(&predictor, 1, place, &mean, &variance, &error), 0);
    gaussian_process_prediction_close(&predictor);
    close_model(&model);
    assert_within(means[ROWS - 1], (mean - shift[0]) / scale[0], 1e-12);
    assert_within(spread[ROWS - 1], variance / (scale[0] * scale[0]) + 0.04 + variances[ROWS - 1], 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_smoother_says_what_the_matrix_says),
        cmocka_unit_test(neighbours_that_are_all_rows_say_what_the_matrix_says),
        cmocka_unit_test(inducing_inputs_at_all_rows_say_what_the_matrix_says),
        cmocka_unit_test(white_noise_in_the_kernel_is_of_each_row_alone),
        cmocka_unit_test(a_joint_covariance_from_few_neighbours_is_one),
        cmocka_unit_test(the_number_of_threads_leaves_no_trace),
        cmocka_unit_test(slopes_are_differences),
        cmocka_unit_test(leaving_out_is_that_of_the_matrix),
        cmocka_unit_test(leaving_out_from_neighbours_is_predicting_from_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
