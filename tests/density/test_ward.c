/* Ward's tree against the joining of pairs one by one, and against what scipy makes of a few points. */
#include "density/ward.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

enum { ROWS = 60, D = 3 };

static void draw(double *points, double *weights) {
    struct random_stream stream;
    random_start(&stream, 11, "test", "ward", 0);
    random_normals(&stream, ROWS * D, points);
    for (size_t i = 0; i < ROWS; i++)
        weights[i] = 0.1 + random_uniform(&stream);
}

/* Joins the cheapest of all pairs until `clusters` are left; writes each step's increase. */
static void join_pairs(const struct kmeans_data *data, size_t clusters, size_t *labels, double *heights) {
    double means[ROWS][D], weights[ROWS];
    size_t step = 0;
    memcpy(means, data->points, sizeof means);
    for (size_t i = 0; i < ROWS; i++) {
        labels[i] = i;
        weights[i] = data->weights[i];
    }
    for (size_t live = ROWS; live > clusters; live--) {
        size_t a = 0, b = 0;
        double least = INFINITY;
        for (size_t i = 0; i < ROWS; i++)
            for (size_t j = 0; j < i; j++) {
                double square = 0;
                for (size_t c = 0; c < D; c++)
                    square += (means[i][c] - means[j][c]) * (means[i][c] - means[j][c]);
                double height = weights[i] * weights[j] / (weights[i] + weights[j]) * square;
                if (weights[i] > 0 && weights[j] > 0 && height < least) {
                    least = height;
                    a = j;
                    b = i;
                }
            }
        for (size_t c = 0; c < D; c++)
            means[a][c] = (weights[a] * means[a][c] + weights[b] * means[b][c]) / (weights[a] + weights[b]);
        weights[a] += weights[b];
        weights[b] = 0;
        for (size_t i = 0; i < ROWS; i++)
            labels[i] = labels[i] == b ? a : labels[i];
        heights[step++] = least;
    }
}

static void chains_find_the_tree_of_the_cheapest_pairs(void **state) {
    (void)state;
    double points[ROWS * D], weights[ROWS], heights[ROWS], expected[ROWS];
    size_t labels[ROWS], pairs[ROWS];
    struct error error = {0};
    draw(points, weights);
    const struct kmeans_data data = {.rows = ROWS, .columns = D, .points = points, .weights = weights};
    for (size_t clusters = 1; clusters <= ROWS; clusters += 7) {
        assert_int_equal(ward_labels(&data, clusters, labels, heights, &error), 0);
        join_pairs(&data, clusters, pairs, expected);
        for (size_t i = 0; i < ROWS; i++)
            for (size_t j = 0; j < i; j++)
                assert_int_equal(labels[i] == labels[j], pairs[i] == pairs[j]);
        for (size_t i = 0; i + clusters < ROWS; i++)
            assert_close(heights[i], expected[i], 1e-10); /* means after up to 60 roundings */
    }
}

/* All increases together are the sum of squares about the mean. */
static void the_increases_add_up_to_the_total_sum_of_squares(void **state) {
    (void)state;
    double points[ROWS * D], weights[ROWS], heights[ROWS], mean[D], sum = 0, squares = 0;
    size_t labels[ROWS];
    struct error error = {0};
    draw(points, weights);
    const struct kmeans_data data = {.rows = ROWS, .columns = D, .points = points, .weights = weights};
    assert_int_equal(ward_labels(&data, 1, labels, heights, &error), 0);
    assert_int_equal(ward_centers(&data, 1, labels, mean, &error), 0);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < D; j++)
            squares += weights[i] * pow(points[i * D + j] - mean[j], 2);
    for (size_t i = 0; i + 1 < ROWS; i++) {
        sum += heights[i];
        assert_true(i == 0 || heights[i] >= heights[i - 1]);
    }
    assert_close(sum, squares, 1e-13);
}

/* scipy.cluster.hierarchy.ward of 0, 1, 3, 7, 12, 13: its heights are the roots of twice ours. */
static void heights_are_those_of_scipy(void **state) {
    (void)state;
    const double points[] = {0, 1, 3, 7, 12, 13};
    const double scipy[] = {1.0, 1.0, 2.8867513459481287, 6.350852961085883, 16.165807537309522};
    double heights[6];
    size_t labels[6];
    struct error error = {0};
    const struct kmeans_data data = {.rows = 6, .columns = 1, .points = points};
    assert_int_equal(ward_labels(&data, 3, labels, heights, &error), 0);
    for (size_t i = 0; i < 5; i++)
        assert_close(sqrt(2 * heights[i]), scipy[i], 1e-14);
    const size_t expected[] = {0, 0, 0, 1, 2, 2};
    assert_memory_equal(labels, expected, sizeof expected);
}

/* Rows that are all equal, or equal in pairs, end too. */
static void equal_rows_are_joined_first(void **state) {
    (void)state;
    double points[40], heights[40];
    size_t labels[40];
    struct error error = {0};
    const struct kmeans_data data = {.rows = 40, .columns = 1, .points = points};
    for (size_t i = 0; i < 40; i++)
        points[i] = (double)(i % 4);
    assert_int_equal(ward_labels(&data, 4, labels, heights, &error), 0);
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(labels[i], i % 4);
    assert_true(heights[35] == 0 && heights[36] > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_find_the_tree_of_the_cheapest_pairs),
        cmocka_unit_test(the_increases_add_up_to_the_total_sum_of_squares),
        cmocka_unit_test(heights_are_those_of_scipy),
        cmocka_unit_test(equal_rows_are_joined_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
