#include "density/bandwidth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "density/bandwidth_likelihood.h"
#include "density/bandwidth_pairs.h"
#include "density/bandwidth_squares.h"
#include "support/assertions.h"

static const double eight[] = {1.1, 1.9, 2.3, 2.4, 3.8, 4.1, 5.0, 7.2};

static const double six[] = {0, 0, 1, .5, 2, 1.8, .5, -1, 1.5, 2, -1, -.7};

/* y_i = sin(1.7 i) + 2.5 [3 divides i] + 0.02 i */
static const double *sixty(void) {
    static double values[60];
    for (int i = 1; i <= 60; i++)
        values[i - 1] = sin(1.7 * i) + (i % 3 == 0 ? 2.5 : 0) + 0.02 * i;
    return values;
}

static struct bandwidth_settings rule(enum bandwidth_rule name) {
    return (struct bandwidth_settings){.rule = name, .shape = BANDWIDTH_DIAGONAL, .threads = 2};
}

static struct bandwidth_data column(size_t count, const double *values) {
    return (struct bandwidth_data){count, 1, values, NULL, NULL};
}

static double choose(struct bandwidth_data data, struct bandwidth_settings settings) {
    struct error error = {0};
    double h = NAN;
    int status = bandwidth_choose(&data, &settings, &h, NULL, &error);
    if (status != 0)
        print_error("%s\n", error.text);
    assert_int_equal(status, 0);
    return h;
}

static const char *refusal(struct bandwidth_data data, struct bandwidth_settings settings) {
    static struct error error;
    double factor[64], local[64];
    error.text[0] = '\0';
    data.name = "data.csv";
    assert_int_equal(bandwidth_choose(&data, &settings, factor, local, &error), -1);
    return error.text;
}

/* Worked apart, to as many digits as are given. */
static void eight_points_have_the_bandwidths_worked_apart(void **state) {
    (void)state;
    assert_within(choose(column(8, eight), rule(BANDWIDTH_NRD0)), 0.941626448, 5.1e-10);
    assert_within(choose(column(8, eight), rule(BANDWIDTH_NRD)), 1.109026705, 5.1e-10);
    assert_within(choose(column(8, eight), rule(BANDWIDTH_SCOTT)), 1.304221461, 5.1e-10);
    assert_within(choose(column(8, eight), rule(BANDWIDTH_SILVERMAN)), 1.381462465, 5.1e-10);
    assert_within(choose(column(8, eight), rule(BANDWIDTH_SJ)), 1.118830049, 5.1e-10);
    assert_within(choose(column(8, eight), rule(BANDWIDTH_SJ_DPI)), 1.147528238, 5.1e-10);
}

static void sixty_points_have_the_bandwidths_worked_apart(void **state) {
    (void)state;
    assert_within(choose(column(60, sixty()), rule(BANDWIDTH_NRD0)), 0.567580008, 5.1e-10);
    assert_within(choose(column(60, sixty()), rule(BANDWIDTH_NRD)), 0.668483120, 5.1e-10);
    assert_within(choose(column(60, sixty()), rule(BANDWIDTH_SJ)), 0.619738814, 5.1e-10);
    assert_within(choose(column(60, sixty()), rule(BANDWIDTH_SJ_DPI)), 0.629522925, 5.1e-10);
    assert_within(choose(column(60, sixty()), rule(BANDWIDTH_ISJ)), 0.776234, 5.1e-7);
    /* the zero of the derivative in 30 digits (mpmath); the step of the differences leaves some 1e-10 */
    assert_within(choose(column(60, sixty()), rule(BANDWIDTH_LSCV)), 0.750600800537784, 2e-10);
    /* by values alone: off by the square root of their rounding */
    assert_within(choose(column(60, sixty()), rule(BANDWIDTH_LCV)), 0.426328409, 2e-8);
}

static void bcv_falls_on_oversmoothed_where_it_has_no_minimum(void **state) {
    (void)state;
    double h = choose(column(60, sixty()), rule(BANDWIDTH_BCV));
    assert_within(h, 0.721457, 5.1e-7);
    assert_ulps(h, choose(column(60, sixty()), rule(BANDWIDTH_OVERSMOOTHED)), 4);
}

/* R 4.2: x <- faithful$eruptions; bw.SJ(x, nb = 1e5, method = "ste", tol = 1e-10) and so on, and precip. R
 * counts pairs in nb cells of the data's range, which is worth some 1e-5 here. */
