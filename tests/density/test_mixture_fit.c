/* Fits of mixtures: what EM cannot do, what affine maps do, and the closed form of one component. */
#include "density/mixture_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "density/mixture_restarts.h"
#include "density/mixture_start.h"
#include "support/assertions.h"

enum { ROWS = 500, D = 3 };

/* Three clusters of rows about their mean, weights in 0.5 .. 1.5. */
struct sample {
    double values[ROWS * D], weights[ROWS], mean[D];
    struct mixture_rows rows;
};

static void draw_sample(struct sample *sample, bool weighted) {
    struct random_stream stream;
    random_start(&stream, 3, "test", "sample", 0);
    sample->rows =
        (struct mixture_rows){.rows = ROWS, .dimensions = D, .values = sample->values, .total = ROWS};
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < D; j++)
            sample->values[i * D + j] =
                random_normal(&stream) * (1 + (double)j) + (double)(i % 3) * (j == 1 ? 5 : 2);
    if (weighted) {
        sample->rows.weights = sample->weights;
        sample->rows.total = 0;
        for (size_t i = 0; i < ROWS; i++)
            sample->rows.total += sample->weights[i] = 0.5 + random_uniform(&stream);
    }
    mixture_start_centre(ROWS, D, sample->rows.weights, sample->values, sample->mean);
}

static struct mixture_restarts settings_of(size_t components, enum gaussian_mixture_type type) {
    return (struct mixture_restarts){.components = components,
                                     .type = type,
                                     .restarts = 3,
                                     .seed = 1,
                                     .noise_log_density = -INFINITY,
                                     .threads = 2,
                                     .fit = {.mode = MIXTURE_STEP_SOFT,
                                             .tolerance = 1e-8,
                                             .max_iterations = 500,
                                             .constraints = {.dirichlet = 1}}};
}

static void fit_sample(const struct sample *sample, const struct mixture_restarts *settings,
                       struct mixture_fit *fit) {
    struct error error = {0};
    assert_int_equal(mixture_restarts_run(&sample->rows, settings, fit, &error), 0);
}

/* L = -V (d log 2 pi + log |C| + d) / 2, with C the weighted covariance of divisor V. */
static void one_component_has_the_weighted_mean_and_covariance(void **state) {
    (void)state;
    struct sample sample;
    struct mixture_fit fit;
    draw_sample(&sample, true);
    const struct mixture_restarts settings = settings_of(1, GAUSSIAN_MIXTURE_FULL);
    fit_sample(&sample, &settings, &fit);
    double total = sample.rows.total, determinant = 1;
    for (size_t a = 0; a < D; a++) {
        assert_within(fit.mixture->means[a], 0, 1e-13); /* rounding of sums of 500 values near 5 */
        for (size_t b = 0; b < D; b++) {
            double sum = 0;
            for (size_t i = 0; i < ROWS; i++)
                sum += sample.weights[i] * sample.values[i * D + a] * sample.values[i * D + b];
            assert_within(fit.mixture->covariances[a * D + b], sum / total, 1e-12);
        }
        determinant *= pow(fit.mixture->factors[a * D + a], 2);
    }
    double expected = -total / 2 * (D * log(2 * acos(-1)) + log(determinant) + D);
    assert_close(fit.log_likelihood, expected, 1e-13);
    mixture_fit_free(&fit);
}

/* Of plain EM: rounding of a sum of 500 terms is some 1e-13 of it. */
static void the_log_likelihood_never_falls(void **state) {
    (void)state;
    struct sample sample;
    draw_sample(&sample, true);
    for (int type = 0; type < GAUSSIAN_MIXTURE_TYPES; type++) {
        struct mixture_restarts settings = settings_of(4, (enum gaussian_mixture_type)type);
        struct mixture_fit fit;
        settings.restarts = 1;
        fit_sample(&sample, &settings, &fit);
        assert_true(fit.path_count > 3);
        for (size_t i = 1; i < fit.path_count; i++)
            assert_true(fit.path[i] >= fit.path[i - 1] - 1e-12 * fabs(fit.path[i]));
        mixture_fit_free(&fit);
    }
}

