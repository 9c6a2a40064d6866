#include "num/neighbours.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"

enum { THREADS = 2 };

static const enum neighbours_method methods[] = {NEIGHBOURS_TREE, NEIGHBOURS_BRUTE, NEIGHBOURS_CHOOSE};
enum { METHODS = sizeof methods / sizeof *methods };

struct points {
    size_t count, columns;
    double *values;
};

typedef double shape(struct random_stream *stream, size_t row, size_t column);

static double uniform(struct random_stream *stream, size_t row, size_t column) {
    (void)row;
    (void)column;
    return random_uniform(stream);
}

static double normal(struct random_stream *stream, size_t row, size_t column) {
    (void)row;
    (void)column;
    return random_normal(stream);
}

/* Five clusters of width 1e-4, far apart. */
static double clustered(struct random_stream *stream, size_t row, size_t column) {
    return (double)((row * 7 + column) % 5) + 1e-4 * random_normal(stream);
}

/* Few distinct values, so nearly all points have equals and ties abound. */
static double rounded(struct random_stream *stream, size_t row, size_t column) {
    (void)row;
    return column < 3 ? (double)random_below(stream, 4) : 0.5;
}

static double equal(struct random_stream *stream, size_t row, size_t column) {
    (void)stream;
    (void)row;
    return 0.1 * (double)column;
}

static double collinear(struct random_stream *stream, size_t row, size_t column) {
    (void)stream;
    return (double)(row * row % 977) * (1 + (double)column);
}

static double one_column_varies(struct random_stream *stream, size_t row, size_t column) {
    (void)row;
    return column == 0 ? random_normal(stream) : 3;
}

/* 1e6 from the origin: |x|^2 + |y|^2 - 2 x.y would have no digits left. */
static double far_away(struct random_stream *stream, size_t row, size_t column) {
    (void)row;
    return 1e6 + (double)column + 1e-3 * random_normal(stream);
}

static double heavy_tails(struct random_stream *stream, size_t row, size_t column) {
    (void)row;
    (void)column;
    return random_normal(stream) / pow(random_uniform(stream), 3);
}

static double tiny(struct random_stream *stream, size_t row, size_t column) {
    return 1e-200 * normal(stream, row, column);
}

static double huge(struct random_stream *stream, size_t row, size_t column) {
    return 1e250 * normal(stream, row, column);
}

static double descending(struct random_stream *stream, size_t row, size_t column) {
    (void)stream;
    (void)column;
    return -(double)row;
}

static shape *const shapes[] = {uniform,           normal,   clustered,   rounded, equal, collinear,
                                one_column_varies, far_away, heavy_tails, tiny,    huge,  descending};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static struct points make(shape *value, size_t count, size_t columns, uint64_t block) {
    struct points points = {count, columns, malloc(count * columns * sizeof(double))};
    struct random_stream stream;
    assert_non_null(points.values);
    random_start(&stream, 1, "test", "points", block);
    for (size_t i = 0; i < count * columns; i++)
        points.values[i] = value(&stream, i / columns, i % columns);
    return points;
}

