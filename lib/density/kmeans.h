/* k-means: centres c and labels that make sum_i v_i D(x_i, c_label(i)) small.
 *
 * Each step of Lloyd (1982, Least squares quantization in PCM, IEEE Trans. Inf. Theory 28, 129-137) gives
 * every row to the nearest centre, of equally near ones to the first, and moves each centre to the best place
 * for its rows. A centre without rows moves to the row that is farthest from its own. Bounds by the triangle
 * inequality (density/kmeans_assign.h) leave out distances that cannot matter; the result is that of plain
 * steps, to the last bit, for any number of threads. */
#ifndef DENSITY_KMEANS_H
#define DENSITY_KMEANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Of coordinates, in magnitude, and of weights: products and squares of differences are finite. */
#define KMEANS_LARGEST 1e150

enum kmeans_distance {
    KMEANS_SQEUCLIDEAN, /* D = |x - c|^2; centres are means */
    KMEANS_COSINE,      /* D = 1 - cos(x, c); centres are means' directions (Dhillon and Modha 2001) */
    KMEANS_CITYBLOCK,   /* D = sum |x_j - c_j|; centres are medians by column */
};

enum kmeans_init {
    KMEANS_PLUS_PLUS, /* greedy k-means++, 2 + log k trials a centre (Arthur and Vassilvitskii 2007) */
    KMEANS_RANDOM,    /* distinct rows, uniformly */
    KMEANS_MAXIMIN,   /* the row farthest from the mean, then always the row farthest from those chosen */
    KMEANS_PCA,   /* the cluster of largest inertia is split by its first principal axis (Su and Dy 2007) */
    KMEANS_GIVEN, /* from settings.start */
};

enum kmeans_method { KMEANS_AUTOMATIC, KMEANS_LLOYD, KMEANS_HAMERLY, KMEANS_ELKAN, KMEANS_YINYANG };

struct kmeans_data {
    size_t rows, columns;
    const double *points;  /* rows x columns, row-major, finite */
    const double *weights; /* rows, finite, not negative, their sum above 0; NULL: all 1 */
};

/* All zero but for clusters, restarts, max_iterations and threads is fine. */
struct kmeans_settings {
    size_t clusters; /* k >= 1 */
    enum kmeans_distance distance;
    enum kmeans_init init;
    enum kmeans_method method;
    bool balanced;         /* asks kmeans_model_fit for kmeans_balanced_fit */
    const double *start;   /* k x columns, for KMEANS_GIVEN */
    size_t restarts;       /* starts tried, >= 1; those that draw nothing run once */
    size_t max_iterations; /* of a start */
    double tolerance;      /* ends when no centre moves by more than this times the rows' root mean square
                              distance from their mean */
    uint64_t seed;         /* the r-th start draws from the stream (seed, "kmeans", "start", r) */
    size_t threads;
};

/* Centres by decreasing weight, ties in lexicographic order. */
struct kmeans {
    size_t clusters, columns;
    double *centers;   /* clusters x columns */
    double *counts;    /* clusters: the weight of each one's rows */
    uint32_t *labels;  /* rows, from 0 */
    double inertia;    /* sum_i v_i D(x_i, c_label(i)), of the centres and labels above */
    size_t iterations; /* of the start that won */
    bool converged;    /* whether that start's centres had come to rest */
};

/* Fits the best of all starts: least inertia, ties to the first centres in lexicographic order. Returns 0, or
 * -1 with nothing to free: out of memory, fewer distinct rows of positive weight than clusters ("5 clusters
 * but 3 distinct rows"), a row of zeros with KMEANS_COSINE, or values or
 * weights beyond 1e150. */
__attribute__((warn_unused_result)) int kmeans_fit(const struct kmeans_data *data,
                                                   const struct kmeans_settings *settings,
                                                   struct kmeans *result, struct error *error);

/* Refuses values and weights beyond KMEANS_LARGEST, and nan; kmeans_fit does so too. Returns 0 or -1. */
__attribute__((warn_unused_result)) int kmeans_check(const struct kmeans_data *data, struct error *error);

/* Frees what it holds; an all-zero one is fine. */
void kmeans_free(struct kmeans *result);

#endif
