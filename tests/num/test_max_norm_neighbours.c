#include "num/max_norm_neighbours.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "support/assertions.h"

enum { COUNT = 300, COLUMNS_MAX = 12, K = 4 };

static int compare(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* By the definition: all distances, sorted. */
static void slow_distances(size_t columns, const double *points, size_t i, double *distances) {
    size_t used = 0;
    for (size_t j = 0; j < COUNT; j++) {
        double distance = 0;
        for (size_t c = 0; c < columns; c++)
            distance = fmax(distance, fabs(points[i * columns + c] - points[j * columns + c]));
        if (j != i)
            distances[used++] = distance;
    }
    qsort(distances, COUNT - 1, sizeof *distances, compare);
}

static void compare_all(size_t columns, const double *points, size_t threads) {
    struct error error = {0};
    struct kd_tree tree;
    static double kth[COUNT], slow[COUNT];
    static size_t rows[COUNT * K], within[COUNT];
    assert_int_equal(kd_tree_build(&tree, COUNT, columns, points, threads, &error), 0);
    assert_int_equal(max_norm_neighbours_kth(&tree, K, threads, kth, rows, &error), 0);
    assert_int_equal(max_norm_neighbours_within(&tree, kth, threads, within, &error), 0);
    for (size_t i = 0; i < COUNT; i++) {
        size_t nearer = 0;
        slow_distances(columns, points, i, slow);
        assert_ulps(kth[i], slow[K - 1], 0);
        while (nearer < COUNT - 1 && slow[nearer] < kth[i])
            nearer++;
        assert_int_equal(within[i], nearer);
        for (size_t j = 0; j < K; j++) {
            double distance = 0;
            size_t row = rows[i * K + j];
            for (size_t c = 0; c < columns; c++)
                distance = fmax(distance, fabs(points[i * columns + c] - points[row * columns + c]));
            assert_true(row != i);
            assert_ulps(distance, slow[j], 0);
        }
    }
    kd_tree_free(&tree);
}

static void distances_and_counts_are_those_of_all_pairs(void **state) {
    (void)state;
    static double points[COUNT * COLUMNS_MAX];
    struct random_stream stream;
    random_start(&stream, 1, "test", "points", 0);
    for (size_t columns = 1; columns <= COLUMNS_MAX; columns += columns < 4 ? 1 : 4) {
        random_normals(&stream, COUNT * columns, points);
        compare_all(columns, points, 2);
    }
}

/* Many points at distance 0 and at equal distances; counts are of strictly nearer ones. */
static void ties_are_counted_strictly(void **state) {
    (void)state;
    static double points[COUNT * 2];
    struct random_stream stream;
    random_start(&stream, 2, "test", "points", 0);
    for (size_t i = 0; i < COUNT * 2; i++)
        points[i] = (double)random_below(&stream, 6);
    compare_all(2, points, 1);
}

static void huge_and_tiny_coordinates_stay_exact(void **state) {
    (void)state;
    static double points[COUNT * 2];
    const double scales[] = {1e300, 1e-300};
    struct random_stream stream;
    random_start(&stream, 3, "test", "points", 0);
    for (size_t s = 0; s < 2; s++) {
        for (size_t i = 0; i < COUNT * 2; i++)
            points[i] = scales[s] * random_normal(&stream);
        compare_all(2, points, 2);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_and_counts_are_those_of_all_pairs),
        cmocka_unit_test(ties_are_counted_strictly),
        cmocka_unit_test(huge_and_tiny_coordinates_stay_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
