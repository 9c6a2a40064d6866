#include "num/full_grid.h"

#include <math.h>

#include "base/random.h"
#include "support/assertions.h"

enum { COLUMNS = 7, ROWS = 5, POINTS = COLUMNS * ROWS };

static const double xs[COLUMNS] = {-2, -1, 0, 0.1, 3, 1e10, 1e300}, ys[ROWS] = {0, 1, 2, 4, 8};

/* The grid's points in a random order. */
static void make_points(double *points) {
    struct random_stream random;
    size_t order[POINTS];
    random_start(&random, 1, "test_full_grid", "order", 0);
    random_permutation(&random, POINTS, order);
    for (size_t k = 0; k < POINTS; k++) {
        points[2 * k] = xs[order[k] % COLUMNS];
        points[2 * k + 1] = ys[order[k] / COLUMNS];
    }
}

static void a_grid_is_found_in_any_order(void **state) {
    (void)state;
    double points[2 * POINTS];
    struct full_grid grid;
    struct error error = {0};
    make_points(points);
    assert_int_equal(full_grid_find(&grid, POINTS, points, points + 1, 2, &error), 1);
    assert_int_equal(grid.columns, COLUMNS);
    assert_int_equal(grid.rows, ROWS);
    assert_same_bits(grid.x, xs, COLUMNS);
    assert_same_bits(grid.y, ys, ROWS);
    for (size_t k = 0; k < POINTS; k++) {
        assert_true(grid.x[grid.cells[k] % COLUMNS] == points[2 * k]);
        assert_true(grid.y[grid.cells[k] / COLUMNS] == points[2 * k + 1]);
    }
    full_grid_free(&grid);
}

static void a_missing_or_doubled_point_makes_it_none(void **state) {
    (void)state;
    double points[2 * POINTS];
    struct full_grid grid;
    struct error error = {0};
    make_points(points);
    assert_int_equal(full_grid_find(&grid, POINTS - 1, points, points + 1, 2, &error), 0);
    points[0] = points[2];
    points[1] = points[3];
    assert_int_equal(full_grid_find(&grid, POINTS, points, points + 1, 2, &error), 0);
}

static void a_line_of_points_is_none(void **state) {
    (void)state;
    const double x[] = {1, 2, 3}, y[] = {5, 5, 5};
    struct full_grid grid;
    struct error error = {0};
    assert_int_equal(full_grid_find(&grid, 3, x, y, 1, &error), 0);
    assert_int_equal(full_grid_find(&grid, 1, x, y, 1, &error), 0);
}

static void nor_are_points_that_are_not_finite(void **state) {
    (void)state;
    const double x[] = {1, 2, 1, 2}, y[] = {1, 1, NAN, 2};
    struct full_grid grid;
    struct error error = {0};
    assert_int_equal(full_grid_find(&grid, 4, x, y, 1, &error), 0);
}

static void steps_are_even_but_for_rounding(void **state) {
    (void)state;
    double values[100];
    for (size_t i = 0; i < 100; i++)
        values[i] = 0.1 + 0.7 * (double)i;
    assert_true(full_grid_uniform(values, 100));
    values[50] += 0.001;
    assert_false(full_grid_uniform(values, 100));
    assert_true(full_grid_uniform(ys, 3));
    assert_false(full_grid_uniform(ys, 4));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_grid_is_found_in_any_order),
        cmocka_unit_test(a_missing_or_doubled_point_makes_it_none),
        cmocka_unit_test(a_line_of_points_is_none),
        cmocka_unit_test(nor_are_points_that_are_not_finite),
        cmocka_unit_test(steps_are_even_but_for_rounding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
