/* Models in and out, weights, whitening. */

#include "density/kernel_density.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/assertions.h"
#include "support/kernel_densities.h"

static struct kernel_density *example(void) {
    const struct kernel_densities_case wanted = {30, 3, KERNEL_COSINE, KERNEL_PRODUCT, 0.6, 0.2, true, true};
    return kernel_densities_random(1, &wanted);
}

static void whitening_undoes_the_factor(void **state) {
    (void)state;
    struct kernel_density *density = example();
    for (size_t i = 0; i < 30; i++)
        for (size_t j = 0; j < 3; j++) {
            double back = density->origin[j];
            for (size_t k = 0; k <= j; k++)
                back += density->factor[3 * j + k] * density->whitened[3 * i + k];
            assert_within(back, density->points[3 * i + j], 1e-14);
        }
    assert_close(density->log_determinant, 3 * log(0.6), 1e-15);
    kernel_density_free(density);
}

/* 1e6 away, spread 1: distances keep what the input has of them. */
static void whitening_keeps_digits_far_from_the_origin(void **state) {
    (void)state;
    const double points[] = {1e6, 1e6 + 0.25, 1e6 + 1};
    struct kernel_density *density = kernel_densities_of(3, 1, KERNEL_GAUSSIAN, 1e-3, points);
    assert_close(density->whitened[1] - density->whitened[0], 250, 1e-12);
    assert_close(density->whitened[2] - density->whitened[0], 1000, 1e-12);
    kernel_density_free(density);
}

static void gradients_are_unwhitened_by_the_transpose(void **state) {
    (void)state;
    struct kernel_density *density = example();
    const double gradient[] = {1, -2, 0.5};
    double x[] = {1, -2, 0.5};
    kernel_density_unwhiten_gradient(density, 1, x);
    for (size_t j = 0; j < 3; j++) { /* L^T x is the gradient again */
        double sum = 0;
        for (size_t k = j; k < 3; k++)
            sum += density->factor[3 * k + j] * x[k];
        assert_within(sum, gradient[j], 1e-14);
    }
    kernel_density_free(density);
}

static void weights_are_divided_by_their_sum_however_large(void **state) {
    (void)state;
    struct error error = {0};
    const double points[] = {0, 1, 2};
    struct kernel_density *density = kernel_densities_of(3, 1, KERNEL_GAUSSIAN, 1, points);
    assert_int_equal(kernel_density_weigh(density, (const double[]){1e308, 1.5e308, 0}, &error), 0);
    assert_close(density->weights[0], 0.4, 1e-15);
    assert_close(density->weights[2], 0, 0);
    assert_int_equal(kernel_density_weigh(density, (const double[]){0, 0, 0}, &error), -1);
    assert_string_equal(error.text, "all weights are 0");
    assert_int_equal(kernel_density_weigh(density, (const double[]){0, -1, 0}, &error), -1);
    assert_string_equal(error.text, "weight 2: expected a number of at least 0, got -1");
    kernel_density_free(density);
}

static void a_model_is_read_as_it_was_written(void **state) {
    (void)state;
    struct error error = {0};
    char path[] = "/tmp/test_kernel_density_XXXXXX";
    struct kernel_density *density = example();
    density->lower[1] = -4;
    density->period[2] = 24;
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    assert_int_equal(kernel_density_write(density, path, &error), 0);
    struct kernel_density *read = kernel_density_read(path, &error);
    unlink(path);
    assert_non_null(read);
    assert_int_equal(read->kernel.name, KERNEL_COSINE);
    assert_int_equal(read->kernel.form, KERNEL_PRODUCT);
    assert_same_bits(read->points, density->points, 90);
    assert_same_bits(read->weights, density->weights, 30);
    assert_same_bits(read->factor, density->factor, 9);
    assert_same_bits(read->local, density->local, 30);
    assert_close(read->lower[1], -4, 0);
    assert_true(isnan(read->upper[1]));
    assert_close(read->period[2], 24, 0);
    assert_same_bits(read->whitened, density->whitened, 90);
    kernel_density_free(read);
    kernel_density_free(density);
}

