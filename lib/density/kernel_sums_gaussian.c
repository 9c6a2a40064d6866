#include "density/kernel_sums_gaussian.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "num/elementary.h"
#include "num/lanes.h"

enum {
    GROUP = KERNEL_SUMS_GROUP,
    TILE = LANES, /* queries of a register tile; their bounds are one vector */
    TILES = GROUP / TILE,
    STEP = 2 * LANES, /* points of a register tile */
    DEPTH = 64,
};

static const double NEGLIGIBLE = 0x1p-56; /* of a sum: far below its rounding */

struct group {
    const struct kernel_sums_points *points;
    size_t count;
    double *queries;          /* TILES x d x TILE */
    double shifts[GROUP];     /* the largest term of the home leaf */
    double cutoffs[GROUP];    /* a node whose bound is not above adds too little */
    size_t skipped[GROUP];    /* rows left out, or SIZE_MAX */
    double sums[GROUP][STEP]; /* in fixed lanes */
    struct kernel_sums_work *work;
};

size_t kernel_sums_gaussian_workspace(size_t dimensions) {
    return GROUP * dimensions;
}

/* e^x to 1 ulp for x in -708 .. 709, and the nearer end's value beyond: sums are at least 1, and their
 * overflow is noticed. */
ALWAYS_INLINE double bounded_exp(double x) {
    x = x > 709 ? 709 : x;
    x = x < -708 ? -708 : x;
    double n = (x * ELEMENTARY_LOG2_E + ELEMENTARY_ROUND) - ELEMENTARY_ROUND;
    double high = x - n * ELEMENTARY_LN2_HIGH;
    double low = n * ELEMENTARY_LN2_LOW;
    double r = high - low;
    double power = 1 + (high + (r * r * elementary_exp_tail(r) - low));
    return power * elementary_power_of_two(n);
}

/* log t - shift of TILE queries by the KD_TREE_LEAF points of a leaf, a query's values side by side. */
ALWAYS_INLINE void tile_terms(size_t d, const double *restrict leaf, const double *restrict constants,
                              const double *restrict squares, const double *restrict queries,
                              const double *restrict shifts, double *restrict terms) {
    for (size_t i = 0; i < KD_TREE_LEAF; i += STEP) {
        lanes low[TILE] = {{0}}, high[TILE] = {{0}};
        const double *column = leaf + i, *query = queries;
        for (size_t c = 0; c < d; c++, column += KD_TREE_LEAF, query += TILE) {
            lanes x = lanes_load(column), y = lanes_load(column + LANES);
            LANES_UNROLL
            for (size_t j = 0; j < TILE; j++) {
                lanes to_x = x - query[j], to_y = y - query[j];
                low[j] += to_x * to_x;
                high[j] += to_y * to_y;
            }
        }
        lanes scale_x = {-0.5, -0.5, -0.5, -0.5}, scale_y = scale_x;
        if (squares != NULL) {
            scale_x *= lanes_load(squares + i);
            scale_y *= lanes_load(squares + i + LANES);
        }
        lanes constant_x = lanes_load(constants + i), constant_y = lanes_load(constants + i + LANES);
        LANES_UNROLL
        for (size_t j = 0; j < TILE; j++) {
            double *to = terms + j * KD_TREE_LEAF + i;
            lanes_store(to, low[j] * scale_x + constant_x - shifts[j]);
            lanes_store(to + LANES, high[j] * scale_y + constant_y - shifts[j]);
        }
    }
}

ALWAYS_INLINE void add_exponentials(const double *restrict terms, double *restrict sums) {
    for (size_t j = 0; j < TILE; j++) {
        double added[STEP] = {0};
        for (size_t i = 0; i < KD_TREE_LEAF; i += STEP)
#pragma omp simd
            for (size_t lane = 0; lane < STEP; lane++)
                added[lane] += bounded_exp(terms[j * KD_TREE_LEAF + i + lane]);
        for (size_t lane = 0; lane < STEP; lane++)
            sums[j * STEP + lane] += added[lane];
    }
}

