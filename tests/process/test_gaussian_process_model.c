#include "process/gaussian_process_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "process/gaussian_process_prediction.h"
#include "support/assertions.h"

/* A sparse model of one input and two inducing ones, whose arrays stand here. */
struct sparse_model {
    struct gaussian_process_model model;
    double z[2], factor[4], c[2], one[1], zero[1];
    char name[2], *names[1];
    char path[64];
};

static void open_model(struct sparse_model *sparse, char *method) {
    struct error error = {0};
    struct covariance_inputs columns = {1, NULL};
    *sparse = (struct sparse_model){.z = {0, 1}, .factor = {1, 0, 0.5, 1}, .c = {2, 3}, .one = {1}};
    sparse->name[0] = 'x';
    sparse->names[0] = sparse->name;
    sparse->model = (struct gaussian_process_model){
        .inputs = 1,
        .outputs = 1,
        .covariance = covariance_parse("rbf(lengthscale=2)", &columns, &error),
        .noise = 0.1,
        .coefficients = sparse->zero,
        .input_names = sparse->names,
        .x_shift = sparse->zero,
        .x_scale = sparse->one,
        .y_shift = sparse->zero,
        .y_scale = sparse->one,
        .method = method,
        .inducing = 2,
        .z = sparse->z,
        .factor_uu = sparse->factor,
        .factor_b = sparse->factor,
        .c = sparse->c,
    };
    assert_non_null(sparse->model.covariance);
    snprintf(sparse->path, sizeof sparse->path, "/tmp/gaussian_process_model.%ld.npz", (long)getpid());
}

static int write_and_read(const struct sparse_model *sparse, struct gaussian_process_model *read,
                          struct error *error) {
    assert_int_equal(gaussian_process_model_write(&sparse->model, sparse->path, error), 0);
    int status = gaussian_process_model_read(read, sparse->path, error);
    remove(sparse->path);
    covariance_free(sparse->model.covariance);
    return status;
}

static void a_sparse_model_is_read_as_it_was_written(void **state) {
    (void)state;
    struct sparse_model sparse;
    struct gaussian_process_model read;
    struct error error = {0};
    open_model(&sparse, "fitc");
    assert_int_equal(write_and_read(&sparse, &read, &error), 0);
    assert_string_equal(read.method, "fitc");
    assert_int_equal(read.inducing, 2);
    assert_null(read.x);
    assert_same_bits(read.z, sparse.z, 2);
    assert_same_bits(read.factor_uu, sparse.factor, 4);
    assert_same_bits(read.factor_b, sparse.factor, 4);
    assert_same_bits(read.c, sparse.c, 2);
    gaussian_process_model_free(&read);
}

static void check_refusal(const struct sparse_model *sparse, const char *text) {
    struct gaussian_process_model read;
    struct error error = {0};
    char expected[200];
    assert_int_equal(write_and_read(sparse, &read, &error), -1);
    snprintf(expected, sizeof expected, "%s: %s", sparse->path, text);
    assert_string_equal(error.text, expected);
}

static void unknown_methods_and_bad_factors_are_refused(void **state) {
    (void)state;
    struct sparse_model sparse;
    open_model(&sparse, "fits");
    check_refusal(&sparse, "method: unknown method 'fits'");
    open_model(&sparse, "vfe");
    sparse.factor[3] = 0;
    check_refusal(&sparse, "chol_uu: diagonal entry 2 is not positive");
    open_model(&sparse, "vfe");
    sparse.c[1] = INFINITY;
    check_refusal(&sparse, "c: value 2 is not finite");
}

/* The model by neighbours: three rows, in this order. */
static void open_rows(struct sparse_model *sparse, double *order) {
    open_model(sparse, NULL);
    sparse->model.neighbours = 1;
    sparse->model.rows = 3;
    sparse->model.x = sparse->model.y = sparse->factor;
    sparse->model.order = order;
}

static void the_order_of_rows_is_a_permutation(void **state) {
    (void)state;
    struct sparse_model sparse;
    struct gaussian_process_model read;
    struct error error = {0};
    double good[] = {2, 0, 1}, twice[] = {2, 0, 2}, beyond[] = {2, 0, 3}, between[] = {2, 0, 0.5};
    open_rows(&sparse, good);
    assert_int_equal(write_and_read(&sparse, &read, &error), 0);
    assert_same_bits(read.order, good, 3);
    gaussian_process_model_free(&read);
    double *const wrong[] = {twice, beyond, between};
    for (size_t i = 0; i < 3; i++) {
        open_rows(&sparse, wrong[i]);
        check_refusal(&sparse, "order: value 3 is no row, or one that was there before");
    }
}

/* Written before there were any. */
static void models_may_lack_what_universal_predictions_take(void **state) {
    (void)state;
    struct sparse_model sparse;
    struct gaussian_process_model read;
    struct gaussian_process_predictor predictor;
    struct error error = {0};
    for (size_t i = 0; i < 2; i++) {
        if (i == 0)
            open_model(&sparse, "vfe");
        else
            open_rows(&sparse, NULL);
        sparse.model.mean = GAUSSIAN_PROCESS_MEAN_CONSTANT;
        sparse.model.basis_count = 1;
        assert_int_equal(write_and_read(&sparse, &read, &error), 0);
        assert_null(read.mean_factor);
        assert_int_equal(gaussian_process_prediction_open(&predictor, &read, -1, true, 1, &error), -1);
        assert_string_equal(error.text,
                            "the model holds no mean_factor for universal predictions: fit it again");
        gaussian_process_model_free(&read);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sparse_model_is_read_as_it_was_written),
        cmocka_unit_test(unknown_methods_and_bad_factors_are_refused),
        cmocka_unit_test(the_order_of_rows_is_a_permutation),
        cmocka_unit_test(models_may_lack_what_universal_predictions_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
