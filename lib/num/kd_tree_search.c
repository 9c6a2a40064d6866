#include "num/kd_tree_search.h"

#include <stdbool.h>

enum { STACK_SIZE = 2 * 8 * sizeof(size_t) }; /* a node waits per level, and one is about to be taken */

/* The greater of two is taken as b + (a - b)+, which may be too low by a few units in the last place. */
static const double ROUNDED_UP = 1 + 0x1p-40;

struct waiting {
    struct kd_node node;
    double bound; /* no query is nearer to the node's box */
};

ALWAYS_INLINE double positive_larger(double a, double b) {
    double larger = a > b ? a : b;
    return larger > 0 ? larger : 0;
}

/* x where it is positive, else 0; exact. */
ALWAYS_INLINE lanes positive_part(lanes x) {
    lanes size = (lanes)((lane_words)x & INT64_MAX);
    return 0.5 * (x + size);
}

ALWAYS_INLINE const double *node_box(const struct kd_tree *tree, struct kd_node node) {
    return tree->boxes + 2 * node.index * tree->columns;
}

/* Squared distance between the group's box and a node's; `middle` gets that from the group's middle, which
 * tells two boxes apart when the group overlaps both. */
ALWAYS_INLINE double box_distance(const struct neighbour_group *group, struct kd_node node, double *middle) {
    size_t columns = group->tree->columns;
    const double *low = node_box(group->tree, node), *high = low + columns;
    const double *group_low = group->box, *group_high = group->box + columns;
    double bound = 0, from_middle = 0;
    for (size_t c = 0; c < columns; c++) {
        double gap = positive_larger(low[c] - group_high[c], group_low[c] - high[c]);
        double centre = 0.5 * (group_low[c] + group_high[c]);
        double centre_gap = positive_larger(low[c] - centre, centre - high[c]);
        bound += gap * gap;
        from_middle += centre_gap * centre_gap;
    }
    *middle = from_middle;
    return bound;
}

/* The queries, as bits, whose distance to the node's box is below their threshold. */
ALWAYS_INLINE uint32_t queries_near(const struct neighbour_group *group, struct kd_node node) {
    size_t columns = group->tree->columns;
    const double *low = node_box(group->tree, node), *high = low + columns;
    const lanes *queries = (const lanes *)group->queries;
    const lanes *threshold = (const lanes *)group->threshold;
    lanes sum[LANE_BLOCKS] = {{0}};
    for (size_t c = 0; c < columns; c++, queries += LANE_BLOCKS) {
#pragma GCC unroll 8
        for (size_t b = 0; b < LANE_BLOCKS; b++) {
            /* at most one of the two is not 0 */
            lanes gap = positive_part(low[c] - queries[b]) + positive_part(queries[b] - high[c]);
            sum[b] += gap * gap;
        }
    }
#pragma GCC unroll 8
    for (size_t b = 0; b < LANE_BLOCKS; b++)
        sum[b] -= threshold[b];
    return neighbour_group_negative(sum);
}

ALWAYS_INLINE void compare_query(struct neighbour_group *group, size_t leaf, size_t query) {
    size_t columns = group->tree->columns;
    double threshold = group->threshold[query];
    union {
        lanes blocks[LANE_BLOCKS];
        double values[GROUP_SIZE];
    } squared;
    lanes excess[LANE_BLOCKS];
    neighbour_group_distances(columns, group->queries + query,
                              group->tree->points + leaf * KD_TREE_LEAF * columns, squared.blocks);
#pragma GCC unroll 8
    for (size_t b = 0; b < LANE_BLOCKS; b++)
        excess[b] = squared.blocks[b] - threshold;
    uint32_t bits = neighbour_group_negative(excess);
    if (leaf == group->own_leaf)
        bits &= ~((uint32_t)1 << query);
    for (; bits != 0; bits &= bits - 1) {
        double candidate = squared.values[__builtin_ctz(bits)];
        if (candidate < group->threshold[query])
            neighbour_group_insert(group, query, candidate);
    }
}

