#include "density/kernel_density.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "num/blas.h"
#include "num/quantile.h"
#include "num/vector.h"

static double *fill(double *values, size_t count, double value) {
    for (size_t i = 0; i < count; i++)
        values[i] = value;
    return values;
}

struct kernel_density *kernel_density_create(size_t count, size_t dimensions, enum kernel_name kernel,
                                             enum kernel_form form, struct error *error) {
    struct kernel_density *density = memory_zeros(error, 1, sizeof *density);
    if (density == NULL)
        return NULL;
    density->count = count;
    density->dimensions = dimensions;
    density->threads = 1;
    density->kernel = kernel_make(kernel, form, dimensions);
    density->points = memory_matrix(error, count, dimensions, sizeof *density->points);
    density->whitened = memory_matrix(error, count, dimensions, sizeof *density->whitened);
    density->weights = memory_array(error, count, sizeof *density->weights);
    density->factor = memory_matrix(error, dimensions, dimensions, sizeof *density->factor);
    density->origin = memory_array(error, dimensions, sizeof *density->origin);
    density->lower = memory_array(error, dimensions, sizeof *density->lower);
    density->upper = memory_array(error, dimensions, sizeof *density->upper);
    density->period = memory_array(error, dimensions, sizeof *density->period);
    if (density->points == NULL || density->whitened == NULL || density->weights == NULL ||
        density->factor == NULL || density->origin == NULL || density->lower == NULL ||
        density->upper == NULL || density->period == NULL) {
        kernel_density_free(density);
        return NULL;
    }
    fill(density->weights, count, 1 / (double)count);
    fill(density->factor, dimensions * dimensions, 0);
    for (size_t i = 0; i < dimensions; i++)
        density->factor[i * dimensions + i] = 1;
    fill(density->lower, dimensions, NAN);
    fill(density->upper, dimensions, NAN);
    fill(density->period, dimensions, NAN);
    return density;
}

void kernel_density_free(struct kernel_density *density) {
    if (density == NULL)
        return;
    free(density->points);
    free(density->whitened);
    free(density->weights);
    free(density->factor);
    free(density->origin);
    free(density->lower);
    free(density->upper);
    free(density->period);
    free(density->local);
    free(density);
}

int kernel_density_weigh(struct kernel_density *density, const double *weights, struct error *error) {
    double largest = 0, sum = 0;
    for (size_t i = 0; i < density->count; i++) {
        if (!(weights[i] >= 0 && weights[i] < INFINITY))
            return error_set(error, "weight %zu: expected a number of at least 0, got %.9g", i + 1,
                             weights[i]);
        largest = weights[i] > largest ? weights[i] : largest;
    }
    if (largest == 0)
        return error_set(error, "all weights are 0");
    for (size_t i = 0; i < density->count; i++)
        sum += weights[i] / largest; /* huge weights do not overflow */
    for (size_t i = 0; i < density->count; i++)
        density->weights[i] = weights[i] / largest / sum;
    return 0;
}

static int check_points(const struct kernel_density *density, struct error *error) {
    size_t d = density->dimensions;
    bool finite = vector_all_finite(density->count * d, density->points);
    for (size_t i = 0; !finite && i < density->count * d; i++)
        if (!isfinite(density->points[i]))
            return error_set(error, "point %zu: column %zu: expected a finite number", i / d + 1, i % d + 1);
    for (size_t i = 0; density->local != NULL && i < density->count; i++)
        if (!(density->local[i] > 0 && density->local[i] < INFINITY))
            return error_set(error, "local bandwidth %zu: expected a positive number", i + 1);
    return 0;
}

static int check_factor(const struct kernel_density *density, struct error *error) {
    size_t d = density->dimensions;
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++) {
            double entry = density->factor[i * d + j];
            bool right = j < i ? isfinite(entry) : j > i ? entry == 0 : entry > 0 && entry < INFINITY;
            if (!right)
                return error_set(
                    error,
                    "bandwidth factor: row %zu: expected a lower triangle of finite numbers, its "
                    "diagonal positive",
                    i + 1);
        }
    return 0;
}