/* Arrays of a model, without a file. */
static struct npz_array numbers(const char *name, size_t rank, size_t rows, size_t columns,
                                const double *values) {
    return (struct npz_array){.name = (char *)(uintptr_t)name,
                              .type = "<f8",
                              .rank = rank,
                              .shape = {rows, columns},
                              .count = rank == 2 ? rows * columns : rows,
                              .values = (double *)(uintptr_t)values};
}

static struct npz_array text(const char *name, const char *value) {
    return (struct npz_array){
        .name = (char *)(uintptr_t)name, .type = "<U9", .count = 1, .text = (char *)(uintptr_t)value};
}

/* A good model in two dimensions with one array changed, and what is said of it. */
static void assert_refused(size_t changed, struct npz_array array, const char *message) {
    struct error error = {0};
    const double points[] = {0, 0, 1, 1}, weights[] = {0.5, 0.5}, factor[] = {1, 0, 0, 1};
    struct npz_array arrays[] = {
        text("kind", "kde"),
        numbers("points", 2, 2, 2, points),
        numbers("weights", 1, 2, 0, weights),
        numbers("factor", 2, 2, 2, factor),
        text("kernel", "gaussian"),
    };
    struct npz npz = {.arrays = arrays, .count = 5, .path = (char *)(uintptr_t) "m.npz"};
    struct kernel_density *density = kernel_density_from_arrays(&npz, &error);
    assert_non_null(density);
    kernel_density_free(density);
    arrays[changed] = array;
    assert_null(kernel_density_from_arrays(&npz, &error));
    assert_string_equal(error.text, message);
}

static void bad_models_are_refused(void **state) {
    (void)state;
    assert_refused(0, text("kind", "gmm"), "m.npz: kind: expected kde, got 'gmm'");
    assert_refused(1, numbers("points", 2, 2, 2, (const double[]){0, 0, INFINITY, 1}),
                   "m.npz: point 2: column 1: expected a finite number");
    assert_refused(1, numbers("points", 2, 0, 2, (const double[]){0}),
                   "m.npz: points: expected at least one point");
    assert_refused(2, numbers("weights", 1, 2, 0, (const double[]){0.5, 0.6}),
                   "m.npz: weights: their sum is 1.1, not 1");
    assert_refused(2, numbers("weights", 1, 2, 0, (const double[]){1.5, -0.5}),
                   "m.npz: weights: entry 2 is negative or nan");
    assert_refused(2, numbers("weights", 1, 3, 0, (const double[]){0.5, 0.5, 0}),
                   "m.npz: weights: expected 2 numbers, got 3");
    assert_refused(
        3, numbers("factor", 2, 2, 2, (const double[]){1, 1, 0, 1}),
        "m.npz: bandwidth factor: row 1: expected a lower triangle of finite numbers, its diagonal "
        "positive");
    assert_refused(
        3, numbers("factor", 2, 2, 2, (const double[]){1, 0, 0, 0}),
        "m.npz: bandwidth factor: row 2: expected a lower triangle of finite numbers, its diagonal "
        "positive");
    assert_refused(4, text("kernel", "tricube"), "m.npz: kernel: 'tricube' is none that is known");
}

static void a_bandwidth_too_small_for_the_points_is_refused(void **state) {
    (void)state;
    struct error error = {0};
    const double points[] = {0, 1e300};
    struct kernel_density *density = kernel_densities_of(2, 1, KERNEL_GAUSSIAN, 1, points);
    density->factor[0] = 1e-10;
    assert_int_equal(kernel_density_prepare(density, &error), -1);
    assert_string_equal(error.text, "point 2: the bandwidth is too small for it: their ratio overflows");
    kernel_density_free(density);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whitening_undoes_the_factor),
        cmocka_unit_test(whitening_keeps_digits_far_from_the_origin),
        cmocka_unit_test(gradients_are_unwhitened_by_the_transpose),
        cmocka_unit_test(weights_are_divided_by_their_sum_however_large),
        cmocka_unit_test(a_model_is_read_as_it_was_written),
        cmocka_unit_test(bad_models_are_refused),
        cmocka_unit_test(a_bandwidth_too_small_for_the_points_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
