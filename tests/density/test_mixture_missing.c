/* EM with missing entries against a direct computation, closed forms, and what EM cannot do. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "density/mixture_marginal.h"
#include "density/mixture_patterns.h"
#include "density/mixture_restarts.h"
#include "density/mixture_start.h"
#include "support/assertions.h"

enum { ROWS = 400, D = 3, K = 2, SQUARE = D * D };

/* Two overlapping clusters of correlated rows; entries are missing with a probability, weights in 0.5 .. 1.5.
 */
struct sample {
    double gaps[ROWS * D], values[ROWS * D], weights[ROWS]; /* with nan, with 0 in their place */
    struct mixture_rows rows;
    struct mixture_patterns *patterns;
};

static void take_patterns(struct sample *sample) {
    struct error error = {0};
    sample->patterns = mixture_patterns_create(ROWS, D, sample->gaps, sample->rows.weights, &error);
    assert_non_null(sample->patterns);
    memcpy(sample->values, sample->gaps, sizeof sample->gaps);
    assert_int_equal(
        mixture_patterns_fill(sample->patterns, ROWS, sample->values, sample->rows.weights, 0, &error), 0);
    sample->rows.patterns = sample->patterns;
    sample->rows.total = 0;
    for (size_t i = 0; i < ROWS - sample->patterns->empty; i++)
        sample->rows.total += sample->rows.weights != NULL ? sample->weights[sample->patterns->order[i]] : 1;
}

static void draw_sample(struct sample *sample, double missing, bool weighted) {
    struct random_stream stream;
    random_start(&stream, 11, "test", "missing", 0);
    for (size_t i = 0; i < ROWS; i++) {
        double common = random_normal(&stream), shift = i % 3 == 0 ? 2 : -1;
        sample->weights[i] = 0.5 + random_uniform(&stream);
        for (size_t j = 0; j < D; j++) {
            double value = shift + common + (0.5 + (double)j) * random_normal(&stream);
            sample->gaps[i * D + j] = random_uniform(&stream) < missing ? NAN : value;
        }
    }
    sample->rows = (struct mixture_rows){.rows = ROWS,
                                         .dimensions = D,
                                         .values = sample->values,
                                         .weights = weighted ? sample->weights : NULL};
    take_patterns(sample);
}

/* A prepared mixture of that type, with correlations where it has any. */
static struct gaussian_mixture *some_mixture(enum gaussian_mixture_type type) {
    static const double matrices[K][SQUARE] = {{2, 0.7, -0.3, 0.7, 1.5, 0.4, -0.3, 0.4, 3},
                                               {1, -0.2, 0.5, -0.2, 2.5, 0.1, 0.5, 0.1, 1.2}};
    static const double means[K * D] = {1.5, 2, 1, -1, -0.5, -1.5};
    struct error error = {0};
    struct gaussian_mixture *mixture = gaussian_mixture_create(K, D, type, &error);
    assert_non_null(mixture);
    mixture->weights[0] = 0.4;
    mixture->weights[1] = 0.6;
    memcpy(mixture->means, means, sizeof means);
    size_t count = gaussian_mixture_covariance_count(type, K, D);
    for (size_t i = 0; i < count; i++)
        mixture->covariances[i] =
            count % SQUARE == 0 ? matrices[i / SQUARE][i % SQUARE] : 1 + 0.3 * (double)i;
    assert_int_equal(gaussian_mixture_prepare(mixture, &error), 0);
    return mixture;
}

/* One row under one component, by Gauss-Jordan elimination of the observed block. */
struct expected {
    double log_density, mean[D], covariance[SQUARE]; /* of x - mu given what is observed */
};

