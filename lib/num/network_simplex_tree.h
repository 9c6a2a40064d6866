/* The basis of a network simplex on a transportation problem: a spanning tree of the sources and targets.
 *
 * Nodes 0 .. sources - 1 are the sources, those behind them the targets. Every arc leads from a source to a
 * target, so the arc between a node and its parent points up (to the root) where the node is a source and
 * down where it is a target. Mass flows along the tree alone, and f_i + g_j = C_ij on its arcs.
 *
 * The tree is kept strongly feasible (Cunningham 1976, A network simplex method, Mathematical Programming
 * 11): arcs without flow point up. Then no sequence of pivots repeats itself, however degenerate the problem.
 */
#ifndef NUM_NETWORK_SIMPLEX_TREE_H
#define NUM_NETWORK_SIMPLEX_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define NETWORK_SIMPLEX_NONE UINT32_MAX

/* Of the side with more nodes, most are leaves where the other has few. Their depth and potential are not
 * kept but had from their parent, and lists of children leave them out: a pivot that moves their parent moves
 * them without touching one. Nodes of the other side are never taken for leaves. */
struct network_simplex_node {
    uint32_t parent;         /* NONE: the root */
    uint32_t children;       /* how many, and one more on the smaller side; 0: a leaf of the larger */
    uint32_t child;          /* the first that is no leaf, or NONE */
    uint32_t next, previous; /* siblings that are no leaves, or NONE */
    uint32_t depth;          /* 0: the root; not of leaves */
    double cost, flow;       /* of the arc to the parent */
};

struct network_simplex_arc {
    uint32_t source, target; /* each counted from 0 */
    double cost;
};

struct network_simplex_tree {
    size_t sources, targets;
    uint32_t root;
    struct network_simplex_node *nodes;
    double *potential; /* f of a source, g of a target; the root's is 0; not of leaves */
};

static inline double network_simplex_tree_potential(const struct network_simplex_tree *tree, uint32_t node) {
    const struct network_simplex_node *at = &tree->nodes[node];
    return at->children > 0 ? tree->potential[node] : at->cost - tree->potential[at->parent];
}

/* Room for a tree; sources + targets < 2^32 - 1. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int network_simplex_tree_create(struct network_simplex_tree *tree,
                                                                    size_t sources, size_t targets,
                                                                    struct error *error);

/* Makes the tree of these arcs, which span all nodes, hung at a target, with potentials and flows.
 *
 *   arcs    sources + targets - 1
 *   supply  sources + targets values: what a source sends, minus what a target takes; they sum to 0 */
__attribute__((warn_unused_result)) int network_simplex_tree_hang(struct network_simplex_tree *tree,
                                                                  const struct network_simplex_arc *arcs,
                                                                  uint32_t root_target, const double *supply,
                                                                  struct error *error);

/* All flows anew from the supplies, which rids them of what rounding left in many pivots. Flows that would be
 * negative, by rounding, are 0.
 *
 *   net    workspace, one value a node
 *   order  workspace, one value a node */
void network_simplex_tree_set_flows(struct network_simplex_tree *tree, const double *supply, double *net,
                                    uint32_t *order);

/* All potentials anew from the arcs' costs. */
void network_simplex_tree_set_potentials(struct network_simplex_tree *tree);

/* Writes all potentials, sources + targets values. */
void network_simplex_tree_potentials(const struct network_simplex_tree *tree, double *potentials);

/* Lets an arc enter that is not in the tree and whose cost is below the sum of its ends' potentials; another
 * leaves. Time grows with the part of the tree that is hung elsewhere. */
void network_simplex_tree_pivot(struct network_simplex_tree *tree, const struct network_simplex_arc *arc);

/* An all-zero one is fine. */
void network_simplex_tree_free(struct network_simplex_tree *tree);

#endif
