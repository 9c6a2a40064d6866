/* Models that keep rows and no factor: what is written is read, and files that lie are refused. */

#include "process/gaussian_process_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/assertions.h"

/* A model of three rows of one input, whose arrays stand here. */
static double x[3], y[] = {1, 2, 4}, one[] = {1}, zero[] = {0}, line[] = {1, 0.5};
static char name[] = "x", *names[] = {name};

static struct gaussian_process_model model_of(const char *kernel) {
    struct error error = {0};
    struct covariance_inputs columns = {1, NULL};
    memcpy(x, (double[]){0, 1, 3}, sizeof x);
    return (struct gaussian_process_model){.rows = 3,
                                           .inputs = 1,
                                           .outputs = 1,
                                           .covariance = covariance_parse(kernel, &columns, &error),
                                           .noise = 0.1,
                                           .mean = GAUSSIAN_PROCESS_MEAN_LINEAR,
                                           .basis_count = 2,
                                           .coefficients = line,
                                           .input_names = names,
                                           .x_shift = zero,
                                           .x_scale = one,
                                           .y_shift = zero,
                                           .y_scale = one,
                                           .x = x,
                                           .y = y,
                                           .jitter = 1e-9};
}

/* Frees the covariance as well. */
static int write_and_read(struct gaussian_process_model *model, struct gaussian_process_model *read,
                          struct error *error) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/gaussian_process_rows.%ld.npz", (long)getpid());
    assert_non_null(model->covariance);
    assert_int_equal(gaussian_process_model_write(model, path, error), 0);
    int status = gaussian_process_model_read(read, path, error);
    remove(path);
    covariance_free(model->covariance);
    return status;
}

static void refuse(struct gaussian_process_model model, const char *message) {
    struct error error = {0};
    struct gaussian_process_model read;
    assert_int_equal(write_and_read(&model, &read, &error), -1);
    assert_non_null(strstr(error.text, message));
}

static void models_are_read_as_they_were_written(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian_process_model read, model = model_of("matern");
    model.kalman = true;
    assert_int_equal(write_and_read(&model, &read, &error), 0);
    assert_true(read.kalman);
    assert_int_equal(read.neighbours, 0);
    assert_true(read.jitter == 1e-9 && read.factor == NULL && read.method == NULL);
    assert_same_bits(read.x, x, 3);
    gaussian_process_model_free(&read);
    model = model_of("rbf");
    model.neighbours = 7;
    assert_int_equal(write_and_read(&model, &read, &error), 0);
    assert_int_equal(read.neighbours, 7);
    assert_false(read.kalman);
    gaussian_process_model_free(&read);
}

static void models_that_lie_are_refused(void **state) {
    (void)state;
    struct gaussian_process_model model = model_of("matern");
    model.kalman = true;
    x[2] = 0.5;
    refuse(model, "X: row 3 is below the one before it");
    model = model_of("rbf");
    model.kalman = true;
    refuse(model, "kernel: it has no states for a Kalman filter");
    model = model_of("rbf");
    model.neighbours = 64;
    refuse(model, "vecchia: expected a number from 1 to 63");
    model = model_of("rbf");
    model.neighbours = 3;
    model.jitter = -1;
    refuse(model, "jitter is negative");
}

/* y less 1 + x / 2. */
static void residuals_are_what_the_mean_leaves(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian_process_model model = model_of("rbf");
    double *residuals = gaussian_process_rows_residuals(&model, &error);
    assert_same_bits(residuals, ((double[]){0, 0.5, 1.5}), 3);
    free(residuals);
    covariance_free(model.covariance);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_are_read_as_they_were_written),
        cmocka_unit_test(models_that_lie_are_refused),
        cmocka_unit_test(residuals_are_what_the_mean_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
