#include "num/fourier_grid.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "support/assertions.h"

static void check(size_t dimensions, const size_t *sides) {
    struct random_stream stream;
    struct error error;
    size_t side[3] = {1, 1, 1}, cells = 1;
    for (size_t c = 0; c < dimensions; c++) {
        side[3 - dimensions + c] = sides[c];
        cells *= sides[c];
    }
    double *values = malloc(cells * sizeof *values), *kernel = malloc(cells * sizeof *kernel);
    double *expected = calloc(cells, sizeof *expected);
    assert_true(values != NULL && kernel != NULL && expected != NULL);
    random_start(&stream, 1, "test_fourier_grid", "grid", cells);
    random_normals(&stream, cells, values);
    random_normals(&stream, cells, kernel);
    for (size_t j = 0; j < cells; j++)
        for (size_t k = 0; k < cells; k++) {
            size_t at = 0, j_rest = j, k_rest = k, stride = 1;
            for (size_t c = 3; c-- > 0;) {
                at += (j_rest % side[c] + side[c] - k_rest % side[c]) % side[c] * stride;
                stride *= side[c];
                j_rest /= side[c];
                k_rest /= side[c];
            }
            expected[j] += values[k] * kernel[at];
        }
    assert_int_equal(fourier_grid_convolve(dimensions, sides, values, kernel, &error), 0);
    for (size_t j = 0; j < cells; j++) /* 1e-16 x log2 x |values| |kernel|, the norms near sqrt cells */
        assert_within(values[j], expected[j], 1e-15 * (double)cells);
    free(values);
    free(kernel);
    free(expected);
}

static void convolutions_are_the_defining_sums(void **state) {
    (void)state;
    check(1, (size_t[]){2});
    check(1, (size_t[]){64});
    check(2, (size_t[]){2, 16});
    check(2, (size_t[]){32, 8});
    check(3, (size_t[]){4, 2, 8});
    check(3, (size_t[]){8, 16, 4});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions_are_the_defining_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
