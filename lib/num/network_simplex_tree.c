#include "num/network_simplex_tree.h"

#include <stdbool.h>

#include "base/memory.h"

#define NONE NETWORK_SIMPLEX_NONE

int network_simplex_tree_create(struct network_simplex_tree *tree, size_t sources, size_t targets,
                                struct error *error) {
    size_t count = sources + targets;
    *tree = (struct network_simplex_tree){.sources = sources, .targets = targets};
    tree->nodes = memory_array(error, count, sizeof *tree->nodes);
    tree->flow = memory_array(error, count, sizeof *tree->flow);
    tree->cost = memory_array(error, count, sizeof *tree->cost);
    tree->potential = memory_array(error, count, sizeof *tree->potential);
    if (tree->nodes != NULL && tree->flow != NULL && tree->cost != NULL && tree->potential != NULL)
        return 0;
    network_simplex_tree_free(tree);
    return -1;
}

void network_simplex_tree_free(struct network_simplex_tree *tree) {
    free(tree->nodes);
    free(tree->flow);
    free(tree->cost);
    free(tree->potential);
    *tree = (struct network_simplex_tree){0};
}

static void attach(struct network_simplex_node *nodes, uint32_t child, uint32_t parent) {
    uint32_t next = nodes[parent].child;
    nodes[child].parent = parent;
    nodes[child].next = next;
    nodes[child].previous = NONE;
    if (next != NONE)
        nodes[next].previous = child;
    nodes[parent].child = child;
}

static void detach(struct network_simplex_node *nodes, uint32_t child) {
    uint32_t next = nodes[child].next, previous = nodes[child].previous;
    if (next != NONE)
        nodes[next].previous = previous;
    if (previous != NONE)
        nodes[previous].next = next;
    else
        nodes[nodes[child].parent].child = next;
}

/* The node after `node` of the subtree below top, parents before their children; NONE after the last. */
static uint32_t following(const struct network_simplex_node *nodes, uint32_t node, uint32_t top) {
    if (nodes[node].child != NONE)
        return nodes[node].child;
    while (node != top && nodes[node].next == NONE)
        node = nodes[node].parent;
    return node == top ? NONE : nodes[node].next;
}

/* Depth and potential of a subtree whose top's parent is right. */
static void set_subtree(struct network_simplex_tree *tree, uint32_t top) {
    struct network_simplex_node *nodes = tree->nodes;
    for (uint32_t node = top; node != NONE; node = following(nodes, node, top)) {
        uint32_t parent = nodes[node].parent;
        nodes[node].depth = nodes[parent].depth + 1;
        tree->potential[node] = tree->cost[node] - tree->potential[parent];
    }
}

void network_simplex_tree_set_potentials(struct network_simplex_tree *tree) {
    tree->nodes[tree->root].depth = 0;
    tree->potential[tree->root] = 0;
    for (uint32_t child = tree->nodes[tree->root].child; child != NONE; child = tree->nodes[child].next)
        set_subtree(tree, child);
}

void network_simplex_tree_set_flows(struct network_simplex_tree *tree, const double *supply, double *net,
                                    uint32_t *order) {
    size_t count = 0;
    for (uint32_t node = tree->root; node != NONE; node = following(tree->nodes, node, tree->root)) {
        order[count++] = node;
        net[node] = supply[node];
    }
    tree->flow[tree->root] = 0;
    while (count > 1) {
        uint32_t node = order[--count];
        double flow = node < tree->sources ? net[node] : -net[node];
        tree->flow[node] = flow > 0 ? flow : 0;
        net[tree->nodes[node].parent] += net[node];
    }
}

/* The arcs at each node, as lists in one array. */
struct incidence {
    size_t *first;  /* of node v: arcs[first[v]] .. arcs[first[v + 1] - 1] */
    uint32_t *arcs; /* indices */
};

static int list_incidence(struct incidence *incidence, const struct network_simplex_tree *tree,
                          const struct network_simplex_arc *arcs, struct error *error) {
    size_t count = tree->sources + tree->targets;
    incidence->first = memory_zeros(error, count + 2, sizeof *incidence->first);
    incidence->arcs = memory_matrix(error, 2, count, sizeof *incidence->arcs);
    if (incidence->first == NULL || incidence->arcs == NULL)
        return -1;
    size_t *place = incidence->first + 2; /* while filling, the list of v ends at first[v + 1] */
    for (size_t k = 0; k + 1 < count; k++) {
        incidence->first[arcs[k].source + 2]++;
        incidence->first[tree->sources + arcs[k].target + 2] += 1;
    }
    for (size_t node = 1; node < count; node++)
        place[node] += place[node - 1];
    for (uint32_t k = 0; k + 1 < count; k++) {
        incidence->arcs[incidence->first[arcs[k].source + 1]++] = k;
        incidence->arcs[incidence->first[tree->sources + arcs[k].target + 1]++] = k;
    }
    return 0;
}

