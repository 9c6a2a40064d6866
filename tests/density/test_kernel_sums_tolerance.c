#include "density/kernel_sums.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "support/assertions.h"

enum { N = 2000, M = 200, MOST_COLUMNS = 6 };

/* Points that are hard on cells: even, in tight clusters with outliers, many times the same, a heavy tail. */
enum shape { EVEN, CLUSTERS, DUPLICATES, TAIL, SHAPES };

static double draw(struct random_stream *stream, enum shape shape, double *centre) {
    switch (shape) {
    case EVEN:
        return 20 * random_uniform(stream);
    case CLUSTERS:
        if (random_uniform(stream) < 0.1)
            *centre = floor(10 * random_normal(stream));
        return *centre + 0.01 * random_normal(stream);
    case DUPLICATES:
        return floor(3 * random_normal(stream)) / 2;
    default:
        return random_normal(stream) / (0.05 + random_uniform(stream));
    }
}

struct setting {
    size_t dimensions;
    enum shape shape;
    double bandwidth;
    bool weighted, local;
};

static struct kernel_density *make(const struct setting *setting) {
    struct error error;
    struct random_stream stream;
    size_t d = setting->dimensions;
    double centre = 0, weights[N];
    struct kernel_density *density = kernel_density_create(N, d, KERNEL_GAUSSIAN, KERNEL_RADIAL, &error);
    assert_non_null(density);
    random_start(&stream, 1, "test_kernel_sums_tolerance", "points", setting->shape);
    for (size_t i = 0; i < N * d; i++)
        density->points[i] = draw(&stream, setting->shape, &centre);
    for (size_t i = 0; i < d * d; i++)
        density->factor[i] = i % (d + 1) == 0 ? setting->bandwidth : i > d ? 0.3 * setting->bandwidth : 0;
    for (size_t i = 1; i < d; i++) /* lower triangular */
        for (size_t j = 0; j < i; j++)
            density->factor[j * d + i] = 0;
    for (size_t i = 0; i < N; i++)
        weights[i] = i % 11 == 0 ? 0 : pow(10, -8 * random_uniform(&stream));
    if (setting->weighted)
        assert_int_equal(kernel_density_weigh(density, weights, &error), 0);
    if (setting->local) {
        density->local = malloc(N * sizeof *density->local);
        assert_non_null(density->local);
        for (size_t i = 0; i < N; i++)
            density->local[i] = 0.5 + random_exponential(&stream);
    }
    assert_int_equal(kernel_density_prepare(density, &error), 0);
    return density;
}

/* Queries from among the points to far from all of them, where densities are e^-5000 and less. */
static void make_queries(const struct kernel_density *density, double *queries) {
    struct random_stream stream;
    size_t d = density->dimensions;
    random_start(&stream, 2, "test_kernel_sums_tolerance", "queries", 0);
    for (size_t i = 0; i < M; i++) {
        const double *near = density->whitened + random_below(&stream, N) * d;
        double away = i % 4 == 0 ? 0 : i % 4 == 1 ? 1 : i % 4 == 2 ? 5 : 100;
        for (size_t c = 0; c < d; c++)
            queries[i * d + c] = near[c] + away * random_normal(&stream);
    }
}

static void evaluate(const struct kernel_density *density, enum kernel_sums_method method, double relative,
                     double absolute, const double *queries, double *log_sum) {
    struct error error;
    struct kernel_sums_settings settings = KERNEL_SUMS_DEFAULT;
    settings.method = method;
    settings.relative = relative;
    settings.absolute = absolute;
    struct kernel_sums *sums = kernel_sums_create(density, &settings, &error);
    struct kernel_sums_block block = {.count = M, .queries = queries, .log_sum = log_sum};
    assert_non_null(sums);
    assert_int_equal(kernel_sums_evaluate(sums, &block, &error), 0);
    assert_int_equal(kernel_sums_figures(sums).method, method);
    kernel_sums_free(sums);
}

/* |f' - f| <= R f in the logarithms' own terms, so that it is asked of densities below the smallest double as
 * well; their rounding, 1e-16 of a logarithm, is the output's. */
