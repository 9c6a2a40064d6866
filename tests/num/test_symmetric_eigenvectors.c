#include "num/symmetric_eigenvectors.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "num/eigenvalues.h"
#include "support/assertions.h"

/* A v = w v to some n epsilon of the largest (dsyevr's relatively robust representations take a factor of
 * 10), vectors at right angles, values those of another algorithm, descending: by rotations and by the
 * library. */
static void vectors_are_eigenvectors(void **state) {
    (void)state;
    static const size_t orders[] = {1, 2, 7, 64, 65, 150};
    for (size_t o = 0; o < sizeof orders / sizeof *orders; o++) {
        size_t n = orders[o];
        struct error error = {0};
        struct random_stream stream;
        double *a = malloc(n * n * sizeof *a), *v = malloc(n * n * sizeof *v),
               *room = malloc(n * n * sizeof *room);
        double *values = malloc(n * sizeof *values), *others = malloc(n * sizeof *others);
        assert_true(a != NULL && v != NULL && room != NULL && values != NULL && others != NULL);
        random_start(&stream, 1, "test", "eigen", n);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++)
                a[i * n + j] = a[j * n + i] = random_normal(&stream);
        memcpy(v, a, n * n * sizeof *a);
        memcpy(room, a, n * n * sizeof *a);
        assert_int_equal(symmetric_eigenvectors(n, v, values, &error), 0);
        assert_int_equal(eigenvalues_symmetric(n, room, others, &error), 0);
        double small = 20 * (double)n * DBL_EPSILON * fmax(fabs(values[0]), fabs(values[n - 1]));
        for (size_t k = 0; k < n; k++) {
            double largest = 0;
            assert_within(values[k], others[n - 1 - k], small);
            for (size_t i = 0; i < n; i++) {
                double sum = 0;
                for (size_t j = 0; j < n; j++)
                    sum += a[i * n + j] * v[k * n + j];
                assert_within(sum, values[k] * v[k * n + i], small);
                if (fabs(v[k * n + i]) > fabs(largest))
                    largest = v[k * n + i];
            }
            assert_true(largest > 0);
            for (size_t l = 0; l <= k; l++) {
                double product = 0;
                for (size_t j = 0; j < n; j++)
                    product += v[k * n + j] * v[l * n + j];
                assert_within(product, k == l, 100 * (double)n * DBL_EPSILON);
            }
        }
        free(a), free(v), free(room), free(values), free(others);
    }
}

static void what_is_not_finite_is_refused(void **state) {
    (void)state;
    struct error error = {0};
    double a[] = {1, NAN, NAN, 1}, values[2];
    assert_int_equal(symmetric_eigenvectors(2, a, values, &error), -1);
    assert_string_equal(error.text, "the matrix is not finite");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_are_eigenvectors),
        cmocka_unit_test(what_is_not_finite_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
