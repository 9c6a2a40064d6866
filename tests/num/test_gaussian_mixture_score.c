#include "num/gaussian_mixture_score.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "num/gaussian_mixture_density.h"
#include "num/gaussian_mixture_derived.h"
#include "num/gaussian_mixture_posterior.h"
#include "support/assertions.h"
#include "support/mixtures.h"

enum { D_MAX = 8, ROWS_MAX = 70 };

static void normals(unsigned seed, size_t count, double *values) {
    struct random_stream stream;
    random_start(&stream, seed, "tests", "points", 0);
    random_normals(&stream, count, values);
}

/* Score (rows x d) and Laplacian of rows, by way of terms and responsibilities. laplacian may be NULL. */
static void score_of(const struct gaussian_mixture *mixture, size_t rows, const double *points,
                     double *gradient, double *laplacian) {
    struct error error = {0};
    struct gaussian_mixture_score score;
    double *terms = calloc(rows * mixture->components, sizeof *terms);
    double *workspace =
        calloc(gaussian_mixture_density_workspace(mixture) + gaussian_mixture_score_workspace(mixture),
               sizeof *terms);
    assert_true(terms != NULL && workspace != NULL);
    assert_int_equal(gaussian_mixture_score_create(&score, mixture, laplacian != NULL, &error), 0);
    gaussian_mixture_density_terms(mixture, rows, points, terms, workspace);
    gaussian_mixture_posterior_rows(mixture, rows, terms, NULL);
    gaussian_mixture_score_rows(&score, rows, points, terms, gradient, laplacian, workspace);
    gaussian_mixture_score_free(&score);
    free(terms);
    free(workspace);
}

static double log_density(const struct gaussian_mixture *mixture, const double *point) {
    double value, workspace[32 * (2 * D_MAX + 66)];
    assert_true(gaussian_mixture_density_workspace(mixture) <= sizeof workspace / sizeof *workspace);
    gaussian_mixture_density_rows(mixture, 1, point, &value, workspace);
    return value;
}

/* Against central differences with step h. Their errors are near h^2 |f'''| and 1e-15 |log f| / h (a first
 * derivative, h = 1e-5), and for the second, with h = 1e-3, near h^2 |f''''| and 1e-15 |log f| / h^2. */
static void assert_derivatives(const struct gaussian_mixture *mixture, unsigned seed) {
    size_t d = mixture->dimensions, rows = 5;
    double points[5 * D_MAX], gradient[5 * D_MAX], alone[5 * D_MAX], laplacian[5];
    normals(seed, rows * d, points);
    score_of(mixture, rows, points, gradient, laplacian);
    score_of(mixture, rows, points, alone, NULL);
    for (size_t row = 0; row < rows; row++) {
        double trace = 0, *x = points + row * d, middle = log_density(mixture, x);
        for (size_t j = 0; j < d; j++) {
            double at = x[j], h = 1e-5, wide = 1e-3;
            x[j] = at + h;
            double right = log_density(mixture, x);
            x[j] = at - h;
            double left = log_density(mixture, x);
            x[j] = at + wide;
            double far_right = log_density(mixture, x);
            x[j] = at - wide;
            trace += (far_right - 2 * middle + log_density(mixture, x)) / (wide * wide);
            x[j] = at;
            assert_within(gradient[row * d + j], (right - left) / (2 * h), 2e-7);
            assert_within(alone[row * d + j], gradient[row * d + j], 1e-12 * (1 + fabs(alone[row * d + j])));
        }
        assert_within(laplacian[row], trace, 2e-3);
    }
}

static void score_and_laplacian_are_the_derivatives_for_every_type(void **state) {
    (void)state;
    static const double weights[] = {0.2, 0.3, 0.5}, means[] = {0, 0, 0, 1, -1, 0.5, -1, 1, 0.3};
    static const double values[] = {1,   0.3, 0.1, 0.3, 1.5, 0.2, 0.1, 0.2, 0.8, 0.6, 0, 0,   0,  0.9,
                                    0.1, 0,   0.1, 0.7, 2,   0.5, 0,   0.5, 1,   0.1, 0, 0.1, 1.2};
    for (int type = 0; type < GAUSSIAN_MIXTURE_TYPES; type++) {
        double covariances[27];
        for (size_t i = 0; i < 27; i++)
            covariances[i] =
                type == GAUSSIAN_MIXTURE_FULL || type == GAUSSIAN_MIXTURE_TIED ? values[i] : 0.5 + values[i];
        struct gaussian_mixture *mixture =
            mixtures_make(3, 3, (enum gaussian_mixture_type)type, weights, means, covariances);
        assert_derivatives(mixture, 17);
        gaussian_mixture_free(mixture);
    }
}

static void random_mixtures_have_their_derivatives(void **state) {
    (void)state;
    for (unsigned seed = 1; seed <= 10; seed++) {
        struct gaussian_mixture *mixture = mixtures_random(seed, 1 + seed % 4, 1 + seed % D_MAX, 1);
        assert_derivatives(mixture, seed);
        gaussian_mixture_free(mixture);
    }
}

