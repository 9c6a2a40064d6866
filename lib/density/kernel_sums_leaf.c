#include "density/kernel_sums_leaf.h"

#include <math.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "num/elementary.h"
#include "num/lanes.h"

enum {
    TILE = KERNEL_SUMS_TILE,
    SPAN = KERNEL_SUMS_SPAN,
    WIDTH = KD_TREE_LEAF, /* points of a leaf, and queries that approach it together */
    STEP = 2 * LANES,     /* points of a register tile */
    EIGHT = 8,            /* queries of one */
    FEW_COLUMNS = 4,      /* differences cost less than taking the leaf in */
    RADIUS_SQUARED = 64,  /* its rounding, 64 x 2^-53 a few times, is the 14th digit of a term */
};

typedef double eight __attribute__((vector_size(EIGHT * sizeof(double)), may_alias));

/* Parts of the workspace: the centre, the leaves' coordinates less it, the queries less it. */
struct parts {
    double *centre, *points, *queries;
};

size_t kernel_sums_leaf_workspace(size_t columns) {
    return columns * (1 + (SPAN + 1) * WIDTH);
}

size_t kernel_sums_leaf_span(const struct kernel_sums_points *points) {
    return points->squares == NULL && points->tree.columns > FEW_COLUMNS ? SPAN : 1;
}

ALWAYS_INLINE struct parts parts_of(const struct kernel_sums_leaf *leaf, size_t columns) {
    double *centre = leaf->workspace;
    return (struct parts){centre, centre + columns, centre + columns * (1 + SPAN * WIDTH)};
}

/* scale (v - centre) and |v - centre|^2 of WIDTH points side by side. */
INSTRUCTION_SETS static void centre_points(size_t d, const double *restrict points,
                                           const double *restrict centre, double scale,
                                           double *restrict centred, double *restrict squares) {
    lanes sums[WIDTH / LANES] = {{0}};
    for (size_t c = 0; c < d; c++, points += WIDTH, centred += WIDTH) {
        LANES_UNROLL
        for (size_t i = 0; i < WIDTH / LANES; i++) {
            lanes difference = lanes_load(points + i * LANES) - centre[c];
            sums[i] += difference * difference;
            lanes_store(centred + i * LANES, difference * scale);
        }
    }
    LANES_UNROLL
    for (size_t i = 0; i < WIDTH / LANES; i++)
        lanes_store(squares + i * LANES, sums[i]);
}

/* What |z - c|^2 makes of the constants; and the largest of these squares, and where the results are. */
INSTRUCTION_SETS static void centre_constants(const double *restrict constants,
                                              const double *restrict squares, double *restrict centred,
                                              double *restrict largest, double *restrict least,
                                              double *restrict most) {
    double farthest = *largest, low = *least, high = *most;
#pragma omp simd reduction(max : farthest, high) reduction(min : low)
    for (size_t i = 0; i < WIDTH; i++) {
        double constant = (constants[i] - 0.5 * squares[i]) * ELEMENTARY_LOG2_E;
        centred[i] = constant;
        farthest = squares[i] > farthest ? squares[i] : farthest;
        low = constant < low ? constant : low;
        high = constant > high ? constant : high;
    }
    *largest = farthest;
    *least = low;
    *most = high;
}

/* False where the leaves are too large together, or have places without a point, at infinity. */
static bool centre_leaves(const struct kernel_sums_points *points, struct kd_node node,
                          struct kernel_sums_leaf *leaf) {
    size_t d = points->tree.columns, first = node.first * WIDTH;
    const double *low = points->tree.boxes + node.index * 2 * d, *high = low + d;
    struct parts parts = parts_of(leaf, d);
    double squares[WIDTH], largest = 0, least = INFINITY, most = -INFINITY;
    for (size_t c = 0; c < d; c++)
        parts.centre[c] = 0.5 * low[c] + 0.5 * high[c];
    for (size_t i = 0; i < node.leaves * WIDTH; i += WIDTH) {
        centre_points(d, points->tree.points + (first + i) * d, parts.centre, ELEMENTARY_LOG2_E,
                      parts.points + i * d, squares);
        centre_constants(points->constants + first + i, squares, leaf->constants + i, &largest, &least,
                         &most);
    }
    leaf->least = least - 0.5 * largest * ELEMENTARY_LOG2_E;
    leaf->most = most + 0.5 * largest * ELEMENTARY_LOG2_E;
    return largest <= RADIUS_SQUARED;
}

