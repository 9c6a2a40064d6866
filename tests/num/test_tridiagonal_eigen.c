#include "num/tridiagonal_eigen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "num/symmetric_eigen.h"
#include "support/assertions.h"

enum { MOST = 40 };

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Rows are orthonormal and A v = value v, to some ulp of the matrix's size. */
static void assert_eigen(size_t n, const double *a, double size, const double *values,
                         const double *vectors) {
    for (size_t r = 0; r < n; r++) {
        const double *v = vectors + r * n;
        for (size_t i = 0; i < n; i++) {
            double image = 0, inner = 0;
            for (size_t j = 0; j < n; j++) {
                image += a[i * n + j] * v[j];
                inner += vectors[i * n + j] * v[j];
            }
            assert_within((image - values[r] * v[i]) / size, 0, 1e-14);
            assert_within(inner, i == r, 1e-14);
        }
    }
}

static void draw_symmetric(size_t n, double size, double *a) {
    struct random_stream stream;
    random_start(&stream, 1, "test", "tridiagonal", n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            a[i * n + j] = a[j * n + i] = size * random_normal(&stream);
}

/* Of all orders, and of sizes whose squares overflow or vanish; eigenvalues against Jacobi's. */
static void the_pieces_make_the_matrix(void **state) {
    (void)state;
    static const double sizes[] = {1, 1e200, 1e-200};
    static double a[MOST * MOST], copy[MOST * MOST], vectors[MOST * MOST];
    double values[MOST], expected[MOST], off[MOST];
    for (size_t n = 1; n <= MOST; n++) {
        for (size_t s = 0; s < 3; s++) {
            double scale = sizes[s] * 2 * sqrt((double)n); /* about the largest eigenvalue */
            draw_symmetric(n, sizes[s], a);
            memcpy(copy, a, n * n * sizeof *a);
            symmetric_eigen_jacobi(n, copy, expected, vectors);
            memcpy(copy, a, n * n * sizeof *a);
            tridiagonal_eigen(n, copy, values, vectors, off);
            assert_eigen(n, a, scale, values, vectors);
            qsort(values, n, sizeof *values, ascending);
            qsort(expected, n, sizeof *expected, ascending);
            for (size_t i = 0; i < n; i++)
                assert_within(values[i] / scale, expected[i] / scale, 1e-14);
        }
    }
}

/* The second difference 2, -1 has eigenvalues 2 - 2 cos(i pi / (n + 1)). */
static void the_second_difference_has_its_closed_form(void **state) {
    (void)state;
    enum { N = 25 };
    double a[N * N] = {0}, copy[N * N], values[N], vectors[N * N], off[N];
    for (size_t i = 0; i < N; i++) {
        a[i * N + i] = 2;
        if (i > 0)
            a[i * N + i - 1] = a[(i - 1) * N + i] = -1;
    }
    memcpy(copy, a, sizeof a);
    tridiagonal_eigen(N, copy, values, vectors, off);
    assert_eigen(N, a, 4, values, vectors);
    qsort(values, N, sizeof *values, ascending);
    for (size_t i = 0; i < N; i++)
        assert_within(values[i], 2 - 2 * cos((double)(i + 1) * 3.14159265358979323846 / (N + 1)), 1e-14);
}

/* A diagonal matrix, a zero one, and one of rank 1, whose other eigenvalues are all 0. */
static void degenerate_matrices_are_solved(void **state) {
    (void)state;
    enum { N = 12 };
    double a[3][N * N] = {{0}}, copy[N * N], values[N], vectors[N * N], off[N];
    for (size_t i = 0; i < N; i++) {
        a[1][i * N + i] = i < 6 ? 1 : -0.5;
        for (size_t j = 0; j < N; j++)
            a[2][i * N + j] = 1;
    }
    for (size_t k = 0; k < 3; k++) {
        memcpy(copy, a[k], sizeof copy);
        tridiagonal_eigen(N, copy, values, vectors, off);
        assert_eigen(N, a[k], N, values, vectors);
    }
    qsort(values, N, sizeof *values, ascending);
    assert_within(values[N - 1], N, 1e-13);
    assert_within(values[N - 2], 0, 1e-13);
}

/* The steps for a matrix with nan come to an end. */
static void a_nan_does_not_hold_it_up(void **state) {
    (void)state;
    double a[9] = {1, 2, 3, 2, NAN, 1, 3, 1, 2}, values[3], vectors[9], off[3];
    tridiagonal_eigen(3, a, values, vectors, off);
    assert_true(isnan(values[0]) || isnan(values[1]) || isnan(values[2]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pieces_make_the_matrix),
        cmocka_unit_test(the_second_difference_has_its_closed_form),
        cmocka_unit_test(degenerate_matrices_are_solved),
        cmocka_unit_test(a_nan_does_not_hold_it_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
