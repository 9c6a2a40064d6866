/* k-means against plain steps, exact optima in one dimension, and what must not change it. */

#include "density/kmeans.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

enum { ROWS_MAX = 6000, COLUMNS_MAX = 6, CLUSTERS_MAX = 150 };

static double room[ROWS_MAX * COLUMNS_MAX];

/* Overlapping clouds: most rows lie near several centres. */
static struct kmeans_data clouds(uint64_t seed, size_t rows, size_t columns) {
    struct random_stream stream;
    random_start(&stream, seed, "test", "clouds", 0);
    for (size_t i = 0; i < rows; i++) {
        double shift = 3 * (double)random_below(&stream, 5);
        for (size_t j = 0; j < columns; j++)
            room[i * columns + j] = random_normal(&stream) + shift * (double)(j % 2);
    }
    return (struct kmeans_data){rows, columns, room, NULL};
}

static struct kmeans fit(const struct kmeans_data *data, const struct kmeans_settings *settings) {
    struct kmeans result;
    struct error error = {0};
    if (kmeans_fit(data, settings, &result, &error) < 0)
        fail_msg("%s", error.text);
    return result;
}

static void assert_same_fit(const struct kmeans *a, const struct kmeans *b, size_t rows) {
    assert_same_bits(a->centers, b->centers, a->clusters * a->columns);
    assert_same_bits(&a->inertia, &b->inertia, 1);
    assert_same_bits(a->counts, b->counts, a->clusters);
    assert_int_equal(a->iterations, b->iterations);
    assert_memory_equal(a->labels, b->labels, rows * sizeof *a->labels);
}

static double term(double x, double y, bool cityblock) {
    return cityblock ? fabs(x - y) : (x - y) * (x - y);
}

static double plain_distance(const struct kmeans_data *data, const double *center, size_t row,
                             bool cityblock) {
    double sum = 0;
    for (size_t j = 0; j < data->columns; j++)
        sum += term(data->points[row * data->columns + j], center[j], cityblock);
    return sum;
}

/* One step of Lloyd in the plainest way; returns the inertia before it. */
static double plain_step(const struct kmeans_data *data, size_t k, double *centers) {
    static double sums[CLUSTERS_MAX * (COLUMNS_MAX + 1)];
    size_t d = data->columns;
    double inertia = 0;
    memset(sums, 0, sizeof sums);
    for (size_t i = 0; i < data->rows; i++) {
        size_t best = 0;
        for (size_t c = 1; c < k; c++)
            if (plain_distance(data, centers + c * d, i, false) <
                plain_distance(data, centers + best * d, i, false))
                best = c;
        inertia += plain_distance(data, centers + best * d, i, false);
        for (size_t j = 0; j < d; j++)
            sums[best * (d + 1) + j] += data->points[i * d + j];
        sums[best * (d + 1) + d]++;
    }
    for (size_t c = 0; c < k; c++)
        for (size_t j = 0; j < d; j++)
            centers[c * d + j] = sums[c * (d + 1) + j] / sums[c * (d + 1) + d];
    return inertia;
}

static void steps_are_those_of_plain_lloyd(void **state) {
    (void)state;
    struct kmeans_data data = clouds(1, 1000, 3);
    double centers[20 * 3], last = INFINITY;
    memcpy(centers, data.points, sizeof centers);
    for (size_t steps = 1; steps <= 15; steps++) {
        struct kmeans_settings settings = {.clusters = 20,
                                           .init = KMEANS_GIVEN,
                                           .start = data.points,
                                           .max_iterations = steps,
                                           .threads = 1};
        struct kmeans result = fit(&data, &settings);
        double before = plain_step(&data, 20, centers), copy[20 * 3];
        memcpy(copy, centers, sizeof copy);
        /* the inertia of the centres after this step; sums of 1000 terms in another order */
        assert_close(result.inertia, plain_step(&data, 20, copy), 1e-13);
        assert_true(before <= last * (1 + 1e-14));
        last = before;
        kmeans_free(&result);
    }
}

