/* Clusters of equal size against all ways of sharing out the rows. */

#include "density/kmeans_balanced.h"

#include <math.h>

#include "base/random.h"
#include "support/assertions.h"

enum { ROWS_MAX = 500, COLUMNS = 2 };

static double points[ROWS_MAX * COLUMNS];

/* Half of the rows in one place: no balanced partition is that of the nearest centres. */
static struct kmeans_data make_rows(uint64_t seed, size_t rows) {
    struct random_stream stream;
    random_start(&stream, seed, "test", "balanced", 0);
    for (size_t i = 0; i < rows * COLUMNS; i++)
        points[i] = random_normal(&stream) + (i % 4 < 2 ? 0 : 8 * random_uniform(&stream));
    return (struct kmeans_data){rows, COLUMNS, points, NULL};
}

static struct kmeans fit(const struct kmeans_data *data, size_t clusters, size_t threads) {
    const struct kmeans_settings settings = {
        .clusters = clusters, .restarts = 3, .max_iterations = 100, .seed = 1, .threads = threads};
    struct kmeans result;
    struct error error = {0};
    if (kmeans_balanced_fit(data, &settings, &result, &error) < 0)
        fail_msg("%s", error.text);
    return result;
}

static double square(const double *x, const double *y) {
    return (x[0] - y[0]) * (x[0] - y[0]) + (x[1] - y[1]) * (x[1] - y[1]);
}

/* The least cost of the rows from `row` on, `left` and `larger` being the room of each centre, and how many
 * may have one row more. */
static double least_cost(const struct kmeans_data *data, const struct kmeans *result, size_t row, int *left,
                         int larger) {
    double least = INFINITY;
    if (row == data->rows)
        return 0;
    for (size_t c = 0; c < result->clusters; c++) {
        if (left[c] < 0 || (left[c] == 0 && larger == 0))
            continue;
        double cost = square(data->points + row * COLUMNS, result->centers + c * COLUMNS);
        left[c]--;
        least = fmin(least, cost + least_cost(data, result, row + 1, left, larger - (left[c] < 0)));
        left[c]++;
    }
    return least;
}

static void no_other_way_to_share_out_the_rows_costs_less(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        size_t rows = 5 + seed % 4, clusters = 2 + seed % 2;
        struct kmeans_data data = make_rows(seed, rows);
        struct kmeans result = fit(&data, clusters, 1);
        int left[3];
        for (size_t c = 0; c < clusters; c++)
            left[c] = (int)(rows / clusters);
        assert_true(result.converged);
        assert_close(result.inertia, least_cost(&data, &result, 0, left, (int)(rows % clusters)), 1e-12);
        kmeans_free(&result);
    }
}

static void sizes_differ_by_one_at_most_and_centres_are_means(void **state) {
    (void)state;
    for (size_t clusters = 2; clusters <= 9; clusters++) {
        struct kmeans_data data = make_rows(clusters, ROWS_MAX);
        struct kmeans result = fit(&data, clusters, 1), threaded = fit(&data, clusters, 3);
        double sums[9 * COLUMNS] = {0};
        for (size_t i = 0; i < ROWS_MAX; i++)
            for (size_t j = 0; j < COLUMNS; j++)
                sums[result.labels[i] * COLUMNS + j] += points[i * COLUMNS + j];
        for (size_t c = 0; c < clusters; c++) {
            double larger = c < ROWS_MAX % clusters;
            assert_close(result.counts[c], floor(ROWS_MAX / (double)clusters) + larger, 0);
            for (size_t j = 0; j < COLUMNS; j++)
                assert_within(result.centers[c * COLUMNS + j], sums[c * COLUMNS + j] / result.counts[c],
                              1e-13); /* means of some 100 numbers up to 10 */
        }
        assert_same_bits(result.centers, threaded.centers, clusters * COLUMNS);
        assert_memory_equal(result.labels, threaded.labels, ROWS_MAX * sizeof *result.labels);
        kmeans_free(&result);
        kmeans_free(&threaded);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_other_way_to_share_out_the_rows_costs_less),
        cmocka_unit_test(sizes_differ_by_one_at_most_and_centres_are_means),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