static const double precipitation[] = {67,   54.7, 7,    48.5, 14,   17.2, 20.7, 13,   43.4, 40.2, 38.9, 54.5,
                                       59.8, 48.3, 22.9, 11.5, 34.4, 35.1, 38.7, 30.8, 30.6, 43.1, 56.8, 40.8,
                                       41.8, 42.5, 31,   31.7, 30.2, 25.9, 49.2, 37,   35.9, 15,   30.2, 7.2,
                                       36.2, 45.5, 7.8,  33.4, 36.1, 40.2, 42.7, 42.5, 16.2, 39,   35,   37,
                                       31.4, 37.6, 39.9, 36.2, 42.8, 46.4, 24.7, 49.1, 46,   35.9, 7.8,  48.2,
                                       15.2, 32.5, 44.7, 42.6, 38.8, 17.4, 40.8, 29.1, 14.6, 59.2};

static void rules_agree_with_those_of_r(void **state) {
    (void)state;
    struct bandwidth_data data = column(70, precipitation);
    assert_within(choose(data, rule(BANDWIDTH_NRD0)), 3.84789224259, 5.1e-12);
    assert_within(choose(data, rule(BANDWIDTH_NRD)), 4.53196197461, 5.1e-12);
    assert_close(choose(data, rule(BANDWIDTH_SJ)), 3.94202587532, 1e-4);
    assert_close(choose(data, rule(BANDWIDTH_SJ_DPI)), 4.02295195162, 1e-4);
    /* bw.ucv has n^2 where the unbiased criterion has n (n - 1): 1 in 70 */
    assert_close(choose(data, rule(BANDWIDTH_LSCV)), 4.85396322541, 1.0 / 70);
    double bcv = choose(data, rule(BANDWIDTH_BCV)); /* bw.bcv: 6.704 is its upper end */
    assert_close(bcv, 6.70405751769, 1e-5);
}

static void the_criteria_have_the_values_worked_apart(void **state) {
    (void)state;
    struct error error;
    struct bandwidth_pairs_input input = {8, 1, eight, NULL, 0.1, 2, 2, BANDWIDTH_PAIRS_CHOOSE};
    struct bandwidth_pairs *pairs = bandwidth_pairs_create(&input, &error);
    assert_non_null(pairs);
    assert_within(bandwidth_squares_lscv(pairs, 8, 1, 0.7), -0.0716206257, 5.1e-11);
    assert_within(bandwidth_squares_bcv(pairs, 8, 0.7), 0.0478214939, 5.1e-11);
    bandwidth_pairs_free(pairs);
    input.count = 60;
    input.points = sixty();
    pairs = bandwidth_pairs_create(&input, &error);
    assert_non_null(pairs);
    assert_within(bandwidth_squares_lscv(pairs, 60, 1, 0.3), -0.1803475251, 5.1e-11);
    assert_within(bandwidth_squares_bcv(pairs, 60, 0.3), 0.0160448488, 5.1e-11);
    bandwidth_pairs_free(pairs);
}

/* scott's factor for the six points; densities there are in the tests of the sums. */
static void shapes_scale_the_covariance_s_factor(void **state) {
    (void)state;
    struct error error;
    struct bandwidth_data data = {6, 2, six, NULL, NULL};
    struct bandwidth_settings settings = rule(BANDWIDTH_SCOTT);
    double mean[2] = {0}, c[3] = {0}, n = pow(6, -1.0 / 6), factor[4], silverman[4];
    for (size_t i = 0; i < 12; i++)
        mean[i % 2] += six[i] / 6;
    for (size_t i = 0; i < 6; i++) {
        double x = six[2 * i] - mean[0], y = six[2 * i + 1] - mean[1];
        c[0] += x * x / 5, c[1] += x * y / 5, c[2] += y * y / 5;
    }
    settings.shape = BANDWIDTH_FULL;
    assert_int_equal(bandwidth_choose(&data, &settings, factor, NULL, &error), 0);
    assert_close(factor[0], n * sqrt(c[0]), 1e-14);
    assert_close(factor[2], n * c[1] / sqrt(c[0]), 1e-14);
    assert_close(factor[3], n * sqrt(c[2] - c[1] * c[1] / c[0]), 1e-14);
    assert_ulps(factor[1], 0, 0);
    settings.rule = BANDWIDTH_SILVERMAN; /* the same for d = 2 */
    assert_int_equal(bandwidth_choose(&data, &settings, silverman, NULL, &error), 0);
    for (size_t i = 0; i < 4; i++)
        assert_close(silverman[i], factor[i], 1e-15);
    settings.rule = BANDWIDTH_SCOTT;
    settings.shape = BANDWIDTH_DIAGONAL;
    assert_int_equal(bandwidth_choose(&data, &settings, factor, NULL, &error), 0);
    assert_close(factor[3], n * sqrt(c[2]), 1e-14);
    assert_ulps(factor[2], 0, 0);
    settings.shape = BANDWIDTH_SCALAR;
    assert_int_equal(bandwidth_choose(&data, &settings, factor, NULL, &error), 0);
    assert_close(factor[0], n * sqrt((c[0] + c[2]) / 2), 1e-14);
    assert_ulps(factor[3], factor[0], 0);
}

