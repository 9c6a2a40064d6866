#include "num/neighbours_brute.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/kd_tree_search.h"

enum { FLOATS = 8, TILE_QUERIES = 4, TILE_POINTS = 2 * FLOATS, CHUNK_LEAVES = 4, BLOCK_LEAVES = 64 };

typedef float floats __attribute__((vector_size(FLOATS * sizeof(float)), may_alias));
typedef uint32_t float_words __attribute__((vector_size(FLOATS * sizeof(uint32_t))));
typedef uint64_t wide_words __attribute__((vector_size(FLOATS * sizeof(uint32_t))));

/* Sums of products below the smallest normal number lose up to this much: at most 2^20 columns of 2^-126. */
static const double UNDERFLOW_BOUND = 0x1p-106;

struct copying {
    struct neighbours_brute *brute;
    const struct kd_tree *tree; /* the points looked at: the tree's, or the queries' */
    double factor;              /* from their scale to the tree's */
    double *largest;            /* the greatest squared length of each block of leaves */
};

static size_t leaf_blocks(const struct kd_tree *tree) {
    return (tree->leaves + BLOCK_LEAVES - 1) / BLOCK_LEAVES;
}

static size_t block_end(const struct kd_tree *tree, size_t block) {
    size_t end = (block + 1) * BLOCK_LEAVES;
    return end < tree->leaves ? end : tree->leaves;
}

static void find_centre(struct neighbours_brute *brute) {
    const struct kd_tree *tree = brute->tree;
    for (size_t c = 0; c < tree->columns; c++) {
        double sum = 0;
        for (size_t leaf = 0; leaf < tree->leaves; leaf++) {
            const double *column = tree->points + (leaf * tree->columns + c) * KD_TREE_LEAF;
            for (size_t i = 0; i < kd_tree_leaf_size(tree, leaf); i++)
                sum += column[i];
        }
        brute->centre[c] = sum / (double)tree->count;
    }
}

static void measure_block(void *context, size_t block, size_t worker) {
    const struct copying *copying = context;
    const struct kd_tree *tree = copying->tree;
    double largest = 0;
    (void)worker;
    for (size_t leaf = block * BLOCK_LEAVES; leaf < block_end(tree, block); leaf++)
        for (size_t i = 0; i < kd_tree_leaf_size(tree, leaf); i++) {
            double square = 0;
            for (size_t c = 0; c < tree->columns; c++) {
                double value = tree->points[(leaf * tree->columns + c) * KD_TREE_LEAF + i] * copying->factor -
                               copying->brute->centre[c];
                square += value * value;
            }
            largest = square > largest ? square : largest;
        }
    copying->largest[block] = largest;
}

static void copy_leaf(struct neighbours_brute *brute, size_t leaf) {
    const struct kd_tree *tree = brute->tree;
    size_t columns = tree->columns, size = kd_tree_leaf_size(tree, leaf);
    double squares[KD_TREE_LEAF] = {0};
    for (size_t c = 0; c < columns; c++) {
        const double *column = tree->points + (leaf * columns + c) * KD_TREE_LEAF;
        float *copy = brute->points + (leaf * columns + c) * KD_TREE_LEAF;
        for (size_t i = 0; i < KD_TREE_LEAF; i++) {
            double value = i < size ? (column[i] - brute->centre[c]) * brute->scale : 0;
            copy[i] = (float)value;
            squares[i] += value * value;
        }
    }
    for (size_t i = 0; i < KD_TREE_LEAF; i++) {
        double least = squares[i] * (0.5 - brute->rounding) - UNDERFLOW_BOUND;
        brute->half_squares[leaf * KD_TREE_LEAF + i] =
            i < size ? nextafterf((float)least, -INFINITY) : INFINITY;
    }
}

static void copy_block(void *context, size_t block, size_t worker) {
    const struct copying *copying = context;
    (void)worker;
    for (size_t leaf = block * BLOCK_LEAVES; leaf < block_end(copying->tree, block); leaf++)
        copy_leaf(copying->brute, leaf);
}

/* The greatest squared distance of a tree's points from the centre. */
static double largest_square(struct copying *copying, size_t threads) {
    size_t blocks = leaf_blocks(copying->tree);
    double largest = 0;
    parallel_for(threads, blocks, measure_block, copying);
    for (size_t i = 0; i < blocks; i++)
        largest = copying->largest[i] > largest ? copying->largest[i] : largest;
    return largest;
}

