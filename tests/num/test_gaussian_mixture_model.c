#include "num/gaussian_mixture_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "num/gaussian_mixture_density.h"
#include "support/assertions.h"

/* Arrays of a model, without a file. */
static struct npz_array numbers(const char *name, size_t rank, const size_t *shape, const double *values) {
    struct npz_array array = {.name = (char *)(uintptr_t)name, .type = "<f8", .rank = rank, .count = 1};
    for (size_t i = 0; i < rank; i++) {
        array.shape[i] = shape[i];
        array.count *= shape[i];
    }
    array.values = (double *)(uintptr_t)values;
    return array;
}

static struct npz_array text(const char *name, const char *value) {
    return (struct npz_array){
        .name = (char *)(uintptr_t)name, .type = "<U9", .count = 1, .text = (char *)(uintptr_t)value};
}

/* clang-format off */
#define SHAPE(...) sizeof((const size_t[]){__VA_ARGS__}) / sizeof(size_t), (const size_t[]){__VA_ARGS__}
#define VALUES(...) ((const double[]){__VA_ARGS__})
#define ARRAYS(...)                                                                                          \
    (struct npz_array[]){__VA_ARGS__}, sizeof((struct npz_array[]){__VA_ARGS__}) / sizeof(struct npz_array)
/* clang-format on */

static struct gaussian_mixture *from(struct npz_array *arrays, size_t count, struct error *error) {
    struct npz npz = {.arrays = arrays, .count = count, .path = (char *)(uintptr_t) "m.npz"};
    return gaussian_mixture_model_from_arrays(&npz, error);
}

static void assert_refused(struct npz_array *arrays, size_t count, const char *message) {
    struct error error = {0};
    assert_null(from(arrays, count, &error));
    assert_string_equal(error.text, message);
}

static const double WEIGHTS[] = {0.3, 0.7};
static const double MEANS[] = {0, 0, 3, 1};
static const double MATRICES[] = {1, 0.5, 0.5, 2, 0.5, 0, 0, 0.25};

static void each_covariance_type_has_its_shape(void **state) {
    (void)state;
    static const struct {
        const char *name;
        size_t rank, shape[3];
    } types[] = {
        {"full", 3, {2, 2, 2}},    {"tied", 2, {2, 2}},   {"diagonal", 2, {2, 2}},
        {"tied-diagonal", 1, {2}}, {"spherical", 1, {2}}, {"tied-spherical", 0, {0}},
    };
    static const double values[] = {1, 0.5, 0.5, 2, 1, 0.5, 0.5, 2};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct error error = {0};
        struct gaussian_mixture *mixture =
            from(ARRAYS(text("kind", "gmm"), text("covariance_type", types[i].name),
                        numbers("weights", SHAPE(2), WEIGHTS), numbers("means", SHAPE(2, 2), MEANS),
                        numbers("covariances", types[i].rank, types[i].shape, values)),
                 &error);
        assert_non_null(mixture);
        assert_int_equal(mixture->type, i);
        assert_int_equal(mixture->components, 2);
        gaussian_mixture_free(mixture);
    }
}

/* As `matcat --pack` makes one from text: a column of weights, no type. */
static void a_packed_model_is_full_and_may_hold_a_column(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian_mixture *mixture =
        from(ARRAYS(text("kind", "gmm"), numbers("weights", SHAPE(2, 1), WEIGHTS),
                    numbers("means", SHAPE(2, 2), MEANS), numbers("covariances", SHAPE(2, 2, 2), MATRICES)),
             &error);
    assert_non_null(mixture);
    double log_density;
    assert_int_equal(gaussian_mixture_density_log(mixture, 1, 1, VALUES(1, 1), &log_density, &error), 0);
    assert_within(log_density, -3.64376093, 5e-9); /* the specification's value */
    gaussian_mixture_free(mixture);
}

