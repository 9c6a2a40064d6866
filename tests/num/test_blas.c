#include "num/blas.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "num/plain_blas.h"
#include "support/assertions.h"

static double *random_matrix(const char *purpose, size_t rows, size_t columns) {
    struct random_stream stream;
    double *values = malloc(rows * columns * sizeof *values);
    assert_non_null(values);
    random_start(&stream, 1, "test_blas", purpose, rows * 1000 + columns);
    random_normals(&stream, rows * columns, values);
    return values;
}

/* A lower triangle with a diagonal near 2, well conditioned, and nan above: nothing may read that. */
static double *random_triangle(size_t n) {
    double *factor = random_matrix("triangle", n, n);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++)
            factor[i * n + j] /= 2 * sqrt((double)n);
        for (size_t j = i + 1; j < n; j++)
            factor[i * n + j] = NAN;
        factor[i * n + i] = 2 + 0.1 * factor[i * n + i];
    }
    return factor;
}

static double entry(const double *a, size_t stride, bool transposed, size_t i, size_t j) {
    return transposed ? a[j * stride + i] : a[i * stride + j];
}

static void check_product(size_t rows, size_t columns, size_t inner, unsigned transposed) {
    bool ta = (transposed & 1) != 0, tb = (transposed & 2) != 0;
    size_t a_stride = (ta ? rows : inner) + 3, b_stride = (tb ? inner : columns) + 1, c_stride = columns + 2;
    double *a = random_matrix("a", ta ? inner : rows, a_stride);
    double *b = random_matrix("b", tb ? columns : inner, b_stride);
    double *c = random_matrix("c", rows, c_stride), *before = random_matrix("c", rows, c_stride);
    blas_multiply(&(struct blas_product){.rows = rows,
                                         .columns = columns,
                                         .inner = inner,
                                         .alpha = 0.7,
                                         .beta = -1.5,
                                         .a = a,
                                         .b = b,
                                         .a_stride = a_stride,
                                         .b_stride = b_stride,
                                         .c_stride = c_stride,
                                         .a_transposed = ta,
                                         .b_transposed = tb,
                                         .c = c});
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < c_stride; j++) {
            long double sum = 0, size = 0;
            for (size_t k = 0; k < inner && j < columns; k++) {
                long double term = (long double)entry(a, a_stride, ta, i, k) * entry(b, b_stride, tb, k, j);
                sum += term;
                size += fabsl(term);
            }
            double old = before[i * c_stride + j];
            if (j < columns) /* a sum of n terms rounds n times at most */
                assert_within(c[i * c_stride + j], (double)(0.7L * sum - 1.5L * old),
                              (double)((size + fabs(old)) * (inner + 3) * DBL_EPSILON));
            else
                assert_ulps(c[i * c_stride + j], old, 0);
        }
    }
    free(a);
    free(b);
    free(c);
    free(before);
}

static void products_are_sums_of_products(void **state) {
    (void)state;
    static const size_t shapes[][3] = {{1, 1, 1},   {3, 5, 2},     {70, 64, 64},  {2, 65, 64},
                                       {9, 64, 65}, {130, 67, 70}, {33, 200, 129}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        for (unsigned transposed = 0; transposed < 4; transposed++)
            check_product(shapes[i][0], shapes[i][1], shapes[i][2], transposed);
}

static void a_product_with_beta_zero_does_not_read_its_target(void **state) {
    (void)state;
    for (size_t n = 4; n <= 80; n += 76) {
        double *a = random_matrix("a", n, n), *c = malloc(n * n * sizeof *c);
        for (size_t i = 0; i < n * n; i++)
            c[i] = NAN;
        blas_multiply(&(struct blas_product){.rows = n,
                                             .columns = n,
                                             .inner = n,
                                             .alpha = 1,
                                             .a = a,
                                             .b = a,
                                             .a_stride = n,
                                             .b_stride = n,
                                             .c_stride = n,
                                             .c = c});
        for (size_t i = 0; i < n * n; i++)
            assert_true(isfinite(c[i]));
        free(a);
        free(c);
    }
}

static void a_gram_matrix_holds_the_products_of_columns(void **state) {
    (void)state;
    for (size_t n = 1; n <= 100; n += 33) {
        size_t rows = 300, stride = n + 2;
        double *a = random_matrix("a", rows, stride), *c = random_matrix("c", n, n);
        double *before = random_matrix("c", n, n);
        blas_gram(rows, n, a, stride, 0.5, c);
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++) {
                long double sum = 0.5L * before[i * n + j];
                for (size_t row = 0; row < rows; row++)
                    sum += (long double)a[row * stride + i] * a[row * stride + j];
                if (j <= i) /* 300 terms near 1: far below 300 x 300 epsilon */
                    assert_within(c[i * n + j], (double)sum, 2e-12);
                else
                    assert_ulps(c[i * n + j], before[i * n + j], 0);
            }
        }
        free(a);
        free(c);
        free(before);
    }
}

