#include "num/block_krylov.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "num/eigenvalues.h"
#include "support/assertions.h"

enum { N = 83, WIDTH = 6 }; /* odd: rows are taken by two and by one, vectors by four and by one */

/* A symmetric matrix and a shift. */
static void draw(double *a, double *shift) {
    struct random_stream stream;
    random_start(&stream, 1, "test", "krylov", 0);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j <= i; j++)
            a[i * N + j] = a[j * N + i] = random_normal(&stream);
    random_normals(&stream, N, shift);
}

/* The ends of cycles are the eigenvalues that reduction to tridiagonal form gives. */
static void cycles_find_the_largest_eigenvalues(void **state) {
    (void)state;
    static double a[N * N], full[N * N], shift[N], vectors[WIDTH * N], exact[N];
    double values[WIDTH], residuals[WIDTH];
    struct error error = {0};
    struct random_stream stream;
    draw(a, shift);
    for (size_t i = 0; i < N * N; i++)
        full[i] = a[i] + shift[i / N] + shift[i % N];
    assert_int_equal(eigenvalues_symmetric(N, full, exact, &error), 0);
    struct block_krylov *krylov = block_krylov_create(N, WIDTH, &error);
    assert_non_null(krylov);
    random_start(&stream, 1, "test", "start", 0);
    random_normals(&stream, WIDTH * N, vectors);
    const struct block_krylov_matrix matrix = {N, a, shift};
    for (int cycle = 0; cycle < 60; cycle++)
        block_krylov_cycle(krylov, &matrix, WIDTH, vectors, values, residuals);
    for (size_t k = 0; k < 3; k++) {
        assert_within(values[k], exact[N - 1 - k], 1e-12 * exact[N - 1]);
        assert_true(residuals[k] < 1e-7); /* eigenvalues' error is its square */
    }
    block_krylov_free(krylov);
}

/* The residual that is returned is that of the vectors that are returned, and these are orthonormal. */
static void residuals_are_those_of_the_vectors(void **state) {
    (void)state;
    static double a[N * N], shift[N], vectors[WIDTH * N];
    double values[WIDTH], residuals[WIDTH];
    struct error error = {0};
    draw(a, shift);
    struct block_krylov *krylov = block_krylov_create(N, WIDTH, &error);
    assert_non_null(krylov);
    memset(vectors, 0, sizeof vectors); /* dependent vectors are replaced */
    vectors[0] = vectors[N] = 1;
    const struct block_krylov_matrix matrix = {N, a, NULL};
    block_krylov_cycle(krylov, &matrix, WIDTH, vectors, values, residuals);
    for (size_t k = 0; k < WIDTH; k++) {
        const double *v = vectors + k * N;
        double squares = 0;
        for (size_t i = 0; i < N; i++) {
            double off = -values[k] * v[i];
            for (size_t j = 0; j < N; j++)
                off += a[i * N + j] * v[j];
            squares += off * off;
        }
        assert_close(residuals[k], sqrt(squares), 1e-10);
        for (size_t l = 0; l < WIDTH; l++) {
            double dot = 0;
            for (size_t i = 0; i < N; i++)
                dot += v[i] * vectors[l * N + i];
            assert_within(dot, k == l, 1e-13);
        }
    }
    block_krylov_free(krylov);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cycles_find_the_largest_eigenvalues),
        cmocka_unit_test(residuals_are_those_of_the_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
