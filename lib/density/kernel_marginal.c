#include "density/kernel_marginal.h"

#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "num/blas.h"
#include "num/cholesky.h"

static bool diagonal_factor(const struct kernel_density *density) {
    size_t d = density->dimensions;
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < i; j++)
            if (density->factor[i * d + j] != 0)
                return false;
    return true;
}

/* (L L^T)_AA = M M^T, M lower triangular. */
static int reduce_factor(const struct kernel_density *density, size_t count, const size_t *columns,
                         double *factor, struct error *error) {
    size_t d = density->dimensions;
    if (diagonal_factor(density)) { /* exactly what it was, not the root of its square */
        for (size_t i = 0; i < count; i++)
            factor[i * count + i] = density->factor[columns[i] * d + columns[i]];
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j <= i; j++) {
            const double *a = density->factor + columns[i] * d, *b = density->factor + columns[j] * d;
            double sum = 0;
            for (size_t k = 0; k <= columns[j]; k++)
                sum += a[k] * b[k];
            factor[i * count + j] = sum;
        }
    if (blas_load_for(count, error) < 0)
        return -1;
    if (cholesky_factor(count, factor) == 0)
        return 0;
    return error_set(error, "the given columns' bandwidth matrix is singular to working precision");
}

static void copy_columns(const struct kernel_density *density, size_t count, const size_t *columns,
                         struct kernel_density *marginal) {
    size_t d = density->dimensions;
    for (size_t j = 0; j < count; j++) {
        for (size_t i = 0; i < density->count; i++)
            marginal->points[i * count + j] = density->points[i * d + columns[j]];
        marginal->lower[j] = density->lower[columns[j]];
        marginal->upper[j] = density->upper[columns[j]];
        marginal->period[j] = density->period[columns[j]];
    }
    memcpy(marginal->weights, density->weights, density->count * sizeof *density->weights);
}

struct kernel_density *kernel_marginal_create(const struct kernel_density *density, size_t count,
                                              const size_t *columns, struct error *error) {
    const struct kernel *kernel = &density->kernel;
    bool product = kernel->form == KERNEL_PRODUCT && diagonal_factor(density);
    if (kernel->name != KERNEL_GAUSSIAN && !product) {
        error_set_usage(error,
                        "conditional densities need the gaussian kernel, or the product form with a diagonal "
                        "bandwidth: other kernels have no marginal of their kind");
        return NULL;
    }
    struct kernel_density *marginal =
        kernel_density_create(density->count, count, kernel->name, kernel->form, error);
    if (marginal == NULL)
        return NULL;
    copy_columns(density, count, columns, marginal);
    if (density->local != NULL) {
        marginal->local = memory_array(error, density->count, sizeof *marginal->local);
        if (marginal->local != NULL)
            memcpy(marginal->local, density->local, density->count * sizeof *marginal->local);
    }
    if ((density->local == NULL || marginal->local != NULL) &&
        reduce_factor(density, count, columns, marginal->factor, error) == 0 &&
        kernel_density_prepare(marginal, error) == 0)
        return marginal;
    kernel_density_free(marginal);
    return NULL;
}
