#include "num/cholesky.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "num/blas.h"
#include "num/plain_blas.h"
#include "support/assertions.h"

/* G G^T / n + 0.1 I, full. */
static double *random_covariance(size_t n) {
    struct random_stream stream;
    double *g = malloc(n * n * sizeof *g), *a = malloc(n * n * sizeof *a);
    assert_true(g != NULL && a != NULL);
    random_start(&stream, 1, "test_cholesky", "covariance", n);
    random_normals(&stream, n * n, g);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            long double sum = i == j ? 0.1L : 0;
            for (size_t k = 0; k < n; k++)
                sum += (long double)g[i * n + k] * g[j * n + k] / n;
            a[i * n + j] = (double)sum;
        }
    free(g);
    return a;
}

static double *copy_of(const double *values, size_t count) {
    double *copy = malloc(count * sizeof *copy);
    assert_non_null(copy);
    memcpy(copy, values, count * sizeof *copy);
    return copy;
}

static void check_reconstruction(size_t n) {
    double *a = random_covariance(n), *factor = copy_of(a, n * n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            factor[i * n + j] = NAN;
    assert_int_equal(cholesky_factor(n, factor), 0);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            long double sum = 0;
            for (size_t k = 0; k < n; k++)
                sum += (long double)factor[i * n + k] * factor[j * n + k];
            /* Higham 2002, theorem 10.3: (n + 1) epsilon times sqrt(a_ii a_jj), here near 1. */
            assert_within((double)sum, a[i * n + j], 2 * (double)(n + 1) * DBL_EPSILON);
            if (j > i)
                assert_ulps(factor[i * n + j], 0, 0);
        }
    free(a);
    free(factor);
}

static void a_factor_times_its_transpose_is_the_matrix(void **state) {
    (void)state;
    for (size_t n = 1; n <= 10; n++)
        check_reconstruction(n);
    for (size_t n = 20; n <= 200; n += 15) /* 65 and above by the library */
        check_reconstruction(n);
}

static void library_and_plain_loop_agree(void **state) {
    (void)state;
    for (size_t n = 65; n <= 200; n += 45) {
        double *a = random_covariance(n), *b = copy_of(a, n * n);
        assert_int_equal(blas_cholesky(n, a), 0);
        assert_int_equal(plain_blas_cholesky(n, b), 0);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++)
                assert_within(a[i * n + j], b[i * n + j], 1e-12); /* condition number below 100 */
        free(a);
        free(b);
    }
}

/* -1, 0, nan or infinity on the diagonal of the identity, at any place, is found there. */
static void the_failing_pivot_is_named(void **state) {
    (void)state;
    static const double bad[] = {-1, 0, NAN, INFINITY};
    static const size_t orders[] = {1, 5, 64, 65, 130};
    for (size_t o = 0; o < sizeof orders / sizeof orders[0]; o++) {
        size_t n = orders[o];
        double *a = malloc(n * n * sizeof *a);
        for (size_t b = 0; b < sizeof bad / sizeof bad[0]; b++) {
            for (size_t place = 0; place < n; place += n / 3 + 1) {
                memset(a, 0, n * n * sizeof *a);
                for (size_t i = 0; i < n; i++)
                    a[i * n + i] = i == place ? bad[b] : 1;
                assert_int_equal(cholesky_factor(n, a), place + 1);
            }
        }
        free(a);
    }
}

static void an_indefinite_matrix_is_refused(void **state) {
    (void)state;
    double a[] = {1, 2, 2, 1};
    assert_int_equal(cholesky_factor(2, a), 2);
}

/* The last column is the sum of two others: whatever rounding leaves of its pivot, it is named. */
static void a_dependent_column_is_found(void **state) {
    (void)state;
    static const size_t orders[] = {3, 20, 90};
    for (size_t o = 0; o < sizeof orders / sizeof orders[0]; o++) {
        size_t n = orders[o];
        double *a = random_covariance(n), *diagonal = malloc(n * sizeof *diagonal);
        for (size_t j = 0; j < n - 1; j++)
            a[(n - 1) * n + j] = a[0 * n + j] + a[1 * n + j];
        a[n * n - 1] = a[(n - 1) * n] + a[(n - 1) * n + 1];
        for (size_t i = 0; i < n; i++)
            diagonal[i] = a[i * n + i];
        size_t failed = cholesky_factor(n, a);
        assert_int_equal(failed > 0 ? failed : cholesky_dependent_column(n, diagonal, a), n);
        free(a);
        free(diagonal);

        a = random_covariance(n);
        diagonal = malloc(n * sizeof *diagonal);
        for (size_t i = 0; i < n; i++)
            diagonal[i] = a[i * n + i];
        assert_int_equal(cholesky_factor(n, a), 0);
        assert_int_equal(cholesky_dependent_column(n, diagonal, a), 0);
        free(a);
        free(diagonal);
    }
}

static void log_determinant_of_a_product_of_pivots(void **state) {
    (void)state;
    double a[] = {4, 0, 0, 2, 5,
                  0, 2, 3, 6}; /* determinant 4 * (30 - 9) - 2 * (12 - 6) + 2 * (6 - 10) = 64 */
    assert_int_equal(cholesky_factor(3, a), 0);
    assert_close(cholesky_log_determinant(3, a), log(64), 1e-15);
}

static void solutions_satisfy_their_equations(void **state) {
    (void)state;
    for (size_t n = 5; n <= 100; n += 95) {
        size_t count = 3;
        double *a = random_covariance(n), *factor = copy_of(a, n * n);
        double *x = malloc(count * n * sizeof *x);
        for (size_t i = 0; i < count * n; i++)
            x[i] = sin((double)i);
        assert_int_equal(cholesky_factor(n, factor), 0);
        cholesky_solve(n, factor, count, x);
        for (size_t row = 0; row < count; row++)
            for (size_t i = 0; i < n; i++) {
                long double sum = 0;
                for (size_t j = 0; j < n; j++)
                    sum += (long double)a[i * n + j] * x[row * n + j];
                assert_within((double)sum, sin((double)(row * n + i)), 1e-12); /* |x| below 1000 */
            }
        free(a);
        free(factor);
        free(x);
    }
}

static int load(void **state) {
    (void)state;
    struct error error = {0};
    return blas_load(&error);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_factor_times_its_transpose_is_the_matrix),
        cmocka_unit_test(library_and_plain_loop_agree),
        cmocka_unit_test(the_failing_pivot_is_named),
        cmocka_unit_test(an_indefinite_matrix_is_refused),
        cmocka_unit_test(a_dependent_column_is_found),
        cmocka_unit_test(log_determinant_of_a_product_of_pivots),
        cmocka_unit_test(solutions_satisfy_their_equations),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
