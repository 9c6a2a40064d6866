#include "density/kernel_sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "num/vector.h"
#include "support/assertions.h"

/* A model with the given factor's diagonal (all h), weights and local factors (NULL: none). */
static struct kernel_density *model(size_t n, size_t d, enum kernel_name kernel, enum kernel_form form,
                                    const double *points, double h) {
    struct error error;
    struct kernel_density *density = kernel_density_create(n, d, kernel, form, &error);
    assert_non_null(density);
    memcpy(density->points, points, n * d * sizeof *points);
    for (size_t i = 0; i < d * d; i++)
        density->factor[i] = i % (d + 1) == 0 ? h : 0;
    assert_int_equal(kernel_density_prepare(density, &error), 0);
    return density;
}

static double *normals(size_t count, size_t seed, double deviation) {
    struct random_stream stream;
    double *x = malloc(count * sizeof *x);
    assert_non_null(x);
    random_start(&stream, seed, "test_kernel_sums", "numbers", count);
    random_normals(&stream, count, x);
    vector_scale(count, deviation, x);
    return x;
}

/* All log t_i by the definition, and what is made of them. */
static void slow_sums(const struct kernel_density *density, const double *whitened, size_t skip,
                      double *results, double *score) {
    size_t n = density->count, d = density->dimensions;
    double *terms = malloc(n * sizeof *terms), *squares = malloc(n * sizeof *squares), z[64];
    assert_true(terms != NULL && squares != NULL && d <= 64);
    double largest = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        double local = density->local != NULL ? density->local[i] : 1;
        for (size_t c = 0; c < d; c++)
            z[c] = (whitened[c] - density->whitened[i * d + c]) / local;
        terms[i] = i == skip ? -INFINITY
                             : log(density->weights[i]) - (double)d * log(local) - density->log_determinant +
                                   kernel_log_value(&density->kernel, z);
        squares[i] = 2 * terms[i];
        largest = fmax(largest, terms[i]);
    }
    results[0] = vector_log_sum_exp(n, terms);
    results[1] = vector_log_sum_exp(n, squares);
    results[2] = largest;
    for (size_t c = 0; c < d; c++)
        score[c] = 0;
    for (size_t i = 0; i < n; i++) {
        double local = density->local != NULL ? density->local[i] : 1, squared = 0;
        double share = exp(terms[i] - results[0]);
        for (size_t c = 0; c < d; c++)
            squared += pow((whitened[c] - density->whitened[i * d + c]) / local, 2);
        for (size_t c = 0; share > 0 && c < d; c++) {
            double u = (whitened[c] - density->whitened[i * d + c]) / local;
            double at = density->kernel.form == KERNEL_PRODUCT ? u * u : squared;
            score[c] += share * 2 * kernel_log_slope(density->kernel.name, at) * u / local;
        }
    }
    free(terms);
    free(squares);
}

struct comparison {
    const struct kernel_density *density;
    size_t queries;
    const double *whitened;
    const size_t *skip;
};

/* Every result of the direct method against the definition. Logarithms are sums of terms up to |log f|, each
 * good to 1e-16 of itself, which is an error of shares in the score; the sums have errors near 1e-14. */
static void check_direct(const struct comparison *c) {
    size_t d = c->density->dimensions, m = c->queries;
    double *out = malloc(m * (d + 3) * sizeof *out), score[64], expected[3];
    struct error error;
    struct kernel_sums_settings settings = KERNEL_SUMS_DEFAULT;
    assert_non_null(out);
    settings.method = KERNEL_SUMS_DIRECT;
    settings.terms = true;
    struct kernel_sums *sums = kernel_sums_create(c->density, &settings, &error);
    struct kernel_sums_block block = {.count = m,
                                      .queries = c->whitened,
                                      .skip = c->skip,
                                      .log_sum = out,
                                      .log_squares = out + m,
                                      .log_largest = out + 2 * m,
                                      .score = out + 3 * m};
    assert_non_null(sums);
    assert_int_equal(kernel_sums_evaluate(sums, &block, &error), 0);
    for (size_t i = 0; i < m; i++) {
        slow_sums(c->density, c->whitened + i * d, c->skip != NULL ? c->skip[i] : SIZE_MAX, expected, score);
        for (size_t k = 0; k < 3; k++)
            assert_within(out[k * m + i], expected[k], 2e-14 * (1 + fabs(expected[k])));
        for (size_t k = 0; k < d; k++)
            if (expected[0] > -INFINITY)
                assert_within(out[3 * m + i * d + k], score[k],
                              (2e-13 + 1e-15 * fabs(expected[0])) * (10 + fabs(score[k])));
            else
                assert_true(isnan(out[3 * m + i * d + k]));
    }
    double *alone = malloc(m * sizeof *alone);
    assert_non_null(alone);
    block = (struct kernel_sums_block){.count = m, .queries = c->whitened, .skip = c->skip, .log_sum = alone};
    assert_int_equal(kernel_sums_evaluate(sums, &block, &error), 0);
    for (size_t i = 0; i < m; i++)
        if (out[i] > -INFINITY)
            assert_within(alone[i], out[i], 1e-13 * (1 + fabs(out[i]) / 10));
        else
            assert_true(alone[i] == -INFINITY);
    kernel_sums_free(sums);
    free(alone);
    free(out);
}

