#include "num/median_distance.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "support/assertions.h"

enum { COUNT = 60, WIDTH = 3, STRIDE = 5 };

static int compare(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* By sorting all distances. */
static double slow(size_t count, const double *rows) {
    static double distances[COUNT * COUNT];
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++) {
            double sum = 0;
            for (size_t k = 0; k < WIDTH; k++)
                sum += pow(rows[i * STRIDE + k] - rows[j * STRIDE + k], 2);
            distances[used++] = sqrt(sum);
        }
    qsort(distances, used, sizeof *distances, compare);
    return (distances[used / 2] + distances[(used - 1) / 2]) / 2;
}

static void it_is_that_of_sorted_distances(void **state) {
    (void)state;
    struct error error = {0};
    struct random_stream stream;
    static double rows[COUNT * STRIDE];
    random_start(&stream, 1, "test", "rows", 0);
    for (size_t count = 2; count <= COUNT; count++) {
        double median;
        random_normals(&stream, count * STRIDE, rows);
        if (count % 3 == 0) /* ties, and distances of 0 */
            for (size_t i = 0; i < count * STRIDE; i++)
                rows[i] = round(rows[i]);
        assert_int_equal(median_distance(count, WIDTH, rows, STRIDE, 1 + count % 3, &median, &error), 0);
        assert_ulps(median, slow(count, rows), 0);
    }
}

/* 700 rows have 244 650 pairs: more than are kept whole. The points of a small grid have few distances, and
 * points that are all alike have one: the fences stand on them, or there are more between them than are kept.
 */
static void it_is_so_of_many_pairs(void **state) {
    enum { MANY = 700 };
    (void)state;
    struct error error = {0};
    struct random_stream stream;
    static double rows[MANY * STRIDE], distances[MANY * (MANY - 1) / 2];
    random_start(&stream, 2, "test", "rows", 0);
    for (int kind = 0; kind < 4; kind++) {
        double median, again;
        size_t used = 0;
        random_normals(&stream, MANY * STRIDE, rows);
        for (size_t i = 0; kind > 0 && i < MANY * STRIDE; i++)
            rows[i] = kind == 1   ? round(rows[i])
                      : kind == 2 ? (double)(i / STRIDE % 2)
                                  : round(2e2 * rows[i]) / 2e2;
        for (size_t i = 0; i < MANY; i++)
            for (size_t j = i + 1; j < MANY; j++) {
                const double *x = rows + i * STRIDE, *y = rows + j * STRIDE;
                double sum = 0;
                for (size_t k = 0; k < WIDTH; k++)
                    sum += (x[k] - y[k]) * (x[k] - y[k]);
                distances[used++] = sqrt(sum);
            }
        qsort(distances, used, sizeof *distances, compare);
        assert_int_equal(median_distance(MANY, WIDTH, rows, STRIDE, 1, &median, &error), 0);
        assert_int_equal(median_distance(MANY, WIDTH, rows, STRIDE, 3, &again, &error), 0);
        assert_ulps(median, (distances[used / 2] + distances[(used - 1) / 2]) / 2, 0);
        assert_ulps(again, median, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_that_of_sorted_distances),
        cmocka_unit_test(it_is_so_of_many_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
