#include "num/network_simplex_costs.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "support/assertions.h"

/* More than one window both ways, and not full ones. */
enum { N = 150, M = 1100, D = 2, KEPT = 3 };

struct points {
    double x[N * D], y[M * D], f[N], g[M];
    struct pair_cost cost;
};

static struct points *draw(void) {
    struct points *points = calloc(1, sizeof *points);
    struct random_stream stream;
    random_start(&stream, 1, "test_network_simplex_costs", "points", 0);
    random_normals(&stream, N * D, points->x);
    random_normals(&stream, M * D, points->y);
    random_normals(&stream, N, points->f);
    random_normals(&stream, M, points->g);
    points->cost = (struct pair_cost){.sources = N,
                                      .targets = M,
                                      .x = points->x,
                                      .y = points->y,
                                      .dimension = D,
                                      .ground = {GROUND_COST_SQEUCLIDEAN, 2, 1}};
    return points;
}

/* How many of a list's pairs have a value below the one given. */
static size_t count_below(const struct network_simplex_costs *costs, const struct points *points, bool row,
                          size_t list, double value) {
    size_t below = 0;
    for (size_t k = 0; k < (row ? M : N); k++) {
        double cost =
            row ? network_simplex_costs_pair(costs, list, k) : network_simplex_costs_pair(costs, k, list);
        below += cost - (row ? points->g[k] : points->f[k]) < value;
    }
    return below;
}

static void lists_hold_the_smallest(void **state) {
    (void)state;
    struct points *points = draw();
    struct error error = {0};
    struct network_simplex_costs stored, made;
    struct network_simplex_smallest rows, columns, again;
    assert_int_equal(network_simplex_costs_create(&stored, &points->cost, true, 2, &error), 0);
    assert_int_equal(network_simplex_costs_create(&made, &points->cost, false, 1, &error), 0);
    assert_int_equal(network_simplex_smallest_create(&rows, N, KEPT, &error), 0);
    assert_int_equal(network_simplex_smallest_create(&columns, M, KEPT, &error), 0);
    assert_int_equal(network_simplex_smallest_create(&again, M, KEPT, &error), 0);
    network_simplex_costs_rows(&stored, points->g, NULL, &rows);
    network_simplex_costs_columns(&stored, points->f, &columns);
    for (size_t list = 0; list < N; list++)
        for (size_t k = 0; k < KEPT; k++)
            assert_int_equal(count_below(&stored, points, true, list, rows.values[list * KEPT + k]), k);
    for (size_t list = 0; list < M; list++)
        for (size_t k = 0; k < KEPT; k++) {
            size_t at = list * KEPT + k;
            assert_int_equal(count_below(&stored, points, false, list, columns.values[at]), k);
            assert_within(columns.costs[at], network_simplex_costs_pair(&stored, columns.index[at], list), 0);
        }
    /* Made on the fly they are the same. */
    network_simplex_costs_columns(&made, points->f, &again);
    assert_same_bits(again.values, columns.values, M * KEPT);
    network_simplex_costs_rows(&made, points->g, NULL, &again);
    assert_same_bits(again.values, rows.values, N * KEPT);
    network_simplex_smallest_free(&rows);
    network_simplex_smallest_free(&columns);
    network_simplex_smallest_free(&again);
    network_simplex_costs_free(&stored);
    network_simplex_costs_free(&made);
    free(points);
}

static void bounds_and_forbidden_pairs_shorten_lists(void **state) {
    (void)state;
    const double matrix[] = {1, INFINITY, 3, INFINITY, INFINITY, INFINITY, 5, 4, INFINITY}, none[3] = {0};
    struct pair_cost cost = {.sources = 3, .targets = 3, .matrix = matrix};
    struct network_simplex_costs costs;
    struct network_simplex_smallest lists;
    struct error error = {0};
    assert_int_equal(network_simplex_costs_create(&costs, &cost, true, 1, &error), 0);
    assert_int_equal(network_simplex_smallest_create(&lists, 3, 2, &error), 0);
    network_simplex_costs_rows(&costs, none, NULL, &lists);
    const double rows[] = {1, 3, INFINITY, INFINITY, 4, 5};
    assert_same_bits(lists.costs, rows, 6);
    network_simplex_costs_columns(&costs, none, &lists);
    const double columns[] = {1, 5, 4, INFINITY, 3, INFINITY};
    assert_same_bits(lists.costs, columns, 6);
    network_simplex_costs_rows(&costs, none, (double[]){2, 2, 4.5}, &lists);
    const double bounded[] = {1, INFINITY, INFINITY, INFINITY, 4, INFINITY};
    assert_same_bits(lists.costs, bounded, 6);
    /* Penalties: 1 for a forbidden pair, 0 for others. */
    costs.penalties = true;
    network_simplex_costs_rows(&costs, none, NULL, &lists);
    const double penalties[] = {0, 0, 1, 1, 0, 0};
    assert_same_bits(lists.costs, penalties, 6);
    network_simplex_smallest_free(&lists);
    network_simplex_costs_free(&costs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_hold_the_smallest),
        cmocka_unit_test(bounds_and_forbidden_pairs_shorten_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