/* Hangs the nodes breadth first; `queue` holds one value a node. */
static void hang(struct network_simplex_tree *tree, const struct network_simplex_arc *arcs,
                 const struct incidence *incidence, uint32_t *queue) {
    size_t head = 0, tail = 0;
    queue[tail++] = tree->root;
    while (head < tail) {
        uint32_t node = queue[head++];
        for (size_t k = incidence->first[node]; k < incidence->first[node + 1]; k++) {
            const struct network_simplex_arc *arc = &arcs[incidence->arcs[k]];
            uint32_t target = (uint32_t)tree->sources + arc->target;
            uint32_t other = node == target ? arc->source : target;
            if (other == tree->nodes[node].parent)
                continue;
            attach(tree->nodes, other, node);
            tree->cost[other] = arc->cost;
            queue[tail++] = other;
        }
    }
}

int network_simplex_tree_hang(struct network_simplex_tree *tree, const struct network_simplex_arc *arcs,
                              uint32_t root_target, const double *supply, struct error *error) {
    size_t count = tree->sources + tree->targets;
    struct incidence incidence = {0};
    uint32_t *queue = memory_array(error, count, sizeof *queue);
    double *net = memory_array(error, count, sizeof *net);
    int status = -1;
    if (queue == NULL || net == NULL || list_incidence(&incidence, tree, arcs, error) < 0)
        goto done;
    for (size_t node = 0; node < count; node++)
        tree->nodes[node] = (struct network_simplex_node){NONE, NONE, NONE, NONE, 0};
    tree->root = (uint32_t)tree->sources + root_target;
    tree->cost[tree->root] = 0;
    hang(tree, arcs, &incidence, queue);
    network_simplex_tree_set_potentials(tree);
    network_simplex_tree_set_flows(tree, supply, net, queue);
    status = 0;
done:
    free(incidence.first);
    free(incidence.arcs);
    free(queue);
    free(net);
    return status;
}

/* Where a pivot's cycle is cut. */
struct cut {
    uint32_t apex;    /* where the paths from the entering arc's ends meet */
    uint32_t node;    /* the leaving arc is that between this node and its parent */
    bool target_side; /* it is on the path up from the entering arc's target */
    double flow;      /* what the leaving arc carries, and the cycle turns round */
};

/* Along the cycle, run through from the apex down to the source, over the entering arc and up from the
 * target, the last arc among those that empty first leaves: that keeps the tree strongly feasible. */
static struct cut find_cut(const struct network_simplex_tree *tree, uint32_t source, uint32_t target) {
    const struct network_simplex_node *nodes = tree->nodes;
    struct cut cut = {.node = NONE};
    double target_flow = 0;
    uint32_t target_cut = NONE, s = source, t = target;
    while (s != t) {
        bool source_moves = nodes[s].depth >= nodes[t].depth;
        if (nodes[t].depth >= nodes[s].depth) {
            if (t >= tree->sources && (target_cut == NONE || tree->flow[t] <= target_flow)) {
                target_cut = t;
                target_flow = tree->flow[t];
            }
            t = nodes[t].parent;
        }
        if (source_moves) {
            if (s < tree->sources && (cut.node == NONE || tree->flow[s] < cut.flow)) {
                cut.node = s;
                cut.flow = tree->flow[s];
            }
            s = nodes[s].parent;
        }
    }
    cut.apex = s;
    if (cut.node == NONE || (target_cut != NONE && target_flow <= cut.flow)) {
        cut.node = target_cut;
        cut.flow = target_flow;
        cut.target_side = true;
    }
    return cut;
}

/* Turns the cut's flow round the cycle. */
static void turn_flow(struct network_simplex_tree *tree, const struct cut *cut, uint32_t source,
                      uint32_t target) {
    if (cut->flow == 0)
        return;
    for (uint32_t node = source; node != cut->apex; node = tree->nodes[node].parent)
        tree->flow[node] += node < tree->sources ? -cut->flow : cut->flow;
    for (uint32_t node = target; node != cut->apex; node = tree->nodes[node].parent)
        tree->flow[node] += node < tree->sources ? cut->flow : -cut->flow;
}

/* Cuts the subtree of `top` off and hangs it by `node` of it under parent, arcs on the way between the two
 * turning over. */
static void hang_elsewhere(struct network_simplex_tree *tree, uint32_t top, uint32_t node, uint32_t parent,
                           double cost, double flow) {
    for (;;) {
        uint32_t old_parent = tree->nodes[node].parent;
        double old_cost = tree->cost[node], old_flow = tree->flow[node];
        detach(tree->nodes, node);
        attach(tree->nodes, node, parent);
        tree->cost[node] = cost;
        tree->flow[node] = flow;
        if (node == top)
            return;
        parent = node;
        node = old_parent;
        cost = old_cost;
        flow = old_flow;
    }
}

void network_simplex_tree_pivot(struct network_simplex_tree *tree, const struct network_simplex_arc *arc) {
    uint32_t source = arc->source, target = (uint32_t)tree->sources + arc->target;
    struct cut cut = find_cut(tree, source, target);
    turn_flow(tree, &cut, source, target);
    uint32_t moved = cut.target_side ? target : source;
    hang_elsewhere(tree, cut.node, moved, cut.target_side ? source : target, arc->cost, cut.flow);
    set_subtree(tree, moved);
}
