#include "divergence/neighbour_divergence.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

static const enum neighbour_divergence_method RATIO = NEIGHBOUR_DIVERGENCE_RATIO,
                                              ADAPTIVE = NEIGHBOUR_DIVERGENCE_ADAPTIVE,
                                              JENSEN_SHANNON = NEIGHBOUR_DIVERGENCE_JENSEN_SHANNON;

static double estimate(struct neighbour_divergence problem) {
    struct error error;
    double value = NAN;
    problem.threads = 2;
    assert_int_equal(neighbour_divergence_estimate(&problem, NULL, NULL, &value, &error), 0);
    return value;
}

static const char *refusal(struct neighbour_divergence problem) {
    static struct error error;
    double value;
    assert_int_equal(neighbour_divergence_estimate(&problem, NULL, NULL, &value, &error), -1);
    return error.text;
}

/* count points of N((mean, .., mean), I). */
static double *normals(size_t count, size_t columns, double mean, uint64_t block) {
    double *points = malloc(count * columns * sizeof *points);
    struct random_stream stream;
    assert_non_null(points);
    random_start(&stream, 1, "test", "points", block);
    random_normals(&stream, count * columns, points);
    for (size_t i = 0; i < count * columns; i++)
        points[i] += mean;
    return points;
}

/* Worked apart, to nine decimals. */
static void small_samples_give_the_values_worked_by_hand(void **state) {
    (void)state;
    static const double x[] = {0, 1, 2.5, 4, 4.2}, y[] = {.3, 1.9, 3, 5, 5.5, 7};
    static const struct {
        enum neighbour_divergence_method method;
        size_t k;
        double value;
    } known[] = {
        {NEIGHBOUR_DIVERGENCE_RATIO, 1, 0.472759555},
        {NEIGHBOUR_DIVERGENCE_RATIO, 2, -0.085599893},
        {NEIGHBOUR_DIVERGENCE_ADAPTIVE, 1, 0.005465108},
        {NEIGHBOUR_DIVERGENCE_ADAPTIVE, 2, 0.205465108},
        {NEIGHBOUR_DIVERGENCE_JENSEN_SHANNON, 1, -0.069420618},
        {NEIGHBOUR_DIVERGENCE_JENSEN_SHANNON, 2, -0.178722207},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_within(estimate((struct neighbour_divergence){known[i].method, known[i].k, 1, x, y, 5, 6, 1}),
                      known[i].value, 1e-9);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Distances from `point` to all points but number `left_out`, ascending. */
static void plain_distances(const double *point, const double *points, size_t count, size_t columns,
                            size_t left_out, double *distances) {
    size_t found = 0;
    for (size_t j = 0; j < count; j++) {
        double sum = 0;
        for (size_t c = 0; c < columns; c++)
            sum += pow(points[j * columns + c] - point[c], 2);
        if (j != left_out)
            distances[found++] = sqrt(sum);
    }
    qsort(distances, found, sizeof *distances, ascending);
}

/* psi of a whole number, by its sum. */
static double plain_digamma(size_t n) {
    double sum = -0.57721566490153286;
    for (size_t i = 1; i < n; i++)
        sum += 1 / (double)i;
    return sum;
}

static size_t plain_count(const double *ascending_distances, size_t count, double radius) {
    size_t within = 0;
    while (within < count && ascending_distances[within] <= radius)
        within++;
    return within;
}

enum { N = 300, M = 200, COLUMNS = 3, K = 4 };

/* The header's formulas as they stand, powers and all; Jensen-Shannon's side is one of two. */
static double plain_term(enum neighbour_divergence_method method, const double *own, const double *other,
                         size_t own_count, size_t other_count) {
    double rho = own[K - 1], nu = other[K - 1], e = fmax(rho, nu);
    double sizes = (double)other_count / ((double)own_count - 1);
    if (method == RATIO)
        return COLUMNS * log(nu / rho) + log(sizes);
    if (method == JENSEN_SHANNON)
        return log(2 / (1 + pow(rho / nu, COLUMNS) / sizes));
    return plain_digamma(plain_count(own, own_count - 1, e)) -
           plain_digamma(plain_count(other, other_count, e)) + log(sizes);
}

static double plain_side(enum neighbour_divergence_method method, const double *own, size_t own_count,
                         const double *other, size_t other_count) {
    double from_own[N], from_other[N], sum = 0;
    for (size_t i = 0; i < own_count; i++) {
        plain_distances(own + i * COLUMNS, own, own_count, COLUMNS, i, from_own);
        plain_distances(own + i * COLUMNS, other, other_count, COLUMNS, SIZE_MAX, from_other);
        sum += plain_term(method, from_own, from_other, own_count, other_count);
    }
    return sum / (double)own_count;
}

static void estimates_are_those_of_the_formulas(void **state) {
    (void)state;
    double *x = normals(N, COLUMNS, 0, 0), *y = normals(M, COLUMNS, 0.5, 1);
    for (size_t i = 0; i < M * COLUMNS; i++)
        y[i] *= 1.7;
    for (unsigned method = RATIO; method <= (int)JENSEN_SHANNON; method++) {
        struct neighbour_divergence problem = {method, K, COLUMNS, x, y, N, M, 1};
        double expected = plain_side(method, x, N, y, M);
        if (problem.method == JENSEN_SHANNON)
            expected = (expected + plain_side(method, y, M, x, N)) / 2;
        assert_within(estimate(problem), expected, 1e-13);
    }
    free(x);
    free(y);
}

static void terms_average_to_the_estimate(void **state) {
    (void)state;
    double *x = normals(N, COLUMNS, 0, 0), *y = normals(M, COLUMNS, 0.5, 1), x_terms[N], y_terms[M];
    struct error error;
    for (unsigned method = RATIO; method <= (int)JENSEN_SHANNON; method++) {
        struct neighbour_divergence problem = {method, K, COLUMNS, x, y, N, M, 1};
        double value, x_sum = 0, y_sum = 0;
        assert_int_equal(neighbour_divergence_estimate(&problem, x_terms, y_terms, &value, &error), 0);
        for (size_t i = 0; i < N; i++)
            x_sum += x_terms[i] / N;
        for (size_t i = 0; i < M; i++)
            y_sum += y_terms[i] / M;
        assert_within(value, problem.method == JENSEN_SHANNON ? (x_sum + y_sum) / 2 : x_sum, 1e-13);
    }
    free(x);
    free(y);
}

/* KL(N(0, I), N((1, .., 1), I)) = d/2. Where q is thin nu is long and q varies within it, so that the
 * estimate is too low: eight samples drawn and searched with numpy and scipy gave 1.33 on average for 1.5,
 * with deviation 0.044. */
static void shifted_normals_give_what_other_programs_find(void **state) {
    (void)state;
    double *x = normals(5000, 3, 0, 0), *y = normals(5000, 3, 1, 1);
    for (unsigned method = RATIO; method <= (int)ADAPTIVE; method++)
        assert_within(estimate((struct neighbour_divergence){method, 5, 3, x, y, 5000, 5000, 1}), 1.33,
                      4 * 0.044);
    free(x);
    free(y);
}

/* In one column that bias is small: 0.1 is four deviations at n = 5000. */
static void shifted_normals_in_one_column_come_near_the_true_value(void **state) {
    (void)state;
    double *x = normals(5000, 1, 0, 0), *y = normals(5000, 1, 1, 1);
    for (unsigned method = RATIO; method <= (int)ADAPTIVE; method++)
        assert_within(estimate((struct neighbour_divergence){method, 5, 1, x, y, 5000, 5000, 1}), 0.5, 0.1);
    free(x);
    free(y);
}

/* The error of the mean over ten samples, for a true 1.5. */
static double mean_error(size_t count) {
    double sum = 0;
    for (uint64_t block = 0; block < 10; block++) {
        double *x = normals(count, 3, 0, 2 * block), *y = normals(count, 3, 1, 2 * block + 1);
        sum += estimate((struct neighbour_divergence){RATIO, 5, 3, x, y, count, count, 1});
        free(x);
        free(y);
    }
    return fabs(sum / 10 - 1.5);
}

static void more_points_bring_the_estimate_nearer(void **state) {
    (void)state;
    double few = mean_error(300), some = mean_error(2000), many = mean_error(12000);
    assert_true(many < some && some < few);
}

/* JS of N(0, 1) and N(2, 1) is 0.336... by quadrature (trapezoidal rule, exact to rounding for these tails).
 */
static void jensen_shannon_comes_near_the_true_value(void **state) {
    (void)state;
    double *x = normals(5000, 1, 0, 0), *y = normals(5000, 1, 2, 1), expected = 0;
    for (double t = -12; t < 14; t += 0.01) {
        double p = exp(-0.5 * t * t) / sqrt(2 * M_PI), q = exp(-0.5 * (t - 2) * (t - 2)) / sqrt(2 * M_PI);
        expected += 0.005 * (p * log(2 * p / (p + q)) + q * log(2 * q / (p + q)));
    }
    assert_within(estimate((struct neighbour_divergence){JENSEN_SHANNON, 5, 1, x, y, 5000, 5000, 1}),
                  expected, 0.05);
    free(x);
    free(y);
}

/* Rotation by an angle in the plane of the first two columns, then scale and shift. */
static void transform(double *points, size_t count, size_t columns, double angle, double scale,
                      double shift) {
    for (size_t i = 0; i < count; i++) {
        double *row = points + i * columns;
        double first = cos(angle) * row[0] - sin(angle) * row[1];
        row[1] = sin(angle) * row[0] + cos(angle) * row[1];
        row[0] = first;
        for (size_t c = 0; c < columns; c++)
            row[c] = scale * row[c] + shift * (double)(c + 1);
    }
}

/* Shifting by 100 costs two digits of the coordinates, and with them 1e-14 / (least distance). */
static void a_common_rotation_shift_and_scale_change_nothing(void **state) {
    (void)state;
    for (unsigned method = RATIO; method <= (int)JENSEN_SHANNON; method++) {
        double *x = normals(2000, 3, 0, 0), *y = normals(1500, 3, 0.7, 1);
        struct neighbour_divergence problem = {method, 5, 3, x, y, 2000, 1500, 1};
        double before = estimate(problem);
        transform(x, 2000, 3, 0.9, 37, 100);
        transform(y, 1500, 3, 0.9, 37, 100);
        assert_within(estimate(problem), before, 1e-9);
        free(x);
        free(y);
    }
}

/* 2^900 is an exact factor, and (rho / nu)^d of 200 columns is far beyond a double. */
static void extreme_scales_and_dimensions_stay_finite(void **state) {
    (void)state;
    double *x = normals(60, 200, 0, 0), *y = normals(60, 200, 0, 1);
    for (size_t i = 0; i < 60 * 200; i++)
        y[i] *= 1e4;
    for (unsigned method = RATIO; method <= (int)JENSEN_SHANNON; method++) {
        struct neighbour_divergence problem = {method, 5, 200, x, y, 60, 60, 1};
        double before = estimate(problem);
        assert_true(isfinite(before));
        for (size_t i = 0; i < 60 * 200; i++) {
            x[i] = ldexp(x[i], 900);
            y[i] = ldexp(y[i], 900);
        }
        assert_true(estimate(problem) == before);
        for (size_t i = 0; i < 60 * 200; i++) {
            x[i] = ldexp(x[i], -900);
            y[i] = ldexp(y[i], -900);
        }
    }
    /* such far apart distributions share nothing: JS is log 2 but for what few points can say */
    struct neighbour_divergence problem = {JENSEN_SHANNON, 5, 200, x, y, 60, 60, 1};
    assert_true(estimate(problem) <= M_LN2);
    free(x);
    free(y);
}

static void jensen_shannon_is_symmetric_and_at_most_log_2(void **state) {
    (void)state;
    for (double shift = 0; shift < 100; shift = 3 * shift + 0.1) {
        double *x = normals(400, 2, 0, 0), *y = normals(300, 2, shift, 1);
        double forth = estimate((struct neighbour_divergence){JENSEN_SHANNON, 3, 2, x, y, 400, 300, 1});
        double back = estimate((struct neighbour_divergence){JENSEN_SHANNON, 3, 2, y, x, 300, 400, 1});
        assert_within(forth, back, 1e-15);
        assert_true(forth <= M_LN2);
        free(x);
        free(y);
    }
}

static void duplicates_are_refused_by_row(void **state) {
    (void)state;
    static const double x[] = {0, 1, 2.5, 1, 4.2, 1}, y[] = {.3, 1.9, 3, 5, 5.5, 4.2};
    struct neighbour_divergence problem = {RATIO, 1, 1, x, y, 6, 6, 1};
    assert_string_equal(refusal(problem),
                        "row 2 of X has 1 equal point (duplicates): --jitter S separates them");
    problem.k = 2;
    assert_string_equal(refusal(problem),
                        "row 2 of X has 2 equal points (duplicates): --jitter S separates them");
    problem.k = 3; /* the two others are no longer enough */
    assert_true(isfinite(estimate(problem)));
    problem = (struct neighbour_divergence){JENSEN_SHANNON, 1, 1, y, x, 6, 6, 1};
    assert_string_equal(refusal(problem), "row 6 of X equals 1 point of Y: --jitter S separates them");
    problem = (struct neighbour_divergence){ADAPTIVE, 1, 1, y, x, 6, 6, 1};
    assert_true(isfinite(estimate(problem))); /* the radius is rho where nu is 0 */
}

static void too_few_points_and_infinite_coordinates_are_refused(void **state) {
    (void)state;
    double x[] = {0, 1, 2.5, INFINITY}, y[] = {.3, 1.9, 3, NAN};
    struct neighbour_divergence problem = {RATIO, 3, 1, x, y, 3, 3, 1};
    assert_string_equal(refusal(problem), "X has 3 rows: 3 neighbours need 4 or more");
    problem = (struct neighbour_divergence){JENSEN_SHANNON, 2, 1, x, y, 3, 2, 1};
    assert_string_equal(refusal(problem), "Y has 2 rows: 2 neighbours need 3 or more");
    problem = (struct neighbour_divergence){RATIO, 1, 1, x, y, 4, 3, 1};
    assert_string_equal(refusal(problem), "X: row 4: the coordinates are not all finite");
    problem = (struct neighbour_divergence){RATIO, 1, 2, x, y, 1, 2, 1};
    assert_string_equal(refusal(problem), "X has 1 rows: 1 neighbours need 2 or more");
    problem = (struct neighbour_divergence){RATIO, 1, 1, x, y, 3, 4, 1};
    assert_string_equal(refusal(problem), "Y: row 4: the coordinates are not all finite");
}

static void jitter_separates_ties_within_its_range(void **state) {
    (void)state;
    enum { COUNT = 1000 };
    double points[COUNT * 2], mean = (COUNT - 1) / 2.0, squares = 0;
    struct error error;
    for (size_t i = 0; i < COUNT; i++) {
        points[2 * i] = (double)(i / 10 * 10);
        points[2 * i + 1] = 7;
    }
    for (size_t i = 0; i < COUNT; i++)
        squares += pow(points[2 * i] - (mean - 4.5), 2);
    double range = 0.01 * sqrt(squares / (COUNT - 1)), largest = 0;
    double *jittered = neighbour_divergence_jitter(COUNT, 2, points, 0.01, 5, "kldiv", 0, &error);
    double *again = neighbour_divergence_jitter(COUNT, 2, points, 0.01, 5, "kldiv", 0, &error);
    double *other = neighbour_divergence_jitter(COUNT, 2, points, 0.01, 5, "kldiv", 1, &error);
    assert_memory_equal(jittered, again, sizeof points);
    assert_memory_not_equal(jittered, other, sizeof points);
    for (size_t i = 0; i < COUNT; i++) {
        largest = fmax(largest, fabs(jittered[2 * i] - points[2 * i]));
        assert_true(jittered[2 * i + 1] == 7);
    }
    /* the largest of 1000 uniform draws is above 0.97 of the range, but once in 1e13 */
    assert_true(largest <= range && largest > 0.97 * range);
    assert_string_equal(refusal((struct neighbour_divergence){RATIO, 5, 2, points, other, COUNT, COUNT, 1}),
                        "row 1 of X has 5 equal points (duplicates): --jitter S separates them");
    assert_true(
        isfinite(estimate((struct neighbour_divergence){RATIO, 5, 2, jittered, other, COUNT, COUNT, 1})));
    free(jittered);
    free(again);
    free(other);
}

static void a_subsample_is_estimated_as_the_rows_it_names(void **state) {
    (void)state;
    static const size_t rows_x[] = {5, 0, 17, 3, 12, 8, 11}, rows_y[] = {1, 2, 3, 4, 19, 18};
    double *x = normals(20, 2, 0, 0), *y = normals(20, 2, 0, 1), part_x[14], part_y[12], value;
    struct neighbour_divergence whole = {JENSEN_SHANNON, 2, 2, x, y, 20, 20, 1};
    struct subsample subsample = {rows_x, rows_y, 7, 6};
    struct error error;
    for (size_t i = 0; i < 14; i++)
        part_x[i] = x[rows_x[i / 2] * 2 + i % 2];
    for (size_t i = 0; i < 12; i++)
        part_y[i] = y[rows_y[i / 2] * 2 + i % 2];
    assert_int_equal(neighbour_divergence_subsample(&whole, &subsample, &value, &error), 0);
    assert_true(value ==
                estimate((struct neighbour_divergence){JENSEN_SHANNON, 2, 2, part_x, part_y, 7, 6, 1}));
    free(x);
    free(y);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_samples_give_the_values_worked_by_hand),
        cmocka_unit_test(estimates_are_those_of_the_formulas),
        cmocka_unit_test(terms_average_to_the_estimate),
        cmocka_unit_test(shifted_normals_give_what_other_programs_find),
        cmocka_unit_test(shifted_normals_in_one_column_come_near_the_true_value),
        cmocka_unit_test(more_points_bring_the_estimate_nearer),
        cmocka_unit_test(jensen_shannon_comes_near_the_true_value),
        cmocka_unit_test(a_common_rotation_shift_and_scale_change_nothing),
        cmocka_unit_test(extreme_scales_and_dimensions_stay_finite),
        cmocka_unit_test(jensen_shannon_is_symmetric_and_at_most_log_2),
        cmocka_unit_test(duplicates_are_refused_by_row),
        cmocka_unit_test(too_few_points_and_infinite_coordinates_are_refused),
        cmocka_unit_test(jitter_separates_ties_within_its_range),
        cmocka_unit_test(a_subsample_is_estimated_as_the_rows_it_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