static struct expected expect_row(const double *row, const double *mean, const double *covariance) {
    struct expected expected = {.log_density = 0};
    double a[D][2 * D] = {{0}}, square = 0, determinant = 1;
    size_t o[D], q = 0;
    for (size_t j = 0; j < D; j++)
        if (!isnan(row[j]))
            o[q++] = j;
    for (size_t i = 0; i < q; i++) {
        for (size_t j = 0; j < q; j++)
            a[i][j] = covariance[o[i] * D + o[j]];
        a[i][q + i] = 1;
    }
    for (size_t c = 0; c < q; c++) {
        double pivot = a[c][c];
        determinant *= pivot;
        for (size_t j = 0; j < 2 * q; j++)
            a[c][j] /= pivot;
        for (size_t i = 0; i < q; i++) {
            double factor = a[i][c];
            for (size_t j = 0; i != c && j < 2 * q; j++)
                a[i][j] -= factor * a[c][j];
        }
    }
    memcpy(expected.covariance, covariance, sizeof expected.covariance);
    for (size_t i = 0; i < q; i++) {
        for (size_t j = 0; j < q; j++) {
            double inverse = a[i][q + j], right = row[o[j]] - mean[o[j]];
            square += (row[o[i]] - mean[o[i]]) * inverse * right;
            for (size_t s = 0; s < D; s++) {
                expected.mean[s] += covariance[s * D + o[i]] * inverse * right;
                for (size_t t = 0; t < D; t++)
                    expected.covariance[s * D + t] -=
                        covariance[s * D + o[i]] * inverse * covariance[o[j] * D + t];
            }
        }
    }
    expected.log_density = -((double)q * log(2 * acos(-1)) + log(determinant) + square) / 2;
    return expected;
}

struct expected_sums {
    double log_likelihood, counts[K], first[K][D], second[K][SQUARE];
};

static void expect_sums(const struct sample *sample, const struct gaussian_mixture *mixture,
                        struct expected_sums *sums) {
    double covariances[K][SQUARE];
    memset(sums, 0, sizeof *sums);
    for (size_t k = 0; k < K; k++)
        gaussian_mixture_expand_covariance(mixture, k, covariances[k]);
    for (size_t i = 0; i < ROWS; i++) {
        const double *row = sample->gaps + i * D;
        struct expected of[K];
        double weight = sample->rows.weights != NULL ? sample->weights[i] : 1, f = 0;
        if (isnan(row[0]) && isnan(row[1]) && isnan(row[2]))
            continue;
        for (size_t k = 0; k < K; k++) {
            of[k] = expect_row(row, mixture->means + k * D, covariances[k]);
            f += mixture->weights[k] * exp(of[k].log_density);
        }
        sums->log_likelihood += weight * log(f);
        for (size_t k = 0; k < K; k++) {
            double share = weight * mixture->weights[k] * exp(of[k].log_density) / f;
            sums->counts[k] += share;
            for (size_t a = 0; a < D; a++) {
                sums->first[k][a] += share * of[k].mean[a];
                for (size_t b = 0; b < D; b++)
                    sums->second[k][a * D + b] +=
                        share * (of[k].mean[a] * of[k].mean[b] + of[k].covariance[a * D + b]);
            }
        }
    }
}

/* Sums of 400 terms of some size around 10, in another order: 1e-12 of that. */
static void assert_sums(const struct mixture_sums *sums, const struct expected_sums *expected, bool matrix) {
    assert_close(sums->log_likelihood, expected->log_likelihood, 1e-13);
    for (size_t k = 0; k < K; k++) {
        const double *second = sums->second + k * sums->seconds;
        assert_close(sums->counts[k], expected->counts[k], 1e-13);
        for (size_t a = 0; a < D; a++) {
            assert_within(sums->first[k * D + a], expected->first[k][a], 1e-10);
            for (size_t b = matrix ? 0 : a; b <= a; b++)
                assert_within(*second++, expected->second[k][a * D + b], 1e-10);
        }
    }
}

static void sums_are_those_of_each_row_by_itself(void **state) {
    (void)state;
    static struct sample sample;
    struct error error = {0};
    for (int type = 0; type < 2 * GAUSSIAN_MIXTURE_TYPES; type++) {
        enum gaussian_mixture_type of = (enum gaussian_mixture_type)(type / 2);
        struct expected_sums expected;
        draw_sample(&sample, 0.3, type % 2 == 0);
        struct gaussian_mixture *mixture = some_mixture(of);
        struct mixture_step *step = mixture_step_create(&sample.rows, K, of, 2, &error);
        assert_non_null(step);
        expect_sums(&sample, mixture, &expected);
        assert_sums(mixture_step_run(step, mixture, MIXTURE_STEP_SOFT), &expected,
                    of == GAUSSIAN_MIXTURE_FULL || of == GAUSSIAN_MIXTURE_TIED);
        mixture_step_free(step);
        gaussian_mixture_free(mixture);
        mixture_patterns_free(sample.patterns);
    }
}