static const enum bandwidth_rule searching[] = {
    BANDWIDTH_SCOTT,        BANDWIDTH_SILVERMAN, BANDWIDTH_NRD0,   BANDWIDTH_NRD,
    BANDWIDTH_OVERSMOOTHED, BANDWIDTH_SJ,        BANDWIDTH_SJ_DPI, BANDWIDTH_ISJ,
    BANDWIDTH_LCV,          BANDWIDTH_LSCV,      BANDWIDTH_BCV,    BANDWIDTH_KL_EXTREME};

/* Rounding of the shifted values is 1e-16 x 1e6; a minimum is known to some 1e-8. The diffusion's cells move
 * with the last digits. */
static void shift_and_scale_go_through_every_rule(void **state) {
    (void)state;
    const double scales[] = {1e6, 1e-6, -3};
    for (size_t r = 0; r < sizeof searching / sizeof *searching; r++) {
        double h = choose(column(60, sixty()), rule(searching[r])), moved[60];
        for (size_t s = 0; s < 3; s++) {
            for (size_t i = 0; i < 60; i++)
                moved[i] = scales[s] * (sixty()[i] + 1000);
            assert_close(choose(column(60, moved), rule(searching[r])), fabs(scales[s]) * h,
                         searching[r] == BANDWIDTH_ISJ ? 1e-3 : 1e-7);
        }
    }
}

/* Powers of two lose no digit, and no rule's powers of differences leave the doubles. */
static void no_scale_is_too_large_or_too_small(void **state) {
    (void)state;
    static const int exponents[] = {-990, -530, -200, 200, 530, 990};
    for (size_t r = 0; r < sizeof searching / sizeof *searching; r++) {
        double h = choose(column(60, sixty()), rule(searching[r])), scaled[60];
        for (size_t k = 0; k < sizeof exponents / sizeof *exponents; k++) {
            for (size_t i = 0; i < 60; i++)
                scaled[i] = ldexp(sixty()[i], exponents[k]);
            assert_close(ldexp(choose(column(60, scaled), rule(searching[r])), -exponents[k]), h, 1e-11);
        }
    }
}

static void nor_are_columns_far_apart(void **state) {
    (void)state;
    struct error error;
    double factor[4], scaled[4], points[12];
    struct bandwidth_data data = {6, 2, six, NULL, NULL};
    struct bandwidth_settings settings = rule(BANDWIDTH_SCOTT);
    settings.shape = BANDWIDTH_FULL;
    assert_int_equal(bandwidth_choose(&data, &settings, factor, NULL, &error), 0);
    for (size_t i = 0; i < 12; i++)
        points[i] = ldexp(six[i], i % 2 == 0 ? 900 : -900);
    data.points = points;
    assert_int_equal(bandwidth_choose(&data, &settings, scaled, NULL, &error), 0);
    assert_close(ldexp(scaled[0], -900), factor[0], 1e-15);
    assert_close(ldexp(scaled[2], 900), factor[2], 1e-15);
    assert_close(ldexp(scaled[3], 900), factor[3], 1e-15);
    assert_true(scaled[1] == 0);
}

/* L times the local bandwidth is what counts. */
static void neighbours_are_found_at_any_scale(void **state) {
    (void)state;
    struct error error;
    double factor[4], local[6], far_factor[4], far_local[6], points[12];
    struct bandwidth_data data = {6, 2, six, NULL, NULL};
    struct bandwidth_settings settings = rule(BANDWIDTH_NEIGHBOUR);
    settings.neighbour = 2;
    assert_int_equal(bandwidth_choose(&data, &settings, factor, local, &error), 0);
    assert_true(factor[0] == 1 && factor[3] == 1);
    for (size_t i = 0; i < 12; i++)
        points[i] = ldexp(six[i], -600);
    data.points = points;
    assert_int_equal(bandwidth_choose(&data, &settings, far_factor, far_local, &error), 0);
    for (size_t i = 0; i < 6; i++)
        assert_close(ldexp(far_factor[0], 600) * far_local[i], local[i], 1e-15);
    assert_true(far_factor[3] == far_factor[0] && far_factor[2] == 0);
}

static void infinite_values_are_named(void **state) {
    (void)state;
    double values[] = {1, 2, INFINITY, 4};
    for (size_t r = 0; r < sizeof searching / sizeof *searching; r++)
        assert_string_equal(refusal(column(4, values), rule(searching[r])),
                            "data.csv: point 3: column 1: expected a finite number");
}