static int check_bounds(const struct kernel_density *density, struct error *error) {
    for (size_t i = 0; i < density->dimensions; i++) {
        double lower = density->lower[i], upper = density->upper[i], period = density->period[i];
        if (isinf(lower) || isinf(upper) || isinf(period))
            return error_set(error, "column %zu: a bound or period must be finite (nan: none)", i + 1);
        if (lower >= upper)
            return error_set(error, "column %zu: the lower bound is not below the upper one", i + 1);
        if (period <= 0)
            return error_set(error, "column %zu: a period must be positive", i + 1);
        if (!isnan(period) && !(isnan(lower) && isnan(upper)))
            return error_set(error, "column %zu: bounds and a period exclude each other", i + 1);
    }
    return 0;
}

INSTRUCTION_SETS static void whiten_line(size_t count, const double *x, double origin, double scale,
                                         double *z) {
#pragma omp simd
    for (size_t i = 0; i < count; i++)
        z[i] = (x[i] - origin) / scale;
}

/* A point amid the others: in each column the median of a few rows, evenly spread. The mean would be carried
 * off by one point far away, and with it the digits of the others. */
static void find_origin(struct kernel_density *density) {
    enum { SAMPLE = 255 };
    size_t n = density->count, d = density->dimensions;
    size_t count = n < SAMPLE ? n - (n + 1) % 2 : SAMPLE; /* odd: the median is a point's own coordinate */
    for (size_t j = 0; j < d; j++) {
        double values[SAMPLE];
        for (size_t i = 0; i < count; i++)
            values[i] = density->points[n / count * i * d + j];
        density->origin[j] = quantile_select(count, values, 0.5);
    }
}

enum { BLOCK = 1 << 16 }; /* points of one column whitened by a thread at a time */

static void whiten_block(void *context, size_t block, size_t worker) {
    const struct kernel_density *density = context;
    size_t first = block * BLOCK, rest = density->count - first;
    (void)worker;
    whiten_line(rest < BLOCK ? rest : BLOCK, density->points + first, density->origin[0], density->factor[0],
                density->whitened + first);
}

static void whiten_points(struct kernel_density *density) {
    size_t n = density->count;
    if (density->dimensions == 1)
        parallel_for(density->threads, (n + BLOCK - 1) / BLOCK, whiten_block, density);
    else
        kernel_density_whiten(density, n, density->points, density->whitened);
}

int kernel_density_prepare(struct kernel_density *density, struct error *error) {
    size_t n = density->count, d = density->dimensions;
    if (check_points(density, error) < 0 || check_factor(density, error) < 0 ||
        check_bounds(density, error) < 0 || blas_load_for(d, error) < 0)
        return -1;
    density->log_determinant = 0;
    for (size_t i = 0; i < d; i++)
        density->log_determinant += log(density->factor[i * d + i]);
    density->sum_of_squares = vector_dot(n, density->weights, density->weights);
    find_origin(density);
    whiten_points(density);
    bool finite = vector_all_finite(n * d, density->whitened);
    for (size_t i = 0; !finite && i < n * d; i++)
        if (!isfinite(density->whitened[i]))
            return error_set(error, "point %zu: the bandwidth is too small for it: their ratio overflows",
                             i / d + 1);
    return 0;
}

void kernel_density_whiten(const struct kernel_density *density, size_t rows, const double *x, double *z) {
    size_t d = density->dimensions;
    if (d == 1) {
        whiten_line(rows, x, density->origin[0], density->factor[0], z);
        return;
    }
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < d; j++)
            z[i * d + j] = x[i * d + j] - density->origin[j];
    blas_solve_rows(d, density->factor, false, rows, z);
}

void kernel_density_unwhiten_gradient(const struct kernel_density *density, size_t rows, double *gradients) {
    blas_solve_rows(density->dimensions, density->factor, true, rows, gradients);
}