/* The posterior rises where the likelihood need not. */
static void the_objective_with_priors_never_falls(void **state) {
    (void)state;
    struct sample sample;
    draw_sample(&sample, false);
    for (int type = 0; type < GAUSSIAN_MIXTURE_TYPES; type++) {
        struct mixture_restarts settings = settings_of(4, (enum gaussian_mixture_type)type);
        struct mixture_fit fit;
        settings.restarts = 1;
        settings.fit.constraints.conjugate = true;
        settings.fit.constraints.dirichlet = 3;
        fit_sample(&sample, &settings, &fit);
        for (size_t i = 1; i < fit.path_count; i++)
            assert_true(fit.path[i] >= fit.path[i - 1] - 1e-12 * fabs(fit.path[i]));
        mixture_fit_free(&fit);
    }
}

/* y = B x adds log |det B| = log 24 to every row's -log f, and maps the means. */
static void an_affine_map_of_the_rows_maps_a_full_fit(void **state) {
    (void)state;
    struct sample sample;
    struct mixture_fit before, after;
    struct error error = {0};
    double mapped[ROWS * D];
    draw_sample(&sample, false);
    struct mixture_restarts settings = settings_of(3, GAUSSIAN_MIXTURE_FULL);
    settings.fit.tolerance = 0;
    settings.fit.max_iterations = 20;
    fit_sample(&sample, &settings, &before);
    settings.model = before.mixture;
    struct mixture_fit again;
    fit_sample(&sample, &settings, &again);
    struct gaussian_mixture *start = mixture_start_copy(before.mixture, NULL, &error);
    const double map[D * D] = {2, 0, 0, 1, 3, 0, -1, 2, 4};
    for (size_t i = 0; i < ROWS; i++)
        for (size_t a = 0; a < D; a++) {
            mapped[i * D + a] = 0;
            for (size_t b = 0; b < D; b++)
                mapped[i * D + a] += map[a * D + b] * sample.values[i * D + b];
        }
    for (size_t k = 0; k < 3; k++) { /* mu' = B mu, C' = (B L)(B L)^T */
        double root[D * D] = {0};
        for (size_t a = 0; a < D; a++) {
            start->means[k * D + a] = 0;
            for (size_t b = 0; b < D; b++) {
                start->means[k * D + a] += map[a * D + b] * before.mixture->means[k * D + b];
                for (size_t c = 0; c < D; c++)
                    root[a * D + b] += map[a * D + c] * before.mixture->factors[(k * D + c) * D + b];
            }
        }
        for (size_t a = 0; a < D; a++)
            for (size_t b = 0; b < D; b++) {
                start->covariances[(k * D + a) * D + b] = 0;
                for (size_t c = 0; c < D; c++)
                    start->covariances[(k * D + a) * D + b] += root[a * D + c] * root[b * D + c];
            }
    }
    assert_int_equal(mixture_maximise_prepare(start, &error), 0);
    const struct mixture_rows rows = {.rows = ROWS, .dimensions = D, .values = mapped, .total = ROWS};
    settings.model = start;
    assert_int_equal(mixture_restarts_run(&rows, &settings, &after, &error), 0);
    assert_close(after.log_likelihood, again.log_likelihood - ROWS * log(24), 1e-12);
    for (size_t k = 0; k < 3; k++)
        assert_within(after.mixture->means[k * D], 2 * again.mixture->means[k * D], 1e-9);
    gaussian_mixture_free(start);
    mixture_fit_free(&before);
    mixture_fit_free(&again);
    mixture_fit_free(&after);
}

static void threads_do_not_change_a_bit(void **state) {
    (void)state;
    struct sample sample;
    struct mixture_fit one, many;
    draw_sample(&sample, true);
    struct mixture_restarts settings = settings_of(3, GAUSSIAN_MIXTURE_FULL);
    settings.threads = 1;
    fit_sample(&sample, &settings, &one);
    settings.threads = 4;
    fit_sample(&sample, &settings, &many);
    assert_same_bits(one.mixture->covariances, many.mixture->covariances, 3 * D * D);
    assert_same_bits(one.mixture->means, many.mixture->means, 3 * D);
    mixture_fit_free(&one);
    mixture_fit_free(&many);
}

