#include "num/kd_tree.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"

enum {
    SCALED_EXPONENT = 250, /* leaves queries room to be 1e75 times as large, distances to be 1e-225 */
    SPREAD_SAMPLE = 64,    /* rows looked at to find the widest column of a node */
    SUBTREES = 64,         /* parts built in parallel, once the top of the tree is cut */
    SMALL_TREE = 32,       /* leaves from which cutting the top apart pays */
};

struct key {
    double value; /* the coordinate along which a node is cut */
    size_t row;
};

struct builder {
    struct kd_tree *tree;
    const double *points; /* as given */
    double scale;         /* 2^exponent, in two factors since it may be beyond a double */
    double scale_rest;
    struct key *keys; /* count: workspace, each node its own slots */
    struct kd_node subtrees[2 * SUBTREES];
};

static int by_value(const void *a, const void *b) {
    double x = ((const struct key *)a)->value, y = ((const struct key *)b)->value;
    return (x > y) - (x < y);
}

static double median_of_three(double a, double b, double c) {
    return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

/* Moves values below the pivot (or equal to it, where asked) to the front; returns how many there are. No
 * branch depends on the data. */
static size_t partition(struct key *keys, size_t count, double pivot, bool with_equal) {
    size_t front = 0;
    for (size_t i = 0; i < count; i++) {
        struct key key = keys[i];
        keys[i] = keys[front];
        keys[front] = key;
        front += (size_t)(key.value < pivot) | (size_t)(with_equal & (key.value == pivot));
    }
    return front;
}

/* Orders keys so that none before `target` is greater, none from it on less (Hoare 1961). Equal values are
 * set apart in one step; a run of bad pivots, which only contrived data give, ends in a sort. */
static void select_keys(struct key *keys, size_t count, size_t target) {
    for (int bad = 0; count > 1 && target > 0 && target < count;) {
        if (bad > 16) {
            qsort(keys, count, sizeof *keys, by_value);
            return;
        }
        /* the three positions are spread unevenly: sorted and periodic data are common */
        double pivot =
            median_of_three(keys[count / 7].value, keys[count / 2].value, keys[count - 1 - count / 11].value);
        size_t below = partition(keys, count, pivot, false);
        if (target <= below) {
            bad += below > count - count / 8;
            count = below;
            continue;
        }
        size_t equal = partition(keys + below, count - below, pivot, true);
        if (target <= below + equal)
            return;
        bad += below + equal < count / 8;
        keys += below + equal;
        target -= below + equal;
        count -= below + equal;
    }
}

/* The column with the widest range over some evenly spaced rows of a node. */
static size_t widest_column(const struct builder *builder, const size_t *rows, size_t count) {
    size_t columns = builder->tree->columns, widest = 0;
    size_t step = count > SPREAD_SAMPLE ? count / SPREAD_SAMPLE : 1;
    double width = -1;
    for (size_t c = 0; c < columns; c++) {
        double low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < count; i += step) {
            double value = builder->points[rows[i] * columns + c];
            low = value < low ? value : low;
            high = value > high ? value : high;
        }
        if (high - low > width) {
            width = high - low;
            widest = c;
        }
    }
    return widest;
}

static size_t node_end(const struct kd_tree *tree, struct kd_node node) {
    size_t end = (node.first + node.leaves) * KD_TREE_LEAF;
    return end < tree->count ? end : tree->count;
}

/* Shares the rows of a node out to its children. */
static void cut_node(const struct builder *builder, struct kd_node node) {
    size_t start = node.first * KD_TREE_LEAF, count = node_end(builder->tree, node) - start;
    size_t columns = builder->tree->columns;
    size_t *rows = builder->tree->order + start;
    struct key *keys = builder->keys + start;
    const double *column = builder->points + widest_column(builder, rows, count);

    for (size_t i = 0; i < count; i++)
        keys[i] = (struct key){column[rows[i] * columns], rows[i]};
    select_keys(keys, count, node.leaves / 2 * KD_TREE_LEAF);
    for (size_t i = 0; i < count; i++)
        rows[i] = keys[i].row;
}

static void fill_leaf(const struct builder *builder, struct kd_node node) {
    const struct kd_tree *tree = builder->tree;
    size_t columns = tree->columns, size = kd_tree_leaf_size(tree, node.first);
    const size_t *rows = tree->order + node.first * KD_TREE_LEAF;
    double *leaf = tree->points + node.first * KD_TREE_LEAF * columns;
    double *low = tree->boxes + 2 * node.index * columns, *high = low + columns;

    for (size_t c = 0; c < columns; c++, leaf += KD_TREE_LEAF) {
        low[c] = INFINITY;
        high[c] = -INFINITY;
        for (size_t i = 0; i < size; i++) {
            leaf[i] = builder->points[rows[i] * columns + c] * builder->scale * builder->scale_rest;
            low[c] = leaf[i] < low[c] ? leaf[i] : low[c];
            high[c] = leaf[i] > high[c] ? leaf[i] : high[c];
        }
        for (size_t i = size; i < KD_TREE_LEAF; i++)
            leaf[i] = INFINITY;
    }
}

