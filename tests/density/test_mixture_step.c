/* The fused pass against plain loops over rows and components. */
#include "density/mixture_step.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "num/gaussian_mixture_density.h"
#include "support/assertions.h"
#include "support/mixtures.h"

enum { ROWS = 1000, D = 5, K = 3, SECONDS = D * (D + 1) / 2 };

/* What one pass must give, by the definitions. */
struct expected {
    double log_likelihood, classification, entropy, counts[K], first[K * D], second[K * SECONDS];
};

static void draw_rows(double *values, double *weights) {
    struct random_stream stream;
    random_start(&stream, 5, "test", "rows", 0);
    random_normals(&stream, ROWS * D, values);
    for (size_t i = 0; i < ROWS; i++)
        weights[i] = i % 7 == 0 ? 0 : random_uniform(&stream);
}

static void expect(const struct gaussian_mixture *mixture, const double *values, const double *weights,
                   bool hard, struct expected *sums) {
    double *room = malloc(gaussian_mixture_density_workspace(mixture) * sizeof *room), terms[K];
    *sums = (struct expected){0};
    for (size_t i = 0; i < ROWS; i++) {
        const double *x = values + i * D;
        gaussian_mixture_density_terms(mixture, 1, x, terms, room);
        double largest = fmax(terms[0], fmax(terms[1], terms[2])), density = 0;
        for (size_t k = 0; k < K; k++)
            density += exp(terms[k]);
        sums->log_likelihood += weights[i] * log(density);
        sums->classification += weights[i] * largest;
        for (size_t k = 0; k < K; k++) {
            double soft = exp(terms[k]) / density, share = hard ? terms[k] == largest : soft;
            sums->entropy -= soft > 0 ? weights[i] * soft * log(soft) : 0;
            sums->counts[k] += weights[i] * share;
            for (size_t a = 0, at = k * SECONDS; a < D; a++) {
                double u = x[a] - mixture->means[k * D + a];
                sums->first[k * D + a] += weights[i] * share * u;
                for (size_t b = 0; b <= a; b++)
                    sums->second[at++] += weights[i] * share * u * (x[b] - mixture->means[k * D + b]);
            }
        }
    }
    free(room);
}

/* Sums of a thousand terms of some tens: rounding leaves 1e-12 of them. */
static void compare(enum mixture_step_mode mode) {
    static double values[ROWS * D], weights[ROWS];
    struct error error = {0};
    struct expected expected;
    struct gaussian_mixture *mixture = mixtures_random(2, K, D, 1);
    draw_rows(values, weights);
    const struct mixture_rows rows = {
        .rows = ROWS, .dimensions = D, .values = values, .weights = weights, .total = 400};
    struct mixture_step *step = mixture_step_create(&rows, K, GAUSSIAN_MIXTURE_FULL, 2, &error);
    assert_non_null(step);
    const struct mixture_sums *sums = mixture_step_run(step, mixture, mode);
    expect(mixture, values, weights, mode == MIXTURE_STEP_HARD, &expected);
    assert_close(sums->log_likelihood, expected.log_likelihood, 1e-12);
    assert_close(sums->classification, expected.classification, 1e-12);
    assert_close(sums->entropy, expected.entropy, 1e-11);
    for (size_t k = 0; k < K; k++)
        assert_close(sums->counts[k], expected.counts[k], 1e-11);
    for (size_t i = 0; i < K * D; i++)
        assert_within(sums->first[i], expected.first[i], 1e-10);
    for (size_t i = 0; i < K * SECONDS; i++)
        assert_within(sums->second[i], expected.second[i], 1e-10);
    mixture_step_free(step);
    gaussian_mixture_free(mixture);
}

static void a_soft_pass_gives_the_sums_of_em(void **state) {
    (void)state;
    compare(MIXTURE_STEP_SOFT);
}

static void a_hard_pass_gives_whole_rows(void **state) {
    (void)state;
    compare(MIXTURE_STEP_HARD);
}

static void the_farthest_row_has_a_weight(void **state) {
    (void)state;
    struct error error = {0};
    const double values[] = {0, 100, 5, 1}, weights[] = {1, 0, 1, 1}, mean = 0, variance = 1;
    const struct mixture_rows rows = {
        .rows = 4, .dimensions = 1, .values = values, .weights = weights, .total = 3};
    struct gaussian_mixture *mixture = gaussian_mixture_single(1, &mean, &variance, &error);
    struct mixture_step *step = mixture_step_create(&rows, 1, GAUSSIAN_MIXTURE_SPHERICAL, 1, &error);
    assert_int_equal(mixture_step_run(step, mixture, MIXTURE_STEP_SOFT)->farthest, 2);
    mixture_step_free(step);
    gaussian_mixture_free(mixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_soft_pass_gives_the_sums_of_em),
        cmocka_unit_test(a_hard_pass_gives_whole_rows),
        cmocka_unit_test(the_farthest_row_has_a_weight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