/* A weight of 2 is a row twice. */
static void whole_weights_are_repeated_rows(void **state) {
    (void)state;
    struct error error = {0};
    double values[40], twice[80], weights[40];
    for (size_t i = 0; i < 40; i++) {
        values[i] = sin((double)(i * i)) * 3 + (i < 20 ? 4 : -4);
        weights[i] = 2;
        twice[2 * i] = twice[2 * i + 1] = values[i];
    }
    const struct mixture_rows heavy = {
        .rows = 40, .dimensions = 1, .values = values, .weights = weights, .total = 80};
    const struct mixture_rows long_rows = {.rows = 80, .dimensions = 1, .values = twice, .total = 80};
    struct gaussian_mixture *start = gaussian_mixture_create(2, 1, GAUSSIAN_MIXTURE_FULL, &error);
    start->weights[0] = start->weights[1] = 0.5;
    start->means[0] = -1;
    start->means[1] = 1;
    start->covariances[0] = start->covariances[1] = 9;
    assert_int_equal(gaussian_mixture_prepare(start, &error), 0);
    struct mixture_restarts settings = settings_of(2, GAUSSIAN_MIXTURE_FULL);
    settings.model = start;
    struct mixture_fit a, b;
    assert_int_equal(mixture_restarts_run(&heavy, &settings, &a, &error), 0);
    assert_int_equal(mixture_restarts_run(&long_rows, &settings, &b, &error), 0);
    assert_close(a.log_likelihood, b.log_likelihood, 1e-13);
    assert_close(a.mixture->means[0], b.mixture->means[0], 1e-12);
    mixture_fit_free(&a);
    mixture_fit_free(&b);
    gaussian_mixture_free(start);
}

static void equal_rows_are_refused(void **state) {
    (void)state;
    struct error error = {0};
    struct mixture_fit fit;
    const double values[10] = {0};
    const struct mixture_rows rows = {.rows = 5, .dimensions = 2, .values = values, .total = 5};
    const struct mixture_restarts settings = settings_of(1, GAUSSIAN_MIXTURE_FULL);
    assert_int_equal(mixture_restarts_run(&rows, &settings, &fit, &error), -1);
    assert_string_equal(error.text, "all rows are equal");
}

/* A component that starts where no rows are is put where the model is worst. */
static void a_component_without_rows_is_put_back(void **state) {
    (void)state;
    struct sample sample;
    struct error error = {0};
    draw_sample(&sample, false);
    struct gaussian_mixture *start = gaussian_mixture_create(2, D, GAUSSIAN_MIXTURE_SPHERICAL, &error);
    for (size_t k = 0; k < 2; k++) {
        start->weights[k] = 0.5;
        start->covariances[k] = 1;
        for (size_t j = 0; j < D; j++)
            start->means[k * D + j] = k == 0 ? 0 : 1e6;
    }
    assert_int_equal(gaussian_mixture_prepare(start, &error), 0);
    struct mixture_restarts settings = settings_of(2, GAUSSIAN_MIXTURE_SPHERICAL);
    settings.model = start;
    struct mixture_fit fit;
    fit_sample(&sample, &settings, &fit);
    assert_int_equal(fit.mixture->components, 2);
    assert_true(fit.mended.reseeded >= 1);
    assert_true(fit.mixture->weights[1] > 0.01);
    mixture_fit_free(&fit);
    gaussian_mixture_free(start);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_component_has_the_weighted_mean_and_covariance),
        cmocka_unit_test(the_log_likelihood_never_falls),
        cmocka_unit_test(the_objective_with_priors_never_falls),
        cmocka_unit_test(an_affine_map_of_the_rows_maps_a_full_fit),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(whole_weights_are_repeated_rows),
        cmocka_unit_test(equal_rows_are_refused),
        cmocka_unit_test(a_component_without_rows_is_put_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
