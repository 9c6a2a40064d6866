#include "num/symmetric_eigenvectors.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "num/blas.h"
#include "num/symmetric_eigen.h"

enum { ORDER_MAX = 32000 }; /* n^2 fits an int, which LAPACK counts with */

static int with_library(size_t n, double *a, double *values, struct error *error) {
    if (blas_load(error) < 0)
        return -1;
    double *vectors = memory_matrix(error, n, n, sizeof *vectors);
    double *workspace = memory_array(error, blas_eigen_workspace(n), sizeof *workspace);
    int status = -1;
    if (vectors != NULL && workspace != NULL)
        status = blas_eigen(n, a, values, vectors, workspace) == 0
                     ? 0
                     : error_set(error, "the eigenvalues do not converge");
    if (status == 0)
        memcpy(a, vectors, n * n * sizeof *a);
    free(vectors);
    free(workspace);
    return status;
}

static int with_rotations(size_t n, double *a, double *values, struct error *error) {
    double *vectors = memory_matrix(error, n, n, sizeof *vectors);
    if (vectors == NULL)
        return -1;
    symmetric_eigen_jacobi(n, a, values, vectors);
    memcpy(a, vectors, n * n * sizeof *a);
    free(vectors);
    return 0;
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
    if (n > ORDER_MAX)
        return error_set(error, "eigenvectors of a matrix of order %zu: at most %d", n, (int)ORDER_MAX);
    int status = n > BLAS_SMALL_MAX ? with_library(n, a, values, error) : with_rotations(n, a, values, error);
    if (status < 0)
        return -1;
    sort_descending(n, a, values);
    for (size_t k = 0; k < n; k++)
        make_largest_positive(n, a + k * n);
    return 0;
}
