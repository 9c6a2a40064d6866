#include "divergence/neighbour_information.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/digamma.h"
#include "support/assertions.h"

enum { ROWS = 250, WIDTH_MAX = 8 };

/* x and y share a part, z another; rounded where grid > 0, for ties. */
static void draw(const struct neighbour_information *problem, double grid, double *points) {
    struct random_stream stream;
    size_t width = problem->x + problem->y + problem->z;
    random_start(&stream, 1, "test", "points", width);
    random_normals(&stream, ROWS * width, points);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t c = 1; c < width; c++) {
            double *entry = &points[i * width + c];
            *entry += points[i * width];
            if (grid > 0)
                *entry = grid * round(*entry / grid);
        }
}

/* The greatest difference of the columns from `first` on. */
static double distance(const double *a, const double *b, size_t first, size_t count) {
    double greatest = 0;
    for (size_t c = first; c < first + count; c++)
        greatest = fmax(greatest, fabs(a[c] - b[c]));
    return greatest;
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The definition, by every pair of points. */
static double plain_estimate(const struct neighbour_information *problem) {
    size_t x = problem->x, y = problem->y, z = problem->z, width = x + y + z;
    double sum = 0, distances[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        const double *own = problem->points + i * width;
        size_t others = 0, in_xz = 0, in_yz = 0, in_z = 0;
        for (size_t j = 0; j < ROWS; j++)
            if (j != i)
                distances[others++] = distance(own, problem->points + j * width, 0, width);
        qsort(distances, others, sizeof *distances, compare_doubles);
        for (size_t j = 0; j < ROWS; j++) {
            const double *other = problem->points + j * width;
            double radius = distances[problem->k - 1], of_z = distance(own, other, x + y, z);
            in_z += j != i && of_z < radius;
            in_xz += j != i && fmax(distance(own, other, 0, x), of_z) < radius;
            in_yz += j != i && fmax(distance(own, other, x, y), of_z) < radius;
        }
        sum += (z > 0 ? digamma((double)in_z + 1) : digamma(ROWS)) - digamma((double)in_xz + 1) -
               digamma((double)in_yz + 1);
    }
    return digamma((double)problem->k) + sum / ROWS;
}

static double estimate(const struct neighbour_information *problem, const size_t *order) {
    struct error error;
    double value = NAN;
    assert_int_equal(neighbour_information_estimate(problem, order, &value, &error), 0);
    return value;
}

/* The counts are the same, so that sums alone round otherwise. */
static void the_estimate_is_its_definition(void **state) {
    (void)state;
    static const size_t blocks[][3] = {{1, 1, 0}, {1, 1, 1}, {2, 3, 0}, {3, 1, 2}, {1, 2, 5}};
    static const size_t neighbours[] = {1, 4, ROWS - 1};
    double points[ROWS * WIDTH_MAX];
    for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
        for (size_t n = 0; n < 3; n++)
            for (int rounded = 0; rounded < 2; rounded++) {
                struct neighbour_information problem = {
                    points, ROWS, blocks[b][0], blocks[b][1], blocks[b][2], neighbours[n], 1};
                draw(&problem, rounded ? 0.25 : 0, points);
                double value = estimate(&problem, NULL);
                assert_within(value, plain_estimate(&problem), 1e-13);
                problem.threads = 3;
                assert_ulps(estimate(&problem, NULL), value, 0);
            }
}

/* Independent uniforms tell nothing. Of y = x + u / 10 the information is h(y) + log 10, y's density a
 * trapezoid of two ramps of length 1/10 with the entropy 1/40 each. At 250 points and k = 5 the deviation is
 * 0.03 and 0.035 (over 60 samples), and neighbours as far away as the noise is wide cost 0.21. */
static void independence_and_near_equality(void **state) {
    (void)state;
    double points[ROWS * WIDTH_MAX];
    struct random_stream stream;
    const struct neighbour_information problem = {points, ROWS, 1, 1, 0, 5, 2};
    random_start(&stream, 3, "test", "uniforms", 0);
    for (size_t i = 0; i < 2 * ROWS; i++)
        points[i] = random_uniform(&stream);
    assert_within(estimate(&problem, NULL), 0, 4 * 0.03);
    for (size_t i = 0; i < ROWS; i++)
        points[2 * i + 1] = points[2 * i] + points[2 * i + 1] / 10;
    assert_within(estimate(&problem, NULL), log(10) + 0.05, 0.21 + 4 * 0.035);
}

/* An order moves x alone: as if the points had been written so. */
static void an_order_moves_x(void **state) {
    (void)state;
    double points[ROWS * WIDTH_MAX], moved[ROWS * WIDTH_MAX];
    size_t order[ROWS];
    struct random_stream stream;
    struct neighbour_information problem = {points, ROWS, 2, 1, 1, 3, 2};
    draw(&problem, 0, points);
    random_start(&stream, 1, "test", "order", 0);
    random_permutation(&stream, ROWS, order);
    memcpy(moved, points, ROWS * 4 * sizeof *points);
    for (size_t i = 0; i < ROWS; i++)
        memcpy(moved + i * 4, points + order[i] * 4, 2 * sizeof *points);
    double value = estimate(&problem, order);
    problem.points = moved;
    assert_ulps(value, estimate(&problem, NULL), 0);
}

/* Each takes the x of one of the k nearest in z, none of them twice while another is free. */
static void a_shuffle_stays_near_in_z(void **state) {
    (void)state;
    double points[ROWS * WIDTH_MAX], distances[ROWS];
    size_t order[ROWS], taken[ROWS] = {0}, with_choice[ROWS] = {0}, twice = 0;
    struct error error;
    struct random_stream stream;
    struct neighbour_information problem = {points, ROWS, 1, 1, 2, 6, 2};
    draw(&problem, 0, points);
    size_t *near = neighbour_information_near(&problem, &error);
    assert_non_null(near);
    random_start(&stream, 1, "test", "shuffle", 0);
    assert_int_equal(neighbour_information_shuffle(&problem, near, &stream, order, &error), 0);
    for (size_t i = 0; i < ROWS; i++) {
        size_t others = 0;
        for (size_t j = 0; j < ROWS; j++)
            if (j != i)
                distances[others++] = distance(points + i * 4, points + j * 4, 2, 2);
        qsort(distances, others, sizeof *distances, compare_doubles);
        for (size_t j = 0; j < problem.k; j++)
            assert_true(distance(points + i * 4, points + near[i * problem.k + j] * 4, 2, 2) <=
                        distances[problem.k - 1]);
        assert_true(order[i] != i);
        assert_true(distance(points + i * 4, points + order[i] * 4, 2, 2) <= distances[problem.k - 1]);
        twice += taken[order[i]]++ > 0;
    }
    for (size_t i = 0; i < ROWS; i++) {
        bool left = false;
        for (size_t j = 0; j < problem.k; j++)
            left = left || taken[near[i * problem.k + j]] == 0;
        with_choice[order[i]] += left;
        assert_true(with_choice[order[i]] <= 1); /* the first to take it; others had none */
    }
    assert_true(twice < ROWS / 5);
    free(near);
}

static void a_shuffle_without_z_is_a_permutation(void **state) {
    (void)state;
    size_t order[ROWS];
    bool taken[ROWS] = {false};
    struct error error;
    struct random_stream stream;
    const struct neighbour_information problem = {NULL, ROWS, 1, 1, 0, 5, 1};
    random_start(&stream, 1, "test", "shuffle", 1);
    assert_int_equal(neighbour_information_shuffle(&problem, NULL, &stream, order, &error), 0);
    for (size_t i = 0; i < ROWS; i++) {
        assert_true(order[i] < ROWS && !taken[order[i]]);
        taken[order[i]] = true;
    }
}

static void a_coordinate_that_is_not_finite_is_named(void **state) {
    (void)state;
    double points[ROWS * WIDTH_MAX], value;
    struct error error;
    struct neighbour_information problem = {points, ROWS, 1, 1, 1, 5, 1};
    draw(&problem, 0, points);
    points[3 * 4 + 1] = INFINITY;
    assert_int_equal(neighbour_information_estimate(&problem, NULL, &value, &error), -1);
    assert_non_null(strstr(error.text, "row 5: "));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_estimate_is_its_definition),
        cmocka_unit_test(independence_and_near_equality),
        cmocka_unit_test(an_order_moves_x),
        cmocka_unit_test(a_shuffle_stays_near_in_z),
        cmocka_unit_test(a_shuffle_without_z_is_a_permutation),
        cmocka_unit_test(a_coordinate_that_is_not_finite_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
