/* Densities and what goes with them against the definition, taken term by term in long double. */

#include "density/kernel_evaluation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"
#include "support/kernel_densities.h"

enum { KERNELS = 8, QUERIES = 40, COLUMNS_MAX = 16 };

static const struct kernel_evaluation_settings PLAIN = {.sums = KERNEL_SUMS_DEFAULT};

/* Evaluates rows; the caller frees. */
static double *evaluate(const struct kernel_density *density,
                        const struct kernel_evaluation_settings *settings, size_t rows, const double *x,
                        size_t first) {
    struct error error = {0};
    struct kernel_evaluation *evaluation = kernel_evaluation_create(density, settings, &error);
    if (evaluation == NULL)
        fail_msg("%s", error.text);
    double *result = malloc(rows * kernel_evaluation_columns(evaluation) * sizeof *result);
    assert_non_null(result);
    assert_int_equal(kernel_evaluation_rows(evaluation, rows, x, first, result, &error), 0);
    kernel_evaluation_free(evaluation);
    return result;
}

static double value_at(const struct kernel_density *density,
                       const struct kernel_evaluation_settings *settings, const double *x) {
    double *result = evaluate(density, settings, 1, x, KERNEL_EVALUATION_ALL), value = result[0];
    free(result);
    return value;
}

static void draw_queries(size_t d, double *x) {
    struct random_stream stream;
    random_start(&stream, 5, "test", "queries", d);
    random_normals(&stream, QUERIES * d, x);
}

/* The default tolerance of 1e-10, and rounding where z is near a compact kernel's rim. */
static void densities_are_the_sums_of_their_definition(void **state) {
    (void)state;
    double x[QUERIES * COLUMNS_MAX];
    for (int name = 0; name < KERNELS; name++)
        for (size_t d = 1; d <= 4; d++)
            for (int variant = 0; variant < 4; variant++) {
                const struct kernel_densities_case wanted = {60,
                                                             d,
                                                             (enum kernel_name)name,
                                                             variant % 2 == 1 ? KERNEL_PRODUCT
                                                                              : KERNEL_RADIAL,
                                                             0.8,
                                                             variant >= 2 ? 0.3 : 0,
                                                             variant >= 1,
                                                             variant >= 2};
                struct kernel_density *density = kernel_densities_random(1, &wanted);
                draw_queries(d, x);
                double *result = evaluate(density, &PLAIN, QUERIES, x, KERNEL_EVALUATION_ALL);
                for (size_t i = 0; i < QUERIES; i++)
                    assert_close(result[i], kernel_densities_sum(density, x + i * d, SIZE_MAX), 2e-10);
                free(result);
                kernel_density_free(density);
            }
}

static void one_left_out_is_skipped_and_the_rest_reweighed(void **state) {
    (void)state;
    const struct kernel_densities_case wanted = {50, 2, KERNEL_GAUSSIAN, KERNEL_RADIAL, 0.5, 0.2, true, true};
    struct kernel_density *density = kernel_densities_random(2, &wanted);
    double *result = evaluate(density, &PLAIN, 20, density->points + 30 * 2, 30);
    for (size_t i = 0; i < 20; i++)
        assert_close(result[i],
                     kernel_densities_sum(density, density->points + (30 + i) * 2, 30 + i) /
                         (1 - density->weights[30 + i]),
                     2e-10);
    free(result);
    kernel_density_free(density);
}

/* Where no term is known but its own logarithm: the score by central differences of log f, error near 1e-9.
 */
static void assert_score(const struct kernel_density *density,
                         const struct kernel_evaluation_settings *settings, const double *x) {
    size_t d = density->dimensions;
    struct kernel_evaluation_settings with_score = *settings;
    with_score.log = with_score.score = true;
    double *result = evaluate(density, &with_score, 1, x, KERNEL_EVALUATION_ALL);
    for (size_t j = 0; j < d; j++) {
        double moved[COLUMNS_MAX], step = 1e-5, value[2];
        for (int side = 0; side < 2; side++) {
            memcpy(moved, x, d * sizeof *x);
            moved[j] += side == 0 ? -step : step;
            double *there = evaluate(density, &with_score, 1, moved, KERNEL_EVALUATION_ALL);
            value[side] = there[0];
            free(there);
        }
        assert_within(result[1 + j], (value[1] - value[0]) / (2 * step), 1e-6);
    }
    free(result);
}

static void scores_are_gradients(void **state) {
    (void)state;
    static const enum kernel_name smooth[] = {KERNEL_GAUSSIAN, KERNEL_TRIWEIGHT, KERNEL_EXPONENTIAL};
    const double x[] = {0.3, -0.2, 0.45};
    for (size_t i = 0; i < sizeof smooth / sizeof *smooth; i++)
        for (int form = 0; form < 2; form++) {
            const struct kernel_densities_case wanted = {40,  3,   smooth[i], (enum kernel_form)form,
                                                         1.5, 0.4, true,      true};
            struct kernel_density *density = kernel_densities_random(3, &wanted);
            assert_score(density, &PLAIN, x);
            kernel_density_free(density);
        }
}