INSTRUCTION_SETS static void add_tile(size_t d, const double *leaf, const double *constants,
                                      const double *queries, const double *shifts, double *sums) {
    double terms[TILE * KD_TREE_LEAF];
    tile_terms(d, leaf, constants, NULL, queries, shifts, terms);
    add_exponentials(terms, sums);
}

INSTRUCTION_SETS static void add_local_tile(size_t d, const double *leaf, const double *constants,
                                            const double *squares, const double *queries,
                                            const double *shifts, double *sums) {
    double terms[TILE * KD_TREE_LEAF];
    tile_terms(d, leaf, constants, squares, queries, shifts, terms);
    add_exponentials(terms, sums);
}

static void add_leaf_tile(struct group *group, size_t leaf, size_t tile, const double *constants,
                          const double *shifts) {
    const struct kernel_sums_points *points = group->points;
    size_t d = points->tree.columns, first = leaf * KD_TREE_LEAF;
    const double *coordinates = points->tree.points + first * d, *queries = group->queries + tile * TILE * d;
    if (points->squares == NULL)
        add_tile(d, coordinates, constants, queries, shifts, group->sums[tile * TILE]);
    else
        add_local_tile(d, coordinates, constants, points->squares + first, queries, shifts,
                       group->sums[tile * TILE]);
}

/* A query that leaves out a point of this leaf meets it alone, with that point's constant gone. */
static void add_leaf_without(struct group *group, size_t leaf, size_t query, size_t place) {
    double constants[KD_TREE_LEAF], shifts[TILE];
    memcpy(constants, group->points->constants + leaf * KD_TREE_LEAF, sizeof constants);
    constants[place] = -INFINITY;
    for (size_t j = 0; j < TILE; j++)
        shifts[j] = j == query % TILE ? group->shifts[query] : INFINITY;
    add_leaf_tile(group, leaf, query / TILE, constants, shifts);
}

/* The queries of a tile for which the leaf matters; for the others the shift is infinite, terms nothing. */
static void add_leaf(struct group *group, size_t leaf, size_t tile, const bool *active) {
    double shifts[TILE];
    bool any = false;
    for (size_t j = 0; j < TILE; j++) {
        size_t query = tile * TILE + j;
        shifts[j] = INFINITY;
        if (!active[j])
            continue;
        group->work->terms += kd_tree_leaf_size(&group->points->tree, leaf);
        size_t place = kernel_sums_points_place(group->points, group->skipped[query], leaf);
        if (place < KD_TREE_LEAF) {
            add_leaf_without(group, leaf, query, place);
            continue;
        }
        shifts[j] = group->shifts[query];
        any = true;
    }
    if (any)
        add_leaf_tile(group, leaf, tile, group->points->constants + leaf * KD_TREE_LEAF, shifts);
}

/* Squared distances of TILE queries to a box. */
INSTRUCTION_SETS static void box_distances(size_t d, const double *restrict low, const double *restrict high,
                                           const double *restrict queries, double *restrict squared) {
    double sums[TILE] = {0};
    for (size_t c = 0; c < d; c++, queries += TILE)
#pragma omp simd
        for (size_t j = 0; j < TILE; j++) {
            double below = low[c] - queries[j], above = queries[j] - high[c];
            double outside = below > above ? below : above;
            outside = outside > 0 ? outside : 0;
            sums[j] += outside * outside;
        }
    for (size_t j = 0; j < TILE; j++)
        squared[j] = sums[j];
}

/* Whether the node's bound is above the cutoff of each query of a tile. */
static bool find_active(const struct group *group, struct kd_node node, size_t tile, bool *active) {
    const struct kernel_sums_points *points = group->points;
    size_t d = points->tree.columns;
    const double *low = points->tree.boxes + node.index * 2 * d, *high = low + d;
    const double *queries = group->queries + tile * TILE * d, *bounds = points->bounds + 2 * node.index;
    double squared[TILE];
    box_distances(d, low, high, queries, squared);
    bool any = false;
    for (size_t j = 0; j < TILE; j++) {
        active[j] = bounds[0] - 0.5 * squared[j] * bounds[1] > group->cutoffs[tile * TILE + j];
        any |= active[j];
    }
    return any;
}

