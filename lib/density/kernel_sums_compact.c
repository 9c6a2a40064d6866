#include "density/kernel_sums_compact.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"

enum { LEAF = KD_TREE_LEAF, STEP = 8, DEPTH = 64 };

bool kernel_sums_compact_serves(enum kernel_name name) {
    return kernel_compact(name) && name != KERNEL_COSINE;
}

double *kernel_sums_compact_coefficients(const struct kernel_sums_points *points, struct error *error) {
    size_t places = points->tree.leaves * LEAF;
    double *coefficients = memory_array(error, places, sizeof *coefficients);
    for (size_t i = 0; coefficients != NULL && i < places; i++)
        coefficients[i] = exp(points->constants[i]);
    return coefficients;
}

/* k at a squared distance; 0 beyond 1, and for an infinite one. */
ALWAYS_INLINE double profile(enum kernel_name name, double squared) {
    double rest = 1 - (squared <= 1 ? squared : 1);
    switch (name) {
    case KERNEL_EPANECHNIKOV:
        return rest;
    case KERNEL_BIWEIGHT:
        return rest * rest;
    case KERNEL_TRIWEIGHT:
        return rest * rest * rest;
    case KERNEL_TRIANGULAR:
        return 1 - sqrt(squared <= 1 ? squared : 1);
    default:
        return squared <= KERNEL_RIM ? 1 : 0;
    }
}

/* The arrays of a leaf, as in struct kernel_sums_points; squares may be NULL. */
struct leaf {
    size_t columns;
    const double *coordinates, *coefficients, *squares;
};

/* Squared distances become values of the profile. */
ALWAYS_INLINE void apply_profile(enum kernel_name name, const double *restrict squares,
                                 double *restrict values) {
    /* Apart, since a load behind a condition would be masked, and masked loads at NULL are slow. */
    if (squares != NULL)
#pragma omp simd
        for (size_t i = 0; i < LEAF; i++)
            values[i] *= squares[i];
#pragma omp simd
    for (size_t i = 0; i < LEAF; i++)
        values[i] = profile(name, values[i]);
}

/* Adds the squared distances along one column. */
ALWAYS_INLINE void add_column(const double *restrict column, double query, double *restrict values) {
#pragma omp simd
    for (size_t i = 0; i < LEAF; i++) {
        double apart = query - column[i];
        values[i] += apart * apart;
    }
}

ALWAYS_INLINE double leaf_sum(enum kernel_name name, bool product, const struct leaf *leaf,
                              const double *restrict query) {
    double values[LEAF] = {0}, terms[LEAF], sums[STEP] = {0};
    memcpy(terms, leaf->coefficients, sizeof terms);
    for (size_t c = 0; c < leaf->columns; c++) {
        add_column(leaf->coordinates + c * LEAF, query[c], values);
        if (!product && c + 1 < leaf->columns)
            continue;
        apply_profile(name, leaf->squares, values);
#pragma omp simd
        for (size_t i = 0; i < LEAF; i++) {
            terms[i] *= values[i];
            values[i] = 0;
        }
    }
    for (size_t i = 0; i < LEAF; i += STEP)
#pragma omp simd
        for (size_t lane = 0; lane < STEP; lane++)
            sums[lane] += terms[i + lane];
    return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

/* The kernel's name is known to the compiler in each loop. */
ALWAYS_INLINE double named_sum(enum kernel_name name, bool product, const struct leaf *leaf,
                               const double *query) {
    switch (name) {
    case KERNEL_EPANECHNIKOV:
        return leaf_sum(KERNEL_EPANECHNIKOV, product, leaf, query);
    case KERNEL_BIWEIGHT:
        return leaf_sum(KERNEL_BIWEIGHT, product, leaf, query);
    case KERNEL_TRIWEIGHT:
        return leaf_sum(KERNEL_TRIWEIGHT, product, leaf, query);
    case KERNEL_TRIANGULAR:
        return leaf_sum(KERNEL_TRIANGULAR, product, leaf, query);
    default:
        return leaf_sum(KERNEL_UNIFORM, product, leaf, query);
    }
}

INSTRUCTION_SETS static double radial_sum(enum kernel_name name, const struct leaf *leaf,
                                          const double *query) {
    return named_sum(name, false, leaf, query);
}

INSTRUCTION_SETS static double product_sum(enum kernel_name name, const struct leaf *leaf,
                                           const double *query) {
    return named_sum(name, true, leaf, query);
}

static double add_leaf(const struct kernel_sums_points *points, const double *coefficients, size_t number,
                       const double *query, size_t place) {
    size_t first = number * LEAF;
    double others[LEAF];
    struct leaf leaf = {.columns = points->tree.columns,
                        .coordinates = points->tree.points + first * points->tree.columns,
                        .coefficients = coefficients + first,
                        .squares = points->squares != NULL ? points->squares + first : NULL};
    if (place < LEAF) {
        memcpy(others, leaf.coefficients, sizeof others);
        others[place] = 0;
        leaf.coefficients = others;
    }
    return points->kernel.form == KERNEL_PRODUCT ? product_sum(points->kernel.name, &leaf, query)
                                                 : radial_sum(points->kernel.name, &leaf, query);
}

void kernel_sums_compact(const struct kernel_sums_points *points, const double *coefficients,
                         const struct kernel_sums_block *block, size_t query, struct kernel_sums_work *work) {
    size_t d = points->tree.columns, depth = 1, row = block->skip != NULL ? block->skip[query] : SIZE_MAX;
    const double *x = block->queries + query * d;
    /* The cube of a product of kernels lies in a ball of radius sqrt d; rounding may not cut its corners. */
    double reach = points->kernel.form == KERNEL_PRODUCT ? (double)d * KERNEL_RIM : KERNEL_RIM, sum = 0;
    struct kd_node stack[DEPTH] = {kd_tree_root(&points->tree)};
    while (depth > 0) {
        struct kd_node node = stack[--depth];
        double squared = kernel_sums_points_distance(points, node, x);
        work->nodes++;
        if (!(squared * points->bounds[2 * node.index + 1] <= reach))
            continue;
        if (node.leaves > 1) {
            stack[depth++] = kd_tree_right(node);
            stack[depth++] = kd_tree_left(node);
            continue;
        }
        size_t place = kernel_sums_points_place(points, row, node.first);
        sum += add_leaf(points, coefficients, node.first, x, place);
        work->terms += kd_tree_leaf_size(&points->tree, node.first);
    }
    if (sum > 1e-250)
        block->log_sum[query] = points->log_scale + log(sum);
    else
        kernel_sums_plain(points, block, query, work);
}