static void weights_of_points_sum_to_one_point_at_least(void **state) {
    (void)state;
    const struct kernel_densities_case wanted = {50, 2, KERNEL_GAUSSIAN, KERNEL_RADIAL, 0.5, 0, true, false};
    struct kernel_density *density = kernel_densities_random(4, &wanted);
    struct kernel_evaluation_settings settings = PLAIN;
    double x[QUERIES * 2];
    settings.diagnostics = true;
    draw_queries(2, x);
    double *result = evaluate(density, &settings, QUERIES, x, KERNEL_EVALUATION_ALL);
    for (size_t i = 0; i < QUERIES; i++) {
        assert_true(result[3 * i + 1] >= 1 - 1e-12 && result[3 * i + 1] <= 50);
        /* max p is between sum p^2 = 1 / effective_points and its root */
        assert_true(result[3 * i + 2] >= 1 / result[3 * i + 1] - 1e-12);
        assert_true(result[3 * i + 2] <= sqrt(1 / result[3 * i + 1]) + 1e-12);
    }
    free(result);
    kernel_density_free(density);
}

/* One data set in place of many: of 4000 sets of 50 normal points the variance of f(0.3), known to 1 in 45,
 * against the mean of the squared standard errors. */
static void standard_errors_are_unbiased(void **state) {
    (void)state;
    enum { SETS = 4000 };
    const double x[] = {0.3};
    double sum = 0, squares = 0, errors = 0;
    struct kernel_evaluation_settings settings = PLAIN;
    settings.standard_error = true;
    for (unsigned seed = 0; seed < SETS; seed++) {
        const struct kernel_densities_case wanted = {50,   1,    KERNEL_GAUSSIAN, KERNEL_RADIAL, 0.4, 0,
                                                     true, false};
        struct kernel_density *density = kernel_densities_random(seed, &wanted);
        double *result = evaluate(density, &settings, 1, x, KERNEL_EVALUATION_ALL);
        sum += result[0];
        squares += result[0] * result[0];
        errors += result[1] * result[1];
        free(result);
        kernel_density_free(density);
    }
    double variance = (squares - sum * sum / SETS) / (SETS - 1);
    assert_close(errors / SETS, variance, 0.1); /* four of its own standard errors */
}

static void a_bound_adds_the_mirrored_query(void **state) {
    (void)state;
    const struct kernel_densities_case wanted = {40,   2,    KERNEL_GAUSSIAN, KERNEL_RADIAL, 0.5, 0.3,
                                                 true, false};
    struct kernel_density *density = kernel_densities_random(6, &wanted);
    const double x[] = {0.2, 0.4}, in_first[] = {2 * -0.5 - 0.2, 0.4}, in_second[] = {0.2, 2 * 1.0 - 0.4},
                 in_both[] = {2 * -0.5 - 0.2, 2 * 1.0 - 0.4};
    density->lower[0] = -0.5;
    density->upper[1] = 1;
    double expected =
        kernel_densities_sum(density, x, SIZE_MAX) + kernel_densities_sum(density, in_first, SIZE_MAX) +
        kernel_densities_sum(density, in_second, SIZE_MAX) + kernel_densities_sum(density, in_both, SIZE_MAX);
    assert_close(value_at(density, &PLAIN, x), expected, 1e-9);
    assert_close(value_at(density, &PLAIN, (const double[]){-0.6, 0}), 0, 0);
    assert_score(density, &PLAIN, x);
    kernel_density_free(density);
}

/* The point left out is left out of every image's sum. */
static void one_left_out_stays_out_of_its_mirror_image(void **state) {
    (void)state;
    const struct kernel_densities_case wanted = {20, 1, KERNEL_GAUSSIAN, KERNEL_RADIAL, 0.5, 0, true, false};
    struct kernel_density *density = kernel_densities_random(12, &wanted);
    density->lower[0] = -3;
    double *result = evaluate(density, &PLAIN, 20, density->points, 0);
    for (size_t i = 0; i < 20; i++) {
        double mirrored = -6 - density->points[i];
        double sum = kernel_densities_sum(density, density->points + i, i) +
                     kernel_densities_sum(density, &mirrored, i);
        assert_close(result[i], sum / (1 - density->weights[i]), 1e-9);
    }
    free(result);
    kernel_density_free(density);
}

static void a_period_sums_over_all_turns(void **state) {
    (void)state;
    for (int slanted = 0; slanted < 2; slanted++) {
        const struct kernel_densities_case wanted = {
            40, 2, KERNEL_GAUSSIAN, KERNEL_RADIAL, 0.9, slanted ? 0.4 : 0, false, true};
        struct kernel_density *density = kernel_densities_random(7, &wanted);
        const double x[] = {5.1, -0.4};
        double expected = 0, moved[] = {0, -0.4};
        density->period[0] = 2.5;
        for (int turn = -40; turn <= 40; turn++) {
            moved[0] = x[0] + 2.5 * turn;
            expected += kernel_densities_sum(density, moved, SIZE_MAX);
        }
        assert_close(value_at(density, &PLAIN, x), expected, 1e-9);
        assert_score(density, &PLAIN, x);
        kernel_density_free(density);
    }
}