/* Leaves are mostly met in their order. */
static void bring_near_what_follows(const struct kd_tree *tree, struct kd_node node) {
    enum { LINE = 64 / sizeof(double) };
    size_t next = node.first + node.leaves, end = next + node.leaves;
    end = end < tree->leaves ? end : tree->leaves;
    for (size_t i = next * tree->columns * WIDTH; i < end * tree->columns * WIDTH; i += LINE)
        __builtin_prefetch(tree->points + i);
}

bool kernel_sums_leaf_prepare(struct kernel_sums_leaf *leaf, const struct kernel_sums_points *points,
                              struct kd_node node) {
    size_t d = points->tree.columns, first = node.first * WIDTH;
    leaf->squares = points->squares != NULL ? points->squares + first : NULL;
    leaf->centred = kernel_sums_leaf_span(points) > 1 && centre_leaves(points, node, leaf);
    if (!leaf->centred && node.leaves > 1)
        return false;
    leaf->coordinates = leaf->centred ? parts_of(leaf, d).points : points->tree.points + first * d;
    for (size_t i = 0; !leaf->centred && i < WIDTH; i++)
        leaf->constants[i] = points->constants[first + i] * ELEMENTARY_LOG2_E;
    bring_near_what_follows(&points->tree, node);
    return true;
}

void kernel_sums_leaf_approach(struct kernel_sums_leaf *leaf, size_t columns, const double *queries) {
    struct parts parts = parts_of(leaf, columns);
    leaf->queries = leaf->centred ? parts.queries : queries;
    if (leaf->centred)
        centre_points(columns, queries, parts.centre, 1, parts.queries, leaf->offsets);
}

INSTRUCTION_SETS static void centred_terms(size_t d, const struct kernel_sums_leaf *leaf, size_t tile,
                                           const double *restrict shifts, double *restrict terms) {
    double offsets[TILE];
    for (size_t j = 0; j < TILE; j++)
        offsets[j] = leaf->offsets[tile * TILE + j] * (-0.5 * ELEMENTARY_LOG2_E) - shifts[j];
    for (size_t i = 0; i < WIDTH; i += STEP) {
        lanes low[TILE] = {{0}}, high[TILE] = {{0}};
        const double *column = leaf->coordinates + i, *query = leaf->queries + tile * TILE;
        for (size_t c = 0; c < d; c++, column += WIDTH, query += WIDTH) {
            lanes x = lanes_load(column), y = lanes_load(column + LANES);
            LANES_UNROLL
            for (size_t j = 0; j < TILE; j++) {
                low[j] += x * query[j];
                high[j] += y * query[j];
            }
        }
        lanes constant_x = lanes_load(leaf->constants + i),
              constant_y = lanes_load(leaf->constants + i + LANES);
        LANES_UNROLL
        for (size_t j = 0; j < TILE; j++) {
            lanes_store(terms + j * WIDTH + i, low[j] + (constant_x + offsets[j]));
            lanes_store(terms + j * WIDTH + i + LANES, high[j] + (constant_y + offsets[j]));
        }
    }
}

ALWAYS_INLINE void differing_terms(size_t d, const struct kernel_sums_leaf *leaf,
                                   const double *restrict squares, size_t tile, const double *restrict shifts,
                                   double *restrict terms) {
    for (size_t i = 0; i < WIDTH; i += STEP) {
        lanes low[TILE] = {{0}}, high[TILE] = {{0}};
        const double *column = leaf->coordinates + i, *query = leaf->queries + tile * TILE;
        for (size_t c = 0; c < d; c++, column += WIDTH, query += WIDTH) {
            lanes x = lanes_load(column), y = lanes_load(column + LANES);
            LANES_UNROLL
            for (size_t j = 0; j < TILE; j++) {
                lanes to_x = x - query[j], to_y = y - query[j];
                low[j] += to_x * to_x;
                high[j] += to_y * to_y;
            }
        }
        lanes scale_x = (lanes){0} - 0.5 * ELEMENTARY_LOG2_E, scale_y = scale_x;
        if (squares != NULL) {
            scale_x *= lanes_load(squares + i);
            scale_y *= lanes_load(squares + i + LANES);
        }
        lanes constant_x = lanes_load(leaf->constants + i),
              constant_y = lanes_load(leaf->constants + i + LANES);
        LANES_UNROLL
        for (size_t j = 0; j < TILE; j++) {
            double *to = terms + j * WIDTH + i;
            lanes_store(to, low[j] * scale_x + constant_x - shifts[j]);
            lanes_store(to + LANES, high[j] * scale_y + constant_y - shifts[j]);
        }
    }
}

