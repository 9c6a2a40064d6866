#include "num/curve_thinning.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

enum { POINTS = 20000, COLUMNS = 50 };

/* A curve of noise whose places ascend, or wander. */
static void make_curve(bool ascending, double *places, double *y) {
    struct random_stream random;
    random_start(&random, 1, "test_curve_thinning", "curve", ascending);
    double place = COLUMNS / 2.0;
    for (size_t i = 0; i < POINTS; i++) {
        place += random_normal(&random) / 20;
        places[i] = ascending ? COLUMNS * (double)i / POINTS : fmin(fmax(place, 0), COLUMNS - 1);
        y[i] = random_normal(&random);
    }
}

/* The lowest and the highest value over each column. */
static void spans(size_t count, const double *places, const double *y, const size_t *kept,
                  double span[COLUMNS][2]) {
    for (size_t c = 0; c < COLUMNS; c++)
        span[c][0] = INFINITY, span[c][1] = -INFINITY;
    for (size_t k = 0; k < count; k++) {
        size_t i = kept != NULL ? kept[k] : k, c = (size_t)places[i];
        span[c][0] = fmin(span[c][0], y[i]);
        span[c][1] = fmax(span[c][1], y[i]);
    }
}

static void check_spans(bool ascending, size_t most) {
    static double places[POINTS], y[POINTS], before[COLUMNS][2], after[COLUMNS][2];
    static size_t kept[POINTS];
    make_curve(ascending, places, y);
    size_t count = curve_thinning_line(POINTS, places, y, kept);
    assert_true(count <= most);
    for (size_t k = 1; k < count; k++)
        assert_true(kept[k - 1] < kept[k]);
    assert_int_equal(kept[0], 0);
    assert_int_equal(kept[count - 1], POINTS - 1);
    spans(POINTS, places, y, NULL, before);
    spans(count, places, y, kept, after);
    assert_memory_equal(before, after, sizeof before);
}

static void each_pixel_column_keeps_its_span_with_four_points(void **state) {
    (void)state;
    check_spans(true, 4 * COLUMNS);
}

static void so_it_does_where_the_curve_goes_back_and_forth(void **state) {
    (void)state;
    check_spans(false, POINTS);
}

static void a_point_in_each_column_is_kept(void **state) {
    (void)state;
    const double places[] = {0.5, 1.5, 2.5}, y[] = {1, 2, 3};
    size_t kept[3];
    assert_int_equal(curve_thinning_line(3, places, y, kept), 3);
    assert_int_equal(curve_thinning_line(0, places, y, kept), 0);
}

static void every_cell_with_points_keeps_its_first(void **state) {
    (void)state;
    const double x[] = {0.1, 0.9, 5, 1.5, 0.2, -3}, y[] = {0.1, 0.2, 0.5, 9, 1.5, 0};
    const size_t expected[] = {0, 2, 3, 4}; /* -3, 0 lies in the cell of the first */
    size_t kept[6], count;
    struct error error = {0};
    assert_int_equal(curve_thinning_points(6, x, y, 2, 2, kept, &count, &error), 0);
    assert_int_equal(count, 4);
    assert_memory_equal(kept, expected, sizeof expected);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_pixel_column_keeps_its_span_with_four_points),
        cmocka_unit_test(so_it_does_where_the_curve_goes_back_and_forth),
        cmocka_unit_test(a_point_in_each_column_is_kept),
        cmocka_unit_test(every_cell_with_points_keeps_its_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