/* The conditional of a gaussian kernel in closed form needs the marginal: integrate over the other column. */
static void conditional_densities_have_mass_1(void **state) {
    (void)state;
    const struct kernel_densities_case wanted = {30, 2, KERNEL_GAUSSIAN, KERNEL_RADIAL, 0.5, 0.4, true, true};
    struct kernel_density *density = kernel_densities_random(8, &wanted);
    struct kernel_evaluation_settings settings = PLAIN;
    for (size_t given = 0; given < 2; given++) {
        double mass = 0, x[2];
        settings.given = &given;
        settings.given_count = 1;
        x[given] = 0.35;
        for (int i = -400; i <= 400; i++) { /* the trapezoid rule is exact to 1e-12 for widths of 8 steps */
            x[1 - given] = i / 20.0;
            mass += value_at(density, &settings, x) / 20;
        }
        assert_close(mass, 1, 1e-9);
        assert_score(density, &settings, (const double[]){0.3, 0.1});
    }
    kernel_density_free(density);
}

static void blocks_and_threads_do_not_matter(void **state) {
    (void)state;
    struct error error = {0};
    const struct kernel_densities_case wanted = {500,  3,   KERNEL_GAUSSIAN, KERNEL_RADIAL, 0.4, 0.1,
                                                 true, true};
    struct kernel_density *density = kernel_densities_random(9, &wanted);
    struct kernel_evaluation_settings settings = PLAIN;
    settings.score = settings.diagnostics = settings.standard_error = true;
    double *whole = evaluate(density, &settings, 500, density->points, 0), pieces[500 * 7];
    settings.sums.threads = 3;
    struct kernel_evaluation *evaluation = kernel_evaluation_create(density, &settings, &error);
    assert_non_null(evaluation);
    assert_int_equal(kernel_evaluation_columns(evaluation), 7);
    for (size_t i = 0; i < 500; i += 50)
        assert_int_equal(
            kernel_evaluation_rows(evaluation, 50, density->points + 3 * i, i, pieces + 7 * i, &error), 0);
    assert_same_bits(pieces, whole, 500 * 7);
    kernel_evaluation_free(evaluation);
    free(whole);
    kernel_density_free(density);
}

static void a_query_that_is_not_finite_has_density_0(void **state) {
    (void)state;
    const struct kernel_densities_case wanted = {20,   2,    KERNEL_GAUSSIAN, KERNEL_RADIAL,
                                                 1e-3, 5e-4, false,           false};
    struct kernel_density *density = kernel_densities_random(10, &wanted);
    assert_close(value_at(density, &PLAIN, (const double[]){INFINITY, 0}), 0, 0);
    assert_close(value_at(density, &PLAIN, (const double[]){1.7e308, 0}), 0, 0);
    assert_close(value_at(density, &PLAIN, (const double[]){0, NAN}), 0, 0);
    density->period[0] = 1;
    assert_close(value_at(density, &PLAIN, (const double[]){-INFINITY, 0}), 0, 0);
    kernel_density_free(density);
}

static void what_has_no_meaning_is_refused(void **state) {
    (void)state;
    struct error error = {0};
    const size_t given = 0;
    const struct kernel_densities_case wanted = {20, 2, KERNEL_BIWEIGHT, KERNEL_RADIAL, 1, 0, false, false};
    struct kernel_density *density = kernel_densities_random(11, &wanted);
    struct kernel_evaluation_settings settings = PLAIN;
    settings.given = &given;
    settings.given_count = 1;
    assert_null(kernel_evaluation_create(density, &settings, &error));
    assert_true(error.usage);
    settings = PLAIN;
    settings.diagnostics = true;
    density->lower[0] = -10;
    assert_null(kernel_evaluation_create(density, &settings, &error));
    assert_true(error.usage);
    kernel_density_free(density);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(densities_are_the_sums_of_their_definition),
        cmocka_unit_test(one_left_out_is_skipped_and_the_rest_reweighed),
        cmocka_unit_test(scores_are_gradients),
        cmocka_unit_test(weights_of_points_sum_to_one_point_at_least),
        cmocka_unit_test(standard_errors_are_unbiased),
        cmocka_unit_test(a_bound_adds_the_mirrored_query),
        cmocka_unit_test(one_left_out_stays_out_of_its_mirror_image),
        cmocka_unit_test(a_period_sums_over_all_turns),
        cmocka_unit_test(conditional_densities_have_mass_1),
        cmocka_unit_test(blocks_and_threads_do_not_matter),
        cmocka_unit_test(a_query_that_is_not_finite_has_density_0),
        cmocka_unit_test(what_has_no_meaning_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
