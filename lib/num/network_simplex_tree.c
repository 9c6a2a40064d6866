#include "num/network_simplex_tree.h"

#include <stdbool.h>
#include <string.h>

#include "base/memory.h"

#define NONE NETWORK_SIMPLEX_NONE

int network_simplex_tree_create(struct network_simplex_tree *tree, size_t sources, size_t targets,
                                struct error *error) {
    *tree = (struct network_simplex_tree){.sources = sources, .targets = targets};
    tree->nodes = memory_array(error, sources + targets, sizeof *tree->nodes);
    tree->potential = memory_array(error, sources + targets, sizeof *tree->potential);
    if (tree->nodes != NULL && tree->potential != NULL)
        return 0;
    network_simplex_tree_free(tree);
    return -1;
}

void network_simplex_tree_free(struct network_simplex_tree *tree) {
    free(tree->nodes);
    free(tree->potential);
    *tree = (struct network_simplex_tree){0};
}

/* Into and out of the list of the parent's children that are no leaves. */
static void link_up(struct network_simplex_node *nodes, uint32_t node) {
    uint32_t parent = nodes[node].parent, next = nodes[parent].child;
    nodes[node].next = next;
    nodes[node].previous = NONE;
    if (next != NONE)
        nodes[next].previous = node;
    nodes[parent].child = node;
}

static void unlink_up(struct network_simplex_node *nodes, uint32_t node) {
    uint32_t next = nodes[node].next, previous = nodes[node].previous;
    if (next != NONE)
        nodes[next].previous = previous;
    if (previous != NONE)
        nodes[previous].next = next;
    else
        nodes[nodes[node].parent].child = next;
}

/* What a leaf has of its parent. */
static void set_node(struct network_simplex_tree *tree, uint32_t node) {
    uint32_t parent = tree->nodes[node].parent;
    tree->nodes[node].depth = tree->nodes[parent].depth + 1;
    tree->potential[node] = tree->nodes[node].cost - tree->potential[parent];
}

static void attach(struct network_simplex_tree *tree, uint32_t child, uint32_t parent) {
    struct network_simplex_node *nodes = tree->nodes;
    nodes[child].parent = parent;
    if (nodes[parent].children++ == 0 && nodes[parent].parent != NONE) {
        set_node(tree, parent);
        link_up(nodes, parent);
    }
    if (nodes[child].children > 0)
        link_up(nodes, child);
}

static void detach(struct network_simplex_node *nodes, uint32_t child) {
    uint32_t parent = nodes[child].parent;
    if (nodes[child].children > 0)
        unlink_up(nodes, child);
    if (--nodes[parent].children == 0 && nodes[parent].parent != NONE)
        unlink_up(nodes, parent);
}

/* The node after `node` of those below top that are no leaves, parents before their children; NONE after the
 * last. */
static uint32_t following(const struct network_simplex_node *nodes, uint32_t node, uint32_t top) {
    if (nodes[node].child != NONE)
        return nodes[node].child;
    while (node != top && nodes[node].next == NONE)
        node = nodes[node].parent;
    return node == top ? NONE : nodes[node].next;
}

/* Depth and potential of a subtree whose top's parent is right. */
static void set_subtree(struct network_simplex_tree *tree, uint32_t top) {
    if (tree->nodes[top].children == 0)
        return;
    for (uint32_t node = top; node != NONE; node = following(tree->nodes, node, top))
        set_node(tree, node);
}

void network_simplex_tree_set_potentials(struct network_simplex_tree *tree) {
    tree->nodes[tree->root].depth = 0;
    tree->potential[tree->root] = 0;
    for (uint32_t child = tree->nodes[tree->root].child; child != NONE; child = tree->nodes[child].next)
        set_subtree(tree, child);
}

void network_simplex_tree_potentials(const struct network_simplex_tree *tree, double *potentials) {
    for (uint32_t node = 0; node < tree->sources + tree->targets; node++)
        potentials[node] = network_simplex_tree_potential(tree, node);
}

/* Sends what the subtree below has left along the node's arc. */
static void set_flow(struct network_simplex_tree *tree, uint32_t node, double *net) {
    double flow = node < tree->sources ? net[node] : -net[node];
    tree->nodes[node].flow = flow > 0 ? flow : 0;
    net[tree->nodes[node].parent] += net[node];
}

void network_simplex_tree_set_flows(struct network_simplex_tree *tree, const double *supply, double *net,
                                    uint32_t *order) {
    size_t nodes = tree->sources + tree->targets, count = 0;
    memcpy(net, supply, nodes * sizeof *net);
    for (uint32_t node = 0; node < nodes; node++)
        if (tree->nodes[node].children == 0)
            set_flow(tree, node, net);
    for (uint32_t node = tree->root; node != NONE; node = following(tree->nodes, node, tree->root))
        order[count++] = node;
    while (count > 1)
        set_flow(tree, order[--count], net);
    tree->nodes[tree->root].flow = 0;
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
            tree->nodes[other].cost = arc->cost;
            attach(tree, other, node);
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
    bool sources_fewer = tree->sources < tree->targets;
    for (size_t node = 0; node < count; node++)
        tree->nodes[node] =
            (struct network_simplex_node){.parent = NONE,
                                          .child = NONE,
                                          .next = NONE,
                                          .previous = NONE,
                                          .children = (node < tree->sources) == sources_fewer};
    tree->root = (uint32_t)tree->sources + root_target;
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

static uint32_t depth_of(const struct network_simplex_node *nodes, uint32_t node) {
    return nodes[node].children > 0 ? nodes[node].depth : nodes[nodes[node].parent].depth + 1;
}

/* Along the cycle, run through from the apex down to the source, over the entering arc and up from the
 * target, the last arc among those that empty first leaves: that keeps the tree strongly feasible. */
static struct cut find_cut(const struct network_simplex_tree *tree, uint32_t source, uint32_t target) {
    const struct network_simplex_node *nodes = tree->nodes;
    struct cut cut = {.node = NONE};
    double target_flow = 0;
    uint32_t target_cut = NONE, s = source, t = target;
    while (s != t) {
        uint32_t source_depth = depth_of(nodes, s), target_depth = depth_of(nodes, t);
        if (target_depth >= source_depth) {
            if (t >= tree->sources && (target_cut == NONE || tree->nodes[t].flow <= target_flow)) {
                target_cut = t;
                target_flow = tree->nodes[t].flow;
            }
            t = nodes[t].parent;
        }
        if (source_depth >= target_depth) {
            if (s < tree->sources && (cut.node == NONE || tree->nodes[s].flow < cut.flow)) {
                cut.node = s;
                cut.flow = tree->nodes[s].flow;
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
        tree->nodes[node].flow += node < tree->sources ? -cut->flow : cut->flow;
    for (uint32_t node = target; node != cut->apex; node = tree->nodes[node].parent)
        tree->nodes[node].flow += node < tree->sources ? cut->flow : -cut->flow;
}

/* Cuts the subtree of `top` off and hangs it by `node` of it under parent, arcs on the way between the two
 * turning over. */
static void hang_elsewhere(struct network_simplex_tree *tree, uint32_t top, uint32_t node, uint32_t parent,
                           double cost, double flow) {
    for (;;) {
        uint32_t old_parent = tree->nodes[node].parent;
        double old_cost = tree->nodes[node].cost, old_flow = tree->nodes[node].flow;
        detach(tree->nodes, node);
        tree->nodes[node].cost = cost;
        tree->nodes[node].flow = flow;
        attach(tree, node, parent);
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
