#include "num/spectral_simplex.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "num/eigenvalues.h"
#include "support/assertions.h"

enum { ORDER_MAX = 120 };

/* A symmetric matrix whose entries have variance 1. */
static void draw(size_t n, double *a) {
    struct random_stream stream;
    random_start(&stream, n, "test", "simplex", 0);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            a[i * n + j] = a[j * n + i] = random_normal(&stream);
}

static double shift_of(size_t n, const double *exact, double trace) {
    double sum = 0, shift = 0;
    for (size_t i = 0; i < n; i++) {
        sum += exact[n - 1 - i];
        double candidate = (trace - sum) / (double)(i + 1);
        if (exact[n - 1 - i] + candidate > 0)
            shift = candidate;
    }
    return shift;
}

/* X is semidefinite as a sum of squares, its trace is c, and A + t I - X is negative semidefinite and
 * orthogonal to X: the conditions that the nearest point alone meets. */
static void check(size_t n, double trace, double tolerance) {
    static double a[ORDER_MAX * ORDER_MAX], rest[ORDER_MAX * ORDER_MAX], exact[ORDER_MAX];
    struct error error = {0};
    struct spectral_simplex_point point;
    draw(n, a);
    struct spectral_simplex *simplex = spectral_simplex_create(n, &error);
    assert_non_null(simplex);
    const struct block_krylov_matrix matrix = {n, a, NULL};
    for (int again = 0; again < 2; again++) { /* the second begins with the vectors of the first */
        double total = 0, inner = 0;
        assert_int_equal(spectral_simplex_project(simplex, &matrix, trace, tolerance, &point, &error), 0);
        assert_true(point.residual <= tolerance);
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++) {
                double x = 0;
                for (size_t r = 0; r < point.rank; r++)
                    x += point.roots[r * n + i] * point.roots[r * n + j];
                rest[i * n + j] = a[i * n + j] + (i == j ? point.shift : 0) - x;
                inner += rest[i * n + j] * x;
                total += i == j ? x : 0;
            }
        }
        assert_close(total, trace, 1e-12);
        assert_within(inner, 0, 1e-9 * trace);
        assert_int_equal(eigenvalues_symmetric(n, rest, exact, &error), 0);
        assert_true(exact[n - 1] < 1e-8);
        for (size_t i = 0; i < n * n; i++)
            rest[i] = a[i];
        assert_int_equal(eigenvalues_symmetric(n, rest, exact, &error), 0);
        assert_within(point.shift, shift_of(n, exact, trace), 1e-10 * exact[n - 1]);
    }
    spectral_simplex_free(simplex);
}

static void a_few_eigenvalues_are_followed(void **state) {
    (void)state;
    check(100, 0.5, 1e-10);
    check(120, 3, 1e-10);
}

static void many_eigenvalues_take_all(void **state) {
    (void)state;
    check(100, 1000, 1e-10);
    check(50, 300, 1e-10);
}

static void small_matrices_take_all(void **state) {
    (void)state;
    check(1, 2, 1e-10);
    check(2, 0.1, 1e-10);
    check(9, 1, 1e-10);
    check(40, 5, 1e-10);
}

static void the_largest_eigenvalue_is_found(void **state) {
    (void)state;
    static double a[ORDER_MAX * ORDER_MAX], copy[ORDER_MAX * ORDER_MAX], exact[ORDER_MAX];
    struct error error = {0};
    for (size_t n = 7; n <= ORDER_MAX; n += 113) {
        double largest;
        draw(n, a);
        for (size_t i = 0; i < n * n; i++)
            copy[i] = a[i];
        assert_int_equal(eigenvalues_symmetric(n, copy, exact, &error), 0);
        struct spectral_simplex *simplex = spectral_simplex_create(n, &error);
        assert_non_null(simplex);
        const struct block_krylov_matrix matrix = {n, a, NULL};
        assert_int_equal(spectral_simplex_largest(simplex, &matrix, 1e-9, &largest, &error), 0);
        assert_close(largest, exact[n - 1], 1e-12);
        spectral_simplex_free(simplex);
    }
}

/* An eigenvector that no vector followed has a part in is found as soon as it matters. */
static void a_vector_that_comes_into_use_is_noticed(void **state) {
    (void)state;
    static double a[ORDER_MAX * ORDER_MAX];
    size_t n = ORDER_MAX;
    struct error error = {0};
    struct spectral_simplex_point point;
    struct spectral_simplex *simplex = spectral_simplex_create(n, &error);
    assert_non_null(simplex);
    const struct block_krylov_matrix matrix = {n, a, NULL};
    for (size_t i = 0; i < n; i++)
        a[i * n + i] = i < 6 ? 6 - (double)i : 0;
    for (int again = 0; again < 5; again++)
        assert_int_equal(spectral_simplex_project(simplex, &matrix, 1, 1e-12, &point, &error), 0);
    a[n * n - 1] = 9;
    assert_int_equal(spectral_simplex_project(simplex, &matrix, 1, 1e-10, &point, &error), 0);
    assert_within(fabs(point.roots[n - 1]), 1, 1e-9);
    spectral_simplex_free(simplex);
}

static void what_is_not_finite_is_an_error(void **state) {
    (void)state;
    static double a[ORDER_MAX * ORDER_MAX];
    for (size_t n = 5; n <= ORDER_MAX; n += 95) {
        struct error error = {0};
        struct spectral_simplex_point point;
        struct spectral_simplex *simplex = spectral_simplex_create(n, &error);
        assert_non_null(simplex);
        draw(n, a);
        a[0] = NAN;
        const struct block_krylov_matrix matrix = {n, a, NULL};
        assert_int_equal(spectral_simplex_project(simplex, &matrix, 1, 1e-10, &point, &error), -1);
        spectral_simplex_free(simplex);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_few_eigenvalues_are_followed),
        cmocka_unit_test(many_eigenvalues_take_all),
        cmocka_unit_test(small_matrices_take_all),
        cmocka_unit_test(the_largest_eigenvalue_is_found),
        cmocka_unit_test(a_vector_that_comes_into_use_is_noticed),
        cmocka_unit_test(what_is_not_finite_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