static void scaled_components_have_their_derivatives(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian_mixture *mixture = gaussian_mixture_create(2, 2, GAUSSIAN_MIXTURE_TIED, &error);
    assert_non_null(mixture);
    mixture->scales = calloc(2, sizeof *mixture->scales);
    assert_non_null(mixture->scales);
    const double means[] = {0, 0, 1, -1}, covariance[] = {1, 0.4, 0.4, 0.7};
    for (size_t i = 0; i < 4; i++) {
        mixture->means[i] = means[i];
        mixture->covariances[i] = covariance[i];
        mixture->weights[i / 2] = 0.5;
        mixture->scales[i / 2] = i < 2 ? 0.8 : 1.5;
    }
    assert_int_equal(gaussian_mixture_prepare(mixture, &error), 0);
    assert_derivatives(mixture, 5);
    gaussian_mixture_free(mixture);
}

static void a_uniform_component_flattens_the_score(void **state) {
    (void)state;
    struct error error = {0};
    struct gaussian_mixture *mixture = gaussian_mixture_create(2, 1, GAUSSIAN_MIXTURE_SPHERICAL, &error);
    assert_non_null(mixture);
    mixture->weights[0] = 0.5;
    mixture->weights[1] = 0.2;
    mixture->means[0] = -1;
    mixture->means[1] = 2;
    mixture->covariances[0] = 1;
    mixture->covariances[1] = 0.5;
    mixture->noise_weight = 0.3;
    mixture->noise_log_density = -2;
    assert_int_equal(gaussian_mixture_prepare(mixture, &error), 0);
    assert_derivatives(mixture, 3);
    gaussian_mixture_free(mixture);
}

/* Specification of gmmeval, check 2: eight decimals are given. */
static void published_scores(void **state) {
    (void)state;
    struct error error = {0};
    const double points[] = {1, 1, 2, 0.5};
    const double expected[] = {0.21470065, -0.22266467, 1.74830736, 1.89585132};
    const double noised_expected[] = {1.12475164, -0.40306827, 0.50241996, 0.56099287};
    double gradient[4];
    struct gaussian_mixture *mixture =
        mixtures_make(2, 2, GAUSSIAN_MIXTURE_FULL, (double[]){0.3, 0.7}, (double[]){0, 0, 3, 1},
                      (double[]){1, 0.5, 0.5, 2, 0.5, 0, 0, 0.25});
    struct gaussian_mixture *noised = gaussian_mixture_derived_noised(mixture, 0.8, 0.6, &error);
    assert_non_null(noised);
    score_of(mixture, 2, points, gradient, NULL);
    for (size_t i = 0; i < 4; i++)
        assert_within(gradient[i], expected[i], 5.1e-9);
    score_of(noised, 2, points, gradient, NULL);
    for (size_t i = 0; i < 4; i++)
        assert_within(gradient[i], noised_expected[i], 5.1e-9);
    gaussian_mixture_free(noised);
    gaussian_mixture_free(mixture);
}

/* Far out f is one component's tail: score (mu - x) / v, laplacian -d / v, which |g|^2 - |score|^2, near
 * 1e12, would lose four digits of. */
static void far_from_all_means_the_laplacian_keeps_its_digits(void **state) {
    (void)state;
    double gradient[2], laplacian;
    struct gaussian_mixture *mixture = mixtures_make(2, 2, GAUSSIAN_MIXTURE_SPHERICAL, (double[]){0.5, 0.5},
                                                     (double[]){0, 0, 1, 1}, (double[]){2, 1});
    score_of(mixture, 1, (double[]){1e6, -1e6}, gradient, &laplacian);
    assert_close(gradient[0], -5e5, 1e-14);
    assert_close(gradient[1], 5e5, 1e-14);
    assert_close(laplacian, -1, 1e-14);
    gaussian_mixture_free(mixture);
}

static void a_row_s_score_depends_on_nothing_but_the_row(void **state) {
    (void)state;
    double points[ROWS_MAX * 3], all[ROWS_MAX * 3], one[3], laplacians[ROWS_MAX], laplacian;
    struct gaussian_mixture *mixture = mixtures_random(4, 5, 3, 2);
    normals(8, ROWS_MAX * 3, points);
    score_of(mixture, ROWS_MAX, points, all, laplacians);
    for (size_t row = 0; row < ROWS_MAX; row++) {
        score_of(mixture, 1, points + row * 3, one, &laplacian);
        assert_same_bits(one, all + row * 3, 3);
        assert_same_bits(&laplacian, laplacians + row, 1);
    }
    gaussian_mixture_free(mixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(score_and_laplacian_are_the_derivatives_for_every_type),
        cmocka_unit_test(random_mixtures_have_their_derivatives),
        cmocka_unit_test(scaled_components_have_their_derivatives),
        cmocka_unit_test(a_uniform_component_flattens_the_score),
        cmocka_unit_test(published_scores),
        cmocka_unit_test(far_from_all_means_the_laplacian_keeps_its_digits),
        cmocka_unit_test(a_row_s_score_depends_on_nothing_but_the_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
