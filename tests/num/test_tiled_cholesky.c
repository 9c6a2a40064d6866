#include "num/tiled_cholesky.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "num/blas.h"
#include "support/assertions.h"

/* A random positive definite matrix: B B^T / n + I/10. */
static double *random_matrix(size_t n) {
    struct random_stream stream;
    double *b = malloc(n * n * sizeof *b), *a = malloc(n * n * sizeof *a);
    random_start(&stream, 3, "test", "matrix", n);
    random_normals(&stream, n * n, b);
    struct blas_product product = {.rows = n,
                                   .columns = n,
                                   .inner = n,
                                   .alpha = 1.0 / (double)n,
                                   .a = b,
                                   .b = b,
                                   .a_stride = n,
                                   .b_stride = n,
                                   .c_stride = n,
                                   .b_transposed = true,
                                   .c = a};
    blas_multiply(&product);
    for (size_t i = 0; i < n; i++)
        a[i * n + i] += 0.1;
    free(b);
    return a;
}

static void open_work(struct tiled_cholesky *work, size_t n, size_t threads) {
    struct error error = {0};
    assert_int_equal(blas_load(&error), 0);
    assert_int_equal(tiled_cholesky_open(work, n, threads, &error), 0);
}

static const size_t sizes[] = {1, 5, 64, 255, 256, 257, 300, 512, 700};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* Against the whole matrix factored at once: both are backward stable, the condition number is some 40. */
static void the_factor_is_that_of_the_whole(void **state) {
    (void)state;
    for (size_t s = 0; s < SIZES; s++) {
        size_t n = sizes[s];
        struct tiled_cholesky work;
        open_work(&work, n, 2);
        double *a = random_matrix(n), *whole = malloc(n * n * sizeof *whole);
        memcpy(whole, a, n * n * sizeof *whole);
        assert_int_equal(tiled_cholesky_factor(&work, a), 0);
        assert_int_equal(blas_cholesky(n, whole), 0);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++)
                assert_within(a[i * n + j], whole[i * n + j], 1e-12);
        tiled_cholesky_close(&work);
        free(a);
        free(whole);
    }
}

/* A^-1 A = I. */
static void the_inverse_undoes_the_matrix(void **state) {
    (void)state;
    for (size_t s = 0; s < SIZES; s++) {
        size_t n = sizes[s];
        struct tiled_cholesky work;
        open_work(&work, n, 2);
        double *a = random_matrix(n), *inverse = malloc(n * n * sizeof *inverse);
        double *product = malloc(n * n * sizeof *product);
        memcpy(inverse, a, n * n * sizeof *inverse);
        assert_int_equal(tiled_cholesky_factor(&work, inverse), 0);
        tiled_cholesky_invert(&work, inverse);
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++)
                inverse[i * n + j] = inverse[j * n + i];
        struct blas_product by = {.rows = n,
                                  .columns = n,
                                  .inner = n,
                                  .alpha = 1,
                                  .a = inverse,
                                  .b = a,
                                  .a_stride = n,
                                  .b_stride = n,
                                  .c_stride = n,
                                  .c = product};
        blas_multiply(&by);
        for (size_t i = 0; i < n * n; i++)
            assert_within(product[i], i / n == i % n, 1e-11);
        tiled_cholesky_close(&work);
        free(a);
        free(inverse);
        free(product);
    }
}

static void threads_do_not_change_a_bit(void **state) {
    (void)state;
    enum { N = 700 };
    double *results[2];
    for (size_t t = 0; t < 2; t++) {
        struct tiled_cholesky work;
        open_work(&work, N, t == 0 ? 1 : 4);
        results[t] = random_matrix(N);
        assert_int_equal(tiled_cholesky_factor(&work, results[t]), 0);
        tiled_cholesky_invert(&work, results[t]);
        tiled_cholesky_close(&work);
    }
    for (size_t i = 0; i < N; i++)
        assert_same_bits(results[0] + i * N, results[1] + i * N, i + 1);
    free(results[0]);
    free(results[1]);
}

static void the_pivot_that_fails_is_named(void **state) {
    (void)state;
    enum { N = 600 };
    struct tiled_cholesky work;
    open_work(&work, N, 2);
    static const size_t broken[] = {0, 255, 256, 599};
    for (size_t b = 0; b < sizeof broken / sizeof *broken; b++) {
        double *a = random_matrix(N);
        a[broken[b] * N + broken[b]] = -1;
        assert_int_equal(tiled_cholesky_factor(&work, a), broken[b] + 1);
        free(a);
    }
    tiled_cholesky_close(&work);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_factor_is_that_of_the_whole),
        cmocka_unit_test(the_inverse_undoes_the_matrix),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(the_pivot_that_fails_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
