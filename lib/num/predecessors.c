#include "num/predecessors.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/instruction_sets.h"
#include "base/memory.h"

enum { STACK_SIZE = 2 * 8 * sizeof(size_t) };

static size_t fill_earliest(struct predecessors *index, struct kd_node node) {
    size_t least = SIZE_MAX;
    if (node.leaves == 1) {
        const size_t *order = index->tree.order + node.first * KD_TREE_LEAF;
        for (size_t i = 0; i < kd_tree_leaf_size(&index->tree, node.first); i++)
            least = order[i] < least ? order[i] : least;
    } else {
        size_t left = fill_earliest(index, kd_tree_left(node)),
               right = fill_earliest(index, kd_tree_right(node));
        least = left < right ? left : right;
    }
    index->earliest[node.index] = least;
    return least;
}

int predecessors_open(struct predecessors *index, size_t count, size_t columns, const double *points,
                      size_t threads, struct error *error) {
    *index = (struct predecessors){0};
    if (kd_tree_build(&index->tree, count, columns, points, threads, error) < 0)
        return -1;
    index->earliest = memory_array(error, 2 * index->tree.leaves - 1, sizeof *index->earliest);
    if (index->earliest == NULL) {
        predecessors_close(index);
        return -1;
    }
    fill_earliest(index, kd_tree_root(&index->tree));
    return 0;
}

void predecessors_close(struct predecessors *index) {
    if (index->earliest != NULL || index->tree.points != NULL)
        kd_tree_free(&index->tree);
    free(index->earliest);
    *index = (struct predecessors){0};
}

struct search {
    const struct predecessors *index;
    const double *place;
    size_t limit, k, found;
    size_t *nearest;
    double squares[PREDECESSORS_MAX]; /* ascending */
};

/* No candidate this far is taken. */
static double threshold(const struct search *search) {
    return search->found < search->k ? INFINITY : search->squares[search->k - 1];
}

/* The least squared distance to a node's box. */
static double box_distance(const struct search *search, struct kd_node node) {
    const struct kd_tree *tree = &search->index->tree;
    const double *low = tree->boxes + 2 * node.index * tree->columns, *high = low + tree->columns;
    double sum = 0;
    for (size_t c = 0; c < tree->columns; c++) {
        double x = search->place[c], gap = x < low[c] ? low[c] - x : x > high[c] ? x - high[c] : 0;
        sum += gap * gap;
    }
    return sum;
}

static void insert(struct search *search, double square, size_t row) {
    size_t at = search->found < search->k ? search->found++ : search->k - 1;
    for (; at > 0 && search->squares[at - 1] > square; at--) {
        search->squares[at] = search->squares[at - 1];
        search->nearest[at] = search->nearest[at - 1];
    }
    search->squares[at] = square;
    search->nearest[at] = row;
}

INSTRUCTION_SETS static void leaf_distances(size_t columns, const double *place, const double *points,
                                            double *squares) {
    for (size_t i = 0; i < KD_TREE_LEAF; i++)
        squares[i] = 0;
    for (size_t c = 0; c < columns; c++) {
        double x = place[c];
        const double *values = points + c * KD_TREE_LEAF;
#pragma omp simd
        for (size_t i = 0; i < KD_TREE_LEAF; i++) {
            double d = x - values[i];
            squares[i] += d * d;
        }
    }
}

static void search_leaf(struct search *search, size_t leaf) {
    const struct kd_tree *tree = &search->index->tree;
    const size_t *order = tree->order + leaf * KD_TREE_LEAF;
    double squares[KD_TREE_LEAF];
    leaf_distances(tree->columns, search->place, tree->points + leaf * KD_TREE_LEAF * tree->columns, squares);
    for (size_t i = 0; i < kd_tree_leaf_size(tree, leaf); i++)
        if (order[i] < search->limit && squares[i] < threshold(search))
            insert(search, squares[i], order[i]);
}

struct waiting {
    struct kd_node node;
    double bound;
};

static size_t push(const struct search *search, struct waiting *stack, size_t depth, struct waiting child) {
    if (search->index->earliest[child.node.index] < search->limit && child.bound < threshold(search))
        stack[depth++] = child;
    return depth;
}

static void search_tree(struct search *search) {
    struct waiting stack[STACK_SIZE];
    size_t depth = 1;
    stack[0] = (struct waiting){kd_tree_root(&search->index->tree), 0};
    while (depth > 0) {
        struct waiting top = stack[--depth];
        if (!(top.bound < threshold(search)))
            continue;
        if (top.node.leaves == 1) {
            search_leaf(search, top.node.first);
            continue;
        }
        struct waiting left = {.node = kd_tree_left(top.node)}, right = {.node = kd_tree_right(top.node)};
        left.bound = box_distance(search, left.node);
        right.bound = box_distance(search, right.node);
        bool left_first = left.bound <= right.bound;
        depth = push(search, stack, depth, left_first ? right : left);
        depth = push(search, stack, depth, left_first ? left : right);
    }
}

size_t predecessors_nearest(const struct predecessors *index, const double *place, size_t limit, size_t k,
                            size_t *nearest) {
    size_t columns = index->tree.columns;
    double scaled[PREDECESSORS_COLUMNS_MAX];
    for (size_t c = 0; c < columns; c++) /* what is farther off than 2^500 is as good as there */
        scaled[c] = fmax(fmin(ldexp(place[c], index->tree.exponent), 0x1p500), -0x1p500);
    struct search search = {.index = index, .place = scaled, .limit = limit, .k = k, .nearest = nearest};
    if (k > 0)
        search_tree(&search);
    return search.found;
}