static void bounds_leave_every_bit_as_it_was(void **state) {
    (void)state;
    static const size_t clusters[] = {1, 2, 7, 8, 9, 33, 150};
    for (size_t distance = KMEANS_SQEUCLIDEAN; distance <= KMEANS_CITYBLOCK; distance++) {
        for (size_t i = 0; i < sizeof clusters / sizeof *clusters; i++) {
            struct kmeans_data data = clouds(i + 10, 2500, 4);
            struct kmeans_settings settings = {.clusters = clusters[i],
                                               .distance = (enum kmeans_distance)distance,
                                               .method = KMEANS_LLOYD,
                                               .restarts = 1,
                                               .max_iterations = 60,
                                               .threads = 1};
            struct kmeans plain = fit(&data, &settings);
            for (int method = KMEANS_HAMERLY; method <= KMEANS_YINYANG; method++) {
                settings.method = (enum kmeans_method)method;
                struct kmeans bounded = fit(&data, &settings);
                assert_same_fit(&bounded, &plain, data.rows);
                kmeans_free(&bounded);
            }
            kmeans_free(&plain);
        }
    }
}

/* Rows on a small grid: distances are equal again and again. */
static void ties_are_broken_alike_with_and_without_bounds(void **state) {
    (void)state;
    struct random_stream stream;
    for (uint64_t seed = 0; seed < 50; seed++) {
        random_start(&stream, seed, "test", "grid", 0);
        for (size_t i = 0; i < 900; i++)
            room[i] = (double)random_below(&stream, 6);
        struct kmeans_data data = {300, 3, room, NULL};
        struct kmeans_settings settings = {.clusters = 20,
                                           .restarts = 2,
                                           .seed = seed,
                                           .max_iterations = 100,
                                           .threads = 1,
                                           .method = KMEANS_LLOYD};
        struct kmeans plain = fit(&data, &settings);
        settings.method = (enum kmeans_method)(KMEANS_HAMERLY + seed % 3);
        struct kmeans bounded = fit(&data, &settings);
        assert_same_fit(&bounded, &plain, data.rows);
        kmeans_free(&bounded);
        kmeans_free(&plain);
    }
}