static void equal_weights_change_nothing(void **state) {
    (void)state;
    double weights[60];
    for (size_t i = 0; i < 60; i++)
        weights[i] = 1.0 / 60;
    for (size_t r = 0; r < sizeof searching / sizeof *searching; r++) {
        struct bandwidth_data data = column(60, sixty());
        double plain = choose(data, rule(searching[r]));
        data.weights = weights;
        assert_close(choose(data, rule(searching[r])), plain, 1e-9);
    }
}

/* One weight near 1: n near 1, and the scale that of a few points far lighter; all stays finite. */
static void a_weight_near_1_leaves_rules_finite(void **state) {
    (void)state;
    double weights[8] = {1e-12, 1e-12, 1e-12, 1 - 7e-12, 1e-12, 1e-12, 1e-12, 1e-12};
    struct bandwidth_data data = column(8, eight);
    data.weights = weights;
    double h = choose(data, rule(BANDWIDTH_SCOTT));
    double spread = 0;
    for (size_t i = 0; i < 8; i++)
        spread += 1e-12 * (eight[i] - 2.4) * (eight[i] - 2.4);
    /* sum w^2 is 1 - 1.4e-11: n^(-1/5) is 1, the variance spread / 1.4e-11 */
    assert_close(h, sqrt(spread / 1.4e-11), 1e-4);
    weights[3] = 1;
    for (size_t i = 0; i < 8; i++)
        weights[i] = i == 3 ? 1 : 0;
    assert_string_equal(refusal(data, rule(BANDWIDTH_SCOTT)),
                        "data.csv: 1 row with weight: a bandwidth rule needs at least 2");
}

/* Groups of values `step` apart, group k at k: LSCV has a minimum near the scale of the step and one near
 * that of the groups. */
static void check_two_minima(size_t groups, size_t size, double step, bool narrow_is_deeper) {
    double values[60];
    struct error error;
    size_t n = groups * size;
    for (size_t i = 0; i < n; i++)
        values[i] = (double)(i / size) + step * (double)(i % size);
    double h = choose(column(n, values), rule(BANDWIDTH_LSCV));
    double over = choose(column(n, values), rule(BANDWIDTH_OVERSMOOTHED));
    struct bandwidth_pairs_input input = {n,           1,        values, NULL,
                                          0.02 * over, 2 * over, 2,      BANDWIDTH_PAIRS_CHOOSE};
    struct bandwidth_pairs *pairs = bandwidth_pairs_create(&input, &error);
    assert_non_null(pairs);
    double least = bandwidth_squares_lscv(pairs, (double)n, 1, h), before = INFINITY;
    bool falling = false;
    size_t minima = 0;
    for (double x = 0.02 * over; x < 2 * over; x *= 1.002) {
        double value = bandwidth_squares_lscv(pairs, (double)n, 1, x);
        assert_true(value >= least - 1e-12);
        minima += falling && value > before;
        falling = value < before;
        before = value;
    }
    assert_int_equal(minima, 2);
    assert_true(narrow_is_deeper ? h < 0.3 : h > 1);
    bandwidth_pairs_free(pairs);
}

static void the_lower_of_two_minima_of_lscv_is_found(void **state) {
    (void)state;
    check_two_minima(20, 3, 0.05, true);
    check_two_minima(8, 6, 0.1, false);
}

static double *normals(size_t count, uint64_t block) {
    double *values = malloc(count * sizeof *values);
    struct random_stream stream;
    assert_non_null(values);
    random_start(&stream, 1, "test", "bandwidth", block);
    random_normals(&stream, count, values);
    return values;
}

/* Sums enter with their pairs i = j: relative to n and its multiples. */
static void binned_sums_are_within_1e_6_of_exact_ones(void **state) {
    (void)state;
    struct error error;
    for (uint64_t kind = 0; kind < 3; kind++) {
        enum { N = 3000 };
        double *values = normals(N, kind), exact[4], binned[4], *masses = NULL;
        if (kind == 1) /* heavy tails: gaps that are narrowed */
            for (size_t i = 0; i < N; i++)
                values[i] = values[i] * values[i] * values[i] * values[i] * values[i] + 1e6;
        if (kind == 2) {
            masses = normals(N, 9);
            for (size_t i = 0; i < N; i++)
                masses[i] = fabs(masses[i]);
        }
        struct bandwidth_pairs_input input = {N, 1, values, masses, 0.01, 1, 2, BANDWIDTH_PAIRS_EXACT};
        struct bandwidth_pairs *plain = bandwidth_pairs_create(&input, &error);
        input.method = BANDWIDTH_PAIRS_BINNED;
        struct bandwidth_pairs *cells = bandwidth_pairs_create(&input, &error);
        assert_true(plain != NULL && cells != NULL);
        for (double h = 0.01; h <= 1; h *= 2.1) {
            for (double divisor = 2; divisor <= 4; divisor += 2) {
                bandwidth_pairs_sums(plain, h, divisor, exact);
                bandwidth_pairs_sums(cells, h, divisor, binned);
                for (size_t k = 0; k < 4; k++)
                    assert_close(binned[k], exact[k], 1e-6);
                double phi6 = exact[3] - 15 * exact[2] + 45 * exact[1] - 15 * exact[0] - 7.5 * N;
                double binned6 = binned[3] - 15 * binned[2] + 45 * binned[1] - 15 * binned[0] - 7.5 * N;
                assert_within(binned6, phi6, 1e-6 * 15 * exact[0]);
            }
        }
        bandwidth_pairs_free(plain);
        bandwidth_pairs_free(cells);
        free(values);
        free(masses);
    }
}