static void walk(struct group *group) {
    const struct kd_tree *tree = &group->points->tree;
    struct kd_node stack[DEPTH] = {kd_tree_root(tree)};
    size_t depth = 1, tiles = (group->count + TILE - 1) / TILE;
    while (depth > 0) {
        struct kd_node node = stack[--depth];
        bool any = false;
        group->work->nodes++;
        for (size_t tile = 0; tile < tiles; tile++) {
            bool active[TILE];
            if (!find_active(group, node, tile, active))
                continue;
            any = true;
            if (node.leaves > 1)
                break;
            add_leaf(group, node.first, tile, active);
        }
        if (any && node.leaves > 1) {
            stack[depth++] = kd_tree_right(node);
            stack[depth++] = kd_tree_left(node);
        }
    }
}

/* Shift and cutoff from the home leaf: nodes passed over hold together at most the tolerance's part of what
 * is found there. A query without a term there has an infinite shift, and is left to the plain sums. */
static void place_query(struct group *group, struct kernel_sums_tolerance tolerance, size_t query,
                        const double *x, size_t home) {
    const struct kernel_sums_points *points = group->points;
    size_t d = points->tree.columns;
    double terms[KD_TREE_LEAF], largest = -INFINITY, sum = 0;
    for (size_t c = 0; c < d; c++)
        group->queries[(query / TILE * d + c) * TILE + query % TILE] = x[c];
    kernel_sums_points_terms(points, home, x, kernel_sums_points_place(points, group->skipped[query], home),
                             terms);
    for (size_t i = 0; i < KD_TREE_LEAF; i++)
        largest = terms[i] > largest ? terms[i] : largest;
    group->shifts[query] = group->cutoffs[query] = INFINITY;
    if (!(largest > -INFINITY))
        return;
    for (size_t i = 0; i < KD_TREE_LEAF; i++)
        sum += exp(terms[i] - largest);
    double relative = tolerance.relative > NEGLIGIBLE ? tolerance.relative : NEGLIGIBLE;
    double log_count = log((double)points->tree.count);
    double enough = largest + log(sum) + log(relative) - log_count;
    group->shifts[query] = largest;
    enough = fmax(enough, log(tolerance.absolute) - points->log_scale - log_count);
    group->cutoffs[query] = fmin(enough, largest - 1); /* the home leaf itself is always taken */
}

static double finished_sum(const double *lanes_of_query) {
    const double *s = lanes_of_query;
    return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
}

void kernel_sums_gaussian(const struct kernel_sums_points *points, struct kernel_sums_tolerance tolerance,
                          const struct kernel_sums_block *block, const struct kernel_sums_query *queries,
                          size_t count, double *workspace, struct kernel_sums_work *work) {
    struct group group = {.points = points, .count = count, .queries = workspace, .work = work};
    size_t d = points->tree.columns;
    memset(workspace, 0, kernel_sums_gaussian_workspace(d) * sizeof *workspace);
    for (size_t q = 0; q < GROUP; q++) {
        group.shifts[q] = group.cutoffs[q] = INFINITY;
        group.skipped[q] = q < count && block->skip != NULL ? block->skip[queries[q].number] : SIZE_MAX;
        if (q < count)
            place_query(&group, tolerance, q, block->queries + queries[q].number * d, queries[q].home);
    }
    walk(&group);
    for (size_t q = 0; q < count; q++) {
        double sum = finished_sum(group.sums[q]);
        if (group.shifts[q] < INFINITY && sum < 1e300)
            block->log_sum[queries[q].number] = group.shifts[q] + points->log_scale + log(sum);
        else
            kernel_sums_plain(points, block, queries[q].number, work);
    }
}
