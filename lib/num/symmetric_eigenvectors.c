#include "num/symmetric_eigenvectors.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "num/blas.h"
#include "num/symmetric_eigen.h"

/* Into `vectors`, in any order. */
static int decompose(size_t n, double *a, double *values, double *vectors, struct error *error) {
    if (n <= BLAS_SMALL_MAX) {
        symmetric_eigen_jacobi(n, a, values, vectors);
        return 0;
    }
    double *work = blas_load(error) < 0 ? NULL : memory_array(error, blas_eigen_workspace(n), sizeof *work);
    if (work == NULL)
        return -1;
    int status = blas_eigen(n, a, values, vectors, work);
    free(work);
    return status == 0 ? 0 : error_set(error, "the eigenvalues do not converge");
}

static void swap_rows(size_t n, double *a, double *b) {
    for (size_t i = 0; i < n; i++) {
        double kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

/* By selection: at most n exchanges of rows. */
static void sort_descending(size_t n, double *vectors, double *values) {
    for (size_t k = 0; k + 1 < n; k++) {
        size_t largest = k;
        for (size_t i = k + 1; i < n; i++)
            if (values[i] > values[largest])
                largest = i;
        if (largest == k)
            continue;
        swap_rows(1, values + k, values + largest);
        swap_rows(n, vectors + k * n, vectors + largest * n);
    }
}

static void make_largest_positive(size_t n, double *vector) {
    size_t largest = 0;
    for (size_t i = 1; i < n; i++)
        if (fabs(vector[i]) > fabs(vector[largest]) * (1 + 1e-10))
            largest = i;
    bool negative = vector[largest] < 0;
    for (size_t i = 0; negative && i < n; i++)
        vector[i] = -vector[i];
}

int symmetric_eigenvectors(size_t n, double *a, double *values, struct error *error) {
    for (size_t i = 0; i < n * n; i++)
        if (!isfinite(a[i]))
            return error_set(error, "the matrix is not finite");
    double *vectors = memory_matrix(error, n, n, sizeof *vectors);
    int status = vectors == NULL ? -1 : decompose(n, a, values, vectors, error);
    if (status == 0) {
        memcpy(a, vectors, n * n * sizeof *a);
        sort_descending(n, a, values);
        for (size_t k = 0; k < n; k++)
            make_largest_positive(n, a + k * n);
    }
    free(vectors);
    return status;
}