ALWAYS_INLINE double largest_threshold(const struct neighbour_group *group) {
    double largest = group->threshold[0];
    for (size_t i = 1; i < GROUP_SIZE; i++)
        largest = group->threshold[i] > largest ? group->threshold[i] : largest;
    return largest;
}

INSTRUCTION_SETS void kd_tree_search_leaf(struct neighbour_group *group, size_t leaf) {
    for (size_t query = 0; query < group->size; query++)
        compare_query(group, leaf, query);
}

/* Puts a node's children on the stack, the nearer one on top. */
ALWAYS_INLINE size_t push_children(const struct neighbour_group *group, struct kd_node node, double limit,
                                   struct waiting *stack, size_t depth) {
    struct waiting left = {.node = kd_tree_left(node)}, right = {.node = kd_tree_right(node)};
    double left_middle, right_middle;
    left.bound = box_distance(group, left.node, &left_middle);
    right.bound = box_distance(group, right.node, &right_middle);
    bool left_first = left_middle <= right_middle;
    struct waiting nearer = left_first ? left : right, farther = left_first ? right : left;
    if (farther.bound < limit)
        stack[depth++] = farther;
    if (nearer.bound < limit)
        stack[depth++] = nearer;
    return depth;
}

INSTRUCTION_SETS uint64_t kd_tree_search_nearest(struct neighbour_group *group) {
    struct waiting stack[STACK_SIZE];
    size_t depth = 1;
    uint64_t comparisons = 0;

    if (group->own_leaf != SIZE_MAX) {
        comparisons += group->size;
        for (size_t query = 0; query < group->size; query++)
            compare_query(group, group->own_leaf, query);
    }
    double limit = largest_threshold(group);
    stack[0] = (struct waiting){kd_tree_root(group->tree), 0};
    while (depth > 0) {
        struct waiting top = stack[--depth];
        if (!(top.bound < limit))
            continue;
        if (top.node.leaves > 1) {
            depth = push_children(group, top.node, limit, stack, depth);
            continue;
        }
        if (top.node.first == group->own_leaf)
            continue;
        for (uint32_t bits = queries_near(group, top.node); bits != 0; bits &= bits - 1) {
            compare_query(group, top.node.first, (size_t)__builtin_ctz(bits));
            comparisons++;
        }
        limit = largest_threshold(group);
    }
    return comparisons;
}

size_t kd_tree_search_descend(const struct neighbour_group *group) {
    struct kd_node node = kd_tree_root(group->tree);
    while (node.leaves > 1) {
        double left, right;
        box_distance(group, kd_tree_left(node), &left);
        box_distance(group, kd_tree_right(node), &right);
        node = left <= right ? kd_tree_left(node) : kd_tree_right(node);
    }
    return node.first;
}

/* The least squared distance between the group's box and a node's, and the greatest between their points. */
ALWAYS_INLINE void box_distances(const struct neighbour_group *group, struct kd_node node, double *least,
                                 double *greatest) {
    size_t columns = group->tree->columns;
    const double *low = node_box(group->tree, node), *high = low + columns;
    const double *group_low = group->box, *group_high = group->box + columns;
    *least = *greatest = 0;
    for (size_t c = 0; c < columns; c++) {
        double gap = positive_larger(low[c] - group_high[c], group_low[c] - high[c]);
        double reach = positive_larger(high[c] - group_low[c], group_high[c] - low[c]);
        *least += gap * gap;
        *greatest += reach * reach;
    }
}

