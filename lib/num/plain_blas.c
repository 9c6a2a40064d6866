#include "num/plain_blas.h"

#include <math.h>

#include "base/instruction_sets.h"

enum {
    PANEL = 64, /* rows and columns of B that are packed at a time: 32 KiB */
    ROWS = 8,   /* right sides solved side by side, so that their sums do not wait for each other */
};

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Packs op(B)[from_row .., from_column ..] as inner x columns with rows PANEL apart. */
static void pack(const struct blas_product *p, size_t from_row, size_t from_column, size_t inner,
                 size_t columns, double *packed) {
    for (size_t k = 0; k < inner; k++) {
        size_t row = from_row + k;
        for (size_t j = 0; j < columns; j++) {
            size_t column = from_column + j;
            packed[k * PANEL + j] =
                p->b_transposed ? p->b[column * p->b_stride + row] : p->b[row * p->b_stride + column];
        }
    }
}

/* c += x b */
INSTRUCTION_SETS static void add_multiple(size_t count, double x, const double *restrict b,
                                          double *restrict c) {
#pragma omp simd
    for (size_t j = 0; j < count; j++)
        c[j] += x * b[j];
}

/* C += alpha op(A) op(B), for one packed panel of op(B). */
static void multiply_panel(const struct blas_product *p, size_t from_row, size_t from_column, size_t inner,
                           size_t columns, const double *packed) {
    for (size_t i = 0; i < p->rows; i++) {
        for (size_t k = 0; k < inner; k++) {
            size_t at = from_row + k;
            double a = p->a_transposed ? p->a[at * p->a_stride + i] : p->a[i * p->a_stride + at];
            add_multiple(columns, p->alpha * a, packed + k * PANEL, p->c + i * p->c_stride + from_column);
        }
    }
}

void plain_blas_multiply(const struct blas_product *p) {
    double packed[PANEL * PANEL];
    for (size_t i = 0; i < p->rows; i++)
        for (size_t j = 0; j < p->columns; j++)
            p->c[i * p->c_stride + j] = p->beta == 0 ? 0 : p->beta * p->c[i * p->c_stride + j];

    for (size_t column = 0; column < p->columns; column += PANEL) {
        size_t columns = smaller(PANEL, p->columns - column);
        for (size_t row = 0; row < p->inner; row += PANEL) {
            size_t inner = smaller(PANEL, p->inner - row);
            pack(p, row, column, inner, columns, packed);
            multiply_panel(p, row, column, inner, columns, packed);
        }
    }
}

void plain_blas_gram(size_t rows, size_t n, const double *a, size_t stride, double beta, double *c) {
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            c[i * n + j] = beta == 0 ? 0 : beta * c[i * n + j];
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < n; i++)
            add_multiple(i + 1, a[row * stride + i], a + row * stride, c + i * n);
}

/* One unknown of `count` <= ROWS systems: b_i becomes (b_i - sum_j t_j b_j) / pivot over j = from .. to - 1,
 * t_j found `step` apart. */
static void eliminate(size_t n, size_t i, size_t from, size_t to, const double *t, size_t step, double pivot,
                      size_t count, double *b) {
    double sum[ROWS];
    for (size_t row = 0; row < count; row++)
        sum[row] = b[row * n + i];
    for (size_t j = from; j < to; j++) {
        double factor = t[j * step];
        for (size_t row = 0; row < count; row++)
            sum[row] -= factor * b[row * n + j];
    }
    for (size_t row = 0; row < count; row++)
        b[row * n + i] = sum[row] / pivot;
}

void plain_blas_solve_rows(size_t n, const double *factor, bool transposed, size_t count, double *b) {
    for (size_t row = 0; row < count; row += ROWS) {
        size_t rows = smaller(ROWS, count - row);
        for (size_t step = 0; step < n; step++) {
            size_t i = transposed ? n - 1 - step : step;
            double pivot = factor[i * n + i];
            if (transposed)
                eliminate(n, i, i + 1, n, factor + i, n, pivot, rows, b + row * n);
            else
                eliminate(n, i, 0, i, factor + i * n, 1, pivot, rows, b + row * n);
        }
    }
}

size_t plain_blas_cholesky(size_t n, double *a) {
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = a[i * n + j];
            for (size_t k = 0; k < j; k++)
                sum -= a[i * n + k] * a[j * n + k];
            if (j < i)
                a[i * n + j] = sum / a[j * n + j];
            else if (sum > 0 && sum < INFINITY)
                a[i * n + i] = sqrt(sum);
            else
                return i + 1;
        }
    }
    return 0;
}