static void weigh(struct kernel_density *density, size_t seed, bool weighted, bool local) {
    struct random_stream stream;
    struct error error;
    random_start(&stream, seed, "test_kernel_sums", "weights", 0);
    double *values = malloc(density->count * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < density->count; i++)
        values[i] = i % 7 == 3 ? 0 : random_exponential(&stream);
    if (weighted)
        assert_int_equal(kernel_density_weigh(density, values, &error), 0);
    if (local) {
        for (size_t i = 0; i < density->count; i++)
            values[i] = 0.3 + random_exponential(&stream);
        density->local = values;
    } else
        free(values);
    assert_int_equal(kernel_density_prepare(density, &error), 0);
}

static void check_kernel(enum kernel_name kernel, enum kernel_form form, size_t d, unsigned variant) {
    enum { N = 150, M = 20 };
    double *points = normals(N * d, 1, 1), *queries = normals(M * d, 2, 1.5);
    struct kernel_density *density = model(N, d, kernel, form, points, 0.7);
    weigh(density, 3, variant & 1, variant & 2);
    kernel_density_whiten(density, M, queries, queries);
    check_direct(&(struct comparison){density, M, queries, NULL});
    kernel_density_free(density);
    free(points);
    free(queries);
}

static void every_kernel_gives_the_defining_sums(void **state) {
    (void)state;
    for (int kernel = KERNEL_GAUSSIAN; kernel <= KERNEL_EXPONENTIAL; kernel++)
        for (size_t d = 1; d <= 12; d += d < 3 ? 1 : 9)
            for (unsigned variant = 0; variant < 8; variant++)
                check_kernel((enum kernel_name)kernel, variant & 4 ? KERNEL_PRODUCT : KERNEL_RADIAL, d,
                             variant & 3);
}

static void a_point_left_out_is_left_out_alone(void **state) {
    (void)state;
    enum { N = 200, D = 2 };
    double *points = normals((size_t)N * D, 5, 1);
    size_t skip[N];
    for (size_t i = 0; i < N; i++)
        skip[i] = i % 5 == 0 ? SIZE_MAX : i;
    memcpy(points + 20, points + 40, 4 * sizeof *points); /* duplicates stay */
    for (int kernel = KERNEL_GAUSSIAN; kernel <= KERNEL_EPANECHNIKOV; kernel++) {
        struct kernel_density *density = model(N, D, (enum kernel_name)kernel, KERNEL_RADIAL, points, 0.2);
        weigh(density, 3, true, kernel == KERNEL_EPANECHNIKOV);
        check_direct(&(struct comparison){density, N, density->whitened, skip});
        kernel_density_free(density);
    }
    free(points);
}

static void far_queries_have_finite_logarithms(void **state) {
    (void)state;
    enum { N = 500 };
    for (size_t d = 1; d <= 5; d += 2) {
        double *points = normals(N * d, 6, 1), queries[12 * 5];
        struct kernel_density *density = model(N, d, KERNEL_GAUSSIAN, KERNEL_RADIAL, points, 0.1);
        for (size_t i = 0; i < 12; i++)
            for (size_t c = 0; c < d; c++)
                queries[i * d + c] = pow(10, (double)i / 2) * (c % 2 == 0 ? 1 : -0.3);
        check_direct(&(struct comparison){density, 12, queries, NULL});
        kernel_density_free(density);
        free(points);
    }
}

