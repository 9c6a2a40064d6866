#include "density/kernel_sums_points.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"

/* log w_i - d log lam_i; row is the point's place among those given. */
static double log_coefficient(const struct kernel_density *density, size_t row) {
    double value = log(density->weights[row]);
    if (density->local != NULL)
        value -= (double)density->dimensions * log(density->local[row]);
    return value;
}

static double largest_coefficient(const struct kernel_density *density) {
    double largest = -INFINITY;
    for (size_t i = 0; i < density->count; i++)
        if (density->weights[i] > 0)
            largest = fmax(largest, log_coefficient(density, i));
    return largest;
}

/* The rows whose weight is positive, one after another; rows gets their places. */
static double *gather(const struct kernel_density *density, size_t *rows, size_t *count,
                      struct error *error) {
    size_t d = density->dimensions;
    double *gathered = memory_matrix(error, density->count, d, sizeof *gathered);
    if (gathered == NULL)
        return NULL;
    *count = 0;
    for (size_t i = 0; i < density->count; i++)
        if (density->weights[i] > 0) {
            memcpy(gathered + *count * d, density->whitened + i * d, d * sizeof *gathered);
            rows[(*count)++] = i;
        }
    return gathered;
}

/* The tree's own scale serves squares of extreme coordinates; kernels want lengths as they are. */
static void take_scale_out(struct kd_tree *tree) {
    size_t coordinates = tree->leaves * KD_TREE_LEAF * tree->columns;
    size_t sides = (2 * tree->leaves - 1) * 2 * tree->columns;
    for (size_t i = 0; i < coordinates; i++)
        tree->points[i] = ldexp(tree->points[i], -tree->exponent);
    for (size_t i = 0; i < sides; i++)
        tree->boxes[i] = ldexp(tree->boxes[i], -tree->exponent);
    tree->exponent = 0;
}

static void set_bounds(struct kernel_sums_points *points, struct kd_node node) {
    double *bounds = points->bounds + 2 * node.index;
    bounds[0] = -INFINITY;
    bounds[1] = points->squares != NULL ? INFINITY : 1;
    if (node.leaves == 1) {
        for (size_t i = node.first * KD_TREE_LEAF; i < (node.first + 1) * KD_TREE_LEAF; i++) {
            bounds[0] = fmax(bounds[0], points->constants[i]);
            if (points->squares != NULL && points->constants[i] > -INFINITY)
                bounds[1] = fmin(bounds[1], points->squares[i]);
        }
        return;
    }
    const struct kd_node children[2] = {kd_tree_left(node), kd_tree_right(node)};
    for (size_t c = 0; c < 2; c++) {
        set_bounds(points, children[c]);
        bounds[0] = fmax(bounds[0], points->bounds[2 * children[c].index]);
        bounds[1] = fmin(bounds[1], points->bounds[2 * children[c].index + 1]);
    }
}

static void set_terms(struct kernel_sums_points *points, const struct kernel_density *density,
                      const size_t *rows) {
    double largest = largest_coefficient(density);
    size_t places = points->tree.leaves * KD_TREE_LEAF;
    points->log_scale = largest + density->kernel.log_constant - density->log_determinant;
    for (size_t i = 0; i < density->count; i++)
        points->slots[i] = SIZE_MAX;
    for (size_t slot = 0; slot < places; slot++) {
        bool filled = slot < points->tree.count;
        size_t row = filled ? rows[points->tree.order[slot]] : 0;
        points->constants[slot] = filled ? log_coefficient(density, row) - largest : -INFINITY;
        if (points->squares != NULL)
            points->squares[slot] = filled ? 1 / (density->local[row] * density->local[row]) : 1;
        if (filled)
            points->slots[row] = slot;
    }
    set_bounds(points, kd_tree_root(&points->tree));
}

