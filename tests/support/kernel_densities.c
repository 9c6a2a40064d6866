#include "support/kernel_densities.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

enum { DIMENSIONS_MAX = 16 };

struct kernel_density *kernel_densities_random(unsigned seed, const struct kernel_densities_case *wanted) {
    struct error error = {0};
    struct random_stream stream;
    size_t n = wanted->count, d = wanted->dimensions;
    struct kernel_density *density = kernel_density_create(n, d, wanted->kernel, wanted->form, &error);
    assert_non_null(density);
    random_start(&stream, seed, "test", "kernel densities", d);
    random_normals(&stream, n * d, density->points);
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j <= i; j++)
            density->factor[i * d + j] = i == j ? wanted->bandwidth : wanted->slant;
    if (wanted->weighted) {
        for (size_t i = 0; i < n; i++)
            density->weights[i] = random_uniform(&stream);
        assert_int_equal(kernel_density_weigh(density, density->weights, &error), 0);
    }
    if (wanted->local) {
        density->local = malloc(n * sizeof *density->local);
        assert_non_null(density->local);
        for (size_t i = 0; i < n; i++)
            density->local[i] = exp2(2 * random_uniform(&stream) - 1);
    }
    assert_int_equal(kernel_density_prepare(density, &error), 0);
    return density;
}

struct kernel_density *kernel_densities_of(size_t count, size_t dimensions, enum kernel_name kernel, double h,
                                           const double *points) {
    struct error error = {0};
    struct kernel_density *density = kernel_density_create(count, dimensions, kernel, KERNEL_RADIAL, &error);
    assert_non_null(density);
    memcpy(density->points, points, count * dimensions * sizeof *points);
    for (size_t i = 0; i < dimensions; i++)
        density->factor[i * dimensions + i] = h;
    assert_int_equal(kernel_density_prepare(density, &error), 0);
    return density;
}

/* K(L^-1 (x - y_i) / lam) |L|^-1 lam^-d by forward substitution. */
static long double term(const struct kernel_density *density, const double *x, size_t i) {
    size_t d = density->dimensions;
    double z[DIMENSIONS_MAX];
    long double determinant = 1, local = density->local != NULL ? density->local[i] : 1;
    assert_true(d <= DIMENSIONS_MAX);
    for (size_t j = 0; j < d; j++) {
        long double rest = ((long double)x[j] - density->points[i * d + j]) / local;
        for (size_t k = 0; k < j; k++)
            rest -= (long double)density->factor[j * d + k] * z[k];
        z[j] = (double)(rest / density->factor[j * d + j]);
        determinant *= density->factor[j * d + j] * local;
    }
    return expl(kernel_log_value(&density->kernel, z)) / determinant;
}

double kernel_densities_sum(const struct kernel_density *density, const double *x, size_t skip) {
    long double sum = 0;
    for (size_t i = 0; i < density->count; i++)
        if (i != skip)
            sum += density->weights[i] * term(density, x, i);
    return (double)sum;
}