static void what_does_not_fit_is_named(void **state) {
    (void)state;
    struct npz_array kind = text("kind", "gmm"), weights = numbers("weights", SHAPE(2), WEIGHTS);
    struct npz_array means = numbers("means", SHAPE(2, 2), MEANS);
    struct npz_array covariances = numbers("covariances", SHAPE(2, 2, 2), MATRICES);
    assert_refused(ARRAYS(text("kind", "gp")), "m.npz: kind: expected gmm or kde, got 'gp'");
    assert_refused(ARRAYS(kind, means, covariances), "m.npz: no array weights");
    assert_refused(ARRAYS(kind, weights, means), "m.npz: no array covariances");
    assert_refused(ARRAYS(kind, text("weights", "x"), means, covariances),
                   "m.npz: weights: expected numbers, got a text");
    assert_refused(ARRAYS(kind, numbers("weights", SHAPE(2, 2), MEANS), means, covariances),
                   "m.npz: weights: expected a vector, got shape (2, 2)");
    assert_refused(ARRAYS(kind, numbers("weights", SHAPE(3), VALUES(0.1, 0.2, 0.7)), means, covariances),
                   "m.npz: means: expected 3 rows, one for each weight, got shape (2, 2)");
    assert_refused(ARRAYS(kind, weights, means, numbers("covariances", SHAPE(2, 2), MATRICES)),
                   "m.npz: covariances: expected shape (2, 2, 2), got (2, 2)");
    assert_refused(ARRAYS(kind, weights, means, covariances, text("covariance_type", "round")),
                   "m.npz: covariance_type: expected full, tied, diagonal, tied-diagonal, spherical or "
                   "tied-spherical, got 'round'");
    assert_refused(ARRAYS(kind, numbers("weights", SHAPE(2), VALUES(0.3, 0.63)), means, covariances),
                   "m.npz: weights sum to 0.93, not 1");
    assert_refused(ARRAYS(kind, weights, numbers("means", SHAPE(2, 2), VALUES(0, NAN, 1, 1)), covariances),
                   "m.npz: means: component 1: value 2 is not finite");
    assert_refused(
        ARRAYS(kind, weights, means, numbers("covariances", SHAPE(2, 2, 2), VALUES(1, 0, 0, 1, 1, 2, 2, 1))),
        "m.npz: covariances: component 2 is not positive definite");
    assert_refused(ARRAYS(kind, weights, means, covariances, numbers("noise", SHAPE(2), VALUES(2, 0))),
                   "m.npz: noise: expected a weight and a log density, got 2 and 0");
}

static void noise_counts_among_the_weights(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian_mixture *mixture =
        from(ARRAYS(text("kind", "gmm"), numbers("weights", SHAPE(2), VALUES(0.25, 0.5)),
                    numbers("means", SHAPE(2, 2), MEANS), numbers("covariances", SHAPE(2, 2, 2), MATRICES),
                    numbers("noise", SHAPE(2), VALUES(0.25, -3))),
             &error);
    assert_non_null(mixture);
    assert_ulps(mixture->noise_weight, 0.25, 0);
    assert_ulps(mixture->noise_log_density, -3, 0);
    gaussian_mixture_free(mixture);
}

/* Two points, L = [[2, 0], [1, 1]], local factors 1 and 3, by the kernel's own formula. */
static void a_gaussian_kernel_estimate_is_a_mixture(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian_mixture *mixture = from(
        ARRAYS(text("kind", "kde"), text("kernel", "gaussian"), text("kernel_form", "radial"),
               numbers("points", SHAPE(2, 2), VALUES(0, 0, 1, 2)),
               numbers("weights", SHAPE(2), VALUES(0.25, 0.75)),
               numbers("factor", SHAPE(2, 2), VALUES(2, 0, 1, 1)), numbers("local", SHAPE(2), VALUES(1, 3)),
               numbers("lower", SHAPE(2), VALUES(NAN, NAN)), numbers("period", SHAPE(2), VALUES(NAN, NAN))),
        &error);
    assert_non_null(mixture);
    double log_density;
    assert_int_equal(gaussian_mixture_density_log(mixture, 1, 1, VALUES(2, -1), &log_density, &error), 0);
    /* z = L^-1 (x - y): (2, -1) -> (1, -2); (1, -3) -> (0.5, -3.5), over 3 */
    double first = 0.25 / (2 * M_PI * 2) * exp(-0.5 * (1 + 4));
    double second = 0.75 / (2 * M_PI * 2 * 9) * exp(-0.5 * (0.25 + 12.25) / 9);
    assert_close(log_density, log(first + second), 1e-14);
    gaussian_mixture_free(mixture);
}