static void check_setting(const struct setting *setting) {
    struct kernel_density *density = make(setting);
    double queries[M * MOST_COLUMNS], exact[M], near[M];
    make_queries(density, queries);
    evaluate(density, KERNEL_SUMS_DIRECT, 0, 0, queries, exact);
    for (double relative = 1e-2; relative > 5e-12; relative /= 10) {
        evaluate(density, KERNEL_SUMS_TREE, relative, 0, queries, near);
        for (size_t i = 0; i < M; i++)
            assert_within(expm1(near[i] - exact[i]), 0, relative + 4e-16 * fabs(exact[i]));
    }
    for (double absolute = 1e-2; absolute > 1e-9; absolute /= 100) {
        evaluate(density, KERNEL_SUMS_TREE, 1e-3, absolute, queries, near);
        for (size_t i = 0; i < M; i++)
            assert_within(exp(near[i]), exp(exact[i]), absolute + 1e-3 * exp(exact[i]));
    }
    kernel_density_free(density);
}

static void check_dimension(size_t dimensions) {
    for (int shape = EVEN; shape < SHAPES; shape++)
        for (double bandwidth = 0.05; bandwidth < 20; bandwidth *= 7) {
            bool weighted = shape % 2 == 1;
            check_setting(&(struct setting){dimensions, (enum shape)shape, bandwidth, weighted, false});
            check_setting(&(struct setting){dimensions, (enum shape)shape, bandwidth, !weighted, true});
        }
}

static void the_tolerance_is_kept_in_one_dimension(void **state) {
    (void)state;
    check_dimension(1);
}

static void the_tolerance_is_kept_in_two_dimensions(void **state) {
    (void)state;
    check_dimension(2);
}

static void the_tolerance_is_kept_in_three_dimensions(void **state) {
    (void)state;
    check_dimension(3);
}

/* Where squares are taken apart, and most terms are rough. */
static void the_tolerance_is_kept_in_six_dimensions(void **state) {
    (void)state;
    check_dimension(6);
}

static void leave_out(const struct kernel_density *density, enum kernel_sums_method method, double relative,
                      double *log_sum) {
    struct error error;
    size_t skip[N];
    struct kernel_sums_settings settings = KERNEL_SUMS_DEFAULT;
    settings.method = method;
    settings.relative = relative;
    settings.skips = true;
    struct kernel_sums *sums = kernel_sums_create(density, &settings, &error);
    for (size_t i = 0; i < N; i++)
        skip[i] = i % 10 == 9 ? SIZE_MAX : i;
    struct kernel_sums_block block = {
        .count = N, .queries = density->whitened, .skip = skip, .log_sum = log_sum};
    assert_non_null(sums);
    assert_int_equal(kernel_sums_evaluate(sums, &block, &error), 0);
    kernel_sums_free(sums);
}

static void the_tolerance_is_kept_where_points_are_left_out(void **state) {
    (void)state;
    for (size_t d = 1; d <= 2; d++)
        for (int shape = EVEN; shape < SHAPES; shape++)
            for (double bandwidth = 0.01; bandwidth < 10; bandwidth *= 10) {
                double exact[N], near[N];
                struct kernel_density *density =
                    make(&(struct setting){d, (enum shape)shape, bandwidth, shape == TAIL, false});
                leave_out(density, KERNEL_SUMS_DIRECT, 0, exact);
                for (double relative = 1e-2; relative > 5e-11; relative /= 100) {
                    leave_out(density, KERNEL_SUMS_TREE, relative, near);
                    for (size_t i = 0; i < N; i++)
                        assert_within(expm1(near[i] - exact[i]), 0, relative + 4e-16 * fabs(exact[i]));
                }
                kernel_density_free(density);
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tolerance_is_kept_in_one_dimension),
        cmocka_unit_test(the_tolerance_is_kept_in_two_dimensions),
        cmocka_unit_test(the_tolerance_is_kept_in_three_dimensions),
        cmocka_unit_test(the_tolerance_is_kept_in_six_dimensions),
        cmocka_unit_test(the_tolerance_is_kept_where_points_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
