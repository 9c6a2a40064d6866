/* Orders from coarse to fine against the exact one, each next point the farthest from all before it. */

#include "num/max_min_order.h"

#include <math.h>
#include <stdbool.h>

#include "base/random.h"
#include "support/assertions.h"

enum { COUNT = 600, COLUMNS = 3 };

static void draw(size_t count, double *points, size_t stream_number) {
    struct random_stream stream;
    random_start(&stream, 1, "test", "order", stream_number);
    for (size_t i = 0; i < count; i++)
        points[i] = random_uniform(&stream);
}

static void find(size_t count, size_t columns, const double *points, size_t *order) {
    struct error error = {0};
    assert_int_equal(max_min_order_find(count, columns, points, order, &error), 0);
}

static double distance(size_t columns, const double *points, size_t a, size_t b) {
    double sum = 0;
    for (size_t c = 0; c < columns; c++)
        sum += pow(points[a * columns + c] - points[b * columns + c], 2);
    return sqrt(sum);
}

/* How near the k-th point and all before it come to some other point at the least: the radius that a prefix
 * of k points needs to cover all. */
static double covering(size_t columns, const double *points, const size_t *order, size_t k) {
    double worst = 0;
    for (size_t i = 0; i < COUNT; i++) {
        double nearest = INFINITY;
        for (size_t j = 0; j < k; j++)
            nearest = fmin(nearest, distance(columns, points, i, order[j]));
        worst = fmax(worst, nearest);
    }
    return worst;
}

/* Gonzalez 1985: the farthest point, again and again. */
static void find_exact(size_t columns, const double *points, size_t *order) {
    double nearest[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        nearest[i] = INFINITY;
    for (size_t k = 1; k < COUNT; k++) {
        size_t farthest = 0;
        for (size_t i = 0; i < COUNT; i++) {
            nearest[i] = fmin(nearest[i], distance(columns, points, i, order[k - 1]));
            farthest = nearest[i] > nearest[farthest] ? i : farthest;
        }
        order[k] = farthest;
    }
}

static void an_order_holds_each_point_once(void **state) {
    (void)state;
    double points[COUNT * COLUMNS];
    size_t order[COUNT];
    bool seen[COUNT] = {false};
    draw(COUNT * COLUMNS, points, 0);
    find(COUNT, COLUMNS, points, order);
    for (size_t i = 0; i < COUNT; i++) {
        assert_in_range(order[i], 0, COUNT - 1);
        assert_false(seen[order[i]]);
        seen[order[i]] = true;
    }
}

/* The exact order covers within twice the best radius; ours within 2.5 times that of the exact order, on one,
 * two and three columns and prefixes of several sizes. A random order fails this on one column by far. */
static void prefixes_cover_almost_as_well_as_in_the_exact_order(void **state) {
    (void)state;
    static const size_t sizes[] = {3, 10, 30, 100, 300};
    for (size_t columns = 1; columns <= COLUMNS; columns++) {
        double points[COUNT * COLUMNS];
        size_t order[COUNT], exact[COUNT];
        draw(COUNT * columns, points, columns);
        find(COUNT, columns, points, order);
        exact[0] = order[0];
        find_exact(columns, points, exact);
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            assert_true(covering(columns, points, order, sizes[s]) <=
                        2.5 * covering(columns, points, exact, sizes[s]));
    }
}

/* Nine points, each twice. */
static void equal_points_come_after_all_others(void **state) {
    (void)state;
    double points[18];
    size_t order[18];
    for (size_t i = 0; i < 18; i++)
        points[i] = (double)(i / 2);
    find(18, 1, points, order);
    assert_int_equal(order[0] / 2, 4); /* the middle comes first */
    for (size_t i = 9; i < 18; i++)
        for (size_t j = 9; j < i; j++)
            assert_true(order[j] < order[i] && order[j] / 2 != order[i] / 2);
}

/* Neither the largest doubles nor the least ones, nor points spaced by powers, leave the loop. */
static void extreme_spacings_are_ordered(void **state) {
    (void)state;
    double powers[200], pair[] = {-1.7e308, 1.7e308, 0}, least[] = {0x1p-1074, 0, 0x1p-1073};
    size_t order[200];
    for (size_t i = 0; i < 200; i++)
        powers[i] = ldexp(1, -5 * (int)i);
    find(200, 1, powers, order);
    bool seen[200] = {false};
    for (size_t i = 0; i < 200; i++)
        seen[order[i]] = true;
    for (size_t i = 0; i < 200; i++)
        assert_true(seen[i]);
    find(3, 1, pair, order);
    assert_int_equal(order[0], 2);
    find(3, 1, least, order);
    find(1, 1, pair, order);
    assert_int_equal(order[0], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_holds_each_point_once),
        cmocka_unit_test(prefixes_cover_almost_as_well_as_in_the_exact_order),
        cmocka_unit_test(equal_points_come_after_all_others),
        cmocka_unit_test(extreme_spacings_are_ordered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