/* As bits: the queries for which some point of the leaf is beyond the limit, and those for which all are. */
ALWAYS_INLINE void sort_queries(const struct neighbour_group *group, struct kd_node leaf,
                                const double *limits, uint32_t *some_beyond, uint32_t *all_beyond) {
    size_t columns = group->tree->columns;
    const double *low = node_box(group->tree, leaf), *high = low + columns;
    const lanes *queries = (const lanes *)group->queries;
    const lanes *limit = (const lanes *)limits;
    lanes least[LANE_BLOCKS] = {{0}}, greatest[LANE_BLOCKS] = {{0}};
    for (size_t c = 0; c < columns; c++, queries += LANE_BLOCKS) {
#pragma GCC unroll 8
        for (size_t b = 0; b < LANE_BLOCKS; b++) {
            lanes above_low = queries[b] - low[c], below_high = high[c] - queries[b];
            lanes gap = positive_part(-above_low) + positive_part(-below_high);
            lanes reach = below_high + positive_part(above_low - below_high);
            least[b] += gap * gap;
            greatest[b] += reach * reach;
        }
    }
#pragma GCC unroll 8
    for (size_t b = 0; b < LANE_BLOCKS; b++) {
        greatest[b] = limit[b] - ROUNDED_UP * greatest[b];
        least[b] = limit[b] - least[b];
    }
    *some_beyond = neighbour_group_negative(greatest);
    *all_beyond = neighbour_group_negative(least);
}

ALWAYS_INLINE size_t count_in_leaf(const struct neighbour_group *group, size_t leaf, size_t query,
                                   double limit) {
    size_t columns = group->tree->columns;
    lanes squared[LANE_BLOCKS];
    neighbour_group_distances(columns, group->queries + query,
                              group->tree->points + leaf * KD_TREE_LEAF * columns, squared);
#pragma GCC unroll 8
    for (size_t b = 0; b < LANE_BLOCKS; b++)
        squared[b] = limit - squared[b];
    return (size_t)__builtin_popcount(~neighbour_group_negative(squared));
}

ALWAYS_INLINE void count_leaf(const struct neighbour_group *group, struct kd_node leaf, const double *limits,
                              size_t *counts) {
    uint32_t some_beyond, all_beyond;
    sort_queries(group, leaf, limits, &some_beyond, &all_beyond);
    for (uint32_t bits = ~some_beyond; bits != 0; bits &= bits - 1)
        counts[__builtin_ctz(bits)] += kd_tree_leaf_size(group->tree, leaf.first);
    for (uint32_t bits = some_beyond & ~all_beyond; bits != 0; bits &= bits - 1) {
        size_t query = (size_t)__builtin_ctz(bits);
        counts[query] += count_in_leaf(group, leaf.first, query, limits[query]);
    }
}

static size_t points_under(const struct kd_tree *tree, struct kd_node node) {
    size_t last = node.first + node.leaves - 1;
    return (node.leaves - 1) * KD_TREE_LEAF + kd_tree_leaf_size(tree, last);
}

INSTRUCTION_SETS void kd_tree_search_within(const struct neighbour_group *group, const double *limits,
                                            size_t *counts) {
    struct kd_node stack[STACK_SIZE];
    size_t depth = 1;
    double largest = limits[0], smallest = limits[0];
    for (size_t i = 0; i < GROUP_SIZE; i++) {
        counts[i] = 0;
        largest = limits[i] > largest ? limits[i] : largest;
        smallest = limits[i] < smallest ? limits[i] : smallest;
    }
    stack[0] = kd_tree_root(group->tree);
    while (depth > 0) {
        struct kd_node node = stack[--depth];
        double least, greatest;
        box_distances(group, node, &least, &greatest);
        if (!(least <= largest))
            continue;
        if (greatest <= smallest) {
            size_t points = points_under(group->tree, node);
            for (size_t i = 0; i < GROUP_SIZE; i++)
                counts[i] += points;
        } else if (node.leaves == 1) {
            count_leaf(group, node, limits, counts);
        } else {
            stack[depth++] = kd_tree_right(node);
            stack[depth++] = kd_tree_left(node);
        }
    }
}
