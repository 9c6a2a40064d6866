/* Stepwise EM against plain loops over raw moments, batch by batch, for all types of covariances. */
#include "density/mixture_stepwise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "density/mixture_start.h"
#include "num/gaussian_mixture_density.h"
#include "support/assertions.h"
#include "support/mixtures.h"

enum { BATCH = 150, BATCHES = 6, ROWS = BATCH * BATCHES, D = 3, K = 3 };

/* sum r, sum r x, sum r x x^T by component, per unit of weight. */
struct moments {
    double n[K], x[K][D], xx[K][D][D];
};

static void draw_rows(double *values) {
    struct random_stream stream;
    random_start(&stream, 9, "test", "rows", 0);
    for (size_t i = 0; i < ROWS * D; i++)
        values[i] = random_normal(&stream) * (1 + (double)(i % D)) + (double)(i / D % K) * 3;
}

/* A start of any type. */
static struct gaussian_mixture *make_start(enum gaussian_mixture_type type) {
    struct error error = {0};
    struct gaussian_mixture *mixture = gaussian_mixture_create(K, D, type, &error);
    size_t count = gaussian_mixture_covariance_count(type, K, D);
    bool matrix = type == GAUSSIAN_MIXTURE_FULL || type == GAUSSIAN_MIXTURE_TIED;
    for (size_t k = 0; k < K; k++) {
        mixture->weights[k] = k == 0 ? 0.5 : 0.25;
        for (size_t j = 0; j < D; j++)
            mixture->means[k * D + j] = 3 * (double)k + 0.1 * (double)j;
    }
    for (size_t i = 0; i < count; i++)
        mixture->covariances[i] = !matrix ? 2 + 0.1 * (double)i : (i / D % D == i % D ? 4 : 0.5);
    assert_int_equal(gaussian_mixture_prepare(mixture, &error), 0);
    return mixture;
}

static void imply(const struct gaussian_mixture *mixture, struct moments *moments) {
    for (size_t k = 0; k < K; k++) {
        double covariance[D * D];
        gaussian_mixture_expand_covariance(mixture, k, covariance);
        const double *mean = mixture->means + k * D;
        moments->n[k] = mixture->weights[k];
        for (size_t a = 0; a < D; a++) {
            moments->x[k][a] = mixture->weights[k] * mean[a];
            for (size_t b = 0; b < D; b++)
                moments->xx[k][a][b] = mixture->weights[k] * (covariance[a * D + b] + mean[a] * mean[b]);
        }
    }
}

static void expect_batch(const struct gaussian_mixture *mixture, const double *values,
                         struct moments *moments) {
    double *room = malloc(gaussian_mixture_density_workspace(mixture) * sizeof *room), terms[K];
    memset(moments, 0, sizeof *moments);
    for (size_t i = 0; i < BATCH; i++) {
        const double *x = values + i * D;
        gaussian_mixture_density_terms(mixture, 1, x, terms, room);
        double density = exp(terms[0]) + exp(terms[1]) + exp(terms[2]);
        for (size_t k = 0; k < K; k++) {
            double share = exp(terms[k]) / density / BATCH;
            moments->n[k] += share;
            for (size_t a = 0; a < D; a++) {
                moments->x[k][a] += share * x[a];
                for (size_t b = 0; b < D; b++)
                    moments->xx[k][a][b] += share * x[a] * x[b];
            }
        }
    }
    free(room);
}

static void blend(double eta, const struct moments *batch, struct moments *all) {
    const double *from = (const double *)batch;
    double *into = (double *)all;
    for (size_t i = 0; i < sizeof *all / sizeof *into; i++)
        into[i] = (1 - eta) * into[i] + eta * from[i];
}

/* w, mu and what the type keeps of the covariances. */
static void maximise(const struct moments *moments, struct gaussian_mixture *mixture) {
    struct error error = {0};
    double own[K][D][D], tied[D][D] = {{0}};
    for (size_t k = 0; k < K; k++) {
        mixture->weights[k] = moments->n[k];
        for (size_t a = 0; a < D; a++)
            mixture->means[k * D + a] = moments->x[k][a] / moments->n[k];
        for (size_t a = 0; a < D; a++)
            for (size_t b = 0; b < D; b++) {
                own[k][a][b] = moments->xx[k][a][b] / moments->n[k] -
                               mixture->means[k * D + a] * mixture->means[k * D + b];
                tied[a][b] += moments->n[k] * own[k][a][b];
            }
    }
    size_t count = gaussian_mixture_covariance_count(mixture->type, K, D);
    bool matrix = mixture->type == GAUSSIAN_MIXTURE_FULL || mixture->type == GAUSSIAN_MIXTURE_TIED;
    bool spherical =
        mixture->type == GAUSSIAN_MIXTURE_SPHERICAL || mixture->type == GAUSSIAN_MIXTURE_TIED_SPHERICAL;
    size_t size = matrix ? D * D : (spherical ? 1 : D);
    for (size_t i = 0; i < count; i++) {
        double(*from)[D] = count == size ? tied : own[i / size];
        size_t at = i % size;
        mixture->covariances[i] = matrix      ? from[at / D][at % D]
                                  : spherical ? (from[0][0] + from[1][1] + from[2][2]) / D
                                              : from[at][at];
    }
    assert_int_equal(mixture_maximise_prepare(mixture, &error), 0);
}

