/* Indices of a partition against their definitions. scikit-learn's figures of iris:
 * tests/filters/test_peers.c.
 */

#include "density/kmeans_quality.h"

#include <math.h>

#include "base/random.h"
#include "support/assertions.h"

enum { ROWS_MAX = 12000, COLUMNS = 3 };

static double points[ROWS_MAX * COLUMNS];
static uint32_t labels[ROWS_MAX];

/* Two clouds, and a third label for some rows of both; label 9 is out of all. */
static struct kmeans_data make_rows(uint64_t seed, size_t rows) {
    struct random_stream stream;
    random_start(&stream, seed, "test", "quality", 0);
    for (size_t i = 0; i < rows; i++) {
        labels[i] = i % 7 == 0 ? 2 : i % 11 == 3 ? 9 : (uint32_t)(i % 2);
        for (size_t j = 0; j < COLUMNS; j++)
            points[i * COLUMNS + j] = random_normal(&stream) + 2 * (double)(i % 2);
    }
    return (struct kmeans_data){rows, COLUMNS, points, NULL};
}

static double distance(const double *x, const double *y, enum kmeans_distance kind) {
    double sum = 0;
    for (size_t j = 0; j < COLUMNS; j++)
        sum += kind == KMEANS_CITYBLOCK ? fabs(x[j] - y[j]) : (x[j] - y[j]) * (x[j] - y[j]);
    return kind == KMEANS_SQEUCLIDEAN ? sqrt(sum) : kind == KMEANS_COSINE ? sum / 2 : sum;
}

static double mean_distance(const struct kmeans_data *data, size_t row, uint32_t cluster,
                            enum kmeans_distance kind) {
    double sum = 0, count = 0;
    for (size_t i = 0; i < data->rows; i++) {
        if (labels[i] != cluster || i == row)
            continue;
        sum += distance(points + i * COLUMNS, points + row * COLUMNS, kind);
        count++;
    }
    return sum / count;
}

static double plain_silhouette(const struct kmeans_data *data, enum kmeans_distance kind) {
    double sum = 0, count = 0;
    for (size_t i = 0; i < data->rows; i++) {
        if (labels[i] > 2)
            continue;
        double inside = mean_distance(data, i, labels[i], kind), nearest = INFINITY;
        for (uint32_t c = 0; c < 3; c++)
            if (c != labels[i])
                nearest = fmin(nearest, mean_distance(data, i, c, kind));
        sum += (nearest - inside) / fmax(nearest, inside);
        count++;
    }
    return sum / count;
}

static double silhouette(const struct kmeans_data *data, size_t clusters, enum kmeans_distance kind,
                         size_t threads) {
    const struct kmeans_partition partition = {data, clusters, labels, kind};
    double value;
    struct error error = {0};
    assert_int_equal(kmeans_quality_silhouette(&partition, 1, threads, &value, &error), 0);
    return value;
}

static void silhouettes_are_those_of_all_pairs(void **state) {
    (void)state;
    struct kmeans_data data = make_rows(1, 301);
    for (int kind = KMEANS_SQEUCLIDEAN; kind <= KMEANS_CITYBLOCK; kind++)
        assert_close(silhouette(&data, 3, (enum kmeans_distance)kind, 1),
                     plain_silhouette(&data, (enum kmeans_distance)kind),
                     1e-12); /* 300 terms of 300 terms each */
}

static void a_sample_of_many_rows_is_near_all_of_them(void **state) {
    (void)state;
    struct kmeans_data data = make_rows(2, ROWS_MAX);
    double many = silhouette(&data, 3, KMEANS_SQEUCLIDEAN, 1);
    double threaded = silhouette(&data, 3, KMEANS_SQEUCLIDEAN, 3);
    assert_same_bits(&many, &threaded, 1);
    data.rows = 4000; /* not sampled; s_i have a deviation of .3, and 4000 and 5000 of them are averaged */
    assert_within(many, silhouette(&data, 3, KMEANS_SQEUCLIDEAN, 1), 5 * .3 * sqrt(2 / 4000.));
}

static void one_cluster_has_no_silhouette_and_a_row_alone_has_0(void **state) {
    (void)state;
    struct kmeans_data data = make_rows(3, 4);
    for (size_t i = 0; i < 4; i++)
        labels[i] = 0;
    assert_close(silhouette(&data, 1, KMEANS_SQEUCLIDEAN, 1), NAN, 0);
    for (uint32_t i = 0; i < 4; i++)
        labels[i] = i;
    assert_close(silhouette(&data, 4, KMEANS_SQEUCLIDEAN, 1), 0, 0);
}

static void a_weight_of_two_is_a_row_twice(void **state) {
    (void)state;
    double weights[5] = {2, 1, 1, 1, 3};
    static const size_t repeated[] = {0, 0, 1, 2, 3, 4, 4, 4};
    struct kmeans_data data = make_rows(4, 5);
    for (size_t i = 0; i < 5; i++)
        labels[i] = (uint32_t)(i / 3);
    data.weights = weights;
    double weighted = silhouette(&data, 2, KMEANS_SQEUCLIDEAN, 1);
    double rows[8 * COLUMNS];
    for (size_t i = 0; i < 8; i++)
        for (size_t j = 0; j < COLUMNS; j++)
            rows[i * COLUMNS + j] = points[repeated[i] * COLUMNS + j];
    for (size_t i = 0; i < 8; i++)
        labels[i] = (uint32_t)(repeated[i] / 3);
    data = (struct kmeans_data){8, COLUMNS, rows, NULL};
    assert_close(weighted, silhouette(&data, 2, KMEANS_SQEUCLIDEAN, 1), 1e-14);
}

/* On a line, clusters {0, 2} and {10, 14}: mean distances to the centres 1 and 2, between centres 11. */
static void small_sets_have_their_indices_by_hand(void **state) {
    (void)state;
    double line[] = {0, 2, 10, 14}, centers[] = {1, 12}, counts[] = {2, 2}, value;
    uint32_t own[] = {0, 0, 1, 1};
    struct error error = {0};
    const struct kmeans_data data = {4, 1, line, NULL};
    const struct kmeans_partition partition = {&data, 2, own, KMEANS_SQEUCLIDEAN};
    const struct kmeans fit = {
        .clusters = 2, .columns = 1, .centers = centers, .counts = counts, .inertia = 10};
    assert_int_equal(kmeans_quality_davies_bouldin(&partition, centers, &value, &error), 0);
    assert_close(value, 3 / 11.0, 1e-15);
    /* W = 1 + 1 + 4 + 4, B = 4 x 5.5^2 */
    assert_int_equal(kmeans_quality_calinski_harabasz(&fit, &value, &error), 0);
    assert_close(value, 4 * 5.5 * 5.5 / (10 / 2.0), 1e-15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silhouettes_are_those_of_all_pairs),
        cmocka_unit_test(a_sample_of_many_rows_is_near_all_of_them),
        cmocka_unit_test(one_cluster_has_no_silhouette_and_a_row_alone_has_0),
        cmocka_unit_test(a_weight_of_two_is_a_row_twice),
        cmocka_unit_test(small_sets_have_their_indices_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