static void distances_in_cells_are_within_1e_6_of_exact_sums(void **state) {
    (void)state;
    enum { N = 700, D = 3 };
    struct error error;
    double *points = normals(N * D, 6), *masses = normals(N, 9), exact[4], binned[4];
    for (size_t i = 0; i < N; i++)
        masses[i] = fabs(masses[i]);
    for (size_t c = 0; c < D; c++)
        points[D + c] = points[c]; /* a pair at distance 0 */
    struct bandwidth_pairs_input input = {N, D, points, masses, 0.02, 2, 2, BANDWIDTH_PAIRS_EXACT};
    struct bandwidth_pairs *plain = bandwidth_pairs_create(&input, &error);
    input.method = BANDWIDTH_PAIRS_BINNED;
    struct bandwidth_pairs *cells = bandwidth_pairs_create(&input, &error);
    input.threads = 1;
    struct bandwidth_pairs *alone = bandwidth_pairs_create(&input, &error);
    assert_true(plain != NULL && cells != NULL && alone != NULL);
    for (double h = 0.02; h <= 2; h *= 1.9) {
        bandwidth_pairs_sums(plain, h, 4, exact);
        bandwidth_pairs_sums(cells, h, 4, binned);
        for (size_t k = 0; k < 4; k++)
            assert_within(binned[k], exact[k], 1e-6 * exact[0]);
        assert_ulps(bandwidth_pairs_sum(alone, h, 4), binned[0], 0);
    }
    bandwidth_pairs_free(plain);
    bandwidth_pairs_free(cells);
    bandwidth_pairs_free(alone);
    free(points);
    free(masses);
}

/* The definition, pair by pair, with libc's exp; in two dimensions. */
static void exact_sums_are_those_of_the_definition(void **state) {
    (void)state;
    enum { N = 333 };
    struct error error;
    double *points = normals(2 * N, 5), sums[4];
    struct bandwidth_pairs_input input = {N, 2, points, NULL, 0.01, 1, 1, BANDWIDTH_PAIRS_CHOOSE};
    struct bandwidth_pairs *pairs = bandwidth_pairs_create(&input, &error);
    assert_non_null(pairs);
    for (double h = 0.03; h < 3; h *= 3) {
        double expected[4] = {0};
        for (size_t i = 0; i < N; i++) {
            for (size_t j = i + 1; j < N; j++) {
                double x = points[2 * i] - points[2 * j], y = points[2 * i + 1] - points[2 * j + 1];
                for (size_t k = 0; k < 4; k++)
                    expected[k] +=
                        exp(-(x * x + y * y) / (2 * h * h)) * pow((x * x + y * y) / (h * h), (double)k);
            }
        }
        bandwidth_pairs_sums(pairs, h, 2, sums);
        for (size_t k = 0; k < 4; k++)
            assert_close(sums[k], expected[k], 1e-12);
    }
    bandwidth_pairs_free(pairs);
    free(points);
}

/* 5000 and 5001 of the same values choose nearly the same, by either kind of sum; and so do two threads. */
static void many_points_are_binned_without_a_jump(void **state) {
    (void)state;
    double *values = normals(5001, 7);
    const enum bandwidth_rule rules[] = {BANDWIDTH_SJ, BANDWIDTH_SJ_DPI, BANDWIDTH_LSCV, BANDWIDTH_BCV};
    for (size_t r = 0; r < 4; r++) {
        double exact = choose(column(5000, values), rule(rules[r]));
        double binned = choose(column(5001, values), rule(rules[r]));
        assert_close(binned, exact, rules[r] == BANDWIDTH_LSCV ? 0.02 : 2e-3); /* one point more */
        struct bandwidth_settings settings = rule(rules[r]);
        settings.threads = 1;
        assert_ulps(choose(column(5000, values), settings), exact, 0);
    }
    free(values);
}

/* The diffusion rule on a large normal sample is near the asymptotically best 1.06 s n^(-1/5); R's bw.nrd. */
static void isj_is_near_the_best_for_normal_data(void **state) {
    (void)state;
    double *values = normals(20000, 8);
    assert_close(choose(column(20000, values), rule(BANDWIDTH_ISJ)), 1.06 * pow(20000, -0.2), 0.1);
    free(values);
}

