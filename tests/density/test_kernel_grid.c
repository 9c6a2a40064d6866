/* Grids as typed, and their points. */

#include "density/kernel_grid.h"

#include <math.h>
#include <string.h>

#include "support/assertions.h"
#include "support/kernel_densities.h"

static const double CORNERS[] = {0, 5, 10, 5};

static struct kernel_density *plane(void) {
    return kernel_densities_of(2, 2, KERNEL_GAUSSIAN, 2, CORNERS);
}

/* Reads and writes a grid of at most 16 points. */
static size_t points_of(const char *typed, double extend, double *points) {
    struct error error = {0};
    struct kernel_density *density = plane();
    struct kernel_grid grid;
    assert_int_equal(kernel_grid_read(&grid, typed, extend, density, &error), 0);
    struct row_stream *stream = kernel_grid_open(&grid, NULL, &error);
    assert_non_null(stream);
    assert_int_equal(row_stream_next(stream, &error), 1);
    size_t count = stream->row_count;
    assert_true(count <= 16);
    memcpy(points, stream->rows, count * 2 * sizeof *points);
    assert_int_equal(row_stream_next(stream, &error), 0);
    row_stream_free(stream);
    kernel_grid_free(&grid);
    kernel_density_free(density);
    return count;
}

static void the_last_column_is_fastest(void **state) {
    (void)state;
    double points[32];
    const double expected[] = {0, 7, 0, 8, 0, 9, 0.5, 7, 0.5, 8, 0.5, 9};
    assert_int_equal(points_of("0:.5:2,7:9:3", 0, points), 6);
    assert_same_bits(points, expected, 12);
}

static void ranges_reach_beyond_the_points_by_bandwidths(void **state) {
    (void)state;
    double points[32];
    const double expected[] = {-6, -1, -6, 11, 16, -1, 16, 11};
    assert_int_equal(points_of("2", 3, points), 4);
    assert_same_bits(points, expected, 8);
}

static void decimal_steps_end_where_they_should(void **state) {
    (void)state;
    double points[32];
    assert_int_equal(points_of("0:1:11,0:1:1", 0, points), 11);
    for (size_t i = 0; i <= 10; i++)
        assert_close(points[2 * i], (double)i / 10, 0);
}

static void what_is_no_grid_is_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"",        "0",       "1.5",   "-3",  "x",     "0:1",   "1:0:5",
                                        "0:1:5:2", "0:inf:3", "2,3,4", "nan", "1:1:2", "1e10,2"};
    struct kernel_density *density = plane();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error error = {0};
        struct kernel_grid grid;
        assert_int_equal(kernel_grid_read(&grid, wrong[i], 3, density, &error), -1);
        assert_true(error.usage);
    }
    kernel_density_free(density);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_column_is_fastest),
        cmocka_unit_test(ranges_reach_beyond_the_points_by_bandwidths),
        cmocka_unit_test(decimal_steps_end_where_they_should),
        cmocka_unit_test(what_is_no_grid_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