static struct mixture_restarts settings_of(size_t components, enum gaussian_mixture_type type) {
    return (struct mixture_restarts){.components = components,
                                     .type = type,
                                     .restarts = 2,
                                     .seed = 1,
                                     .noise_log_density = -INFINITY,
                                     .threads = 2,
                                     .fit = {.mode = MIXTURE_STEP_SOFT,
                                             .tolerance = 1e-13,
                                             .max_iterations = 2000,
                                             .constraints = {.dirichlet = 1}}};
}

/* Plain EM rises at every step, whatever is missing: rounding of a sum of 400 terms is some 1e-13 of it. */
static void the_log_likelihood_never_falls(void **state) {
    (void)state;
    static struct sample sample;
    struct error error = {0};
    draw_sample(&sample, 0.4, true);
    for (int type = 0; type < GAUSSIAN_MIXTURE_TYPES; type++) {
        struct mixture_restarts settings = settings_of(3, (enum gaussian_mixture_type)type);
        struct mixture_fit fit;
        settings.restarts = 1;
        settings.fit.max_iterations = 200;
        settings.floor = 1e-9;
        assert_int_equal(mixture_restarts_run(&sample.rows, &settings, &fit, &error), 0);
        assert_true(fit.path_count > 3 && !fit.fell);
        for (size_t i = 1; i < fit.path_count; i++)
            assert_true(fit.path[i] >= fit.path[i - 1] - 1e-12 * fabs(fit.path[i]));
        mixture_fit_free(&fit);
    }
    mixture_patterns_free(sample.patterns);
}

/* Columns that end one after another: the likelihood factors into regressions on the columns before, each of
 * all rows that have the column (Anderson 1957, Maximum likelihood estimates for a multivariate normal
 * distribution when some observations are missing, JASA 52, 200-203). Here of two columns. */
static void monotone_gaps_have_the_factored_likelihood_s_maximum(void **state) {
    (void)state;
    static struct sample sample;
    struct error error = {0};
    double n[2] = {0}, x = 0, xx = 0, cx = 0, cy = 0, cxx = 0, cxy = 0, cyy = 0;
    draw_sample(&sample, 0, true);
    mixture_patterns_free(sample.patterns);
    for (size_t i = 0; i < ROWS; i++) /* the third column follows no one: it stays complete and alone */
        if (i % 5 < 2)
            sample.gaps[i * D + 1] = sample.gaps[i * D + 2] = NAN;
    take_patterns(&sample);
    for (size_t i = 0; i < ROWS; i++) {
        double w = sample.weights[i], a = sample.gaps[i * D], b = sample.gaps[i * D + 1];
        n[0] += w, x += w * a, xx += w * a * a;
        if (isnan(b))
            continue;
        n[1] += w, cx += w * a, cy += w * b, cxx += w * a * a, cxy += w * a * b, cyy += w * b * b;
    }
    double mean = x / n[0], variance = xx / n[0] - mean * mean;
    double slope = (cxy - cx * cy / n[1]) / (cxx - cx * cx / n[1]);
    double second = cy / n[1] + slope * (mean - cx / n[1]);
    double rest = (cyy - cy * cy / n[1]) / n[1] - slope * (cxy - cx * cy / n[1]) / n[1];

    const struct mixture_restarts settings = settings_of(1, GAUSSIAN_MIXTURE_FULL);
    struct mixture_fit fit;
    assert_int_equal(mixture_restarts_run(&sample.rows, &settings, &fit, &error), 0);
    const double *covariance = fit.mixture->covariances;
    assert_within(fit.mixture->means[0], mean, 1e-6); /* a rise of 1e-13 is a distance of 3e-7 */
    assert_within(fit.mixture->means[1], second, 1e-6);
    assert_within(covariance[0], variance, 1e-6);
    assert_within(covariance[1], slope * variance, 1e-6);
    assert_within(covariance[D + 1], rest + slope * slope * variance, 2e-6);
    mixture_fit_free(&fit);
    mixture_patterns_free(sample.patterns);
}