static int allocate(struct kernel_sums_points *points, const struct kernel_density *density,
                    struct error *error) {
    size_t leaves = points->tree.leaves;
    points->constants = memory_matrix(error, leaves, KD_TREE_LEAF, sizeof *points->constants);
    points->bounds = memory_matrix(error, 2 * leaves, 2, sizeof *points->bounds);
    points->slots = memory_array(error, density->count, sizeof *points->slots);
    if (points->constants == NULL || points->bounds == NULL || points->slots == NULL)
        return -1;
    if (density->local != NULL) {
        points->squares = memory_matrix(error, leaves, KD_TREE_LEAF, sizeof *points->squares);
        if (points->squares == NULL)
            return -1;
    }
    return 0;
}

int kernel_sums_points_create(struct kernel_sums_points *points, const struct kernel_density *density,
                              size_t threads, struct error *error) {
    *points = (struct kernel_sums_points){.kernel = density->kernel};
    size_t count = 0, *rows = memory_array(error, density->count, sizeof *rows);
    double *gathered = rows != NULL ? gather(density, rows, &count, error) : NULL;
    int status = -1;
    if (gathered != NULL &&
        kd_tree_build(&points->tree, count, density->dimensions, gathered, threads, error) == 0) {
        take_scale_out(&points->tree);
        status = allocate(points, density, error);
    }
    if (status == 0)
        set_terms(points, density, rows);
    else
        kernel_sums_points_free(points);
    free(gathered);
    free(rows);
    return status;
}

void kernel_sums_points_free(struct kernel_sums_points *points) {
    kd_tree_free(&points->tree);
    free(points->constants);
    free(points->squares);
    free(points->bounds);
    free(points->slots);
    *points = (struct kernel_sums_points){0};
}

/* Columns by fours, then the rest. */
INSTRUCTION_SETS static double box_distance(size_t d, const double *restrict low, const double *restrict high,
                                            const double *restrict query) {
    enum { STEP = 4 };
    double sums[STEP] = {0}, rest = 0;
    size_t fours = d / STEP * STEP;
    for (size_t c = 0; c < fours; c += STEP)
#pragma omp simd
        for (size_t k = 0; k < STEP; k++) {
            double below = low[c + k] - query[c + k], above = query[c + k] - high[c + k];
            double outside = below > above ? below : above;
            outside = outside > 0 ? outside : 0;
            sums[k] += outside * outside;
        }
    for (size_t c = fours; c < d; c++) {
        double below = low[c] - query[c], above = query[c] - high[c];
        double outside = below > above ? below : above;
        outside = outside > 0 ? outside : 0;
        rest += outside * outside;
    }
    return ((sums[0] + sums[2]) + (sums[1] + sums[3])) + rest;
}

double kernel_sums_points_distance(const struct kernel_sums_points *points, struct kd_node node,
                                   const double *query) {
    size_t d = points->tree.columns;
    const double *low = points->tree.boxes + node.index * 2 * d;
    /* Points at the rim of a kernel are within reach however either sum was rounded. */
    return box_distance(d, low, low + d, query) * (1 - 0x1p-51 * (double)(d + 2));
}

/* The product of profiles is at most the radial profile (gaussian, exponential, whose sum of |z_a| is at
 * least |z|), or 1 inside the cube of the compact ones, whose corners are sqrt d away. */
static double log_profile_bound(const struct kernel *kernel, double squared) {
    if (kernel->form != KERNEL_PRODUCT || !kernel_compact(kernel->name))
        return kernel_log_profile(kernel->name, squared);
    return squared <= (double)kernel->dimensions * (1 + 1e-12) ? 0 : -INFINITY;
}

double kernel_sums_points_bound(const struct kernel_sums_points *points, struct kd_node node,
                                double squared) {
    const double *bounds = points->bounds + 2 * node.index;
    return bounds[0] + log_profile_bound(&points->kernel, squared * bounds[1]);
}