static void other_kernel_estimates_are_refused(void **state) {
    (void)state;
    struct npz_array kind = text("kind", "kde"), points = numbers("points", SHAPE(2, 1), VALUES(0, 1));
    struct npz_array weights = numbers("weights", SHAPE(2), VALUES(0.5, 0.5));
    struct npz_array factor = numbers("factor", SHAPE(1, 1), VALUES(2)),
                     local = numbers("local", SHAPE(2), VALUES(1, 1));
    assert_refused(
        ARRAYS(kind, text("kernel", "biweight"), points, weights, factor, local),
        "m.npz: kernel: only a kernel estimate with the gaussian kernel is a Gaussian mixture, this "
        "one is 'biweight'");
    assert_refused(ARRAYS(kind, points, weights, factor, local, numbers("upper", SHAPE(1), VALUES(5))),
                   "m.npz: upper: a kernel estimate with bounds or periods is no Gaussian mixture");
    assert_refused(ARRAYS(kind, points, weights, local, numbers("factor", SHAPE(1, 1), VALUES(0))),
                   "m.npz: factor: row 1: expected a lower triangle, its diagonal positive");
    assert_refused(ARRAYS(kind, points, weights, factor, numbers("local", SHAPE(2), VALUES(1, -1))),
                   "m.npz: local: point 2: expected a number > 0, got -1");
    assert_refused(ARRAYS(kind, points, weights, factor, numbers("local", SHAPE(3), VALUES(1, 1, 1))),
                   "m.npz: local: expected shape (2,), got (3,)");
}

static void a_model_is_read_from_its_file(void **state) {
    (void)state;
    struct error error = {0};
    char path[] = "/tmp/test_gaussian_mixture_model.XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    struct npz_writer *writer = npz_writer_open(path, &error);
    assert_non_null(writer);
    assert_int_equal(npz_writer_text(writer, "kind", "gmm", &error), 0);
    assert_int_equal(npz_writer_number(writer, "version", 1, &error), 0);
    assert_int_equal(npz_writer_text(writer, "covariance_type", "full", &error), 0);
    assert_int_equal(npz_writer_numbers(writer, "weights", SHAPE(2), WEIGHTS, false, &error), 0);
    assert_int_equal(npz_writer_numbers(writer, "means", SHAPE(2, 2), MEANS, false, &error), 0);
    assert_int_equal(npz_writer_numbers(writer, "covariances", SHAPE(2, 2, 2), MATRICES, false, &error), 0);
    assert_int_equal(npz_writer_close(writer, &error), 0);
    struct gaussian_mixture *mixture = gaussian_mixture_model_read(path, &error);
    assert_non_null(mixture);
    assert_same_bits(mixture->covariances, MATRICES, 8);
    gaussian_mixture_free(mixture);
    remove(path);
    assert_null(gaussian_mixture_model_read(path, &error));
    assert_non_null(strstr(error.text, path));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_covariance_type_has_its_shape),
        cmocka_unit_test(a_packed_model_is_full_and_may_hold_a_column),
        cmocka_unit_test(what_does_not_fit_is_named),
        cmocka_unit_test(noise_counts_among_the_weights),
        cmocka_unit_test(a_gaussian_kernel_estimate_is_a_mixture),
        cmocka_unit_test(other_kernel_estimates_are_refused),
        cmocka_unit_test(a_model_is_read_from_its_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