INSTRUCTION_SETS static void plain_terms(size_t d, const struct kernel_sums_leaf *leaf, size_t tile,
                                         const double *shifts, double *terms) {
    differing_terms(d, leaf, NULL, tile, shifts, terms);
}

INSTRUCTION_SETS static void scaled_terms(size_t d, const struct kernel_sums_leaf *leaf, size_t tile,
                                          const double *shifts, double *terms) {
    differing_terms(d, leaf, leaf->squares, tile, shifts, terms);
}

void kernel_sums_leaf_terms(const struct kernel_sums_leaf *leaf, size_t columns, size_t tile,
                            const double *shifts, double *terms) {
    if (leaf->centred)
        centred_terms(columns, leaf, tile, shifts, terms);
    else if (leaf->squares == NULL)
        plain_terms(columns, leaf, tile, shifts, terms);
    else
        scaled_terms(columns, leaf, tile, shifts, terms);
}

/* What is left between the bound and the terms covers the rounding of both. */
INSTRUCTION_SETS bool kernel_sums_leaf_within(const struct kernel_sums_leaf *leaf,
                                              const double *restrict shifts, const int64_t *restrict active,
                                              double low, double high) {
    int64_t beyond = 0;
#pragma omp simd reduction(| : beyond)
    for (size_t q = 0; q < KERNEL_SUMS_COMPANY; q++) {
        double least = leaf->least - leaf->offsets[q] * ELEMENTARY_LOG2_E - shifts[q],
               most = leaf->most - shifts[q];
        beyond |= active[q] & -(int64_t)((least < low + 1) | (most > high - 1));
    }
    return beyond == 0;
}

/* Eight queries side by side, and as many points at a time as leave their sums in registers. */
INSTRUCTION_SETS void kernel_sums_leaf_all_terms(const struct kernel_sums_leaf *leaves, size_t columns,
                                                 size_t leaf, const double *restrict shifts,
                                                 double *restrict terms) {
    enum { POINTS = 4 };
    const double *points = leaves->coordinates + leaf * columns * WIDTH,
                 *constants = leaves->constants + leaf * WIDTH;
    for (size_t q = 0; q < KERNEL_SUMS_COMPANY; q += EIGHT) {
        eight offsets, query_shifts;
        memcpy(&offsets, leaves->offsets + q, sizeof offsets);
        memcpy(&query_shifts, shifts + q, sizeof query_shifts);
        offsets = offsets * (-0.5 * ELEMENTARY_LOG2_E) - query_shifts;
        for (size_t i = 0; i < WIDTH; i += POINTS) {
            const double *point = points + i, *query = leaves->queries + q;
            eight x, sums[POINTS];
            memcpy(&x, query, sizeof x);
            LANES_UNROLL
            for (size_t j = 0; j < POINTS; j++)
                sums[j] = x * point[j];
            for (size_t c = 1; c < columns; c++) {
                memcpy(&x, query + c * WIDTH, sizeof x);
                LANES_UNROLL
                for (size_t j = 0; j < POINTS; j++)
                    sums[j] += x * point[c * WIDTH + j];
            }
            LANES_UNROLL
            for (size_t j = 0; j < POINTS; j++) {
                sums[j] += offsets + constants[i + j];
                memcpy(terms + (i + j) * KERNEL_SUMS_COMPANY + q, &sums[j], sizeof sums[j]);
            }
        }
    }
}