/* Of one component with a diagonal covariance: each column's own mean and variance, at once. */
static void a_diagonal_component_has_the_columns_moments(void **state) {
    (void)state;
    static struct sample sample;
    struct error error = {0};
    draw_sample(&sample, 0.3, true);
    const struct mixture_restarts settings = settings_of(1, GAUSSIAN_MIXTURE_DIAGONAL);
    struct mixture_fit fit;
    assert_int_equal(mixture_restarts_run(&sample.rows, &settings, &fit, &error), 0);
    for (size_t j = 0; j < D; j++) {
        double total = 0, sum = 0, squares = 0;
        for (size_t i = 0; i < ROWS; i++) {
            double value = sample.gaps[i * D + j];
            if (isnan(value))
                continue;
            total += sample.weights[i];
            sum += sample.weights[i] * value;
            squares += sample.weights[i] * value * value;
        }
        double mean = sum / total;
        assert_within(fit.mixture->means[j], mean, 1e-6);
        assert_within(fit.mixture->covariances[j], squares / total - mean * mean, 1e-5);
    }
    mixture_fit_free(&fit);
    mixture_patterns_free(sample.patterns);
}

/* Patterns of complete rows are a mere order of the rows. */
static void without_gaps_the_sums_are_the_plain_ones(void **state) {
    (void)state;
    static struct sample sample;
    struct error error = {0};
    draw_sample(&sample, 0, true);
    struct mixture_rows plain = sample.rows;
    plain.patterns = NULL;
    for (int type = 0; type < GAUSSIAN_MIXTURE_TYPES; type++) {
        enum gaussian_mixture_type of = (enum gaussian_mixture_type)type;
        struct gaussian_mixture *mixture = some_mixture(of);
        struct mixture_step *one = mixture_step_create(&plain, K, of, 1, &error);
        struct mixture_step *other = mixture_step_create(&sample.rows, K, of, 1, &error);
        assert_true(one != NULL && other != NULL);
        const struct mixture_sums *a = mixture_step_run(one, mixture, MIXTURE_STEP_SOFT);
        const struct mixture_sums *b = mixture_step_run(other, mixture, MIXTURE_STEP_SOFT);
        assert_close(a->log_likelihood, b->log_likelihood, 1e-14);
        for (size_t i = 0; i < K * a->seconds; i++)
            assert_within(a->second[i], b->second[i], 1e-10);
        mixture_step_free(one);
        mixture_step_free(other);
        gaussian_mixture_free(mixture);
    }
    mixture_patterns_free(sample.patterns);
}

/* Clusters far enough apart that a row's cluster is known: standard errors are those of the rows that have a
 * column, or both. */