/* The box around two children. */
static void join_boxes(const struct kd_tree *tree, struct kd_node node) {
    size_t columns = tree->columns;
    double *low = tree->boxes + 2 * node.index * columns, *high = low + columns;
    const double *left = tree->boxes + 2 * kd_tree_left(node).index * columns;
    const double *right = tree->boxes + 2 * kd_tree_right(node).index * columns;
    for (size_t c = 0; c < columns; c++) {
        low[c] = left[c] < right[c] ? left[c] : right[c];
        high[c] = left[columns + c] > right[columns + c] ? left[columns + c] : right[columns + c];
    }
}

/* Recursion is as deep as the tree: the logarithm of the number of leaves. */
static void build_subtree(const struct builder *builder, struct kd_node node) {
    if (node.leaves == 1) {
        fill_leaf(builder, node);
        return;
    }
    cut_node(builder, node);
    build_subtree(builder, kd_tree_left(node));
    build_subtree(builder, kd_tree_right(node));
    join_boxes(builder->tree, node);
}

static void cut_block(void *context, size_t block, size_t worker) {
    const struct builder *builder = context;
    (void)worker;
    cut_node(builder, builder->subtrees[block]);
}

static void build_block(void *context, size_t block, size_t worker) {
    const struct builder *builder = context;
    (void)worker;
    build_subtree(builder, builder->subtrees[block]);
}

/* The boxes of the `levels` levels above the subtrees. */
static void join_top(const struct kd_tree *tree, struct kd_node node, int levels) {
    if (levels == 0)
        return;
    join_top(tree, kd_tree_left(node), levels - 1);
    join_top(tree, kd_tree_right(node), levels - 1);
    join_boxes(tree, node);
}

/* Cuts level by level until there are SUBTREES nodes, then builds below each of them. */
static void build_nodes(struct builder *builder, size_t threads) {
    size_t nodes = 1;
    int levels = 0;
    builder->subtrees[0] = kd_tree_root(builder->tree);
    while (nodes < SUBTREES && builder->tree->leaves / nodes >= SMALL_TREE) {
        parallel_for(threads, nodes, cut_block, builder);
        for (size_t i = nodes; i-- > 0;) {
            struct kd_node node = builder->subtrees[i];
            builder->subtrees[2 * i] = kd_tree_left(node);
            builder->subtrees[2 * i + 1] = kd_tree_right(node);
        }
        nodes *= 2;
        levels++;
    }
    parallel_for(threads, nodes, build_block, builder);
    join_top(builder->tree, kd_tree_root(builder->tree), levels);
}

/* Sets the exponent by the largest coordinate. */
static int find_scale(struct builder *builder, struct error *error) {
    struct kd_tree *tree = builder->tree;
    double largest = 0;
    for (size_t i = 0; i < tree->count * tree->columns; i++) {
        double size = fabs(builder->points[i]);
        if (!(size <= DBL_MAX))
            return error_set(error, "row %zu: the coordinates are not all finite", i / tree->columns + 1);
        largest = size > largest ? size : largest;
    }
    int exponent = 0;
    if (largest > 0) {
        frexp(largest, &exponent);
        tree->exponent = SCALED_EXPONENT - exponent;
    }
    builder->scale = ldexp(1, tree->exponent / 2);
    builder->scale_rest = ldexp(1, tree->exponent - tree->exponent / 2);
    return 0;
}

static int allocate(struct builder *builder, struct error *error) {
    struct kd_tree *tree = builder->tree;
    size_t box, leaf;
    if (!memory_product(4, tree->columns, &box) || !memory_product(KD_TREE_LEAF, tree->columns, &leaf))
        return error_set(error, "out of memory (too many columns)");
    tree->order = memory_array(error, tree->count, sizeof *tree->order);
    tree->points = memory_matrix(error, tree->leaves, leaf, sizeof *tree->points);
    tree->boxes = memory_matrix(error, tree->leaves, box, sizeof *tree->boxes);
    builder->keys = memory_array(error, tree->count, sizeof *builder->keys);
    bool complete =
        tree->order != NULL && tree->points != NULL && tree->boxes != NULL && builder->keys != NULL;
    return complete ? 0 : -1;
}

int kd_tree_build(struct kd_tree *tree, size_t count, size_t columns, const double *points, size_t threads,
                  struct error *error) {
    struct builder builder = {.tree = tree, .points = points};
    *tree = (struct kd_tree){
        .count = count,
        .columns = columns,
        .leaves = count / KD_TREE_LEAF + (count % KD_TREE_LEAF > 0),
    };
    if (find_scale(&builder, error) < 0)
        return -1;
    if (allocate(&builder, error) < 0) {
        free(builder.keys);
        kd_tree_free(tree);
        return -1;
    }
    for (size_t i = 0; i < count; i++)
        tree->order[i] = i;
    build_nodes(&builder, threads);
    free(builder.keys);
    return 0;
}

void kd_tree_free(struct kd_tree *tree) {
    free(tree->points);
    free(tree->boxes);
    free(tree->order);
    *tree = (struct kd_tree){0};
}