static void isj_without_a_root_says_what_to_use(void **state) {
    (void)state;
    const double two[] = {0, 1};
    assert_string_equal(
        refusal(column(2, two), rule(BANDWIDTH_ISJ)),
        "data.csv: column 1: the equation of isj has no root (2 distinct values): use sj or nrd0");
}

static void whitened_lscv_is_least_where_its_formula_says(void **state) {
    (void)state;
    enum { N = 200 };
    struct error error;
    double *points = normals(2 * N, 11), factor[4];
    struct bandwidth_data data = {N, 2, points, NULL, NULL};
    struct bandwidth_settings settings = rule(BANDWIDTH_LSCV), scott = rule(BANDWIDTH_SCOTT);
    double shape[4];
    settings.shape = scott.shape = BANDWIDTH_FULL;
    assert_int_equal(bandwidth_choose(&data, &settings, factor, NULL, &error), 0);
    assert_int_equal(bandwidth_choose(&data, &scott, shape, NULL, &error), 0);
    double best = INFINITY, best_h = 0, h = factor[0] / shape[0] * pow(N, -1.0 / 6);
    for (double trial = 0.8 * h; trial < 1.25 * h; trial *= 1.002) {
        double inverse[3] = {shape[0] * pow(N, 1.0 / 6), shape[2] * pow(N, 1.0 / 6),
                             shape[3] * pow(N, 1.0 / 6)};
        double squares = 0, products = 0;
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < N; j++) {
                double x = (points[2 * i] - points[2 * j]) / inverse[0];
                double y = (points[2 * i + 1] - points[2 * j + 1] - inverse[1] * x) / inverse[2];
                double delta = (x * x + y * y) / (trial * trial);
                squares += exp(-delta / 4);
                products += i != j ? exp(-delta / 2) : 0;
            }
        }
        double value =
            (squares / (4 * M_PI * N * N) - 2 * products / (2 * M_PI * N * (N - 1))) / (trial * trial);
        if (value < best) {
            best = value;
            best_h = trial;
        }
    }
    assert_close(h, best_h, 0.0025); /* the grid's step */
    free(points);
}

/* CV by the definition, -1.7580196500 at h = 0.3 and -2.8030772064 at 0.7 worked apart; the gradient by
 * central differences of step 1e-4, good to 1e-8. */
static void the_likelihood_and_its_gradient_are_right(void **state) {
    (void)state;
    struct error error;
    struct bandwidth_data data = column(60, sixty());
    double value, gradient[3], plus, minus, unused[3], log_h[3] = {log(0.3), 0.2, -0.4};
    assert_int_equal(bandwidth_likelihood_value(&data, 2, log_h, &value, gradient, &error), 0);
    assert_within(value, -1.7580196500, 5.1e-11);
    data = column(8, eight);
    assert_int_equal(bandwidth_likelihood_value(&data, 2, (double[]){log(0.7)}, &value, gradient, &error), 0);
    assert_within(value, -2.8030772064, 5.1e-11);

    double *points = normals(150, 2), weights[50], total = 0;
    for (size_t i = 0; i < 50; i++)
        total += weights[i] = 1 + (double)(i % 7);
    for (size_t i = 0; i < 50; i++)
        weights[i] /= total;
    data = (struct bandwidth_data){50, 3, points, weights, NULL};
    assert_int_equal(bandwidth_likelihood_value(&data, 2, log_h, &value, gradient, &error), 0);
    for (size_t c = 0; c < 3; c++) {
        log_h[c] += 1e-4;
        assert_int_equal(bandwidth_likelihood_value(&data, 1, log_h, &plus, unused, &error), 0);
        log_h[c] -= 2e-4;
        assert_int_equal(bandwidth_likelihood_value(&data, 1, log_h, &minus, unused, &error), 0);
        log_h[c] += 1e-4;
        assert_within((plus - minus) / 2e-4, gradient[c], 1e-6);
    }
    free(points);
}