static void a_known_mixture_is_recovered_with_a_fifth_missing(void **state) {
    (void)state;
    enum { COUNT = 6000 };
    static const double weights[2] = {0.7, 0.3}, means[2][2] = {{0, 0}, {9, -6}};
    static const double factors[2][3] = {{1, 0.8, 0.6}, {1.5, -0.5, 1}}; /* l11, l21, l22 */
    static double gaps[COUNT * 2], values[COUNT * 2];
    struct random_stream stream;
    struct error error = {0};
    random_start(&stream, 5, "test", "recovery", 0);
    for (size_t i = 0; i < COUNT; i++) {
        size_t k = random_uniform(&stream) < weights[1];
        double a = random_normal(&stream), b = random_normal(&stream);
        gaps[2 * i] = means[k][0] + factors[k][0] * a;
        gaps[2 * i + 1] = means[k][1] + factors[k][1] * a + factors[k][2] * b;
        for (size_t j = 0; j < 2; j++)
            if (random_uniform(&stream) < 0.2)
                gaps[2 * i + j] = NAN;
    }
    memcpy(values, gaps, sizeof gaps);
    struct mixture_patterns *patterns = mixture_patterns_create(COUNT, 2, gaps, NULL, &error);
    assert_non_null(patterns);
    assert_int_equal(mixture_patterns_fill(patterns, COUNT, values, NULL, 0, &error), 0);
    double n = (double)(COUNT - patterns->empty);
    const struct mixture_rows rows = {
        .rows = COUNT, .dimensions = 2, .values = values, .total = n, .patterns = patterns};
    const struct mixture_restarts settings = settings_of(2, GAUSSIAN_MIXTURE_FULL);
    struct mixture_fit fit;
    assert_int_equal(mixture_restarts_run(&rows, &settings, &fit, &error), 0);
    for (size_t k = 0; k < 2; k++) {
        const double *l = factors[k], *covariance = fit.mixture->covariances + 4 * k;
        double each = 0.8 * n * weights[k], both = 0.64 * n * weights[k];
        double c00 = l[0] * l[0], c01 = l[0] * l[1], c11 = l[1] * l[1] + l[2] * l[2];
        assert_within(fit.mixture->weights[k], weights[k], 5 * sqrt(0.21 / n));
        assert_within(fit.mixture->means[2 * k], means[k][0], 5 * sqrt(c00 / each));
        assert_within(fit.mixture->means[2 * k + 1], means[k][1], 5 * sqrt(c11 / each));
        assert_within(covariance[0], c00, 5 * c00 * sqrt(2 / each));
        assert_within(covariance[1], c01, 5 * sqrt((c00 * c11 + c01 * c01) / both));
        assert_within(covariance[3], c11, 5 * c11 * sqrt(2 / each));
    }
    mixture_fit_free(&fit);
    mixture_patterns_free(patterns);
}

static void rows_are_grouped_by_what_they_have(void **state) {
    (void)state;
    const double values[] = {NAN, 1, 2, 3, NAN, NAN, NAN, 4, 5, 6, 7, NAN};
    double copy[12];
    struct error error = {0};
    struct mixture_patterns *patterns = mixture_patterns_create(6, 2, values, NULL, &error);
    assert_non_null(patterns);
    static const size_t order[] = {1, 4, 5, 0, 3};
    static const bool observed[] = {true, true, true, false, false, true};
    assert_true(patterns->count == 3 && patterns->empty == 1 && patterns->tile_count == 3);
    assert_memory_equal(patterns->order, order, sizeof order);
    assert_memory_equal(patterns->observed, observed, sizeof observed);
    memcpy(copy, values, sizeof copy);
    assert_int_equal(mixture_patterns_fill(patterns, 6, copy, NULL, 0, &error), 0);
    assert_true(patterns->complete == 2 && patterns->complete_values[2] == 5 && copy[0] == 0 &&
                copy[11] == 0);
    mixture_patterns_free(patterns);

    const double column[] = {1, NAN, 2, NAN};
    assert_null(mixture_patterns_create(2, 2, column, NULL, &error));
    assert_string_equal(error.text, "column 2 has no values");
}

static void tiles_hold_64_rows_of_one_pattern(void **state) {
    (void)state;
    static double values[200 * 2];
    struct error error = {0};
    for (size_t i = 0; i < 200; i++)
        values[2 * i] = i % 10 == 0 ? NAN : 1;
    struct mixture_patterns *patterns = mixture_patterns_create(200, 2, values, NULL, &error);
    assert_non_null(patterns);
    static const size_t counts[] = {64, 64, 52, 20};
    assert_int_equal(patterns->tile_count, 4);
    for (size_t i = 0, from = 0; i < 4; from += counts[i++])
        assert_true(patterns->tiles[i].count == counts[i] && patterns->tiles[i].from == from &&
                    patterns->tiles[i].pattern == (i == 3));
    mixture_patterns_free(patterns);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_of_each_row_by_itself),
        cmocka_unit_test(the_log_likelihood_never_falls),
        cmocka_unit_test(monotone_gaps_have_the_factored_likelihood_s_maximum),
        cmocka_unit_test(a_diagonal_component_has_the_columns_moments),
        cmocka_unit_test(without_gaps_the_sums_are_the_plain_ones),
        cmocka_unit_test(a_known_mixture_is_recovered_with_a_fifth_missing),
        cmocka_unit_test(rows_are_grouped_by_what_they_have),
        cmocka_unit_test(tiles_hold_64_rows_of_one_pattern),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
