#include "transport/sinkhorn_tree.h"

#include <math.h>

#include "support/assertions.h"

enum { SOURCES = 3, TARGETS = 4, NODES = SOURCES + TARGETS };

/* Entries of 3 x 4; target 3 has none. The heaviest forest leaves out the two lightest of the cycle. */
static size_t starts[] = {0, 2, 4, 6};
static uint32_t targets[] = {0, 1, 0, 1, 1, 2};
static double masses[] = {5, 1e-3, 2, 3, 1e-9, 4};

static const struct sinkhorn_sparse entries = {
    .entries = 6, .starts = starts, .targets = targets, .masses = masses};

/* (forest Laplacian + extra) x; the entry of 1e-3 closes a cycle and is not of the forest. */
static void multiply(const double *extra, const double *x, double *y) {
    for (size_t node = 0; node < NODES; node++)
        y[node] = extra[node] * x[node];
    for (size_t i = 0; i < SOURCES; i++)
        for (size_t k = starts[i]; k < starts[i + 1]; k++) {
            size_t j = SOURCES + targets[k];
            if (k == 1)
                continue;
            y[i] += masses[k] * (x[i] - x[j]);
            y[j] += masses[k] * (x[j] - x[i]);
        }
}

static void the_system_of_the_heaviest_forest_is_solved(void **state) {
    (void)state;
    static const double extras[] = {1, 1e-6, 1e-12};
    for (size_t e = 0; e < 3; e++) {
        struct sinkhorn_tree tree;
        struct error error = {0};
        double extra[NODES], b[NODES] = {1, -2, 0.5, 0.25, 1, -0.75, 0}, x[NODES], product[NODES];
        for (size_t node = 0; node < NODES; node++)
            extra[node] = node == NODES - 1 ? 0 : extras[e] * (double)(node + 1);
        assert_int_equal(sinkhorn_tree_create(&tree, &entries, SOURCES, TARGETS, &error), 0);
        sinkhorn_tree_factor(&tree, &entries, extra);
        for (size_t node = 0; node < NODES; node++)
            x[node] = b[node];
        sinkhorn_tree_solve(&tree, x);
        multiply(extra, x, product);
        for (size_t node = 0; node < NODES;
             node++) /* x reaches 1e9 over the weakest edge: 5 times 1e-16 of it */
            assert_within(product[node], b[node], 1e-5);
        assert_close(x[NODES - 1], 0, 0); /* without mass */
        sinkhorn_tree_free(&tree);
    }
}

/* Right sides that sum to 0 over a tree have solutions that stay bounded as the extra diagonal vanishes. */
static void nothing_cancels_where_the_extra_diagonal_is_tiny(void **state) {
    (void)state;
    struct sinkhorn_tree tree;
    struct error error = {0};
    double extra[NODES], x[NODES] = {1, -1, 0, 0, 0, 0, 0};
    for (size_t node = 0; node < NODES; node++)
        extra[node] = 1e-30;
    assert_int_equal(sinkhorn_tree_create(&tree, &entries, SOURCES, TARGETS, &error), 0);
    sinkhorn_tree_factor(&tree, &entries, extra);
    sinkhorn_tree_solve(&tree, x);
    /* Source 0 and source 1 are joined by way of target 0, of conductances 5 and 2. */
    assert_within(x[0] - x[1], 1.0 / 5 + 1.0 / 2, 1e-12);
    sinkhorn_tree_free(&tree);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_system_of_the_heaviest_forest_is_solved),
        cmocka_unit_test(nothing_cancels_where_the_extra_diagonal_is_tiny),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