/* Columns of unlike smoothness: one wide normal, one of two narrow groups. */
static void free_columns_reach_a_stationary_point_above_one_factor_s(void **state) {
    (void)state;
    enum { N = 150 };
    struct error error;
    double *points = normals(2 * N, 4), one[4], each[4], log_h[2], gradient[2], value_one, value_each;
    for (size_t i = 0; i < N; i++)
        points[2 * i] = 0.1 * points[2 * i] + (i % 2 == 0 ? 3 : -3);
    struct bandwidth_data data = {N, 2, points, NULL, NULL};
    struct bandwidth_settings settings = rule(BANDWIDTH_LCV);
    assert_int_equal(bandwidth_choose(&data, &settings, one, NULL, &error), 0);
    settings.each = true;
    assert_int_equal(bandwidth_choose(&data, &settings, each, NULL, &error), 0);
    for (size_t c = 0; c < 2; c++)
        log_h[c] = log(one[3 * c]);
    assert_int_equal(bandwidth_likelihood_value(&data, 2, log_h, &value_one, gradient, &error), 0);
    assert_within(gradient[0] + gradient[1], 0, 1e-6); /* one factor: the sum vanishes */
    for (size_t c = 0; c < 2; c++)
        log_h[c] = log(each[3 * c]);
    assert_int_equal(bandwidth_likelihood_value(&data, 2, log_h, &value_each, gradient, &error), 0);
    assert_within(gradient[0], 0, 1e-7);
    assert_within(gradient[1], 0, 1e-7);
    assert_true(value_each > value_one + 0.01);
    free(points);
}

static void neighbours_give_each_point_its_distance(void **state) {
    (void)state;
    struct error error;
    struct bandwidth_data data = column(8, eight);
    struct bandwidth_settings settings = {.rule = BANDWIDTH_NEIGHBOUR, .neighbour = 2, .threads = 1};
    double factor, local[8];
    assert_int_equal(bandwidth_choose(&data, &settings, &factor, local, &error), 0);
    assert_ulps(factor, 1, 0);
    assert_close(local[0], 1.2, 1e-14); /* 1.1: 1.9, 2.3 */
    assert_close(local[7], 3.1, 1e-14); /* 7.2: 5.0, 4.1 */
    settings.neighbour = 8;
    assert_string_equal(refusal(data, settings), "data.csv: nn:8 needs at least 9 rows, not 8");
    const double twice[] = {1, 1, 2, 3};
    settings.neighbour = 1;
    assert_string_equal(refusal(column(4, twice), settings),
                        "data.csv: row 1 equals 1 others, its bandwidth would be 0: nn:K needs a larger K");
}

/* Ratios for d = 1: 2.21380, 2.62262, 2.97811, 1.74006. */
static void other_kernels_take_their_canonical_ratio(void **state) {
    (void)state;
    static const struct {
        enum kernel_name kernel;
        double ratio;
    } known[] = {{KERNEL_EPANECHNIKOV, 2.21380},
                 {KERNEL_BIWEIGHT, 2.62262},
                 {KERNEL_TRIWEIGHT, 2.97811},
                 {KERNEL_UNIFORM, 1.74006}};
    for (size_t i = 0; i < 4; i++) {
        struct bandwidth_settings settings = rule(BANDWIDTH_NRD0);
        settings.kernel = known[i].kernel;
        assert_close(choose(column(8, eight), settings), 0.941626448 * known[i].ratio, 5e-6);
    }
}

static void impossible_data_are_named(void **state) {
    (void)state;
    const double one[] = {3}, same[] = {1, 5, 2, 5, 4, 5}, line[] = {1, 2, 2, 4, 3, 6},
                 wide[] = {1, 2, 3, 4, 0, 9};
    struct bandwidth_settings settings = rule(BANDWIDTH_SCOTT);
    assert_string_equal(refusal(column(1, one), settings),
                        "data.csv: 1 row: a bandwidth rule needs at least 2");
    struct bandwidth_data data = {3, 2, same, NULL, NULL};
    assert_string_equal(refusal(data, settings), "data.csv: column 2 is constant: give --bandwidth");
    const enum bandwidth_rule rules[] = {BANDWIDTH_NRD,    BANDWIDTH_OVERSMOOTHED, BANDWIDTH_SJ,
                                         BANDWIDTH_SJ_DPI, BANDWIDTH_ISJ,          BANDWIDTH_LSCV,
                                         BANDWIDTH_BCV,    BANDWIDTH_LCV};
    const double constant[] = {7, 7, 7};
    for (size_t r = 0; r < sizeof rules / sizeof *rules; r++)
        assert_string_equal(refusal(column(3, constant), rule(rules[r])),
                            "data.csv: column 1 is constant: give --bandwidth");
    settings.shape = BANDWIDTH_FULL;
    data.points = line;
    assert_string_equal(
        refusal(data, settings),
        "data.csv: the covariance is not positive definite, column 2 is a combination of those "
        "before it: use --covariance diagonal");
    data = (struct bandwidth_data){2, 3, wide, NULL, NULL}; /* fewer rows than columns */
    assert_string_equal(refusal(data, settings),
                        "data.csv: the covariance of 2 rows of 3 columns is not positive definite: use "
                        "--covariance diagonal");
    settings.shape = BANDWIDTH_DIAGONAL;
    double factor[9];
    struct error error;
    assert_int_equal(bandwidth_choose(&data, &settings, factor, NULL, &error), 0);
}

