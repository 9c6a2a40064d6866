#include "divergence/gaussian_divergence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

static struct gaussian make(size_t d, const double *mean, const double *covariance) {
    struct error error = {0};
    struct gaussian gaussian;
    assert_int_equal(gaussian_create(&gaussian, d, mean, covariance, &error), 0);
    return gaussian;
}

/* Mean of standard normals, covariance G G^T / d + I / 10. */
static struct gaussian random_gaussian(size_t d, unsigned seed) {
    struct random_stream stream;
    random_start(&stream, seed, "test_gaussian_divergence", "gaussian", d);
    double *g = malloc(d * d * sizeof *g), *covariance = malloc(d * d * sizeof *g);
    double *mean = malloc(d * sizeof *mean);
    random_normals(&stream, d, mean);
    random_normals(&stream, d * d, g);
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++) {
            double sum = i == j ? 0.1 : 0;
            for (size_t k = 0; k < d; k++)
                sum += g[i * d + k] * g[j * d + k] / (double)d;
            covariance[i * d + j] = sum;
        }
    struct gaussian gaussian = make(d, mean, covariance);
    free(g);
    free(covariance);
    free(mean);
    return gaussian;
}

static double kl(const struct gaussian *p, const struct gaussian *q) {
    struct error error = {0};
    double divergence;
    assert_int_equal(gaussian_divergence_kl(p, q, &divergence, &error), 0);
    return divergence;
}

static double geometric(const struct gaussian *p, const struct gaussian *q, double weight) {
    struct error error = {0};
    double divergence;
    assert_int_equal(gaussian_divergence_geometric(p, q, weight, &divergence, &error), 0);
    return divergence;
}

/* The specification's values, nine decimals. */
static void published_values(void **state) {
    (void)state;
    struct gaussian p = make(2, (double[]){0, 1}, (double[]){1, 0.3, 0.3, 2});
    struct gaussian q = make(2, (double[]){1, 0}, (double[]){2, 0, 0, 1});
    assert_within(kl(&p, &q), 1.023021969, 5e-10);
    assert_within(kl(&q, &p), 1.228286931, 5e-10);
    gaussian_free(&p);
    gaussian_free(&q);
}

static void one_dimension_follows_its_formula(void **state) {
    (void)state;
    struct gaussian p = make(1, (double[]){0.5}, (double[]){4});
    struct gaussian q = make(1, (double[]){-1}, (double[]){9});
    assert_close(kl(&p, &q), log(3.0 / 2) + (4 + 1.5 * 1.5) / 18 - 0.5, 1e-14);
    gaussian_free(&p);
    gaussian_free(&q);
}

static void equal_gaussians_are_at_zero(void **state) {
    (void)state;
    for (size_t d = 1; d <= 70; d += 23) {
        struct gaussian p = random_gaussian(d, 1);
        double divergence = kl(&p, &p); /* B is the identity up to rounding, whose squares remain */
        assert_true(divergence >= 0 && divergence < 1e-26);
        gaussian_free(&p);
    }
}

/* Variances 1 and (1 + e)^2: KL = e^2 - 5 e^3 / 3 + .. ; the form with traces leaves no digit. */
static void nearly_equal_gaussians_keep_their_digits(void **state) {
    (void)state;
    double e = ldexp(1, -30);
    struct gaussian p = make(1, (double[]){0}, (double[]){1});
    struct gaussian q = make(1, (double[]){0}, (double[]){(1 + e) * (1 + e)});
    assert_close(kl(&p, &q), e * e - 5 * e * e * e / 3, 1e-6); /* e is known to 2^-53 / 2^-30 */
    gaussian_free(&p);
    gaussian_free(&q);
}

/* Relative error of log |S| series against the plain form, either side of where they meet. */
static void the_variance_series_meets_the_logarithm(void **state) {
    (void)state;
    for (double ratio = 0.94; ratio < 1.06; ratio += 0.001) {
        struct gaussian p = make(1, (double[]){0}, (double[]){ratio});
        struct gaussian q = make(1, (double[]){0}, (double[]){1});
        long double t = ratio;
        assert_within(kl(&p, &q), (double)((t - 1 - logl(t)) / 2), 1e-17 + 3e-16 * fabs(ratio - 1));
        gaussian_free(&p);
        gaussian_free(&q);
    }
}

static void independent_coordinates_add(void **state) {
    (void)state;
    size_t d = 70; /* by the library */
    double *zeros = calloc(d, sizeof *zeros), *mean = calloc(d, sizeof *mean);
    double *one = calloc(d * d, sizeof *one), *other = calloc(d * d, sizeof *other);
    double sum = 0;
    for (size_t i = 0; i < d; i++) {
        double variance = 0.5 + 0.02 * (double)i;
        mean[i] = sin((double)i);
        one[i * d + i] = 1;
        other[i * d + i] = variance;
        sum += (1 / variance + mean[i] * mean[i] / variance - 1 + log(variance)) / 2;
    }
    struct gaussian p = make(d, zeros, one), q = make(d, mean, other);
    assert_close(kl(&p, &q), sum, 1e-13);
    gaussian_free(&p);
    gaussian_free(&q);
    free(zeros);
    free(mean);
    free(one);
    free(other);
}

/* With w = 1/2 in one dimension: S_g = 2 a b / (a + b), m_g = (b m + a n) / (a + b). */
static void the_geometric_mean_in_one_dimension(void **state) {
    (void)state;
    double m = 0.3, a = 1.5, n = -1, b = 0.7;
    struct gaussian p = make(1, &m, &a), q = make(1, &n, &b);
    double variance = 2 * a * b / (a + b), mean = (b * m + a * n) / (a + b);
    struct gaussian g = make(1, &mean, &variance);
    assert_close(geometric(&p, &q, 0.5), (kl(&p, &g) + kl(&q, &g)) / 2, 1e-13);
    gaussian_free(&p);
    gaussian_free(&q);
    gaussian_free(&g);
}

static void the_geometric_divergence_vanishes_at_its_ends_and_is_symmetric(void **state) {
    (void)state;
    for (unsigned seed = 1; seed <= 10; seed++) {
        struct gaussian p = random_gaussian(4, seed), q = random_gaussian(4, seed + 100);
        assert_within(geometric(&p, &q, 0), 0, 1e-13);
        assert_within(geometric(&p, &q, 1), 0, 1e-13);
        double middle = geometric(&p, &q, 0.3);
        assert_true(middle > 0);
        assert_close(geometric(&q, &p, 0.7), middle, 1e-11); /* condition numbers up to 100 */
        gaussian_free(&p);
        gaussian_free(&q);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_values),
        cmocka_unit_test(one_dimension_follows_its_formula),
        cmocka_unit_test(equal_gaussians_are_at_zero),
        cmocka_unit_test(nearly_equal_gaussians_keep_their_digits),
        cmocka_unit_test(the_variance_series_meets_the_logarithm),
        cmocka_unit_test(independent_coordinates_add),
        cmocka_unit_test(the_geometric_mean_in_one_dimension),
        cmocka_unit_test(the_geometric_divergence_vanishes_at_its_ends_and_is_symmetric),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
