/* Probabilistic partitive partitioning, step by step. */

#include "density/partitive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "density/mixture_start.h"
#include "density/partitive_cells.h"
#include "density/partitive_moments.h"
#include "density/partitive_runs.h"
#include "support/assertions.h"

enum { ROWS_MAX = 4000, COLUMNS = 2 };

static double values[ROWS_MAX * COLUMNS];
static uint32_t labels[ROWS_MAX];

/* Unit Gaussians round places `apart` apart on a square of four; row i belongs to place i mod `places`. */
static struct mixture_rows squares(uint64_t seed, size_t rows, size_t places, double apart) {
    struct random_stream stream;
    random_start(&stream, seed, "test", "squares", 0);
    for (size_t i = 0; i < rows; i++) {
        size_t place = i % places;
        labels[i] = (uint32_t)place;
        values[i * COLUMNS] = random_normal(&stream) + apart * (double)(place & 1);
        values[i * COLUMNS + 1] = random_normal(&stream) + apart * (double)(place >> 1);
    }
    double mean[COLUMNS];
    mixture_start_centre(rows, COLUMNS, NULL, values, mean);
    return (struct mixture_rows){
        .rows = rows, .dimensions = COLUMNS, .values = values, .total = (double)rows};
}

static struct partitive_settings usual(size_t least, size_t most) {
    return (struct partitive_settings){.least = least,
                                       .most = most,
                                       .runs = 8,
                                       .core_threshold = .95,
                                       .type = GAUSSIAN_MIXTURE_FULL,
                                       .tolerance = 1e-8,
                                       .max_iterations = 300,
                                       .seed = 1,
                                       .threads = 1};
}

static struct partitive make(const struct mixture_rows *rows, const struct partitive_settings *settings) {
    struct partitive result;
    struct error error = {0};
    if (partitive_make(rows, settings, &result, &error) < 0)
        fail_msg("%s", error.text);
    return result;
}

static void the_number_of_clusters_is_found(void **state) {
    (void)state;
    for (size_t places = 1; places <= 4; places++) {
        struct mixture_rows rows = squares(places, 400, places, 8);
        struct partitive_settings settings = usual(1, 6);
        struct partitive result = make(&rows, &settings);
        assert_int_equal(result.mixture.fit.mixture->components, places);
        for (size_t i = 4; i < 400; i++) /* rows of a place have a label, and others another */
            for (size_t j = 0; j < 4; j++)
                assert_int_equal(result.labels[i] == result.labels[j], labels[i] == labels[j]);
        partitive_free(&result);
    }
}

static void seeds_and_threads_leave_no_trace_where_clusters_are_clear(void **state) {
    (void)state;
    struct mixture_rows rows = squares(5, 400, 4, 12);
    struct partitive_settings settings = usual(2, 6);
    struct partitive first = make(&rows, &settings);
    for (uint64_t seed = 1; seed <= 10; seed++) {
        settings.seed = seed;
        settings.threads = 1 + seed % 3;
        struct partitive other = make(&rows, &settings);
        assert_memory_equal(other.labels, first.labels, 400 * sizeof *first.labels);
        if (seed == 1) {
            assert_same_bits(other.posterior, first.posterior, 400);
            assert_same_bits(other.stability, first.stability, 400);
        }
        partitive_free(&other);
    }
    partitive_free(&first);
}

static void the_core_is_sure_stable_and_more_compact(void **state) {
    (void)state;
    struct mixture_rows rows = squares(6, 1000, 4, 4);
    struct partitive_settings settings = usual(3, 5);
    struct partitive result = make(&rows, &settings);
    size_t count = 0;
    for (size_t i = 0; i < 1000; i++) {
        count += result.core[i];
        assert_true(!result.core[i] || (result.posterior[i] >= .95 && result.stability[i] >= .95));
        assert_true(result.posterior[i] <= 1 && result.posterior[i] >= .25);
    }
    assert_int_equal(count, result.core_set.rows);
    assert_in_range(count, 500, 999); /* overlaps of some 5 % */
    assert_true(result.core_set.silhouette > result.all.silhouette);
    assert_true(result.core_set.separation > result.all.separation);
    partitive_free(&result);
}

/* With k from 3 on, one Gaussian is three parts until components are merged. */
static void components_that_are_one_are_merged(void **state) {
    (void)state;
    struct mixture_rows rows = squares(7, 600, 1, 0);
    struct partitive_settings settings = usual(3, 3);
    for (int type = 0; type < GAUSSIAN_MIXTURE_TYPES; type++) {
        settings.type = (enum gaussian_mixture_type)type;
        struct partitive result = make(&rows, &settings);
        assert_int_equal(result.merged, 2);
        assert_int_equal(result.mixture.fit.mixture->components, 1);
        /* one component is the rows' own mean, 0, and covariance */
        assert_within(result.mixture.fit.mixture->means[0], 0, 1e-12);
        partitive_free(&result);
    }
}

