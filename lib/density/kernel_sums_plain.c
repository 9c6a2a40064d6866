#include "density/kernel_sums_plain.h"

#include <math.h>
#include <stdint.h>

#include "base/instruction_sets.h"
#include "num/elementary.h"

enum { LEAF = KD_TREE_LEAF, STEP = 8, DEPTH = 64 }; /* of a tree: leaves halve at every step */

/* Sums relative to exp(largest), or -inf while there is no term. */
struct sums {
    double largest, sum, squares;
    double *gradient; /* d sums, or NULL */
};

static size_t place_in(const struct kernel_sums_points *points, const struct kernel_sums_block *block,
                       size_t query, size_t leaf) {
    return kernel_sums_points_place(points, block->skip != NULL ? block->skip[query] : SIZE_MAX, leaf);
}

INSTRUCTION_SETS static double largest_of(const double *terms) {
    double tops[STEP], largest = -INFINITY;
    for (size_t lane = 0; lane < STEP; lane++)
        tops[lane] = terms[lane];
    for (size_t i = STEP; i < LEAF; i += STEP)
#pragma omp simd
        for (size_t lane = 0; lane < STEP; lane++)
            tops[lane] = terms[i + lane] > tops[lane] ? terms[i + lane] : tops[lane];
    for (size_t lane = 0; lane < STEP; lane++)
        largest = tops[lane] > largest ? tops[lane] : largest;
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

ALWAYS_INLINE double lanes_sum(const double *s) {
    return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
}

/* exp(terms - largest), their sum and that of their squares. */
INSTRUCTION_SETS static void exponentials(const double *restrict terms, double largest,
                                          double *restrict values, double *restrict totals) {
    double sums[STEP] = {0}, squares[STEP] = {0};
    for (size_t i = 0; i < LEAF; i += STEP)
#pragma omp simd
        for (size_t lane = 0; lane < STEP; lane++) {
            double value = elementary_exp(terms[i + lane] - largest);
            values[i + lane] = value;
            sums[lane] += value;
            squares[lane] += value * value;
        }
    totals[0] = lanes_sum(sums);
    totals[1] = lanes_sum(squares);
}

/* Adds sum_i factors_i (x - z_i) along each column. Factors are 0 where there is no point, at infinity. */
INSTRUCTION_SETS static void add_differences(size_t columns, const double *restrict coordinates,
                                             const double *restrict factors, const double *restrict query,
                                             double *restrict gradient) {
    for (size_t c = 0; c < columns; c++, coordinates += LEAF) {
        double sums[STEP] = {0};
        for (size_t i = 0; i < LEAF; i += STEP)
#pragma omp simd
            for (size_t lane = 0; lane < STEP; lane++) {
                double product = factors[i + lane] * (query[c] - coordinates[i + lane]);
                sums[lane] += factors[i + lane] != 0 ? product : 0;
            }
        gradient[c] += lanes_sum(sums);
    }
}

/* The factors 2 slope / lam_i^2 of a gaussian's differences, times the values. */
INSTRUCTION_SETS static void gaussian_factors(const double *restrict values, const double *restrict squares,
                                              double *restrict factors) {
    if (squares != NULL)
#pragma omp simd
        for (size_t i = 0; i < LEAF; i++)
            factors[i] = -values[i] * squares[i];
    else
#pragma omp simd
        for (size_t i = 0; i < LEAF; i++)
            factors[i] = -values[i];
}

/* Those of another radial kernel. */
static void radial_factors(const struct kernel_sums_points *points, size_t leaf, const double *query,
                           const double *values, double *factors) {
    size_t d = points->tree.columns, first = leaf * LEAF;
    const double *coordinates = points->tree.points + first * d;
    for (size_t i = 0; i < LEAF; i++) {
        double scale = points->squares != NULL ? points->squares[first + i] : 1, squared = 0;
        factors[i] = 0;
        if (values[i] == 0)
            continue;
        for (size_t c = 0; c < d; c++) {
            double difference = query[c] - coordinates[c * LEAF + i];
            squared += difference * difference;
        }
        factors[i] = values[i] * 2 * kernel_log_slope(points->kernel.name, squared * scale) * scale;
    }
}

/* Adds each point's value times the gradient of its log k, 2 slope (x - z_i) / lam_i^2. */
static void add_radial_gradient(const struct kernel_sums_points *points, size_t leaf, const double *query,
                                const double *values, double *gradient) {
    size_t d = points->tree.columns, first = leaf * LEAF;
    double factors[LEAF];
    if (points->kernel.name == KERNEL_GAUSSIAN)
        gaussian_factors(values, points->squares != NULL ? points->squares + first : NULL, factors);
    else
        radial_factors(points, leaf, query, values, factors);
    add_differences(d, points->tree.points + first * d, factors, query, gradient);
}

static void add_product_gradient(const struct kernel_sums_points *points, size_t leaf, const double *query,
                                 const double *values, double *gradient) {
    size_t d = points->tree.columns, first = leaf * LEAF;
    for (size_t c = 0; c < d; c++)
        for (size_t i = 0; i < LEAF; i++) {
            double scale = points->squares != NULL ? points->squares[first + i] : 1;
            double difference = query[c] - points->tree.points[first * d + c * LEAF + i];
            double squared = difference * difference * scale;
            if (values[i] > 0)
                gradient[c] +=
                    values[i] * 2 * kernel_log_slope(points->kernel.name, squared) * scale * difference;
        }
}

static void add_leaf(const struct kernel_sums_points *points, size_t leaf, const double *query,
                     const double *terms, struct sums *sums) {
    double largest = largest_of(terms), values[LEAF], totals[2];
    if (largest == -INFINITY)
        return;
    if (largest > sums->largest)
        raise(sums, points->tree.columns, largest);
    exponentials(terms, sums->largest, values, totals);
    sums->sum += totals[0];
    sums->squares += totals[1];
    if (sums->gradient != NULL && points->kernel.form == KERNEL_RADIAL)
        add_radial_gradient(points, leaf, query, values, sums->gradient);
    else if (sums->gradient != NULL)
        add_product_gradient(points, leaf, query, values, sums->gradient);
}

/* The bound at which a node may be passed over: all points at it add 2^-56 of what the home leaf has. */
static double find_cutoff(const struct kernel_sums_points *points, const struct kernel_sums_block *block,
                          size_t query) {
    const double *x = block->queries + query * points->tree.columns;
    size_t home = kernel_sums_points_home(points, x);
    double terms[LEAF], sum = 0;
    kernel_sums_points_terms(points, home, x, place_in(points, block, query, home), terms);
    double largest = largest_of(terms);
    if (largest == -INFINITY)
        return -INFINITY;
    for (size_t i = 0; i < LEAF; i++)
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
        double terms[LEAF];
        kernel_sums_points_terms(points, node.first, x, place_in(points, block, query, node.first), terms);
        add_leaf(points, node.first, x, terms, &sums);
        work->terms += kd_tree_leaf_size(&points->tree, node.first);
    }
    write_results(points, block, query, &sums);
}
