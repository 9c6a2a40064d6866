#include "density/kernel_sums_plain.h"

#include <math.h>
#include <stdint.h>

enum { DEPTH = 64 }; /* of a tree; leaves halve at every step */

/* Sums relative to exp(largest), or -inf while there is no term. */
struct sums {
    double largest, sum, squares;
    double *gradient; /* d sums, or NULL */
};

static size_t place_in(const struct kernel_sums_points *points, const struct kernel_sums_block *block,
                       size_t query, size_t leaf) {
    return kernel_sums_points_place(points, block->skip != NULL ? block->skip[query] : SIZE_MAX, leaf);
}

static double largest_of(const double *terms) {
    double largest = -INFINITY;
    for (size_t i = 0; i < KD_TREE_LEAF; i++)
        largest = terms[i] > largest ? terms[i] : largest;
    return largest;
}

static void raise(struct sums *sums, size_t columns, double largest) {
    double factor = exp(sums->largest - largest);
    sums->sum *= factor;
    sums->squares *= factor * factor;
    for (size_t c = 0; sums->gradient != NULL && c < columns; c++)
        sums->gradient[c] *= factor;
    sums->largest = largest;
}

/* weight x gradient of log k at one point of a leaf. */
static void add_gradient(const struct kernel_sums_points *points, size_t leaf, size_t place,
                         const double *query, double weight, double *gradient) {
    size_t d = points->tree.columns;
    const double *coordinates = points->tree.points + leaf * KD_TREE_LEAF * d + place;
    double scale = points->squares != NULL ? points->squares[leaf * KD_TREE_LEAF + place] : 1;
    double squared = 0, slope = 0;
    for (size_t c = 0; c < d; c++) {
        double difference = query[c] - coordinates[c * KD_TREE_LEAF];
        squared += difference * difference;
    }
    if (points->kernel.form == KERNEL_RADIAL)
        slope = kernel_log_slope(points->kernel.name, squared * scale);
    for (size_t c = 0; c < d; c++) {
        double difference = query[c] - coordinates[c * KD_TREE_LEAF];
        if (points->kernel.form == KERNEL_PRODUCT)
            slope = kernel_log_slope(points->kernel.name, difference * difference * scale);
        gradient[c] += weight * 2 * slope * scale * difference;
    }
}

static void add_leaf(const struct kernel_sums_points *points, size_t leaf, const double *query,
                     const double *terms, struct sums *sums) {
    double largest = largest_of(terms), sum = 0, squares = 0;
    if (largest == -INFINITY)
        return;
    if (largest > sums->largest)
        raise(sums, points->tree.columns, largest);
    for (size_t i = 0; i < KD_TREE_LEAF; i++) {
        double term = exp(terms[i] - sums->largest);
        sum += term;
        squares += term * term;
        if (sums->gradient != NULL && term > 0)
            add_gradient(points, leaf, i, query, term, sums->gradient);
    }
    sums->sum += sum;
    sums->squares += squares;
}

/* The bound at which a node may be passed over: all points at it add 2^-56 of what the home leaf has. */
static double find_cutoff(const struct kernel_sums_points *points, const struct kernel_sums_block *block,
                          size_t query) {
    const double *x = block->queries + query * points->tree.columns;
    size_t home = kernel_sums_points_home(points, x);
    double terms[KD_TREE_LEAF], sum = 0;
    kernel_sums_points_terms(points, home, x, place_in(points, block, query, home), terms);
    double largest = largest_of(terms);
    if (largest == -INFINITY)
        return -INFINITY;
    for (size_t i = 0; i < KD_TREE_LEAF; i++)
        sum += exp(terms[i] - largest);
    return largest + log(sum) - log(0x1p56 * (double)points->tree.count);
}

static void write_results(const struct kernel_sums_points *points, const struct kernel_sums_block *block,
                          size_t query, const struct sums *sums) {
    size_t d = points->tree.columns;
    bool none = sums->largest == -INFINITY;
    block->log_sum[query] = none ? -INFINITY : sums->largest + points->log_scale + log(sums->sum);
    if (block->log_squares != NULL)
        block->log_squares[query] =
            none ? -INFINITY : 2 * (sums->largest + points->log_scale) + log(sums->squares);
    if (block->log_largest != NULL)
        block->log_largest[query] = none ? -INFINITY : sums->largest + points->log_scale;
    for (size_t c = 0; sums->gradient != NULL && c < d; c++)
        sums->gradient[c] = none ? NAN : sums->gradient[c] / sums->sum;
}

void kernel_sums_plain(const struct kernel_sums_points *points, const struct kernel_sums_block *block,
                       size_t query, struct kernel_sums_work *work) {
    size_t d = points->tree.columns, depth = 1;
    const double *x = block->queries + query * d;
    double cutoff = find_cutoff(points, block, query);
    struct sums sums = {-INFINITY, 0, 0, block->score != NULL ? block->score + query * d : NULL};
    struct kd_node stack[DEPTH] = {kd_tree_root(&points->tree)};
    for (size_t c = 0; sums.gradient != NULL && c < d; c++)
        sums.gradient[c] = 0;
    while (depth > 0) {
        struct kd_node node = stack[--depth];
        double squared = kernel_sums_points_distance(points, node, x);
        work->nodes++;
        if (kernel_sums_points_bound(points, node, squared) <= cutoff)
            continue;
        if (node.leaves > 1) {
            stack[depth++] = kd_tree_right(node);
            stack[depth++] = kd_tree_left(node);
            continue;
        }
        double terms[KD_TREE_LEAF];
        kernel_sums_points_terms(points, node.first, x, place_in(points, block, query, node.first), terms);
        add_leaf(points, node.first, x, terms, &sums);
        work->terms += kd_tree_leaf_size(&points->tree, node.first);
    }
    write_results(points, block, query, &sums);
}