static struct neighbours *index_of(struct points points) {
    struct error error;
    struct neighbours *index =
        neighbours_create(points.count, points.columns, points.values, THREADS, &error);
    assert_non_null(index);
    return index;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* In long double, whose range needs no scaling. */
static double plain_distance(const double *x, const double *y, size_t columns) {
    long double sum = 0;
    for (size_t c = 0; c < columns; c++)
        sum += ((long double)x[c] - y[c]) * ((long double)x[c] - y[c]);
    return (double)sqrtl(sum);
}

/* All distances from query i, ascending; without point i where the queries are the points. */
static size_t plain_search(struct points points, struct points queries, size_t i, double *distances) {
    size_t found = 0;
    for (size_t j = 0; j < points.count; j++)
        if (points.values != queries.values || i != j)
            distances[found++] = plain_distance(points.values + j * points.columns,
                                                queries.values + i * points.columns, points.columns);
    qsort(distances, found, sizeof *distances, ascending);
    return found;
}

/* 1e-13: rounding of a sum of 30 squares, far below the 1e-12 promised. */
static void assert_same_distance(double value, double expected) {
    assert_true(fabs(value - expected) <= 1e-13 * expected);
}

/* Compares all k nearest by every method with the plain search; the methods must agree to the last bit. */
static void check(struct points points, struct points queries, size_t k) {
    struct neighbours *index = index_of(points);
    struct neighbours *asked = queries.values == points.values ? index : index_of(queries);
    double *plain = malloc(points.count * sizeof *plain);
    double *nearest[METHODS], *last = malloc(queries.count * sizeof *last);
    struct error error;
    size_t bytes = queries.count * k * sizeof *nearest[0];

    for (size_t m = 0; m < METHODS; m++) {
        struct neighbours_search search = {index, asked, THREADS, methods[m]};
        nearest[m] = malloc(bytes);
        assert_int_equal(neighbours_nearest(&search, k, nearest[m], &error), 0);
        assert_memory_equal(nearest[m], nearest[0], bytes);
        assert_int_equal(neighbours_kth(&search, k, last, &error), 0);
        for (size_t i = 0; i < queries.count; i++)
            assert_true(last[i] == nearest[m][i * k + k - 1]);
    }
    for (size_t i = 0; i < queries.count; i += 1 + queries.count / 30) {
        plain_search(points, queries, i, plain);
        for (size_t j = 0; j < k; j++)
            assert_same_distance(nearest[0][i * k + j], plain[j]);
    }
    for (size_t m = 0; m < METHODS; m++)
        free(nearest[m]);
    free(plain);
    free(last);
    if (asked != index)
        neighbours_free(asked);
    neighbours_free(index);
}

static void all_methods_find_what_a_plain_search_finds(void **state) {
    (void)state;
    static const size_t columns[] = {1, 2, 3, 5, 8, 13, 20, 30}, counts[] = {7, 33, 400};
    for (size_t s = 0; s < SHAPES; s++)
        for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
            for (size_t n = 0; n < sizeof counts / sizeof *counts; n++) {
                struct points points = make(shapes[s], counts[n], columns[c], 0);
                struct points queries = make(shapes[s], counts[n] / 2, columns[c], 1);
                check(points, points, 5);
                check(points, queries, 5);
                free(points.values);
                free(queries.values);
            }
}

static void larger_trees_find_what_a_plain_search_finds(void **state) {
    (void)state;
    for (size_t s = 0; s < SHAPES; s++) {
        struct points points = make(shapes[s], 5000, 3, 0), queries = make(shapes[s], 3000, 3, 1);
        check(points, points, 3);
        check(points, queries, 1);
        free(points.values);
        free(queries.values);
    }
}

static void sizes_at_the_edges_work(void **state) {
    (void)state;
    struct points one = make(normal, 1, 3, 0), two = make(normal, 2, 3, 1), many = make(normal, 97, 3, 2);
    check(one, many, 1);
    check(many, one, 97);
    check(two, two, 1);
    check(many, many, 96);
    check(many, two, 50);
    free(one.values);
    free(two.values);
    free(many.values);
}

static void queries_from_elsewhere_find_their_neighbours(void **state) {
    (void)state;
    struct points points = make(normal, 700, 4, 0), queries = make(far_away, 100, 4, 1);
    struct points small = make(tiny, 100, 4, 2), large = make(collinear, 100, 4, 3);
    check(points, queries, 4);
    check(queries, points, 4);
    check(points, small, 4);
    check(small, small, 4);
    check(large, points, 4);
    free(points.values);
    free(queries.values);
    free(small.values);
    free(large.values);
}

static void any_number_of_threads_gives_the_same_bytes(void **state) {
    (void)state;
    enum { COUNT = 3000, K = 4 };
    static const size_t threads[] = {1, 2, 5};
    double first[COUNT * K], distances[COUNT * K];
    struct error error;
    for (size_t columns = 2; columns <= 20; columns += 18) {
        struct points points = make(normal, COUNT, columns, 0);
        for (size_t t = 0; t < 3; t++) {
            struct neighbours *index = neighbours_create(COUNT, columns, points.values, threads[t], &error);
            struct neighbours_search search = {index, index, threads[t], NEIGHBOURS_CHOOSE};
            assert_non_null(index);
            assert_int_equal(neighbours_nearest(&search, K, t == 0 ? first : distances, &error), 0);
            if (t > 0)
                assert_memory_equal(distances, first, sizeof first);
            neighbours_free(index);
        }
        free(points.values);
    }
}

/* The radius is the distance to the k-th neighbour itself, so the count is at least k, and k + ties. */
static void counts_within_a_radius_are_those_of_a_plain_search(void **state) {
    (void)state;
    enum { K = 3 };
    static const double factors[] = {0, 1, 2.5, 1e300};
    for (size_t s = 0; s < SHAPES; s++)
        for (size_t columns = 1; columns <= 20; columns += 5) {
            struct points points = make(shapes[s], 1100, columns, 0),
                          others = make(shapes[s], 300, columns, 1);
            struct neighbours *index = index_of(points), *asked = index_of(others);
            struct neighbours_search self = {index, index, THREADS, NEIGHBOURS_CHOOSE};
            struct neighbours_search cross = {index, asked, THREADS, NEIGHBOURS_CHOOSE};
            double kth[1100], radii[1100], plain[1100];
            size_t counts[1100];
            struct error error;
            for (size_t f = 0; f < 8; f++) {
                struct points queries = f < 4 ? points : others;
                const struct neighbours_search *search = f < 4 ? &self : &cross;
                assert_int_equal(neighbours_kth(search, K, kth, &error), 0);
                for (size_t i = 0; i < queries.count; i++)
                    radii[i] = fmin(kth[i] * factors[f % 4], 1e308);
                assert_int_equal(neighbours_within(search, radii, counts, &error), 0);
                for (size_t i = 0; i < queries.count; i += 37) {
                    size_t found = plain_search(points, queries, i, plain), least = 0, most = 0;
                    while (least < found && plain[least] < radii[i] * (1 - 1e-13))
                        least++;
                    while (most < found && plain[most] <= radii[i] * (1 + 1e-13))
                        most++;
                    assert_true(counts[i] >= least && counts[i] <= most);
                    assert_true(f % 4 != 1 || counts[i] >= K);
                }
            }
            neighbours_free(index);
            neighbours_free(asked);
            free(points.values);
            free(others.values);
        }
}

static void coordinates_that_are_not_finite_are_refused_by_row(void **state) {
    (void)state;
    struct error error;
    double points[6] = {0, 1, 2, 3, NAN, 5};
    assert_null(neighbours_create(3, 2, points, 1, &error));
    assert_string_equal(error.text, "row 3: the coordinates are not all finite");
    points[4] = 4;
    points[1] = -INFINITY;
    assert_null(neighbours_create(3, 2, points, 1, &error));
    assert_string_equal(error.text, "row 1: the coordinates are not all finite");
}

/* Queries 1e300 times as large as the points are beyond the promised range: inf, not nonsense. */
static void queries_out_of_range_are_infinitely_far(void **state) {
    (void)state;
    struct points points = make(normal, 100, 2, 0);
    double far[2] = {1e300, -1e300}, distance;
    struct error error;
    struct neighbours *index = index_of(points), *asked = index_of((struct points){1, 2, far});
    struct neighbours_search search = {index, asked, 1, NEIGHBOURS_BRUTE};
    assert_int_equal(neighbours_kth(&search, 2, &distance, &error), 0);
    assert_true(distance == INFINITY);
    neighbours_free(index);
    neighbours_free(asked);
    free(points.values);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_methods_find_what_a_plain_search_finds),
        cmocka_unit_test(larger_trees_find_what_a_plain_search_finds),
        cmocka_unit_test(sizes_at_the_edges_work),
        cmocka_unit_test(queries_from_elsewhere_find_their_neighbours),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bytes),
        cmocka_unit_test(counts_within_a_radius_are_those_of_a_plain_search),
        cmocka_unit_test(coordinates_that_are_not_finite_are_refused_by_row),
        cmocka_unit_test(queries_out_of_range_are_infinitely_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
