#include "num/cholesky.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "num/blas.h"

size_t cholesky_factor(size_t n, double *a) {
    size_t failed = blas_cholesky(n, a);
    for (size_t i = 0; i < n; i++)
        memset(a + i * n + i + 1, 0, (n - 1 - i) * sizeof *a);
    return failed;
}

size_t cholesky_dependent_column(size_t n, const double *diagonal, const double *factor) {
    for (size_t i = 0; i < n; i++) {
        double pivot = factor[i * n + i] * factor[i * n + i];
        if (!(pivot > 4 * (double)n * DBL_EPSILON * diagonal[i]))
            return i + 1;
    }
    return 0;
}

double cholesky_log_determinant(size_t n, const double *factor) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += log(factor[i * n + i]);
    return 2 * sum;
}

void cholesky_solve_lower(size_t n, const double *factor, size_t count, double *b) {
    blas_solve_rows(n, factor, false, count, b);
}

void cholesky_solve(size_t n, const double *factor, size_t count, double *b) {
    blas_solve_rows(n, factor, false, count, b);
    blas_solve_rows(n, factor, true, count, b);
}