static int allocate(struct neighbours_brute *brute, struct error *error) {
    const struct kd_tree *tree = brute->tree;
    size_t leaf = tree->columns * KD_TREE_LEAF; /* fits, since the tree itself does */
    brute->centre = memory_array(error, tree->columns, sizeof *brute->centre);
    brute->points = memory_matrix(error, tree->leaves, leaf, sizeof *brute->points);
    brute->half_squares = memory_matrix(error, tree->leaves, KD_TREE_LEAF, sizeof *brute->half_squares);
    return brute->centre != NULL && brute->points != NULL && brute->half_squares != NULL ? 0 : -1;
}

int neighbours_brute_create(struct neighbours_brute *brute, const struct kd_tree *tree,
                            const struct kd_tree *queries, size_t threads, struct error *error) {
    *brute = (struct neighbours_brute){.tree = tree};
    struct copying copying = {.brute = brute, .tree = tree, .factor = 1};
    size_t blocks = leaf_blocks(tree) > leaf_blocks(queries) ? leaf_blocks(tree) : leaf_blocks(queries);
    copying.largest = memory_array(error, blocks, sizeof *copying.largest);
    if (copying.largest == NULL || allocate(brute, error) < 0) {
        free(copying.largest);
        neighbours_brute_free(brute);
        return -1;
    }
    find_centre(brute);
    double largest = largest_square(&copying, threads);
    copying.tree = queries;
    copying.factor = ldexp(1, tree->exponent - queries->exponent);
    largest = fmax(largest, largest_square(&copying, threads));

    brute->scale = largest > 0 ? 1 / sqrt(largest) : 1;
    brute->rounding = ((double)tree->columns + 8) * 0x1p-23;
    copying.tree = tree;
    parallel_for(threads, leaf_blocks(tree), copy_block, &copying);
    free(copying.largest);
    return 0;
}

void neighbours_brute_free(struct neighbours_brute *brute) {
    free(brute->centre);
    free(brute->points);
    free(brute->half_squares);
    *brute = (struct neighbours_brute){0};
}

int neighbours_brute_workspace_create(struct neighbours_brute_workspace *workspace, size_t columns,
                                      struct error *error) {
    workspace->queries = memory_matrix(error, columns, GROUP_SIZE * FLOATS, sizeof *workspace->queries);
    workspace->offsets = memory_array(error, GROUP_SIZE, sizeof *workspace->offsets);
    workspace->limits = memory_array(error, GROUP_SIZE * FLOATS, sizeof *workspace->limits);
    if (workspace->queries != NULL && workspace->offsets != NULL && workspace->limits != NULL)
        return 0;
    neighbours_brute_workspace_free(workspace);
    return -1;
}

void neighbours_brute_workspace_free(struct neighbours_brute_workspace *workspace) {
    free(workspace->queries);
    free(workspace->offsets);
    free(workspace->limits);
    *workspace = (struct neighbours_brute_workspace){0};
}

/* The greatest single precision |x|^2 / 2 - x.q that a point nearer than the query's threshold may show. */
static float limit_of(const struct neighbours_brute *brute, double threshold, double offset) {
    double limit = 0.5 * threshold * brute->scale * brute->scale * (1 + 0x1p-40) + offset;
    return threshold < 0 ? -INFINITY : nextafterf((float)limit, INFINITY);
}

static void set_limit(const struct neighbours_brute *brute, const struct neighbour_group *group,
                      struct neighbours_brute_workspace *workspace, size_t query) {
    float limit = limit_of(brute, group->threshold[query], workspace->offsets[query]);
    for (size_t copy = 0; copy < FLOATS; copy++)
        workspace->limits[query * FLOATS + copy] = limit;
}

static void load_queries(const struct neighbours_brute *brute, const struct neighbour_group *group,
                         struct neighbours_brute_workspace *workspace) {
    size_t columns = brute->tree->columns;
    for (size_t query = 0; query < GROUP_SIZE; query++) {
        size_t tile = query / TILE_QUERIES, place = query % TILE_QUERIES;
        float *copies = workspace->queries + (tile * columns * TILE_QUERIES + place) * FLOATS;
        double square = 0;
        for (size_t c = 0; c < columns; c++, copies += TILE_QUERIES * FLOATS) {
            double value = (group->queries[c * GROUP_SIZE + query] - brute->centre[c]) * brute->scale;
            for (size_t copy = 0; copy < FLOATS; copy++)
                copies[copy] = (float)value;
            square += value * value;
        }
        workspace->offsets[query] = (brute->rounding - 1) * 0.5 * square + UNDERFLOW_BOUND;
        set_limit(brute, group, workspace, query);
    }
}

/* Whether a sign bit is set anywhere. */
ALWAYS_INLINE bool any_sign(float_words words) {
    wide_words signs = (wide_words)(words & 0x80000000u);
    return (signs[0] | signs[1] | signs[2] | signs[3]) != 0;
}