static void check_solution(size_t n, bool transposed, size_t count) {
    double *factor = random_triangle(n), *b = random_matrix("b", count, n), *x = random_matrix("b", count, n);
    blas_solve_rows(n, factor, transposed, count, x);
    for (size_t row = 0; row < count; row++) {
        for (size_t i = 0; i < n; i++) {
            long double sum = 0;
            for (size_t j = transposed ? i : 0; j < (transposed ? n : i + 1); j++)
                sum += (long double)entry(factor, n, transposed, i, j) * x[row * n + j];
            assert_within((double)sum, b[row * n + i], 1e-14 * (double)(n + 10)); /* backward stable */
        }
    }
    free(factor);
    free(b);
    free(x);
}

static void triangular_systems_are_solved_row_by_row(void **state) {
    (void)state;
    static const size_t orders[] = {1, 2, 7, 64, 65, 150};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++)
        for (size_t count = 1; count <= 20; count += 19) {
            check_solution(orders[i], false, count);
            check_solution(orders[i], true, count);
        }
}

static void library_and_plain_loops_agree(void **state) {
    (void)state;
    size_t n = 120, count = 11;
    double *factor = random_triangle(n), *x = random_matrix("b", count, n), *y = random_matrix("b", count, n);
    blas_solve_rows(n, factor, false, count, x);
    plain_blas_solve_rows(n, factor, false, count, y);
    for (size_t i = 0; i < count * n; i++)
        assert_within(x[i], y[i], 1e-13);
    double *c = malloc(n * n * sizeof *c), *d = malloc(n * n * sizeof *d);
    blas_gram(count, n, x, n, 0, c);
    plain_blas_gram(count, n, x, n, 0, d);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            assert_within(c[i * n + j], d[i * n + j], 1e-13);
    free(factor);
    free(x);
    free(y);
    free(c);
    free(d);
}

static void loading_twice_is_harmless(void **state) {
    (void)state;
    struct error error = {0};
    assert_int_equal(blas_load(&error), 0);
    assert_string_not_equal(blas_name(), "none");
    assert_int_equal(blas_load_for(BLAS_SMALL_MAX, &error), 0);
    assert_int_equal(blas_load_for(BLAS_SMALL_MAX + 1, &error), 0);
}

static int load(void **state) {
    (void)state;
    struct error error = {0};
    assert_string_equal(blas_name(), "none");
    return blas_load(&error);
}

/* A V^T = V^T diag(values), V V^T = I, values ascending; to some n ulp of the largest. */
static void eigenvectors_make_the_matrix(void **state) {
    (void)state;
    enum { ORDER = 70 };
    struct error error = {0};
    double *a = random_matrix("eigen", ORDER, ORDER), *copy = random_matrix("eigen", ORDER, ORDER);
    double *vectors = malloc(ORDER * ORDER * sizeof *vectors), values[ORDER];
    double *workspace = malloc(blas_eigen_workspace(ORDER) * sizeof *workspace);
    assert_int_equal(blas_load(&error), 0);
    assert_int_equal(blas_eigen(ORDER, copy, values, vectors, workspace), 0);
    for (size_t i = 0; i < ORDER; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = 0, dot = 0;
            for (size_t k = 0; k < ORDER; k++) {
                sum += values[k] * vectors[k * ORDER + i] * vectors[k * ORDER + j];
                dot += vectors[i * ORDER + k] * vectors[j * ORDER + k];
            }
            assert_within(sum, a[i * ORDER + j], 1e-12); /* the lower triangle is what is read */
            assert_within(dot, i == j, 1e-13);
        }
        assert_true(i == 0 || values[i] >= values[i - 1]);
    }
    free(a);
    free(copy);
    free(vectors);
    free(workspace);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_sums_of_products),
        cmocka_unit_test(a_product_with_beta_zero_does_not_read_its_target),
        cmocka_unit_test(a_gram_matrix_holds_the_products_of_columns),
        cmocka_unit_test(triangular_systems_are_solved_row_by_row),
        cmocka_unit_test(library_and_plain_loops_agree),
        cmocka_unit_test(eigenvectors_make_the_matrix),
        cmocka_unit_test(loading_twice_is_harmless),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
