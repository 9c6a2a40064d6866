#include "num/symmetric_eigen.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

enum { N = 9 };

/* A is the sum of the values times the vectors' squares, and the vectors are orthonormal; both to some ulp of
 * the largest entry. */
static void the_pieces_make_the_matrix(void **state) {
    (void)state;
    struct random_stream stream;
    double a[N * N], copy[N * N], values[N], vectors[N * N];
    random_start(&stream, 1, "test", "eigen", 0);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j <= i; j++)
            a[i * N + j] = a[j * N + i] = random_normal(&stream);
    memcpy(copy, a, sizeof a);
    symmetric_eigen_jacobi(N, copy, values, vectors);
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) {
            double sum = 0, dot = 0;
            for (size_t k = 0; k < N; k++) {
                sum += values[k] * vectors[k * N + i] * vectors[k * N + j];
                dot += vectors[i * N + k] * vectors[j * N + k];
            }
            assert_within(sum, a[i * N + j], 1e-13);
            assert_within(dot, i == j, 1e-13);
        }
    }
}

/* (2, 1; 1, 2) has 1 and 3. */
static void two_by_two_has_its_closed_form(void **state) {
    (void)state;
    double a[] = {2, 1, 1, 2}, values[2], vectors[4];
    symmetric_eigen_jacobi(2, a, values, vectors);
    assert_within(fmin(values[0], values[1]), 1, 1e-15);
    assert_within(fmax(values[0], values[1]), 3, 1e-15);
    assert_within(fabs(vectors[0]), sqrt(0.5), 1e-15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pieces_make_the_matrix),
        cmocka_unit_test(two_by_two_has_its_closed_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