/* nrd0 falls back as R does: bw.nrd0(c(7, 7, 7)) = 5.057287, bw.nrd0(c(0, 0)) = 0.783495. */
static void nrd0_of_constants_is_that_of_r(void **state) {
    (void)state;
    assert_close(choose(column(3, (double[]){7, 7, 7}), rule(BANDWIDTH_NRD0)), 0.9 * 7 * pow(3, -0.2), 1e-14);
    assert_close(choose(column(2, (double[]){0, 0}), rule(BANDWIDTH_NRD0)), 0.9 * pow(2, -0.2), 1e-14);
}

static void repeated_rows_are_refused_by_cross_validation(void **state) {
    (void)state;
    const double ties[] = {1, 2, 3, 2.5, 2, 7}, pairs[] = {1, 1, 2, 2, 3, 3, 4, 4};
    assert_string_equal(refusal(column(6, ties), rule(BANDWIDTH_LCV)),
                        "data.csv: rows 2 and 5 are equal: each predicts the other without bound as the "
                        "bandwidth goes to 0, which lcv would reward: merge them (--weights) or use another "
                        "rule");
    assert_string_equal(
        refusal(column(8, pairs), rule(BANDWIDTH_LSCV)),
        "data.csv: column 1: so many values are repeated that lscv falls without bound as the "
        "bandwidth goes to 0: use sj or scott");
    /* half of the values equal: no quartiles to take a scale from */
    const double most[] = {1, 5, 5, 5, 5, 5, 5, 9};
    assert_string_equal(refusal(column(8, most), rule(BANDWIDTH_SJ)),
                        "data.csv: column 1: its quartiles are equal: use nrd0, scott or a number");
}

static void rules_are_read_as_typed(void **state) {
    (void)state;
    struct bandwidth_settings settings = {0};
    struct error error = {0};
    assert_int_equal(bandwidth_parse("sj-dpi", &settings, &error), 1);
    assert_int_equal(settings.rule, BANDWIDTH_SJ_DPI);
    assert_int_equal(bandwidth_parse("nn:12", &settings, &error), 1);
    assert_int_equal(settings.rule, BANDWIDTH_NEIGHBOUR);
    assert_int_equal(settings.neighbour, 12);
    assert_int_equal(bandwidth_parse("0.5", &settings, &error), 0);
    assert_int_equal(bandwidth_parse("nn:K", &settings, &error), -1);
    assert_int_equal(bandwidth_parse("nn:0", &settings, &error), -1);
    assert_true(error.usage);
    assert_string_equal(error.text, "--bandwidth: expected nn:K with a whole number K from 1, got 'nn:0'");
    assert_int_equal(bandwidth_parse("nn:99999999999999999999", &settings, &error), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eight_points_have_the_bandwidths_worked_apart),
        cmocka_unit_test(sixty_points_have_the_bandwidths_worked_apart),
        cmocka_unit_test(bcv_falls_on_oversmoothed_where_it_has_no_minimum),
        cmocka_unit_test(rules_agree_with_those_of_r),
        cmocka_unit_test(the_criteria_have_the_values_worked_apart),
        cmocka_unit_test(shapes_scale_the_covariance_s_factor),
        cmocka_unit_test(shift_and_scale_go_through_every_rule),
        cmocka_unit_test(no_scale_is_too_large_or_too_small),
        cmocka_unit_test(nor_are_columns_far_apart),
        cmocka_unit_test(neighbours_are_found_at_any_scale),
        cmocka_unit_test(infinite_values_are_named),
        cmocka_unit_test(equal_weights_change_nothing),
        cmocka_unit_test(a_weight_near_1_leaves_rules_finite),
        cmocka_unit_test(the_lower_of_two_minima_of_lscv_is_found),
        cmocka_unit_test(binned_sums_are_within_1e_6_of_exact_ones),
        cmocka_unit_test(distances_in_cells_are_within_1e_6_of_exact_sums),
        cmocka_unit_test(exact_sums_are_those_of_the_definition),
        cmocka_unit_test(many_points_are_binned_without_a_jump),
        cmocka_unit_test(isj_is_near_the_best_for_normal_data),
        cmocka_unit_test(isj_without_a_root_says_what_to_use),
        cmocka_unit_test(whitened_lscv_is_least_where_its_formula_says),
        cmocka_unit_test(the_likelihood_and_its_gradient_are_right),
        cmocka_unit_test(free_columns_reach_a_stationary_point_above_one_factor_s),
        cmocka_unit_test(neighbours_give_each_point_its_distance),
        cmocka_unit_test(other_kernels_take_their_canonical_ratio),
        cmocka_unit_test(impossible_data_are_named),
        cmocka_unit_test(nrd0_of_constants_is_that_of_r),
        cmocka_unit_test(repeated_rows_are_refused_by_cross_validation),
        cmocka_unit_test(rules_are_read_as_typed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