static void results_depend_on_the_query_alone(void **state) {
    (void)state;
    enum { N = 3000, M = 200 };
    struct error error;
    for (size_t d = 1; d <= 7; d += d < 3 ? 1 : 4) {
        double *points = normals(N * d, 8, 1), *queries = normals(M * d, 9, 2);
        struct kernel_density *density = model(N, d, KERNEL_GAUSSIAN, KERNEL_RADIAL, points, 0.2);
        kernel_density_whiten(density, M, queries, queries);
        for (int method = KERNEL_SUMS_DIRECT; method <= (d <= 3 ? KERNEL_SUMS_FFT : KERNEL_SUMS_TREE);
             method++) {
            double whole[M], single[M];
            struct kernel_sums_settings settings = KERNEL_SUMS_DEFAULT;
            settings.method = (enum kernel_sums_method)method;
            settings.relative = 1e-4;
            settings.queries = M;
            settings.threads = 2;
            struct kernel_sums *sums = kernel_sums_create(density, &settings, &error);
            assert_non_null(sums);
            struct kernel_sums_block block = {.count = M, .queries = queries, .log_sum = whole};
            assert_int_equal(kernel_sums_evaluate(sums, &block, &error), 0);
            kernel_sums_free(sums);
            settings.threads = 1;
            sums = kernel_sums_create(density, &settings, &error);
            assert_non_null(sums);
            for (size_t i = 0; i < M; i++) {
                block =
                    (struct kernel_sums_block){.count = 1, .queries = queries + i * d, .log_sum = single + i};
                assert_int_equal(kernel_sums_evaluate(sums, &block, &error), 0);
            }
            assert_same_bits(single, whole, M);
            kernel_sums_free(sums);
        }
        kernel_density_free(density);
        free(points);
        free(queries);
    }
}

static void evaluate(const struct kernel_density *density, enum kernel_sums_method method, size_t count,
                     const double *queries, double *log_sum) {
    struct error error;
    struct kernel_sums_settings settings = KERNEL_SUMS_DEFAULT;
    settings.method = method;
    struct kernel_sums *sums = kernel_sums_create(density, &settings, &error);
    struct kernel_sums_block block = {.count = count, .queries = queries, .log_sum = log_sum};
    assert_non_null(sums);
    assert_int_equal(kernel_sums_evaluate(sums, &block, &error), 0);
    kernel_sums_free(sums);
}

/* Coordinates are multiples of 2^-30, so that adding 2^20 is exact; only the mean, and what is taken from it,
 * is rounded, by 2^-33: 1e-7 of the bandwidth, but the same for all points and queries. */
static void an_offset_of_a_million_changes_nothing(void **state) {
    (void)state;
    enum { N = 2000, M = 50 };
    const double bandwidth = 1e-3;
    for (size_t d = 1; d <= 3; d++) {
        double *points = normals(N * d, 11, 0.01), *queries = normals(M * d, 12, 0.01), *moved;
        moved = malloc((N + M) * d * sizeof *moved);
        assert_non_null(moved);
        for (size_t i = 0; i < N * d; i++) {
            points[i] = floor(ldexp(points[i], 30)) * 0x1p-30;
            moved[i] = points[i] + 0x1p20;
        }
        for (size_t i = 0; i < M * d; i++) {
            queries[i] = i < d ? points[i] : floor(ldexp(queries[i], 30)) * 0x1p-30;
            moved[N * d + i] = queries[i] + 0x1p20;
        }
        struct kernel_density *here = model(N, d, KERNEL_GAUSSIAN, KERNEL_RADIAL, points, bandwidth);
        struct kernel_density *there = model(N, d, KERNEL_GAUSSIAN, KERNEL_RADIAL, moved, bandwidth);
        double near[M], far[M];
        kernel_density_whiten(here, M, queries, queries);
        kernel_density_whiten(there, M, moved + N * d, moved + N * d);
        for (int method = KERNEL_SUMS_DIRECT; method <= KERNEL_SUMS_TREE; method++) {
            evaluate(here, (enum kernel_sums_method)method, M, queries, near);
            evaluate(there, (enum kernel_sums_method)method, M, moved + N * d, far);
            for (size_t i = 0; i < M; i++)
                assert_within(far[i], near[i], method == KERNEL_SUMS_DIRECT ? 1e-12 : 1e-10);
        }
        kernel_density_free(here);
        kernel_density_free(there);
        free(points);
        free(queries);
        free(moved);
    }
}

/* Whitened by the mean, which one point carries off to 5e8, the others would have lost eight digits. */
static void a_point_far_away_costs_the_others_no_digits(void **state) {
    (void)state;
    enum { N = 2000, M = 50 };
    for (size_t d = 1; d <= 3; d++) {
        double *points = normals(N * d, 15, 1), *queries = normals(M * d, 16, 1), with[M], without[M],
               z[M * 3];
        for (size_t c = 0; c < d; c++)
            points[(N - 1) * d + c] = 1e12;
        struct kernel_density *whole = model(N, d, KERNEL_GAUSSIAN, KERNEL_RADIAL, points, 0.1);
        struct kernel_density *rest = model(N - 1, d, KERNEL_GAUSSIAN, KERNEL_RADIAL, points, 0.1);
        kernel_density_whiten(whole, M, queries, z);
        evaluate(whole, KERNEL_SUMS_DIRECT, M, z, with);
        kernel_density_whiten(rest, M, queries, z);
        evaluate(rest, KERNEL_SUMS_DIRECT, M, z, without);
        for (size_t i = 0; i < M; i++)
            assert_within(with[i], without[i] + log((N - 1.0) / N), 1e-12 + 1e-15 * fabs(without[i]));
        kernel_density_free(whole);
        kernel_density_free(rest);
        free(points);
        free(queries);
    }
}

