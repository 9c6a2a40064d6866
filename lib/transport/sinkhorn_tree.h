/* A spanning forest of the heaviest entries of a plan as a preconditioner; not for others.
 *
 * The Hessian of the dual is, up to signs, the Laplacian of the graph whose edges are the plan's entries. At
 * a small epsilon the plan is close to a vertex of the transport polytope, whose entries form a forest: the
 * system of the heaviest forest is solved in O(n + m) and leaves conjugate gradients little to do (Vaidya
 * 1990; Boman and Hendrickson 2003, Support theory for preconditioning, SIAM J. Matrix Anal. Appl. 25). */
#ifndef TRANSPORT_SINKHORN_TREE_H
#define TRANSPORT_SINKHORN_TREE_H

#include "transport/sinkhorn_sparse.h"

struct sinkhorn_tree_edge {
    double mass;
    uint32_t entry, source;
};

/* From one node of the forest to another, in a list of those from that node. */
struct sinkhorn_tree_link {
    size_t next, node;
    double mass;
};

struct sinkhorn_tree {
    size_t nodes, sources; /* the sources come first, then the targets */
    size_t *order;         /* parents before children */
    size_t *parent;        /* SIZE_MAX: a root */
    double *weight;        /* of the edge to the parent */
    double *pivot;
    struct sinkhorn_tree_edge *edges; /* workspace: all entries by mass, */
    size_t *group;                    /* sets of joined nodes, */
    size_t *first;                    /* and the lists of links */
    struct sinkhorn_tree_link *links;
};

/* For a pattern of entries. Returns 0, or -1: out of memory, with nothing to free. */
__attribute__((warn_unused_result)) int sinkhorn_tree_create(struct sinkhorn_tree *tree,
                                                             const struct sinkhorn_sparse *sparse,
                                                             size_t sources, size_t targets,
                                                             struct error *error);
void sinkhorn_tree_free(struct sinkhorn_tree *tree);

/* Chooses the forest by the masses as they are, and adds `extra` (nodes) to its diagonal. */
void sinkhorn_tree_factor(struct sinkhorn_tree *tree, const struct sinkhorn_sparse *sparse,
                          const double *extra);

/* Solves (forest Laplacian + extra) x = b in place; what has no mass becomes 0. */
void sinkhorn_tree_solve(const struct sinkhorn_tree *tree, double *x);

#endif