static void cells_find_what_rows_find(void **state) {
    (void)state;
    struct mixture_rows rows = squares(8, ROWS_MAX, 3, 7);
    struct partitive_settings settings = usual(1, 5);
    struct partitive plain = make(&rows, &settings);
    settings.cells = 200;
    struct partitive cells = make(&rows, &settings);
    assert_int_equal(cells.mixture.fit.mixture->components, 3);
    size_t other = 0;
    for (size_t i = 0; i < ROWS_MAX; i++)
        other += plain.labels[i] != cells.labels[i];
    assert_in_range(other, 0, 2); /* EM's end differs by its tolerance */
    partitive_free(&plain);
    partitive_free(&cells);
}

static void cells_are_means_of_their_rows(void **state) {
    (void)state;
    struct mixture_rows rows = squares(9, ROWS_MAX, 4, 5);
    const struct kmeans_data data = {rows.rows, COLUMNS, values, NULL};
    struct partitive_cells cells;
    struct error error = {0};
    assert_int_equal(partitive_cells_make(&data, 100, 1, 2, &cells, &error), 0);
    assert_int_equal(cells.count, 100);
    double total = 0, sums[100][COLUMNS] = {{0}}, within = 0, all = 0;
    for (size_t i = 0; i < ROWS_MAX; i++) {
        for (size_t j = 0; j < COLUMNS; j++) {
            double x = values[i * COLUMNS + j], u = x - cells.centers[cells.labels[i] * COLUMNS + j];
            sums[cells.labels[i]][j] += u;
            within += u * u;
            all += x * x;
        }
    }
    for (size_t c = 0; c < 100; c++) {
        total += cells.weights[c];
        for (size_t j = 0; j < COLUMNS; j++)
            assert_within(sums[c][j], 0, 1e-11);
    }
    assert_close(total, ROWS_MAX, 0);
    assert_true(within < all / 30); /* 100 cells of a plane keep all but some 1 % of the spread */
    partitive_cells_free(&cells);
}

static void runs_of_clear_clusters_agree(void **state) {
    (void)state;
    static double co_membership[ROWS_MAX];
    static uint32_t found[ROWS_MAX];
    struct mixture_rows rows = squares(10, 400, 2, 20);
    const struct kmeans_data data = {rows.rows, COLUMNS, values, NULL};
    struct partitive_runs_settings settings = {
        .clusters = 2, .runs = 6, .max_iterations = 100, .seed = 3, .threads = 2};
    struct partitive_runs runs = {.labels = found, .co_membership = co_membership};
    struct error error = {0};
    assert_int_equal(partitive_runs_make(&data, &settings, &runs, &error), 0);
    assert_close(runs.stability, 1, 1e-15);
    for (size_t i = 0; i < 400; i++)
        assert_close(co_membership[i], 1, 1e-15);
    settings.clusters = 3; /* either cloud can be cut */
    assert_int_equal(partitive_runs_make(&data, &settings, &runs, &error), 0);
    assert_true(runs.stability < .999 && runs.stability > 0);
}

/* Variances 1 and 4, means 0 and 3: (9 / 2.5) / 8 + log(2.5 / sqrt(1 x 4)) / 2. */
static void the_distance_of_two_parts_is_that_of_their_gaussians(void **state) {
    (void)state;
    double line[] = {-1, 1, 1, 5, 77};
    uint32_t parts[] = {0, 0, 1, 1, 5};
    const struct mixture_rows rows = {.rows = 5, .dimensions = 1, .values = line, .total = 5};
    struct partitive_moments moments;
    struct error error = {0};
    double separation;
    assert_int_equal(partitive_moments_make(&rows, 3, parts, &moments, &error), 0);
    assert_close(partitive_moments_inertia(&moments), 2 + 8, 0);
    assert_int_equal(partitive_moments_separation(&moments, 0, &separation, &error), 0);
    assert_close(separation, 9 / 2.5 / 8 + log(2.5 / 2) / 2, 1e-14);
    partitive_moments_free(&moments);
}

static void rows_that_are_all_equal_are_refused(void **state) {
    (void)state;
    double same[] = {0, 0, 0, 0};
    const struct mixture_rows rows = {.rows = 2, .dimensions = 2, .values = same, .total = 2};
    struct partitive_settings settings = usual(1, 1);
    struct partitive result;
    struct error error = {0};
    assert_int_equal(partitive_make(&rows, &settings, &result, &error), -1);
    assert_string_equal(error.text, "all rows are equal");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_number_of_clusters_is_found),
        cmocka_unit_test(seeds_and_threads_leave_no_trace_where_clusters_are_clear),
        cmocka_unit_test(the_core_is_sure_stable_and_more_compact),
        cmocka_unit_test(components_that_are_one_are_merged),
        cmocka_unit_test(cells_find_what_rows_find),
        cmocka_unit_test(cells_are_means_of_their_rows),
        cmocka_unit_test(runs_of_clear_clusters_agree),
        cmocka_unit_test(the_distance_of_two_parts_is_that_of_their_gaussians),
        cmocka_unit_test(rows_that_are_all_equal_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
