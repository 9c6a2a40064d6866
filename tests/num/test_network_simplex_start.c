#include "num/network_simplex_start.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "support/assertions.h"

enum { MOST = 50 };

/* The arcs span both sides; flows add up; arcs without mass lead up, which is what strong feasibility means.
 * Whole numbers: no rounding. */
static void check_tree(const struct network_simplex_tree *tree, const double *supply) {
    size_t n = tree->sources, nodes = n + tree->targets;
    double sum[2 * MOST] = {0};
    for (uint32_t node = 0; node < nodes; node++) {
        uint32_t parent = tree->nodes[node].parent;
        if (node == tree->root)
            continue;
        assert_true(parent < nodes); /* it was reached from the root */
        double flow = tree->nodes[node].flow;
        assert_true(flow > 0 || (flow == 0 && node < n));
        sum[node] += node < n ? flow : -flow;
        sum[parent] += node < n ? -flow : flow;
    }
    for (size_t node = 0; node < nodes; node++)
        assert_within(sum[node], supply[node], 0);
}

static void check_candidates(const struct network_simplex_start *start, size_t n, size_t m,
                             const double *matrix) {
    bool seen[MOST * MOST] = {false};
    for (size_t k = 0; k < start->candidate_count; k++) {
        const struct network_simplex_arc *arc = &start->candidates[k];
        assert_true(arc->source < n && arc->target < m && !seen[arc->source * m + arc->target]);
        assert_within(arc->cost, matrix[arc->source * m + arc->target], 0);
        assert_true(arc->cost < INFINITY);
        seen[arc->source * m + arc->target] = true;
        if (k > 0)
            assert_true(n >= m ? arc[-1].source <= arc->source : arc[-1].target <= arc->target);
    }
}

static void trees_are_strongly_feasible_and_candidates_told_once(void **state) {
    (void)state;
    static double matrix[MOST * MOST];
    double supply[2 * MOST], g[MOST];
    for (unsigned seed = 1; seed <= 200; seed++) {
        struct random_stream stream;
        struct error error = {0};
        struct network_simplex_start start;
        struct network_simplex_costs costs;
        struct network_simplex_tree tree;
        random_start(&stream, seed, "test_network_simplex_start", "problem", 0);
        size_t n = 1 + random_below(&stream, MOST), m = 1 + random_below(&stream, MOST);
        for (size_t k = 0; k < n * m; k++)
            matrix[k] = random_below(&stream, 5) == 0 ? INFINITY : (double)random_below(&stream, 6);
        for (size_t i = 0; i < n; i++) /* as many ties as there can be */
            supply[i] = (double)m;
        for (size_t j = 0; j < m; j++)
            supply[n + j] = -(double)n;
        random_normals(&stream, m, g);
        struct pair_cost cost = {.sources = n, .targets = m, .matrix = matrix};
        assert_int_equal(network_simplex_costs_create(&costs, &cost, true, 1, &error), 0);
        assert_int_equal(network_simplex_start_make(&start, &costs, supply, seed % 3 ? NULL : g, &error), 0);
        check_candidates(&start, n, m, matrix);
        assert_int_equal(network_simplex_tree_create(&tree, n, m, &error), 0);
        assert_int_equal(network_simplex_tree_hang(&tree, start.arcs, start.root_target, supply, &error), 0);
        check_tree(&tree, supply);
        network_simplex_tree_free(&tree);
        network_simplex_start_free(&start);
        network_simplex_costs_free(&costs);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_are_strongly_feasible_and_candidates_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
