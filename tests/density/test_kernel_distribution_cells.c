#include "density/kernel_distribution_cells.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "density/kernel_distribution.h"
#include "support/assertions.h"

enum { N = 3000, M = 60 };

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Normal points, or in clusters, or many times the same. */
static void draw(double *points, double *weights, int shape) {
    struct random_stream stream;
    double total = 0;
    random_start(&stream, 1, "test_kernel_distribution_cells", "points", (uint64_t)shape);
    for (size_t i = 0; i < N; i++) {
        double x = random_normal(&stream);
        points[i] = shape == 0   ? x
                    : shape == 1 ? floor(4 * x) + 1e-3 * random_normal(&stream)
                                 : floor(3 * x) / 3;
        weights[i] = random_exponential(&stream);
        total += weights[i];
    }
    qsort(points, N, sizeof *points, ascending);
    for (size_t i = 0; i < N; i++)
        weights[i] /= total;
}

/* Against the definition in long double: what the series leaves out is below 1e-16 of the weight, the rest is
 * the rounding of some forty cells' terms. */
static void cells_sum_to_the_definition(void **state) {
    (void)state;
    double points[N], weights[N];
    for (int shape = 0; shape < 3; shape++)
        for (double h = 0.02; h < 30; h *= 6) {
            struct kernel_distribution_cells cells;
            struct error error;
            draw(points, weights, shape);
            assert_int_equal(kernel_distribution_cells_create(&cells, N, points, weights, h, &error), 0);
            for (int k = 0; k < M && cells.count > 0; k++) {
                double x = -3 - h + k * (6 + 2 * h) / (M - 1), density;
                size_t first;
                double sum = kernel_distribution_cells_sum(&cells, x, 9.5, &first, &density);
                long double right = 0, slope = 0;
                for (size_t i = 0; i < N; i++) {
                    long double u = ((long double)x - points[i]) / h;
                    right += i < first ? 0 : weights[i] * erfcl(-u / sqrtl(2)) / 2;
                    slope += weights[i] * expl(-u * u / 2) / sqrtl(2 * 3.14159265358979323846L) / h;
                    assert_true(i >= first || u > 9.5);
                }
                assert_within(sum, (double)right, 2e-15);
                assert_within(density, (double)slope, 2e-15 / h);
            }
            assert_true(cells.count > 0 || shape == 0);
            kernel_distribution_cells_free(&cells);
        }
}

static void few_points_have_no_cells(void **state) {
    (void)state;
    struct kernel_distribution_cells cells;
    struct error error;
    double points[20], weights[20];
    for (size_t i = 0; i < 20; i++) {
        points[i] = (double)i;
        weights[i] = 0.05;
    }
    assert_int_equal(kernel_distribution_cells_create(&cells, 20, points, weights, 0.5, &error), 0);
    assert_int_equal(cells.count, 0);
    kernel_distribution_cells_free(&cells);
}

/* The whole function, whose tail is summed term by term: on either side of where the two meet it is the same.
 */
static void the_tail_keeps_its_digits(void **state) {
    (void)state;
    struct error error;
    struct kernel_distribution distribution;
    struct kernel_density *density = kernel_density_create(N, 1, KERNEL_GAUSSIAN, KERNEL_RADIAL, &error);
    assert_non_null(density);
    double weights[N];
    draw(density->points, weights, 0);
    density->factor[0] = 0.3;
    assert_int_equal(kernel_density_prepare(density, &error), 0);
    assert_int_equal(kernel_distribution_create(&distribution, density, &error), 0);
    assert_true(distribution.cells.count > 0);
    for (double x = -8; x < 4; x += 0.05) {
        double value;
        long double right = 0;
        for (size_t i = 0; i < N; i++)
            right += erfcl(-((long double)x - density->points[i]) / 0.3 / sqrtl(2)) / 2 / N;
        kernel_distribution_values(&distribution, 1, 1, &x, &value);
        assert_close(value, (double)right, 1e-12);
    }
    kernel_distribution_free(&distribution);
    kernel_density_free(density);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_sum_to_the_definition),
        cmocka_unit_test(few_points_have_no_cells),
        cmocka_unit_test(the_tail_keeps_its_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
