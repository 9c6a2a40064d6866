/* The nearest of those before, against a look at all of them. */

#include "num/predecessors.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "support/assertions.h"

enum { COUNT = 700, COLUMNS_MAX = 5, K = 9 };

static double points[COUNT * COLUMNS_MAX];

/* Some points twice. */
static void draw(size_t columns) {
    struct random_stream stream;
    random_start(&stream, 1, "test", "predecessors", columns);
    for (size_t i = 0; i < COUNT * columns; i++)
        points[i] = random_normal(&stream);
    for (size_t i = 10; i < COUNT; i += 10)
        for (size_t c = 0; c < columns; c++)
            points[i * columns + c] = points[(i - 7) * columns + c];
}

static double square(size_t columns, const double *a, const double *b) {
    double sum = 0;
    for (size_t c = 0; c < columns; c++)
        sum += (a[c] - b[c]) * (a[c] - b[c]);
    return sum;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void check(const struct predecessors *index, size_t columns, const double *place, size_t limit) {
    double squares[COUNT];
    size_t nearest[K], wanted = limit < K ? limit : K;
    for (size_t i = 0; i < limit; i++)
        squares[i] = square(columns, place, points + i * columns);
    qsort(squares, limit, sizeof *squares, ascending);
    assert_int_equal(predecessors_nearest(index, place, limit, K, nearest), wanted);
    for (size_t j = 0; j < wanted; j++) {
        assert_true(nearest[j] < limit);
        for (size_t other = 0; other < j; other++)
            assert_int_not_equal(nearest[j], nearest[other]);
        /* the tree's coordinates are scaled by a power of two: distances are the same */
        assert_close(square(columns, place, points + nearest[j] * columns), squares[j], 1e-15);
    }
}

static void they_are_those_a_look_at_all_finds(void **state) {
    (void)state;
    for (size_t columns = 1; columns <= COLUMNS_MAX; columns += 2) {
        struct error error = {0};
        struct predecessors index;
        draw(columns);
        assert_int_equal(predecessors_open(&index, COUNT, columns, points, 2, &error), 0);
        for (size_t i = 0; i < COUNT; i++)
            check(&index, columns, points + i * columns, i);
        double apart[COLUMNS_MAX] = {0.3, -2, 5, 0, 1};
        check(&index, columns, apart, COUNT);
        predecessors_close(&index);
    }
}

static void a_place_far_off_has_neighbours(void **state) {
    (void)state;
    struct error error = {0};
    struct predecessors index;
    size_t nearest[3];
    double far[] = {1e300};
    draw(1);
    assert_int_equal(predecessors_open(&index, COUNT, 1, points, 1, &error), 0);
    assert_int_equal(predecessors_nearest(&index, far, COUNT, 3, nearest), 3);
    assert_int_equal(predecessors_nearest(&index, far, 0, 3, nearest), 0);
    predecessors_close(&index);
    predecessors_close(&index);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_those_a_look_at_all_finds),
        cmocka_unit_test(a_place_far_off_has_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
