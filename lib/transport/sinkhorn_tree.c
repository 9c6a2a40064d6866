#include "transport/sinkhorn_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

int sinkhorn_tree_create(struct sinkhorn_tree *tree, const struct sinkhorn_sparse *sparse, size_t sources,
                         size_t targets, struct error *error) {
    size_t nodes = sources + targets;
    *tree = (struct sinkhorn_tree){.nodes = nodes, .sources = sources};
    if (sparse->entries > UINT32_MAX)
        return error_set(error, "out of memory");
    tree->order = memory_array(error, nodes, sizeof *tree->order);
    tree->parent = memory_array(error, nodes, sizeof *tree->parent);
    tree->weight = memory_array(error, nodes, sizeof *tree->weight);
    tree->pivot = memory_array(error, nodes, sizeof *tree->pivot);
    tree->edges = memory_array(error, sparse->entries, sizeof *tree->edges);
    tree->group = memory_array(error, nodes, sizeof *tree->group);
    tree->first = memory_array(error, nodes, sizeof *tree->first);
    tree->links = memory_array(error, 2 * nodes, sizeof *tree->links);
    if (tree->order != NULL && tree->parent != NULL && tree->weight != NULL && tree->pivot != NULL &&
        tree->edges != NULL && tree->group != NULL && tree->first != NULL && tree->links != NULL)
        return 0;
    sinkhorn_tree_free(tree);
    return -1;
}

void sinkhorn_tree_free(struct sinkhorn_tree *tree) {
    free(tree->order);
    free(tree->parent);
    free(tree->weight);
    free(tree->pivot);
    free(tree->edges);
    free(tree->group);
    free(tree->first);
    free(tree->links);
    *tree = (struct sinkhorn_tree){0};
}

/* Heaviest first; of equal ones the first. */
static int compare_entries(const void *a, const void *b) {
    const struct sinkhorn_tree_edge *x = a, *y = b;
    if (x->mass != y->mass)
        return x->mass < y->mass ? 1 : -1;
    return (x->entry > y->entry) - (x->entry < y->entry);
}

static size_t root_of(size_t *group, size_t node) {
    while (group[node] != node) {
        group[node] = group[group[node]];
        node = group[node];
    }
    return node;
}

static void link_nodes(struct sinkhorn_tree *tree, size_t link, size_t from, size_t to, double mass) {
    tree->links[link] = (struct sinkhorn_tree_link){.next = tree->first[from], .node = to, .mass = mass};
    tree->first[from] = link;
}

/* Kruskal's choice. */
static void choose(struct sinkhorn_tree *tree, const struct sinkhorn_sparse *sparse) {
    size_t links = 0;
    for (size_t i = 0; i < tree->sources; i++)
        for (size_t k = sparse->starts[i]; k < sparse->starts[i + 1]; k++)
            tree->edges[k] = (struct sinkhorn_tree_edge){
                .mass = sparse->masses[k], .entry = (uint32_t)k, .source = (uint32_t)i};
    qsort(tree->edges, sparse->entries, sizeof *tree->edges, compare_entries);
    for (size_t node = 0; node < tree->nodes; node++) {
        tree->group[node] = node;
        tree->first[node] = SIZE_MAX;
    }
    for (size_t k = 0; k < sparse->entries && tree->edges[k].mass > 0; k++) {
        size_t source = tree->edges[k].source, target = tree->sources + sparse->targets[tree->edges[k].entry];
        size_t one = root_of(tree->group, source), other = root_of(tree->group, target);
        if (one == other)
            continue;
        tree->group[one > other ? one : other] = one > other ? other : one;
        link_nodes(tree, links++, source, target, tree->edges[k].mass);
        link_nodes(tree, links++, target, source, tree->edges[k].mass);
    }
}

/* Parents before children, each tree from its first node. */
static void orient(struct sinkhorn_tree *tree) {
    size_t placed = 0;
    for (size_t root = 0; root < tree->nodes; root++) {
        if (tree->group[root] != root)
            continue;
        tree->parent[root] = SIZE_MAX;
        tree->weight[root] = 0;
        size_t looked = placed;
        tree->order[placed++] = root;
        for (; looked < placed; looked++) {
            size_t node = tree->order[looked];
            for (size_t link = tree->first[node]; link != SIZE_MAX; link = tree->links[link].next) {
                size_t child = tree->links[link].node;
                if (child == tree->parent[node])
                    continue;
                tree->parent[child] = node;
                tree->weight[child] = tree->links[link].mass;
                tree->order[placed++] = child;
            }
        }
    }
}

/* Eliminating a leaf of weight w and extra diagonal e leaves its parent w e / (w + e) of extra diagonal: kept
 * apart, nothing cancels, however small the extra is against the weights. */
void sinkhorn_tree_factor(struct sinkhorn_tree *tree, const struct sinkhorn_sparse *sparse,
                          const double *extra) {
    choose(tree, sparse);
    orient(tree);
    memcpy(tree->pivot, extra, tree->nodes * sizeof *extra);
    for (size_t k = tree->nodes; k-- > 0;) {
        size_t node = tree->order[k], parent = tree->parent[node];
        double rest = tree->pivot[node], weight = tree->weight[node];
        tree->pivot[node] = weight + rest;
        if (parent != SIZE_MAX)
            tree->pivot[parent] += weight * (rest / (weight + rest));
    }
}

void sinkhorn_tree_solve(const struct sinkhorn_tree *tree, double *x) {
    for (size_t k = tree->nodes; k-- > 0;) {
        size_t node = tree->order[k];
        if (!(tree->pivot[node] > 0)) {
            x[node] = 0;
            continue;
        }
        x[node] /= tree->pivot[node];
        if (tree->parent[node] != SIZE_MAX)
            x[tree->parent[node]] += tree->weight[node] * x[node];
    }
    for (size_t k = 0; k < tree->nodes; k++) {
        size_t node = tree->order[k];
        if (tree->parent[node] != SIZE_MAX)
            x[node] += tree->weight[node] / tree->pivot[node] * x[tree->parent[node]];
    }
}