/* The signs of the 16 differences of a query, bit i of point i. */
ALWAYS_INLINE uint32_t sign_bits(floats low, floats high) {
    float_words signs = (float_words)low >> 31 | (float_words)high >> 31 << FLOATS;
    uint32_t bits = 0;
    for (unsigned i = 0; i < FLOATS; i++)
        bits |= signs[i] << i;
    return bits;
}

static double exact_distance(const struct neighbour_group *group, size_t query, size_t leaf, size_t point) {
    size_t columns = group->tree->columns;
    const double *x = group->tree->points + leaf * KD_TREE_LEAF * columns + point;
    const double *q = group->queries + query;
    double sum = 0;
    for (size_t c = 0; c < columns; c++) {
        double difference = x[c * KD_TREE_LEAF] - q[c * GROUP_SIZE];
        sum += difference * difference;
    }
    return sum;
}

static void settle(const struct neighbours_brute *brute, struct neighbour_group *group,
                   struct neighbours_brute_workspace *workspace, size_t query, size_t leaf,
                   uint32_t candidates) {
    if (candidates == 0)
        return;
    for (; candidates != 0; candidates &= candidates - 1) {
        double squared = exact_distance(group, query, leaf, (size_t)__builtin_ctz(candidates));
        if (squared < group->threshold[query])
            neighbour_group_insert(group, query, squared);
    }
    set_limit(brute, group, workspace, query);
}

/* TILE_QUERIES queries from `query` on against TILE_POINTS points from `point` on: |x|^2 / 2 - x.q, less the
 * query's limit. The loops over the tile are unrolled, so that the sums stay in registers; that no query has
 * a candidate is the usual end. */
ALWAYS_INLINE void compare_tile(const struct neighbours_brute *brute, struct neighbour_group *group,
                                struct neighbours_brute_workspace *workspace, size_t point, size_t query) {
    size_t columns = brute->tree->columns, leaf = point / KD_TREE_LEAF, within = point % KD_TREE_LEAF;
    const floats *half_squares = (const floats *)(brute->half_squares + point);
    const floats *points = (const floats *)(brute->points + leaf * KD_TREE_LEAF * columns + within);
    const floats *queries = (const floats *)workspace->queries + query * columns;
    const floats *limits = (const floats *)workspace->limits + query;
    floats low[TILE_QUERIES], high[TILE_QUERIES];
    float_words any = {0};

#pragma GCC unroll 4
    for (size_t j = 0; j < TILE_QUERIES; j++) {
        low[j] = half_squares[0];
        high[j] = half_squares[1];
    }
    for (size_t c = 0; c < columns; c++, points += KD_TREE_LEAF / FLOATS, queries += TILE_QUERIES) {
#pragma GCC unroll 4
        for (size_t j = 0; j < TILE_QUERIES; j++) {
            low[j] -= points[0] * queries[j];
            high[j] -= points[1] * queries[j];
        }
    }
#pragma GCC unroll 4
    for (size_t j = 0; j < TILE_QUERIES; j++) {
        low[j] -= limits[j];
        high[j] -= limits[j];
        any |= (float_words)low[j] | (float_words)high[j];
    }
    if (!any_sign(any))
        return;
#pragma GCC unroll 4
    for (size_t j = 0; j < TILE_QUERIES; j++)
        settle(brute, group, workspace, query + j, leaf, sign_bits(low[j], high[j]) << within);
}

/* Everything but leaf `done`; some leaves at a time, so that TILE_QUERIES queries stay in the first cache
 * while they meet them. */
INSTRUCTION_SETS static void compare_leaves(const struct neighbours_brute *brute,
                                            struct neighbour_group *group,
                                            struct neighbours_brute_workspace *workspace, size_t done) {
    size_t points = brute->tree->leaves * KD_TREE_LEAF, step = CHUNK_LEAVES * KD_TREE_LEAF;
    for (size_t start = 0; start < points; start += step) {
        size_t end = points - start < step ? points : start + step;
        for (size_t query = 0; query < group->size; query += TILE_QUERIES)
            for (size_t point = start; point < end; point += TILE_POINTS)
                if (point / KD_TREE_LEAF != done)
                    compare_tile(brute, group, workspace, point, query);
    }
}

void neighbours_brute_search(const struct neighbours_brute *brute, struct neighbour_group *group,
                             struct neighbours_brute_workspace *workspace) {
    size_t start = group->own_leaf != SIZE_MAX ? group->own_leaf : kd_tree_search_descend(group);
    kd_tree_search_leaf(group, start);
    load_queries(brute, group, workspace);
    compare_leaves(brute, group, workspace, start);
}
