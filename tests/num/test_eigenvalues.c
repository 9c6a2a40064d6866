#include "num/eigenvalues.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

static void eigenvalues(size_t n, const double *a, double *values) {
    struct error error;
    double *copy = malloc(n * n * sizeof *copy);
    assert_non_null(copy);
    memcpy(copy, a, n * n * sizeof *copy);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            copy[i * n + j] = NAN; /* must not be read */
    assert_int_equal(eigenvalues_symmetric(n, copy, values, &error), 0);
    free(copy);
}

static void small_matrices_have_their_closed_forms(void **state) {
    (void)state;
    double values[3];
    eigenvalues(1, (double[]){-3.5}, values);
    assert_ulps(values[0], -3.5, 0);
    eigenvalues(2, (double[]){2, 1, 1, 2}, values);
    assert_within(values[0], 1, 1e-15);
    assert_within(values[1], 3, 1e-15);
    /* all ones: 0, 0, 3 */
    eigenvalues(3, (double[]){1, 1, 1, 1, 1, 1, 1, 1, 1}, values);
    assert_within(values[0], 0, 1e-15);
    assert_within(values[1], 0, 1e-15);
    assert_within(values[2], 3, 1e-15);
    eigenvalues(3, (double[]){0, 0, 0, 0, 0, 0, 0, 0, 0}, values);
    assert_within(values[2], 0, 0);
    eigenvalues(3, (double[]){7, 0, 0, 0, -2, 0, 0, 0, 1e-9}, values); /* a diagonal is kept, sorted */
    assert_ulps(values[0], -2, 0);
    assert_ulps(values[1], 1e-9, 0);
    assert_ulps(values[2], 7, 0);
}

/* The path of n points: 2 - 2 cos(pi k / (n + 1)). */
static void the_second_difference_has_its_cosines(void **state) {
    (void)state;
    enum { N = 100 };
    static double a[N * N], values[N];
    for (size_t i = 0; i < N; i++) {
        a[i * N + i] = 2;
        if (i > 0)
            a[i * N + i - 1] = a[(i - 1) * N + i] = -1;
    }
    eigenvalues(N, a, values);
    for (size_t k = 0; k < N; k++)
        assert_within(values[k], 2 - 2 * cos(M_PI * (double)(k + 1) / (N + 1)), 1e-14);
}

/* A full matrix with known values: D reflected by a random u, (I - 2 u u^T) D (I - 2 u u^T). */
static void reflections_keep_the_values(void **state) {
    (void)state;
    enum { N = 60 };
    static double a[N * N], u[N], values[N];
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct random_stream stream;
        double norm = 0;
        random_start(&stream, seed, "test", "eigenvalues", 0);
        random_normals(&stream, N, u);
        for (size_t i = 0; i < N; i++)
            norm += u[i] * u[i];
        for (size_t i = 0; i < N; i++)
            u[i] /= sqrt(norm);
        double middle = 0; /* u^T D u, D = diag(1 .. N) */
        for (size_t i = 0; i < N; i++)
            middle += (double)(i + 1) * u[i] * u[i];
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++)
                a[i * N + j] = (i == j ? (double)(i + 1) : 0) - 2 * u[i] * u[j] * (double)(i + j + 2) +
                               4 * middle * u[i] * u[j];
        eigenvalues(N, a, values);
        for (size_t i = 0; i < N; i++)
            assert_within(values[i], (double)(i + 1), 60 * N * 2.2e-16); /* n epsilon of the largest */
    }
}

static void scale_does_not_matter(void **state) {
    (void)state;
    double scales[] = {1e-300, 1e-6, 1e6, 1e300}, values[2];
    for (size_t i = 0; i < 4; i++) {
        double s = scales[i];
        eigenvalues(2, (double[]){2 * s, s, s, 2 * s}, values);
        assert_close(values[0], s, 1e-15);
        assert_close(values[1], 3 * s, 1e-15);
    }
}

static void a_matrix_with_a_nan_is_refused(void **state) {
    (void)state;
    struct error error;
    double values[2], a[] = {1, 0, NAN, 1};
    assert_int_equal(eigenvalues_symmetric(2, a, values, &error), -1);
    assert_string_equal(error.text, "the matrix is not finite");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_matrices_have_their_closed_forms),
        cmocka_unit_test(the_second_difference_has_its_cosines),
        cmocka_unit_test(reflections_keep_the_values),
        cmocka_unit_test(scale_does_not_matter),
        cmocka_unit_test(a_matrix_with_a_nan_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
