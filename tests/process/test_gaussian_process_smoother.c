/* Predictions without a factor, by a smoother and from neighbours, against those of the whole matrix. */

#include "process/gaussian_process_smoother.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "process/gaussian_process_exact.h"
#include "process/gaussian_process_fit.h"
#include "process/gaussian_process_kalman_fit.h"
#include "process/gaussian_process_prediction.h"
#include "process/gaussian_process_vecchia_fit.h"
#include "support/assertions.h"

enum { ROWS_MAX = 2000, QUERIES = 101 };

static double x[ROWS_MAX * 2], y[ROWS_MAX * 2], variances[ROWS_MAX], queries[QUERIES * 2];
static double unit_shift[2], unit_scale[2] = {1, 1};

/* Repeated inputs and a gap; queries at rows, between them, before and after. */
static void fill(size_t rows, size_t inputs) {
    struct random_stream stream;
    random_start(&stream, 1, "test", "smoother", inputs);
    for (size_t i = 0; i < rows; i++) {
        for (size_t c = 0; c < inputs; c++)
            x[i * inputs + c] = 6 * random_uniform(&stream) + (inputs == 1 && i % 10 == 0 ? 20 : 0);
        if (inputs == 1 && i % 7 == 3)
            x[i] = x[i - 1];
        y[2 * i] =
            sin(2 * x[i * inputs]) + cos(1.5 * x[i * inputs + inputs - 1]) + 0.2 * random_normal(&stream) + 5;
        y[2 * i + 1] = y[2 * i] * y[2 * i] - 0.4 * x[i * inputs];
        variances[i] = 0.01 + 0.02 * random_uniform(&stream);
    }
    for (size_t i = 0; i < QUERIES * inputs; i++)
        queries[i] = inputs == 1 ? (double)i / 2 - 5 : 6 * random_uniform(&stream);
    memcpy(queries, x + 8 * inputs, inputs * sizeof *x);
}

struct setting {
    const char *kernel;
    const struct gaussian_process_kind *kind;
    size_t rows, inputs, outputs, neighbours, threads;
    enum gaussian_process_mean mean;
    bool noisy_rows;
};

/* A model at its kernel's values, noise 0.04, and its predictions at the queries. */
static void predict(const struct setting *setting, double *means, double *predicted) {
    struct error error = {0};
    struct covariance_inputs columns = {setting->inputs, NULL};
    struct gaussian_process_data data = {
        setting->rows, setting->inputs, setting->outputs, x, y, setting->noisy_rows ? variances : NULL};
    static double targets[ROWS_MAX];
    for (size_t i = 0; setting->outputs == 1 && i < setting->rows; i++)
        targets[i] = y[2 * i];
    if (setting->outputs == 1)
        data.y = targets;
    struct gaussian_process_model model = {.inputs = setting->inputs,
                                           .outputs = setting->outputs,
                                           .x_shift = unit_shift,
                                           .x_scale = unit_scale,
                                           .y_shift = unit_shift,
                                           .y_scale = unit_scale};
    struct gaussian_process_fit_settings settings = {.kind = setting->kind,
                                                     .neighbours = setting->neighbours,
                                                     .mean = setting->mean,
                                                     .noise = 0.04,
                                                     .jitter = NAN,
                                                     .threads = setting->threads};
    struct gaussian_process_task task = {&model, &data, &settings, NULL};
    struct gaussian_process_fit_result result;
    struct gaussian_process_predictor predictor;
    model.covariance = covariance_parse(setting->kernel, &columns, &error);
    assert_non_null(model.covariance);
    assert_int_equal(gaussian_process_fit_run(&task, &result, &error), 0);
    assert_int_equal(
        gaussian_process_prediction_open(&predictor, &model, -1, false, setting->threads, &error), 0);
    assert_int_equal(gaussian_process_prediction_at(&predictor, QUERIES, queries, means, predicted, &error),
                     0);
    gaussian_process_prediction_close(&predictor);
    model.x_shift = model.x_scale = model.y_shift = model.y_scale = NULL;
    gaussian_process_model_free(&model);
}