/* Raw moments of values near 5 lose a digit or two; 1e-11 leaves room for six steps. */
static void steps_are_those_of_the_raw_moments(void **state) {
    (void)state;
    static double values[ROWS * D];
    struct error error = {0};
    draw_rows(values);
    const struct mixture_constraints none = {.dirichlet = 1};
    for (int type = 0; type < GAUSSIAN_MIXTURE_TYPES; type++) {
        struct gaussian_mixture *mixture = make_start((enum gaussian_mixture_type)type);
        struct gaussian_mixture *whole =
            gaussian_mixture_create(1, D, (enum gaussian_mixture_type)type, &error);
        struct gaussian_mixture *expected = mixture_start_copy(mixture, NULL, &error);
        struct mixture_constraints constraints = none;
        struct mixture_rows batch = {.rows = BATCH, .dimensions = D, .total = BATCH};
        struct moments moments, more;
        constraints.whole = whole;
        struct mixture_stepwise *stepwise =
            mixture_stepwise_create(mixture, &batch, BATCH, &constraints, 2, &error);
        assert_non_null(stepwise);
        imply(expected, &moments);
        for (size_t t = 0; t < BATCHES; t++) {
            double log_likelihood;
            batch.values = values + t * BATCH * D;
            assert_int_equal(mixture_stepwise_step(stepwise, &log_likelihood, &error), 0);
            expect_batch(expected, batch.values, &more);
            blend(pow((double)t + 2, -0.7), &more, &moments);
            maximise(&moments, expected);
        }
        assert_int_equal(mixture_stepwise_steps(stepwise), BATCHES);
        for (size_t k = 0; k < K; k++)
            assert_within(mixture->weights[k], expected->weights[k], 1e-12);
        for (size_t i = 0; i < K * D; i++)
            assert_within(mixture->means[i], expected->means[i], 1e-11);
        for (size_t i = 0; i < gaussian_mixture_covariance_count(mixture->type, K, D); i++)
            assert_within(mixture->covariances[i], expected->covariances[i], 1e-10);
        mixture_stepwise_free(stepwise);
        gaussian_mixture_free(mixture);
        gaussian_mixture_free(whole);
        gaussian_mixture_free(expected);
    }
}

/* One component: the mean is an average of the batches' means with known weights. */
static void one_component_averages_batches(void **state) {
    (void)state;
    struct error error = {0};
    const double first[] = {1, 3}, second[] = {10, 20, 30};
    struct gaussian_mixture *mixture = gaussian_mixture_create(1, 1, GAUSSIAN_MIXTURE_FULL, &error);
    mixture->weights[0] = 1;
    mixture->means[0] = 4;
    mixture->covariances[0] = 9;
    assert_int_equal(gaussian_mixture_prepare(mixture, &error), 0);
    const struct mixture_constraints constraints = {.dirichlet = 1, .whole = mixture};
    struct mixture_rows batch = {.rows = 2, .dimensions = 1, .values = first, .total = 2};
    struct mixture_stepwise *stepwise = mixture_stepwise_create(mixture, &batch, 3, &constraints, 1, &error);
    double eta = pow(2, -0.7), sum = 0, mean = (1 - eta) * 4 + eta * 2;
    double square = (1 - eta) * (9 + 16) + eta * 5;
    assert_int_equal(mixture_stepwise_step(stepwise, &sum, &error), 0);
    assert_close(mixture->means[0], mean, 1e-14);
    assert_close(mixture->covariances[0], square - mean * mean, 1e-13);
    /* (1 - 4)^2 + (3 - 4)^2 = 10 */
    assert_close(sum, -log(2 * acos(-1)) - log(9) - 10.0 / 18, 1e-14);
    batch = (struct mixture_rows){.rows = 3, .dimensions = 1, .values = second, .total = 3};
    eta = pow(3, -0.7);
    mean = (1 - eta) * mean + eta * 20;
    square = (1 - eta) * square + eta * 1400 / 3;
    assert_int_equal(mixture_stepwise_step(stepwise, &sum, &error), 0);
    assert_close(mixture->means[0], mean, 1e-14);
    assert_close(mixture->covariances[0], square - mean * mean, 1e-13);
    mixture_stepwise_free(stepwise);
    gaussian_mixture_free(mixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_those_of_the_raw_moments),
        cmocka_unit_test(one_component_averages_batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