/* Against sums in long double of the whitened points: eight lanes of 20000 / 8 terms, leaf by leaf, most of
 * them too small for their last digits to matter, the more so the narrower the kernel. */
static void direct_sums_have_thirteen_digits(void **state) {
    (void)state;
    enum { N = 20000, M = 12 };
    const double bandwidths[] = {0.15, 0.5, 2};
    for (size_t k = 0; k < 12; k++) {
        size_t d = 1 + 3 * (k % 4);
        double *points = normals(N * d, 13, 1), *queries = normals(M * d, 14, 1), log_sum[M];
        double bandwidth = bandwidths[k / 4];
        struct kernel_density *density = model(N, d, KERNEL_GAUSSIAN, KERNEL_RADIAL, points, bandwidth);
        kernel_density_whiten(density, M, queries, queries);
        evaluate(density, KERNEL_SUMS_DIRECT, M, queries, log_sum);
        for (size_t i = 0; i < M; i++) {
            long double sum = 0;
            for (size_t j = 0; j < N; j++) {
                long double squared = 0;
                for (size_t c = 0; c < d; c++) {
                    long double apart = (long double)queries[i * d + c] - density->whitened[j * d + c];
                    squared += apart * apart;
                }
                sum += expl(-squared / 2) / N;
            }
            double constant = density->kernel.log_constant - density->log_determinant;
            assert_within(log_sum[i] - constant, (double)logl(sum), 1e-13 + 4e-16 * (double)fabsl(logl(sum)));
        }
        kernel_density_free(density);
        free(points);
        free(queries);
    }
}

static void one_point_is_the_kernel_itself(void **state) {
    (void)state;
    const double point[2] = {3e8, -1e-8}, queries[6] = {0, 0, 1, -2, 40, 300};
    double log_sum[3];
    struct kernel_density *density = model(1, 2, KERNEL_GAUSSIAN, KERNEL_RADIAL, point, 0.1);
    for (int method = KERNEL_SUMS_AUTO; method <= KERNEL_SUMS_TREE; method++) {
        evaluate(density, (enum kernel_sums_method)method, 3, queries, log_sum);
        for (size_t i = 0; i < 3; i++)
            assert_close(log_sum[i], kernel_log_value(&density->kernel, queries + 2 * i) - 2 * log(0.1),
                         1e-14);
    }
    kernel_density_free(density);
}

/* A sole point left out, or one that had all the weight, leaves nothing. */
static void what_is_left_of_one_point_is_nothing(void **state) {
    (void)state;
    struct error error;
    const double points[2] = {0, 1}, weights[2] = {1, 0};
    const size_t skip[2] = {0, 1};
    double log_sum[2];
    struct kernel_density *density = model(2, 1, KERNEL_GAUSSIAN, KERNEL_RADIAL, points, 1);
    assert_int_equal(kernel_density_weigh(density, weights, &error), 0);
    struct kernel_sums_settings settings = KERNEL_SUMS_DEFAULT;
    settings.skips = true;
    struct kernel_sums *sums = kernel_sums_create(density, &settings, &error);
    struct kernel_sums_block block = {
        .count = 2, .queries = density->whitened, .skip = skip, .log_sum = log_sum};
    assert_non_null(sums);
    assert_int_equal(kernel_sums_evaluate(sums, &block, &error), 0);
    assert_true(log_sum[0] == -INFINITY);
    assert_close(log_sum[1], density->kernel.log_constant - 0.5, 1e-14);
    kernel_sums_free(sums);
    kernel_density_free(density);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kernel_gives_the_defining_sums),
        cmocka_unit_test(a_point_left_out_is_left_out_alone),
        cmocka_unit_test(far_queries_have_finite_logarithms),
        cmocka_unit_test(results_depend_on_the_query_alone),
        cmocka_unit_test(an_offset_of_a_million_changes_nothing),
        cmocka_unit_test(a_point_far_away_costs_the_others_no_digits),
        cmocka_unit_test(direct_sums_have_thirteen_digits),
        cmocka_unit_test(one_point_is_the_kernel_itself),
        cmocka_unit_test(what_is_left_of_one_point_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
