#include "num/exact_transport.h"

#include <string.h>

#include "base/memory.h"
#include "num/exact_transport_coarse.h"
#include "num/network_simplex.h"
#include "num/vector.h"

/* Supplies of the sources and minus those of the targets, summing to 0, and how much mass a unit of them is.
 * Equal weights become whole numbers, which add without rounding: then ties are seen as ties. */
struct supplies {
    double *values;
    double unit;
};

static bool all_equal(const double *weights, size_t count) {
    bool equal = true;
    for (size_t i = 0; weights != NULL && i < count; i++)
        equal = equal && weights[i] == weights[0];
    return equal;
}

static int supplies_create(struct supplies *supplies, const struct exact_transport_problem *problem,
                           struct error *error) {
    size_t n = problem->cost.sources, m = problem->cost.targets;
    const double *a = problem->source_weights, *b = problem->target_weights;
    double total_a = a == NULL ? 1 : vector_sum(n, a), total_b = b == NULL ? 1 : vector_sum(m, b);
    supplies->values = memory_array(error, n + m, sizeof *supplies->values);
    if (supplies->values == NULL)
        return -1;
    supplies->unit = 1;
    if (all_equal(a, n) && all_equal(b, m) && total_a > 0) {
        supplies->unit = total_a / ((double)n * (double)m);
        for (size_t k = 0; k < n + m; k++)
            supplies->values[k] = k < n ? (double)m : -(double)n;
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        supplies->values[i] = a == NULL ? 1 / (double)n : a[i];
    double scale = total_b > 0 ? total_a / total_b : 1;
    for (size_t j = 0; j < m; j++)
        supplies->values[n + j] = -(b == NULL ? total_a / (double)m : b[j] * scale);
    return 0;
}

static int by_ends(const void *a, const void *b) {
    const struct exact_transport_flow *p = a, *q = b;
    if (p->source != q->source)
        return p->source < q->source ? -1 : 1;
    return p->target < q->target ? -1 : p->target > q->target;
}

void exact_transport_order_flows(struct exact_transport *result) {
    qsort(result->flows, result->flow_count, sizeof *result->flows, by_ends);
}

/* Lists the tree's flows, in order, with their cost. */
static int list_flows(const struct network_simplex_tree *tree, const struct supplies *supplies,
                      struct exact_transport *result, struct error *error) {
    size_t n = tree->sources, nodes = n + tree->targets, count = 0;
    double total = vector_sum(n, supplies->values);
    result->flows = memory_array(error, nodes, sizeof *result->flows);
    if (result->flows == NULL)
        return -1;
    for (uint32_t node = 0; node < nodes; node++) {
        if (node == tree->root)
            continue;
        uint32_t source = node < n ? node : tree->nodes[node].parent;
        uint32_t target = node < n ? tree->nodes[node].parent : node;
        if (network_simplex_negligible(tree->nodes[node].flow, supplies->values[source],
                                       -supplies->values[target], total))
            continue;
        result->flows[count++] =
            (struct exact_transport_flow){source, target - n, tree->nodes[node].flow * supplies->unit};
    }
    result->flow_count = count;
    exact_transport_order_flows(result);
    return 0;
}

static int set_potentials(const struct network_simplex_result *found, struct exact_transport *result,
                          struct error *error) {
    size_t n = found->tree.sources, m = found->tree.targets;
    result->source_potentials = memory_array(error, n, sizeof(double));
    result->target_potentials = memory_array(error, m, sizeof(double));
    if (result->source_potentials == NULL || result->target_potentials == NULL)
        return -1;
    memcpy(result->source_potentials, found->potentials, n * sizeof(double));
    memcpy(result->target_potentials, found->potentials + n, m * sizeof(double));
    return 0;
}

/* cost = sum of mass C, dual = <f, a> + <g, b>, each as if taken in twice the precision. */
static int set_values(const struct network_simplex_costs *costs, const struct network_simplex_result *found,
                      const struct supplies *supplies, struct exact_transport *result, struct error *error) {
    size_t n = found->tree.sources, nodes = n + found->tree.targets;
    double *cost = memory_array(error, nodes, sizeof *cost), *mass = memory_array(error, nodes, sizeof *mass);
    int status = -1;
    if (cost == NULL || mass == NULL)
        goto done;
    for (size_t k = 0; k < result->flow_count; k++) {
        const struct exact_transport_flow *flow = &result->flows[k];
        cost[k] = network_simplex_costs_pair(costs, flow->source, flow->target);
        mass[k] = flow->mass;
    }
    result->cost = vector_dot(result->flow_count, cost, mass);
    for (size_t k = 0; k < nodes; k++)
        mass[k] = (k < n ? 1 : -1) * supplies->values[k] * supplies->unit;
    result->dual_gap = result->cost - vector_dot(nodes, found->potentials, mass);
    status = 0;
done:
    free(cost);
    free(mass);
    return status;
}

/* Rids the flows of the rounding of many pivots. */
static int refresh_flows(struct network_simplex_tree *tree, const double *supply, struct error *error) {
    size_t nodes = tree->sources + tree->targets;
    double *net = memory_array(error, nodes, sizeof *net);
    uint32_t *order = memory_array(error, nodes, sizeof *order);
    int status = net == NULL || order == NULL ? -1 : 0;
    if (status == 0)
        network_simplex_tree_set_flows(tree, supply, net, order);
    free(net);
    free(order);
    return status;
}

int exact_transport_solve(const struct exact_transport_problem *problem, struct exact_transport *result,
                          struct error *error) {
    *result = (struct exact_transport){0};
    struct supplies supplies = {0};
    struct network_simplex_costs costs = {0};
    struct network_simplex_result found = {0};
    double *coarse = NULL;
    int status = -1;
    if (problem->cost.sources + problem->cost.targets >= NETWORK_SIMPLEX_NONE)
        return error_set(error, "too many points for an exact plan");
    if (supplies_create(&supplies, problem, error) < 0 ||
        network_simplex_costs_create(&costs, &problem->cost, true, problem->threads, error) < 0)
        goto done;
    const double *start = problem->start;
    if (start == NULL) {
        coarse = memory_array(error, problem->cost.targets, sizeof *coarse);
        int coarse_status = coarse == NULL ? -1 : exact_transport_coarse_potentials(problem, coarse, error);
        if (coarse_status < 0)
            goto done;
        start = coarse_status > 0 ? coarse : NULL;
    }
    struct network_simplex_problem simplex = {&costs, supplies.values, start, problem->progress};
    if (network_simplex_solve(&simplex, &found, error) < 0)
        goto done;
    result->iterations = found.pivots;
    if (refresh_flows(&found.tree, supplies.values, error) == 0 &&
        list_flows(&found.tree, &supplies, result, error) == 0 &&
        set_potentials(&found, result, error) == 0 &&
        set_values(&costs, &found, &supplies, result, error) == 0)
        status = 0;
done:
    free(coarse);
    free(supplies.values);
    network_simplex_costs_free(&costs);
    network_simplex_result_free(&found);
    if (status < 0)
        exact_transport_free(result);
    return status;
}

void exact_transport_free(struct exact_transport *result) {
    free(result->flows);
    free(result->source_potentials);
    free(result->target_potentials);
    *result = (struct exact_transport){0};
}