/* Both are exact: rounding alone is between the two, of conditions to 1e4. */
static void the_smoother_is_exact(void **state) {
    (void)state;
    static const struct setting settings[] = {
        {"matern(nu=.5,variance=1.5)", NULL, 150, 1, 1, 0, 1, GAUSSIAN_PROCESS_MEAN_ZERO, false},
        {"matern(lengthscale=.8)", NULL, 150, 1, 2, 0, 2, GAUSSIAN_PROCESS_MEAN_LINEAR, true},
        {"matern(nu=2.5) + .5*matern(nu=.5,lengthscale=9)", NULL, 150, 1, 1, 0, 1,
         GAUSSIAN_PROCESS_MEAN_CONSTANT, true},
    };
    fill(150, 1);
    for (size_t s = 0; s < sizeof settings / sizeof *settings; s++) {
        double means[QUERIES * 2], smoothed[QUERIES * 2], exact[QUERIES * 2], smoothed_exact[QUERIES * 2];
        struct setting setting = settings[s];
        setting.kind = &gaussian_process_exact_kind;
        predict(&setting, means, exact);
        setting.kind = &gaussian_process_kalman_fit_kind;
        predict(&setting, smoothed, smoothed_exact);
        for (size_t i = 0; i < QUERIES * setting.outputs; i++) {
            assert_within(smoothed[i], means[i], 1e-9 * (1 + fabs(means[i])));
            assert_within(smoothed_exact[i], exact[i], 1e-10);
        }
    }
}

static void neighbours_that_are_all_rows_predict_exactly(void **state) {
    (void)state;
    struct setting setting = {"matern(nu=2.5) + white(variance=.1)",
                              &gaussian_process_exact_kind,
                              60,
                              2,
                              2,
                              0,
                              1,
                              GAUSSIAN_PROCESS_MEAN_LINEAR,
                              true};
    double means[QUERIES * 2], exact[QUERIES * 2], near_means[QUERIES * 2], near_exact[QUERIES * 2];
    fill(60, 2);
    predict(&setting, means, exact);
    setting.kind = &gaussian_process_vecchia_fit_kind;
    setting.neighbours = 63;
    predict(&setting, near_means, near_exact);
    for (size_t i = 0; i < QUERIES * 2; i++) {
        assert_within(near_means[i], means[i], 1e-9 * (1 + fabs(means[i])));
        assert_within(near_exact[i], exact[i], 1e-10);
    }
}

static double root_mean_square(const double *a, const double *b) {
    double sum = 0;
    for (size_t i = 0; i < QUERIES; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]) / QUERIES;
    return sqrt(sum);
}

/* 2000 rows: the means are off the exact ones by at most half of the noise's deviation, 0.1, with M = 10, and
 * less with more; variances are no smaller than the exact ones, since conditions are fewer. */
static void few_neighbours_come_near(void **state) {
    (void)state;
    struct setting setting = {"matern(lengthscale=1.5)",
                              &gaussian_process_exact_kind,
                              ROWS_MAX,
                              2,
                              1,
                              0,
                              2,
                              GAUSSIAN_PROCESS_MEAN_CONSTANT,
                              false};
    double means[QUERIES], exact[QUERIES], ten[QUERIES], thirty[QUERIES], spread[QUERIES];
    fill(ROWS_MAX, 2);
    predict(&setting, means, exact);
    setting.kind = &gaussian_process_vecchia_fit_kind;
    setting.neighbours = 10;
    predict(&setting, ten, spread);
    for (size_t i = 0; i < QUERIES; i++)
        assert_true(spread[i] >= exact[i] - 1e-12);
    setting.neighbours = 30;
    predict(&setting, thirty, spread);
    assert_true(root_mean_square(ten, means) < 0.1);
    assert_true(root_mean_square(thirty, means) < 0.6 * root_mean_square(ten, means));
}

static void the_number_of_threads_leaves_no_trace(void **state) {
    (void)state;
    struct setting setting = {"matern", &gaussian_process_vecchia_fit_kind, 300, 2, 1, 12,
                              1,        GAUSSIAN_PROCESS_MEAN_LINEAR,       true};
    double means[QUERIES], first[QUERIES], again[QUERIES], second[QUERIES];
    fill(300, 2);
    predict(&setting, means, first);
    setting.threads = 3;
    predict(&setting, again, second);
    assert_memory_equal(means, again, sizeof means);
    assert_memory_equal(first, second, sizeof first);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smoother_is_exact),
        cmocka_unit_test(neighbours_that_are_all_rows_predict_exactly),
        cmocka_unit_test(few_neighbours_come_near),
        cmocka_unit_test(the_number_of_threads_leaves_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
