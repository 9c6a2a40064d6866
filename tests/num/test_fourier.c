#include "num/fourier.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "support/assertions.h"

static const double PI = 3.14159265358979323846;

/* 1e-15 x log2 N of the root mean square sqrt N of a transform of numbers of variance 1: the usual error is a
 * fifth of that. */
static double tolerance(size_t size) {
    return 1e-15 * (1 + log2((double)size)) * sqrt((double)size);
}

static double *normals(size_t count, size_t seed) {
    struct random_stream stream;
    double *x = malloc(count * sizeof *x);
    assert_non_null(x);
    random_start(&stream, seed, "test_fourier", "numbers", count);
    random_normals(&stream, count, x);
    return x;
}

/* X_k by its definition. */
static void slow_transform(size_t size, const double *real, const double *imaginary, size_t k,
                           double *result) {
    long double sum_real = 0, sum_imaginary = 0;
    for (size_t j = 0; j < size; j++) {
        long double angle = -2 * 3.14159265358979323846264L * (long double)(j * k % size) / size;
        sum_real += real[j] * cosl(angle) - imaginary[j] * sinl(angle);
        sum_imaginary += real[j] * sinl(angle) + imaginary[j] * cosl(angle);
    }
    result[0] = (double)sum_real;
    result[1] = (double)sum_imaginary;
}

static void check_complex(size_t size) {
    struct error error;
    struct fourier *plan = fourier_create(size, &error);
    double *real = normals(size, 1), *imaginary = normals(size, 2), *x = normals(size, 1),
           *y = normals(size, 2);
    assert_non_null(plan);
    fourier_complex(plan, x, y);
    for (size_t k = 0; k < size; k += 1 + size / 64) {
        double expected[2];
        slow_transform(size, real, imaginary, k, expected);
        assert_within(x[k], expected[0], tolerance(size));
        assert_within(y[k], expected[1], tolerance(size));
    }
    fourier_complex_inverse(plan, x, y);
    for (size_t k = 0; k < size; k++) {
        assert_within(x[k], real[k], 2e-14);
        assert_within(y[k], imaginary[k], 2e-14);
    }
    free(real);
    free(imaginary);
    free(x);
    free(y);
    fourier_free(plan);
}

static void check_real(size_t size) {
    struct error error;
    struct fourier *plan = fourier_create(size, &error);
    double *x = normals(size, 3), *zero = calloc(size, sizeof *zero), *back = calloc(size, sizeof *back);
    double *real = calloc(size, sizeof *real), *imaginary = calloc(size, sizeof *imaginary);
    assert_true(plan != NULL && zero != NULL && back != NULL && real != NULL && imaginary != NULL);
    fourier_real(plan, x, real, imaginary);
    for (size_t k = 0; k <= size / 2; k += 1 + size / 64) {
        double expected[2];
        slow_transform(size, x, zero, k, expected);
        assert_within(real[k], expected[0], tolerance(size));
        assert_within(imaginary[k], expected[1], tolerance(size));
    }
    fourier_real_inverse(plan, real, imaginary, back);
    for (size_t k = 0; k < size; k++)
        assert_within(back[k], x[k], 2e-14);
    free(x);
    free(zero);
    free(back);
    free(real);
    free(imaginary);
    fourier_free(plan);
}

static void check_cosine(size_t size) {
    struct error error;
    struct fourier *plan = fourier_create(size, &error);
    double *x = normals(size, 4), *cosines = calloc(size, sizeof *cosines);
    assert_true(plan != NULL && cosines != NULL);
    fourier_cosine(plan, x, cosines);
    for (size_t k = 0; k < size; k += 1 + size / 64) {
        long double sum = 0;
        for (size_t j = 0; j < size; j++)
            sum += x[j] * cosl(3.14159265358979323846264L * (long double)(k * (2 * j + 1) % (4 * size)) /
                               (2 * (long double)size));
        assert_within(cosines[k], (double)sum, tolerance(size));
    }
    free(x);
    free(cosines);
    fourier_free(plan);
}

static void complex_numbers_give_the_defining_sum_and_come_back(void **state) {
    (void)state;
    for (size_t size = 2; size <= 4096; size *= 2)
        check_complex(size);
}

static void real_numbers_give_the_defining_sum_and_come_back(void **state) {
    (void)state;
    for (size_t size = 2; size <= 4096; size *= 2)
        check_real(size);
}

static void cosine_transforms_are_the_defining_sum(void **state) {
    (void)state;
    for (size_t size = 2; size <= 4096; size *= 2)
        check_cosine(size);
}

static void a_wave_is_one_line(void **state) {
    (void)state;
    enum { SIZE = 64 };
    struct error error;
    struct fourier *plan = fourier_create(SIZE, &error);
    double x[SIZE], real[SIZE / 2 + 1], imaginary[SIZE / 2 + 1];
    assert_non_null(plan);
    for (size_t j = 0; j < SIZE; j++)
        x[j] = sin(2 * PI * 5 * (double)j / SIZE);
    fourier_real(plan, x, real, imaginary);
    for (size_t k = 0; k <= SIZE / 2; k++) {
        assert_within(real[k], 0, 1e-13);
        assert_within(imaginary[k], k == 5 ? -SIZE / 2.0 : 0, 1e-13);
    }
    fourier_free(plan);
}

static void sizes_are_the_next_powers_of_two(void **state) {
    (void)state;
    assert_int_equal(fourier_size(0), 2);
    assert_int_equal(fourier_size(2), 2);
    assert_int_equal(fourier_size(1000), 1024);
    assert_int_equal(fourier_size(1024), 1024);
    assert_int_equal(fourier_size(SIZE_MAX), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(complex_numbers_give_the_defining_sum_and_come_back),
        cmocka_unit_test(real_numbers_give_the_defining_sum_and_come_back),
        cmocka_unit_test(cosine_transforms_are_the_defining_sum),
        cmocka_unit_test(a_wave_is_one_line),
        cmocka_unit_test(sizes_are_the_next_powers_of_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
