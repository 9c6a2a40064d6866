#include "num/max_norm_neighbours.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"

/* What one thread needs to answer a query. */
struct query {
    const struct kd_tree *tree;
    size_t slot;       /* of the query among the tree's points */
    double *x;         /* its coordinates, as the tree has them */
    size_t k, found;   /* found: how many neighbours are held, the nearest first */
    double *distances; /* k */
    size_t *rows;      /* k */
    double radius;     /* of counting */
    size_t count;
};

/* What all threads do. */
struct search {
    const struct kd_tree *tree;
    struct query *workers;
    size_t k;
    double *distances;
    size_t *rows;
    const double *radii; /* NULL: the k-th neighbour is searched */
    size_t *counts;
};

INSTRUCTION_SETS static void leaf_distances(const struct kd_tree *tree, size_t leaf, const double *x,
                                            double *distances) {
    const double *column = tree->points + leaf * tree->columns * KD_TREE_LEAF;
    for (size_t i = 0; i < KD_TREE_LEAF; i++)
        distances[i] = 0;
    for (size_t j = 0; j < tree->columns; j++, column += KD_TREE_LEAF)
        for (size_t i = 0; i < KD_TREE_LEAF; i++) {
            double distance = fabs(column[i] - x[j]);
            distances[i] = distance > distances[i] ? distance : distances[i];
        }
}

/* The least and the greatest distance that a point in a node's box may have. */
static void box_distances(const struct query *query, struct kd_node node, double *least, double *greatest) {
    size_t columns = query->tree->columns;
    const double *low = query->tree->boxes + node.index * 2 * columns, *high = low + columns;
    *least = *greatest = 0;
    for (size_t j = 0; j < columns; j++) {
        double below = low[j] - query->x[j], above = query->x[j] - high[j];
        *least = fmax(*least, fmax(below, above));
        *greatest = fmax(*greatest, fmax(-below, -above));
    }
}

/* Keeps a neighbour in its place among those held. */
static void hold(struct query *query, double distance, size_t row) {
    size_t i = query->found < query->k ? query->found++ : query->k - 1;
    for (; i > 0 && query->distances[i - 1] > distance; i--) {
        query->distances[i] = query->distances[i - 1];
        query->rows[i] = query->rows[i - 1];
    }
    query->distances[i] = distance;
    query->rows[i] = row;
}

static double worst(const struct query *query) {
    return query->found < query->k ? INFINITY : query->distances[query->k - 1];
}

static void search_leaf(struct query *query, size_t leaf) {
    double distances[KD_TREE_LEAF];
    const struct kd_tree *tree = query->tree;
    size_t size = kd_tree_leaf_size(tree, leaf), first = leaf * KD_TREE_LEAF;
    leaf_distances(tree, leaf, query->x, distances);
    for (size_t i = 0; i < size; i++)
        if (distances[i] < worst(query) && first + i != query->slot)
            hold(query, distances[i], tree->order[first + i]);
}

static void search_node(struct query *query, struct kd_node node) {
    if (node.leaves == 1) {
        search_leaf(query, node.first);
        return;
    }
    struct kd_node near = kd_tree_left(node), far = kd_tree_right(node);
    double near_least, far_least, greatest;
    box_distances(query, near, &near_least, &greatest);
    box_distances(query, far, &far_least, &greatest);
    if (far_least < near_least) {
        struct kd_node swapped = near;
        double least = near_least;
        near = far, near_least = far_least;
        far = swapped, far_least = least;
    }
    if (near_least < worst(query))
        search_node(query, near);
    if (far_least < worst(query))
        search_node(query, far);
}

static void count_node(struct query *query, struct kd_node node) {
    double least, greatest, distances[KD_TREE_LEAF];
    box_distances(query, node, &least, &greatest);
    if (!(least < query->radius))
        return;
    if (greatest < query->radius) {
        size_t last = node.first + node.leaves - 1;
        query->count += (node.leaves - 1) * KD_TREE_LEAF + kd_tree_leaf_size(query->tree, last);
        return;
    }
    if (node.leaves > 1) {
        count_node(query, kd_tree_left(node));
        count_node(query, kd_tree_right(node));
        return;
    }
    size_t size = kd_tree_leaf_size(query->tree, node.first);
    leaf_distances(query->tree, node.first, query->x, distances);
    for (size_t i = 0; i < size; i++)
        query->count += distances[i] < query->radius;
}

static void answer(const struct search *search, struct query *query, size_t i) {
    const struct kd_tree *tree = search->tree;
    size_t row = tree->order[query->slot];
    const double *leaf = tree->points + query->slot / KD_TREE_LEAF * tree->columns * KD_TREE_LEAF;
    for (size_t j = 0; j < tree->columns; j++)
        query->x[j] = leaf[j * KD_TREE_LEAF + i];
    if (search->radii != NULL) {
        query->radius = ldexp(search->radii[row], tree->exponent);
        query->count = 0;
        count_node(query, kd_tree_root(tree));
        search->counts[row] = query->count - (query->radius > 0); /* the point itself */
        return;
    }
    query->found = 0;
    if (search->rows != NULL)
        query->rows = search->rows + row * search->k;
    search_node(query, kd_tree_root(tree));
    search->distances[row] = ldexp(query->distances[search->k - 1], -tree->exponent);
}

/* A block is a leaf of queries, which look at nearly the same leaves. */
static void answer_leaf(void *context, size_t block, size_t worker) {
    const struct search *search = context;
    struct query *query = &search->workers[worker];
    size_t size = kd_tree_leaf_size(search->tree, block);
    for (size_t i = 0; i < size; i++) {
        query->slot = block * KD_TREE_LEAF + i;
        answer(search, query, i);
    }
}

static int run(struct search *search, size_t threads, struct error *error) {
    const struct kd_tree *tree = search->tree;
    size_t k = search->k;
    int status = -1;
    double *x = memory_matrix(error, threads, tree->columns, sizeof *x);
    double *distances = memory_matrix(error, threads, k, sizeof *distances);
    size_t *rows = memory_matrix(error, threads, k, sizeof *rows);
    search->workers = memory_array(error, threads, sizeof *search->workers);
    if (x == NULL || distances == NULL || rows == NULL || search->workers == NULL)
        goto done;
    for (size_t i = 0; i < threads; i++)
        search->workers[i] = (struct query){.tree = tree,
                                            .x = x + i * tree->columns,
                                            .k = k,
                                            .distances = distances + i * k,
                                            .rows = rows + i * k};
    parallel_for(threads, tree->leaves, answer_leaf, search);
    status = 0;

done:
    free(x);
    free(distances);
    free(rows);
    free(search->workers);
    return status;
}

int max_norm_neighbours_kth(const struct kd_tree *tree, size_t k, size_t threads, double *distances,
                            size_t *rows, struct error *error) {
    struct search search = {.tree = tree, .k = k, .distances = distances, .rows = rows};
    return run(&search, threads, error);
}

int max_norm_neighbours_within(const struct kd_tree *tree, const double *radii, size_t threads,
                               size_t *counts, struct error *error) {
    struct search search = {.tree = tree, .radii = radii, .counts = counts};
    return run(&search, threads, error);
}