size_t kernel_sums_points_home(const struct kernel_sums_points *points, const double *query) {
    struct kd_node node = kd_tree_root(&points->tree);
    while (node.leaves > 1) {
        struct kd_node left = kd_tree_left(node), right = kd_tree_right(node);
        double to_left = kernel_sums_points_distance(points, left, query);
        node = to_left <= kernel_sums_points_distance(points, right, query) ? left : right;
    }
    return node.first;
}

size_t kernel_sums_points_place(const struct kernel_sums_points *points, size_t row, size_t leaf) {
    size_t slot = row != SIZE_MAX ? points->slots[row] : SIZE_MAX;
    return slot / KD_TREE_LEAF == leaf ? slot % KD_TREE_LEAF : KD_TREE_LEAF;
}

/* The squared distances of a leaf's points, (z - z_i)^2 summed column by column. */
INSTRUCTION_SETS static void leaf_distances(size_t columns, const double *restrict leaf,
                                            const double *restrict query, double *restrict squared) {
#pragma omp simd
    for (size_t i = 0; i < KD_TREE_LEAF; i++)
        squared[i] = 0;
    for (size_t c = 0; c < columns; c++, leaf += KD_TREE_LEAF)
#pragma omp simd
        for (size_t i = 0; i < KD_TREE_LEAF; i++) {
            double difference = query[c] - leaf[i];
            squared[i] += difference * difference;
        }
}

/* constants - squared scale / 2 */
INSTRUCTION_SETS static void gaussian_terms(const double *restrict constants, const double *restrict squares,
                                            const double *restrict squared, double *restrict terms) {
    if (squares != NULL)
#pragma omp simd
        for (size_t i = 0; i < KD_TREE_LEAF; i++)
            terms[i] = constants[i] - 0.5 * (squared[i] * squares[i]);
    else
#pragma omp simd
        for (size_t i = 0; i < KD_TREE_LEAF; i++)
            terms[i] = constants[i] - 0.5 * squared[i];
}

static void radial_terms(const struct kernel_sums_points *points, size_t first, size_t size,
                         const double *squared, double *terms) {
    for (size_t i = 0; i < KD_TREE_LEAF; i++) {
        double scale = points->squares != NULL ? points->squares[first + i] : 1;
        terms[i] = i < size ? points->constants[first + i] +
                                  kernel_log_profile(points->kernel.name, squared[i] * scale)
                            : -INFINITY;
    }
}

static void product_terms(const struct kernel_sums_points *points, size_t first, size_t size,
                          const double *query, double *terms) {
    size_t d = points->tree.columns;
    const double *coordinates = points->tree.points + first * d;
    for (size_t i = 0; i < KD_TREE_LEAF; i++) {
        double scale = points->squares != NULL ? points->squares[first + i] : 1;
        terms[i] = i < size ? points->constants[first + i] : -INFINITY;
        for (size_t c = 0; terms[i] > -INFINITY && c < d; c++) {
            double difference = query[c] - coordinates[c * KD_TREE_LEAF + i];
            terms[i] += kernel_log_profile(points->kernel.name, difference * difference * scale);
        }
    }
}

void kernel_sums_points_terms(const struct kernel_sums_points *points, size_t leaf, const double *query,
                              size_t place, double *terms) {
    size_t d = points->tree.columns, first = leaf * KD_TREE_LEAF;
    size_t size = kd_tree_leaf_size(&points->tree, leaf);
    double squared[KD_TREE_LEAF];
    if (points->kernel.form == KERNEL_PRODUCT) {
        product_terms(points, first, size, query, terms);
    } else {
        leaf_distances(d, points->tree.points + first * d, query, squared);
        if (points->kernel.name == KERNEL_GAUSSIAN)
            gaussian_terms(points->constants + first,
                           points->squares != NULL ? points->squares + first : NULL, squared, terms);
        else
            radial_terms(points, first, size, squared, terms);
    }
    if (place < KD_TREE_LEAF)
        terms[place] = -INFINITY;
}
