#include "density/kernel_sums_leaf.h"

#include <math.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "num/elementary.h"
#include "num/lanes.h"

enum {
    TILE = KERNEL_SUMS_TILE,
    WIDTH = KD_TREE_LEAF, /* points of a leaf, and queries that approach it together */
    STEP = 2 * LANES,     /* points of a register tile */
    EIGHT = 8,            /* queries of one */
    FEW_COLUMNS = 4,      /* differences cost less than taking the leaf in */
    RADIUS_SQUARED = 64,  /* its rounding, 64 x 2^-53 a few times, is the 14th digit of a term */
};

typedef double eight __attribute__((vector_size(EIGHT * sizeof(double)), may_alias));

/* Parts of the workspace: the centre, the leaf's coordinates less it, the queries less it. */
struct parts {
    double *centre, *points, *queries;
};

size_t kernel_sums_leaf_workspace(size_t columns) {
    return columns * (1 + 2 * WIDTH);
}

ALWAYS_INLINE struct parts parts_of(const struct kernel_sums_leaf *leaf, size_t columns) {
    double *centre = leaf->workspace;
    return (struct parts){centre, centre + columns, centre + columns * (1 + WIDTH)};
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

/* What |z - c|^2 makes of the constants. Returns the largest of these squares. */
INSTRUCTION_SETS static double centre_constants(const double *restrict constants,
                                                const double *restrict squares, double *restrict centred) {
    double largest[LANES] = {0};
    for (size_t i = 0; i < WIDTH; i += LANES)
#pragma omp simd
        for (size_t lane = 0; lane < LANES; lane++) {
            double squared = squares[i + lane];
            centred[i + lane] = (constants[i + lane] - 0.5 * squared) * ELEMENTARY_LOG2_E;
            largest[lane] = squared > largest[lane] ? squared : largest[lane];
        }
    return fmax(fmax(largest[0], largest[1]), fmax(largest[2], largest[3]));
}

/* False where the leaf is too large, or has places without a point, at infinity. */
static bool centre_leaf(const struct kernel_sums_points *points, struct kd_node node,
                        struct kernel_sums_leaf *leaf) {
    size_t d = points->tree.columns, first = node.first * WIDTH;
    const double *low = points->tree.boxes + node.index * 2 * d, *high = low + d;
    struct parts parts = parts_of(leaf, d);
    double squares[WIDTH];
    for (size_t c = 0; c < d; c++)
        parts.centre[c] = 0.5 * low[c] + 0.5 * high[c];
    centre_points(d, points->tree.points + first * d, parts.centre, ELEMENTARY_LOG2_E, parts.points, squares);
    return centre_constants(points->constants + first, squares, leaf->constants) <= RADIUS_SQUARED;
}

void kernel_sums_leaf_prepare(struct kernel_sums_leaf *leaf, const struct kernel_sums_points *points,
                              struct kd_node node) {
    size_t d = points->tree.columns, first = node.first * WIDTH;
    leaf->squares = points->squares != NULL ? points->squares + first : NULL;
    leaf->centred = leaf->squares == NULL && d > FEW_COLUMNS && centre_leaf(points, node, leaf);
    leaf->next = points->tree.points + (node.first + 1 < points->tree.leaves ? first + WIDTH : first) * d;
    leaf->coordinates = leaf->centred ? parts_of(leaf, d).points : points->tree.points + first * d;
    for (size_t i = 0; !leaf->centred && i < WIDTH; i++)
        leaf->constants[i] = points->constants[first + i] * ELEMENTARY_LOG2_E;
}

/* Leaves are mostly met in their order. */
static void bring_near(const struct kernel_sums_leaf *leaf, size_t columns) {
    enum { LINE = 64 / sizeof(double) };
    for (size_t i = 0; i < columns * WIDTH; i += LINE)
        __builtin_prefetch(leaf->next + i);
}

void kernel_sums_leaf_approach(struct kernel_sums_leaf *leaf, size_t columns, const double *queries) {
    struct parts parts = parts_of(leaf, columns);
    leaf->queries = leaf->centred ? parts.queries : queries;
    bring_near(leaf, columns);
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

/* Eight queries side by side, and as many points at a time as leave their sums in registers. */
INSTRUCTION_SETS void kernel_sums_leaf_all_terms(const struct kernel_sums_leaf *leaf, size_t columns,
                                                 const double *restrict shifts, double *restrict terms) {
    enum { POINTS = 4 };
    for (size_t q = 0; q < KERNEL_SUMS_COMPANY; q += EIGHT) {
        eight offsets, query_shifts;
        memcpy(&offsets, leaf->offsets + q, sizeof offsets);
        memcpy(&query_shifts, shifts + q, sizeof query_shifts);
        offsets = offsets * (-0.5 * ELEMENTARY_LOG2_E) - query_shifts;
        for (size_t i = 0; i < WIDTH; i += POINTS) {
            eight sums[POINTS] = {{0}};
            const double *point = leaf->coordinates + i, *query = leaf->queries + q;
            for (size_t c = 0; c < columns; c++, point += WIDTH, query += WIDTH) {
                eight x;
                memcpy(&x, query, sizeof x);
                LANES_UNROLL
                for (size_t j = 0; j < POINTS; j++)
                    sums[j] += x * point[j];
            }
            LANES_UNROLL
            for (size_t j = 0; j < POINTS; j++) {
                sums[j] += offsets + leaf->constants[i + j];
                memcpy(terms + (i + j) * KERNEL_SUMS_COMPANY + q, &sums[j], sizeof sums[j]);
            }
        }
    }
}
