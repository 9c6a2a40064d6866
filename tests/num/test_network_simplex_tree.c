#include "num/network_simplex_tree.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/random.h"
#include "support/assertions.h"

enum { MOST = 40 };

/* A feasible tree by the rule of the north-west corner. Supplies of sources are odd and demands even but for
 * the last: no two sums are equal before the end, so that every arc carries mass and the tree is strongly
 * feasible. */
static void north_west(size_t n, size_t m, const double *cost, const double *supply,
                       struct network_simplex_arc *arcs) {
    double left_i = supply[0], left_j = -supply[n];
    for (size_t i = 0, j = 0, k = 0; k < n + m - 1; k++) {
        arcs[k] = (struct network_simplex_arc){(uint32_t)i, (uint32_t)j, cost[i * m + j]};
        if (j + 1 == m || (i + 1 < n && left_i < left_j)) {
            left_j -= left_i;
            left_i = i + 1 < n ? supply[++i] : 0;
        } else {
            left_i -= left_j;
            left_j = -supply[n + ++j];
        }
    }
}

static uint32_t top_of(const struct network_simplex_tree *tree, uint32_t node) {
    size_t steps = 0;
    while (tree->nodes[node].parent != NETWORK_SIMPLEX_NONE) {
        node = tree->nodes[node].parent;
        assert_true(++steps < tree->sources + tree->targets);
    }
    return node;
}

/* All nodes hang from the root; arcs join the sides; flows add up to the supplies, those without mass lead
 * up; f + g is the cost of every arc. Costs and supplies are whole numbers: no rounding. */
static void check(const struct network_simplex_tree *tree, const double *cost, const double *supply) {
    size_t n = tree->sources, m = tree->targets;
    double sum[2 * MOST] = {0};
    for (uint32_t node = 0; node < n + m; node++) {
        const struct network_simplex_node *at = &tree->nodes[node];
        assert_int_equal(top_of(tree, node), tree->root);
        if (node == tree->root)
            continue;
        bool up = node < n;
        assert_true(up == (at->parent >= n));
        uint32_t source = up ? node : at->parent, target = (up ? at->parent : node) - (uint32_t)n;
        assert_within(at->cost, cost[source * m + target], 0);
        assert_within(network_simplex_tree_potential(tree, node) +
                          network_simplex_tree_potential(tree, at->parent),
                      at->cost, 0);
        assert_true(at->flow > 0 || (at->flow == 0 && up));
        sum[source] += at->flow;
        sum[n + target] -= at->flow;
    }
    for (size_t k = 0; k < n + m; k++)
        assert_within(sum[k], supply[k], 0);
}

static double cost_of(const struct network_simplex_tree *tree) {
    double sum = 0;
    for (size_t node = 0; node < tree->sources + tree->targets; node++)
        if (node != tree->root)
            sum += tree->nodes[node].cost * tree->nodes[node].flow;
    return sum;
}

/* Pivots on the first arc that improves until none does; ties and arcs without flow come up all the time. */
static size_t pivot_to_the_end(struct network_simplex_tree *tree, const double *cost, const double *supply) {
    size_t n = tree->sources, m = tree->targets, pivots = 0;
    for (size_t k = 0, since = 0; since < n * m; k = (k + 1) % (n * m), since++) {
        struct network_simplex_arc arc = {(uint32_t)(k / m), (uint32_t)(k % m), cost[k]};
        double sum = network_simplex_tree_potential(tree, arc.source) +
                     network_simplex_tree_potential(tree, (uint32_t)n + arc.target);
        if (arc.cost >= sum)
            continue;
        double before = cost_of(tree);
        network_simplex_tree_pivot(tree, &arc);
        check(tree, cost, supply);
        assert_true(cost_of(tree) <= before);
        pivots++;
        since = 0;
    }
    return pivots;
}

static void run(unsigned seed) {
    double cost[MOST * MOST], supply[2 * MOST], net[2 * MOST], total = 0;
    struct network_simplex_arc arcs[2 * MOST];
    uint32_t order[2 * MOST];
    struct network_simplex_tree tree;
    struct random_stream stream;
    struct error error = {0};
    random_start(&stream, seed, "test_network_simplex_tree", "problem", 0);
    size_t n = 1 + random_below(&stream, MOST), m = 1 + random_below(&stream, MOST);
    for (size_t k = 0; k < n * m; k++)
        cost[k] = (double)random_below(&stream, seed % 2 ? 1000 : 4);
    /* An extra unit at the first source, taken by the last target, keeps partial sums apart. */
    for (size_t i = 0; i < n; i++)
        total += supply[i] = (double)(2 * m * (1 + random_below(&stream, 3))) + (i == 0 ? 1 : 0);
    for (size_t j = 0; j < m; j++)
        supply[n + j] = -2 * floor(total / 2 / (double)m);
    supply[n + m - 1] = 0;
    for (size_t j = 0; j + 1 < m; j++)
        supply[n + m - 1] -= supply[n + j];
    supply[n + m - 1] = -(total - supply[n + m - 1]);
    north_west(n, m, cost, supply, arcs);
    assert_int_equal(network_simplex_tree_create(&tree, n, m, &error), 0);
    assert_int_equal(
        network_simplex_tree_hang(&tree, arcs, (uint32_t)random_below(&stream, m), supply, &error), 0);
    check(&tree, cost, supply);
    pivot_to_the_end(&tree, cost, supply);
    double least = cost_of(&tree);
    network_simplex_tree_set_potentials(&tree);
    network_simplex_tree_set_flows(&tree, supply, net, order);
    check(&tree, cost, supply);
    assert_within(cost_of(&tree), least, 0);
    network_simplex_tree_free(&tree);
}

static void pivots_keep_a_strongly_feasible_tree(void **state) {
    (void)state;
    for (unsigned seed = 1; seed <= 60; seed++)
        run(seed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pivots_keep_a_strongly_feasible_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
