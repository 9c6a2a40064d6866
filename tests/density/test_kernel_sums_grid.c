#include "density/kernel_sums_grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "density/kernel_sums.h"
#include "support/assertions.h"

enum { N = 400, M = 200 };

static struct kernel_density *make(size_t d, enum kernel_name kernel, enum kernel_form form) {
    struct error error;
    struct random_stream stream;
    struct kernel_density *density = kernel_density_create(N, d, kernel, form, &error);
    double weights[N];
    assert_non_null(density);
    random_start(&stream, 1, "test_kernel_sums_grid", "points", d);
    random_normals(&stream, N * d, density->points);
    for (size_t i = 0; i < N; i++)
        weights[i] = random_uniform(&stream);
    for (size_t i = 0; i < d; i++)
        density->factor[i * d + i] = kernel == KERNEL_GAUSSIAN ? 0.4 : 1;
    assert_int_equal(kernel_density_weigh(density, weights, &error), 0);
    assert_int_equal(kernel_density_prepare(density, &error), 0);
    return density;
}

static void evaluate(const struct kernel_density *density, const struct kernel_sums_settings *settings,
                     double *values, double *estimate) {
    struct error error;
    struct random_stream stream;
    double queries[M * 3];
    random_start(&stream, 2, "test_kernel_sums_grid", "queries", 0);
    random_normals(&stream, M * density->dimensions, queries);
    kernel_density_whiten(density, M, queries, queries);
    struct kernel_sums *sums = kernel_sums_create(density, settings, &error);
    assert_non_null(sums);
    struct kernel_sums_block block = {.count = M, .queries = queries, .log_sum = values};
    assert_int_equal(kernel_sums_evaluate(sums, &block, &error), 0);
    *estimate = kernel_sums_figures(sums).error;
    for (size_t i = 0; i < M; i++)
        values[i] = exp(values[i]);
    kernel_sums_free(sums);
}

/* The largest error of the grid relative to the largest density. */
static double grid_error(const struct kernel_density *density, size_t bins, double *estimate) {
    struct kernel_sums_settings settings = KERNEL_SUMS_DEFAULT;
    double exact[M], binned[M], largest = 0, error = 0, unused;
    settings.method = KERNEL_SUMS_DIRECT;
    evaluate(density, &settings, exact, &unused);
    settings.method = KERNEL_SUMS_FFT;
    settings.bins = bins;
    evaluate(density, &settings, binned, estimate);
    for (size_t i = 0; i < M; i++) {
        largest = fmax(largest, exact[i]);
        error = fmax(error, fabs(binned[i] - exact[i]));
    }
    return error / largest;
}

static void errors_are_near_their_estimate(void **state) {
    (void)state;
    const enum kernel_name smooth[] = {KERNEL_GAUSSIAN, KERNEL_BIWEIGHT, KERNEL_TRIWEIGHT};
    for (size_t d = 1; d <= 3; d++)
        for (size_t k = 0; k < 3; k++) {
            struct kernel_density *density = make(d, smooth[k], d == 2 ? KERNEL_PRODUCT : KERNEL_RADIAL);
            double estimate, error = grid_error(density, 0, &estimate);
            assert_true(error <= 1.5 * estimate); /* queries' largest density may be below the grid's */
            assert_true(estimate <= (d == 1 ? 2e-3 : 0.1));
            kernel_density_free(density);
        }
}

static void errors_fall_as_the_square_of_the_step(void **state) {
    (void)state;
    for (size_t d = 1; d <= 3; d++) {
        struct kernel_density *density = make(d, KERNEL_GAUSSIAN, KERNEL_RADIAL);
        double estimate, finer, error = grid_error(density, 64, &estimate);
        finer = grid_error(density, 128, &estimate);
        assert_true(finer < error / 3 && finer > error / 6);
        kernel_density_free(density);
    }
}

static void every_kernel_has_its_shape(void **state) {
    (void)state;
    for (int kernel = KERNEL_GAUSSIAN; kernel <= KERNEL_EXPONENTIAL; kernel++) {
        struct kernel_density *density = make(1, (enum kernel_name)kernel, KERNEL_RADIAL);
        double estimate;
        /* Kernels with edges or corners smear them over a cell. */
        assert_true(grid_error(density, 1 << 14, &estimate) < 0.02);
        kernel_density_free(density);
    }
}

static void nothing_is_wrapped_around(void **state) {
    (void)state;
    struct error error;
    struct kernel_density *density = make(1, KERNEL_GAUSSIAN, KERNEL_RADIAL);
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < N; i++) {
        low = fmin(low, density->whitened[i]);
        high = fmax(high, density->whitened[i]);
    }
    struct kernel_sums_grid *grid = kernel_sums_grid_create(density, 0, &error);
    assert_non_null(grid);
    assert_true(exp(kernel_sums_grid_evaluate(grid, (double[]){low - 8})) < 1e-13);
    assert_true(exp(kernel_sums_grid_evaluate(grid, (double[]){high + 8})) < 1e-13);
    assert_true(kernel_sums_grid_evaluate(grid, (double[]){high + 9}) == -INFINITY);
    assert_true(kernel_sums_grid_evaluate(grid, (double[]){-1e300}) == -INFINITY);
    kernel_sums_grid_free(grid);
    kernel_density_free(density);
}

static void check_refused(const struct kernel_density *density, const struct kernel_sums_settings *settings,
                          const char *text) {
    struct error error = {0};
    assert_null(kernel_sums_create(density, settings, &error));
    assert_true(error.usage);
    assert_string_equal(error.text, text);
}

static void what_a_grid_cannot_serve_is_refused(void **state) {
    (void)state;
    struct kernel_density *density = make(4, KERNEL_GAUSSIAN, KERNEL_RADIAL);
    struct kernel_sums_settings settings = KERNEL_SUMS_DEFAULT, other;
    settings.method = KERNEL_SUMS_FFT;
    check_refused(density, &settings,
                  "--method fft serves at most 3 columns, and there are 4: use --method tree");
    kernel_density_free(density);
    density = make(1, KERNEL_GAUSSIAN, KERNEL_RADIAL);
    other = settings;
    other.skips = true;
    check_refused(density, &other, "--method fft cannot leave points out: use --method tree");
    other = settings;
    other.terms = true;
    check_refused(density, &other, "--method fft gives densities alone: use --method direct");
    other = settings;
    other.bins = (size_t)1 << 40;
    check_refused(density, &other, "--bins 1099511627776: a grid has at most 268435456 points in all");
    double *local = calloc(N, sizeof *local);
    assert_non_null(local);
    for (size_t i = 0; i < N; i++)
        local[i] = 1;
    density->local = local;
    check_refused(density, &settings, "--method fft takes one bandwidth for all points: use --method tree");
    kernel_density_free(density);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_near_their_estimate),
        cmocka_unit_test(errors_fall_as_the_square_of_the_step),
        cmocka_unit_test(every_kernel_has_its_shape),
        cmocka_unit_test(nothing_is_wrapped_around),
        cmocka_unit_test(what_a_grid_cannot_serve_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
