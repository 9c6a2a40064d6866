/* Accelerated fits against plain ones: the same optimum in fewer passes, and never down. */
#include "density/mixture_acceleration.h"

#include <math.h>

#include "base/random.h"
#include "density/mixture_restarts.h"
#include "density/mixture_start.h"
#include "support/assertions.h"

enum { ROWS = 600, D = 2, K = 3 };

/* Clusters that run into each other, where EM is slow. */
struct sample {
    double values[ROWS * D], mean[D];
    struct mixture_rows rows;
};

static void draw_sample(struct sample *sample) {
    struct random_stream stream;
    random_start(&stream, 7, "test", "overlap", 0);
    for (size_t i = 0; i < ROWS; i++) {
        sample->values[i * D] = random_normal(&stream) + 2.5 * (double)(i % K);
        sample->values[i * D + 1] = random_normal(&stream) * (i % K == 1 ? 2 : 1);
    }
    sample->rows =
        (struct mixture_rows){.rows = ROWS, .dimensions = D, .values = sample->values, .total = ROWS};
    mixture_start_centre(ROWS, D, NULL, sample->values, sample->mean);
}

static struct mixture_restarts settings_of(enum gaussian_mixture_type type, bool accelerate) {
    return (struct mixture_restarts){.components = K,
                                     .type = type,
                                     .kind = MIXTURE_START_WARD,
                                     .restarts = 1,
                                     .seed = 1,
                                     .noise_log_density = -INFINITY,
                                     .threads = 1,
                                     .floor = 1e-6,
                                     .fit = {.mode = MIXTURE_STEP_SOFT,
                                             .tolerance = 1e-12,
                                             .max_iterations = 20000,
                                             .accelerate = accelerate,
                                             .constraints = {.dirichlet = 1}}};
}

static void fit(const struct mixture_rows *rows, const struct mixture_restarts *settings,
                struct mixture_fit *result) {
    struct error error = {0};
    assert_int_equal(mixture_restarts_run(rows, settings, result, &error), 0);
    assert_true(result->converged && !result->fell);
}

static void assert_rising(const struct mixture_fit *result) {
    for (size_t i = 1; i < result->path_count; i++)
        assert_true(result->path[i] >= result->path[i - 1] - 1e-12 * fabs(result->path[i]));
}

/* The rule stops within some 1e-12 n / (1 - rate) of the optimum, and rates here are up to 0.99. */
static void the_optimum_is_the_same_in_fewer_passes(void **state) {
    (void)state;
    struct sample sample;
    draw_sample(&sample);
    for (int type = 0; type < GAUSSIAN_MIXTURE_TYPES; type++) {
        struct mixture_fit plain, fast;
        struct mixture_restarts settings = settings_of((enum gaussian_mixture_type)type, false);
        fit(&sample.rows, &settings, &plain);
        settings.fit.accelerate = true;
        fit(&sample.rows, &settings, &fast);
        assert_rising(&fast);
        assert_within(fast.objective, plain.objective, 1e-6);
        for (size_t i = 0; i < K * D; i++)
            assert_within(fast.mixture->means[i], plain.mixture->means[i], 1e-3);
        assert_true(2 * fast.iterations < plain.iterations);
        mixture_fit_free(&plain);
        mixture_fit_free(&fast);
    }
}

static void priors_and_noise_are_part_of_what_rises(void **state) {
    (void)state;
    struct sample sample;
    draw_sample(&sample);
    for (int type = 0; type < GAUSSIAN_MIXTURE_TYPES; type++) {
        struct mixture_fit plain, fast;
        struct mixture_restarts settings = settings_of((enum gaussian_mixture_type)type, false);
        settings.fit.constraints.conjugate = true;
        settings.fit.constraints.dirichlet = 2;
        settings.noise_log_density = -4;
        fit(&sample.rows, &settings, &plain);
        settings.fit.accelerate = true;
        fit(&sample.rows, &settings, &fast);
        assert_rising(&fast);
        assert_within(fast.objective, plain.objective, 1e-6);
        assert_true(fast.iterations < plain.iterations);
        mixture_fit_free(&plain);
        mixture_fit_free(&fast);
    }
}

static void what_is_fixed_keeps_its_bits(void **state) {
    (void)state;
    struct sample sample;
    struct error error = {0};
    draw_sample(&sample);
    struct gaussian_mixture *start = gaussian_mixture_create(K, D, GAUSSIAN_MIXTURE_DIAGONAL, &error);
    for (size_t k = 0; k < K; k++) {
        start->weights[k] = k == 0 ? 0.5 : 0.25;
        for (size_t j = 0; j < D; j++) {
            start->means[k * D + j] = (double)k * 0.7 - 0.3 * (double)j;
            start->covariances[k * D + j] = 1.1 + (double)j;
        }
    }
    assert_int_equal(gaussian_mixture_prepare(start, &error), 0);
    for (int fixed = 0; fixed < 2; fixed++) {
        struct mixture_restarts settings = settings_of(GAUSSIAN_MIXTURE_DIAGONAL, true);
        struct mixture_fit fast;
        settings.model = start;
        settings.fit.constraints.fix_weights = fixed == 0;
        settings.fit.constraints.fix_covariances = fixed == 1;
        fit(&sample.rows, &settings, &fast);
        if (fixed == 0)
            assert_same_bits(fast.mixture->weights, start->weights, K);
        else
            for (size_t i = 0; i < K * D; i++) /* whatever the order of the components */
                assert_ulps(fast.mixture->covariances[i], start->covariances[i % D], 0);
        mixture_fit_free(&fast);
    }
    gaussian_mixture_free(start);
}

/* A spike on two equal rows lies beyond the floor: no jump may go there. */
static void no_jump_leads_below_the_floor(void **state) {
    (void)state;
    struct sample sample;
    draw_sample(&sample);
    sample.values[2] = sample.values[0];
    sample.values[3] = sample.values[1];
    mixture_start_centre(ROWS, D, NULL, sample.values, sample.mean);
    for (int type = 0; type < GAUSSIAN_MIXTURE_TYPES; type++) {
        struct mixture_restarts settings = settings_of((enum gaussian_mixture_type)type, true);
        struct mixture_fit fast;
        settings.components = 20;
        settings.floor = 0.02;
        settings.fit.tolerance = 1e-8;
        fit(&sample.rows, &settings, &fast);
        double least = INFINITY, floor = 0;
        for (size_t i = 0; i < ROWS * D; i++)
            floor += settings.floor * sample.values[i] * sample.values[i] / (ROWS * D);
        for (size_t k = 0; k < fast.mixture->components; k++) {
            double c[D * D];
            gaussian_mixture_expand_covariance(fast.mixture, k, c);
            double half = (c[0] + c[3]) / 2, root = hypot((c[0] - c[3]) / 2, c[1]);
            least = fmin(least, half - root);
        }
        assert_true(least >= floor * (1 - 1e-9));
        mixture_fit_free(&fast);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_optimum_is_the_same_in_fewer_passes),
        cmocka_unit_test(priors_and_noise_are_part_of_what_rises),
        cmocka_unit_test(what_is_fixed_keeps_its_bits),
        cmocka_unit_test(no_jump_leads_below_the_floor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