static void threads_do_not_matter(void **state) {
    (void)state;
    for (int init = KMEANS_PLUS_PLUS; init <= KMEANS_PCA; init++) {
        for (size_t rows = 500; rows <= ROWS_MAX; rows += ROWS_MAX - 500) {
            struct kmeans_data data = clouds(3, rows, 6);
            struct kmeans_settings settings = {.clusters = 12,
                                               .init = (enum kmeans_init)init,
                                               .restarts = 5,
                                               .max_iterations = 30,
                                               .threads = 1};
            struct kmeans one = fit(&data, &settings);
            settings.threads = 5;
            struct kmeans five = fit(&data, &settings);
            assert_same_fit(&five, &one, rows);
            kmeans_free(&one);
            kmeans_free(&five);
        }
    }
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The least inertia of sorted numbers, over all cuts into k runs. */
static double exact_inertia(size_t n, size_t k, const double *x) {
    double least[64], next[64];
    for (size_t i = 0; i <= n; i++)
        least[i] = i == 0 ? 0 : INFINITY;
    for (size_t c = 0; c < k; c++) {
        for (size_t end = 0; end <= n; end++) {
            next[end] = INFINITY;
            double mean = 0, inertia = 0;
            for (size_t first = end; first-- > 0;) {
                double count = (double)(end - first), difference = x[first] - mean;
                mean += difference / count;
                inertia += difference * (x[first] - mean);
                next[end] = fmin(next[end], least[first] + inertia);
            }
        }
        memcpy(least, next, sizeof least);
    }
    return least[n];
}

/* Of 100 sets of one wide cloud, 20 restarts miss the optimum for the few whose best cuts have a narrow
 * basin; 100 miss none. */
static void restarts_reach_the_optimum_in_one_dimension(void **state) {
    (void)state;
    for (size_t restarts = 20; restarts <= 100; restarts += 80) {
        size_t reached = 0;
        for (uint64_t seed = 0; seed < 100; seed++) {
            size_t n = 20 + seed % 40, k = 2 + seed % 4;
            struct kmeans_data data = clouds(seed, n, 2);
            data.columns = 1;
            struct kmeans_settings settings = {
                .clusters = k, .restarts = restarts, .max_iterations = 300, .threads = 1, .seed = seed};
            struct kmeans result = fit(&data, &settings);
            qsort(room, n, sizeof *room, ascending);
            double least = exact_inertia(n, k, room);
            assert_true(result.inertia >= least * (1 - 1e-12)); /* both are sums of at most 60 squares */
            reached += result.inertia <= least * (1 + 1e-12);
            kmeans_free(&result);
        }
        assert_in_range(reached, restarts == 20 ? 95 : 100, 100);
    }
}

/* Coordinates turned by an angle whose sine and cosine are 3/5 and 4/5, and moved. */
static void turned_and_moved_rows_have_the_same_clusters(void **state) {
    (void)state;
    static double turned[2 * 600];
    struct kmeans_data data = clouds(11, 600, 2), other = {600, 2, turned, NULL};
    for (size_t i = 0; i < 600; i++) {
        turned[2 * i] = .8 * room[2 * i] - .6 * room[2 * i + 1] + 3;
        turned[2 * i + 1] = .6 * room[2 * i] + .8 * room[2 * i + 1] - 50;
    }
    struct kmeans_settings settings = {
        .clusters = 7, .restarts = 5, .max_iterations = 100, .threads = 1, .seed = 2};
    struct kmeans a = fit(&data, &settings), b = fit(&other, &settings);
    size_t other_name[7]; /* clusters of one size are put in order by their coordinates */
    for (size_t i = 600; i-- > 0;)
        other_name[a.labels[i]] = b.labels[i];
    for (size_t i = 0; i < 600; i++)
        assert_int_equal(other_name[a.labels[i]], b.labels[i]);
    assert_close(a.inertia, b.inertia, 1e-12); /* coordinates near 50 are rounded to 1e-14 of the spread */
    for (size_t c = 0; c < 7; c++)
        assert_within(.8 * a.centers[2 * c] - .6 * a.centers[2 * c + 1] + 3, b.centers[2 * other_name[c]],
                      1e-12);
    kmeans_free(&a);
    kmeans_free(&b);
}

static void a_weight_of_two_is_a_row_twice(void **state) {
    (void)state;
    static double weights[500], twice[1000 * 3];
    for (int distance = KMEANS_SQEUCLIDEAN; distance <= KMEANS_CITYBLOCK; distance++) {
        struct kmeans_data data = clouds(7, 500, 3), repeated = {0, 3, twice, NULL};
        data.weights = weights;
        for (size_t i = 0; i < 500; i++) {
            weights[i] = 1 + (double)(i % 3 == 0);
            for (int copy = 0; copy < (int)weights[i]; copy++)
                memcpy(twice + 3 * repeated.rows++, data.points + 3 * i, 3 * sizeof *twice);
        }
        struct kmeans_settings settings = {.clusters = 9,
                                           .init = KMEANS_GIVEN,
                                           .start = data.points,
                                           .distance = (enum kmeans_distance)distance,
                                           .max_iterations = 100,
                                           .threads = 2};
        struct kmeans a = fit(&data, &settings), b = fit(&repeated, &settings);
        assert_same_bits(a.counts, b.counts, 9);
        for (size_t i = 0; i < 27; i++)
            assert_within(a.centers[i], b.centers[i], 1e-14); /* the last bit of a mean of some 100 rows */
        assert_close(a.inertia, b.inertia, 1e-13);
        kmeans_free(&a);
        kmeans_free(&b);
    }
}

static void rows_of_weight_0_change_nothing_but_get_labels(void **state) {
    (void)state;
    static double weights[60];
    struct kmeans_data data = clouds(8, 60, 2), without = data;
    data.weights = weights;
    for (size_t i = 0; i < 60; i++)
        weights[i] = i < 50;
    without.rows = 50;
    for (int init = KMEANS_RANDOM; init <= KMEANS_PCA; init++) {
        struct kmeans_settings settings = {.clusters = 4,
                                           .init = (enum kmeans_init)init,
                                           .restarts = 3,
                                           .max_iterations = 100,
                                           .threads = 1};
        struct kmeans a = fit(&data, &settings), b = fit(&without, &settings);
        assert_same_bits(a.centers, b.centers, 8);
        assert_memory_equal(a.labels, b.labels, 50 * sizeof *a.labels);
        kmeans_free(&a);
        kmeans_free(&b);
    }
}

static void an_outlier_costs_the_others_no_digits(void **state) {
    (void)state;
    double points[] = {1, 2, 3, 1e15}, expected[] = {2, 1e15};
    struct kmeans_data data = {4, 1, points, NULL};
    struct kmeans_settings settings = {.clusters = 2, .restarts = 3, .max_iterations = 100, .threads = 1};
    struct kmeans result = fit(&data, &settings);
    assert_same_bits(result.centers, expected, 2);
    assert_close(result.inertia, 2, 0);
    kmeans_free(&result);
}

static void far_from_the_origin_distances_keep_their_digits(void **state) {
    (void)state;
    double points[] = {1e9, 1e9 + 1, 1e9 + 10, 1e9 + 11};
    struct kmeans_data data = {4, 1, points, NULL};
    struct kmeans_settings settings = {.clusters = 2, .restarts = 3, .max_iterations = 100, .threads = 1};
    struct kmeans result = fit(&data, &settings);
    assert_close(result.inertia, 1, 0);
    kmeans_free(&result);
}

static void an_empty_cluster_takes_the_farthest_row(void **state) {
    (void)state;
    double points[] = {0, 1, 2, 50}, start[] = {1, 1000};
    struct kmeans_data data = {4, 1, points, NULL};
    struct kmeans_settings settings = {
        .clusters = 2, .init = KMEANS_GIVEN, .start = start, .max_iterations = 100, .threads = 1};
    struct kmeans result = fit(&data, &settings);
    assert_close(result.centers[0], 1, 0);
    assert_close(result.centers[1], 50, 0);
    kmeans_free(&result);
}

/* Any clusters but one row are empty after the first step. */
static void many_empty_clusters_are_filled(void **state) {
    (void)state;
    struct kmeans_data data = clouds(5, 40, 2);
    double start[80];
    for (size_t i = 0; i < 80; i++)
        start[i] = 1e6 + (double)(i > 1);
    for (int distance = KMEANS_SQEUCLIDEAN; distance <= KMEANS_CITYBLOCK; distance += 2) {
        struct kmeans_settings settings = {.clusters = 40,
                                           .init = KMEANS_GIVEN,
                                           .start = start,
                                           .distance = (enum kmeans_distance)distance,
                                           .max_iterations = 100,
                                           .threads = 1};
        struct kmeans result = fit(&data, &settings);
        assert_close(result.inertia, 0, 0);
        for (size_t c = 0; c < 40; c++)
            assert_close(result.counts[c], 1, 0);
        kmeans_free(&result);
    }
}

static void city_block_centres_are_medians(void **state) {
    (void)state;
    double points[] = {0, 1, 100, 1000, 1001, 1003, 1010}, expected[] = {1002, 1};
    struct kmeans_data data = {7, 1, points, NULL};
    struct kmeans_settings settings = {
        .clusters = 2, .distance = KMEANS_CITYBLOCK, .restarts = 5, .max_iterations = 100, .threads = 1};
    struct kmeans result = fit(&data, &settings);
    assert_same_bits(result.centers, expected, 2);
    assert_close(result.inertia, 1 + 99 + 2 + 1 + 1 + 8, 0);
    kmeans_free(&result);
}

static void the_cosine_sees_no_lengths(void **state) {
    (void)state;
    double points[] = {1, 0, 7, 0.7, 0, 2, 0.03, 0.3}, a = atan(0.1) / 2;
    struct kmeans_data data = {4, 2, points, NULL};
    struct kmeans_settings settings = {
        .clusters = 2, .distance = KMEANS_COSINE, .restarts = 5, .max_iterations = 100, .threads = 1};
    struct kmeans result = fit(&data, &settings);
    /* two pairs at the angle 2a, their centres in the middle */
    assert_close(result.inertia, 4 * (1 - cos(a)), 1e-13); /* 1 - cos is 1e-3, good to 1e-16 */
    assert_close(result.centers[0], sin(a), 1e-14);
    assert_close(result.centers[2], cos(a), 1e-14);
    kmeans_free(&result);
}

static void deterministic_starts_do_not_see_the_seed(void **state) {
    (void)state;
    struct kmeans_data data = clouds(9, 300, 3);
    for (int init = KMEANS_MAXIMIN; init <= KMEANS_PCA; init++) {
        struct kmeans_settings settings = {.clusters = 6,
                                           .init = (enum kmeans_init)init,
                                           .restarts = 4,
                                           .max_iterations = 100,
                                           .threads = 1,
                                           .seed = 1};
        struct kmeans a = fit(&data, &settings);
        settings.seed = 2;
        struct kmeans b = fit(&data, &settings);
        assert_same_fit(&a, &b, 300);
        kmeans_free(&a);
        kmeans_free(&b);
    }
}

static void assert_refused(const struct kmeans_data *data, enum kmeans_distance distance, size_t clusters,
                           const char *text) {
    struct kmeans_settings settings = {
        .clusters = clusters, .distance = distance, .restarts = 1, .max_iterations = 10, .threads = 1};
    struct kmeans result;
    struct error error = {0};
    assert_int_equal(kmeans_fit(data, &settings, &result, &error), -1);
    assert_string_equal(error.text, text);
}

static void what_has_no_answer_is_refused(void **state) {
    (void)state;
    double same[] = {1, 2, -0.0, 1, 2, 0, 5, 5}, zero[] = {1, 1, 0, 0}, huge[] = {1, 1e151},
           heavy[] = {1, 1e200};
    assert_refused(&(struct kmeans_data){6, 1, same, NULL}, KMEANS_SQEUCLIDEAN, 5,
                   "5 clusters but 3 distinct rows");
    assert_refused(&(struct kmeans_data){2, 2, zero, NULL}, KMEANS_COSINE, 1,
                   "row 2: all values are 0, and have no direction");
    assert_refused(&(struct kmeans_data){2, 1, huge, NULL}, KMEANS_SQEUCLIDEAN, 1,
                   "row 2: expected values of at most 1e150, got 1e+151");
    assert_refused(&(struct kmeans_data){2, 1, zero, heavy}, KMEANS_SQEUCLIDEAN, 1,
                   "row 2: expected a weight of at most 1e150, got 1e+200");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_those_of_plain_lloyd),
        cmocka_unit_test(bounds_leave_every_bit_as_it_was),
        cmocka_unit_test(ties_are_broken_alike_with_and_without_bounds),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(restarts_reach_the_optimum_in_one_dimension),
        cmocka_unit_test(turned_and_moved_rows_have_the_same_clusters),
        cmocka_unit_test(a_weight_of_two_is_a_row_twice),
        cmocka_unit_test(rows_of_weight_0_change_nothing_but_get_labels),
        cmocka_unit_test(an_outlier_costs_the_others_no_digits),
        cmocka_unit_test(far_from_the_origin_distances_keep_their_digits),
        cmocka_unit_test(an_empty_cluster_takes_the_farthest_row),
        cmocka_unit_test(many_empty_clusters_are_filled),
        cmocka_unit_test(city_block_centres_are_medians),
        cmocka_unit_test(the_cosine_sees_no_lengths),
        cmocka_unit_test(deterministic_starts_do_not_see_the_seed),
        cmocka_unit_test(what_has_no_answer_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
