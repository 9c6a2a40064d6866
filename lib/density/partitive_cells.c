#include "density/partitive_cells.h"

#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "density/kmeans_distinct.h"

/* Steps cost as much as seeds: a sample is settled before all rows are looked at. */
enum { SAMPLE_ROWS = 10, SAMPLE_STEPS = 10, STEPS = 2 };

static double weight_of(const struct kmeans_data *data, size_t row) {
    return data->weights != NULL ? data->weights[row] : 1;
}

/* Rows of positive weight in their order, each subset as likely as any other; at most `count`. */
static size_t draw_sample(const struct kmeans_data *data, size_t count, uint64_t seed, double *points,
                          double *weights) {
    struct random_stream stream;
    size_t left = 0, taken = 0, d = data->columns;
    random_start(&stream, seed, "kmeans", "cells", 0);
    for (size_t i = 0; i < data->rows; i++)
        left += weight_of(data, i) > 0;
    count = count < left ? count : left;
    for (size_t i = 0; taken < count; i++) {
        if (!(weight_of(data, i) > 0))
            continue;
        if (random_below(&stream, left--) >= count - taken)
            continue;
        memcpy(points + taken * d, data->points + i * d, d * sizeof *points);
        weights[taken++] = weight_of(data, i);
    }
    return taken;
}

/* Centres of a sample; *count becomes how many it has. */
static int settle_sample(const struct kmeans_data *data, size_t *count, uint64_t seed, size_t threads,
                         struct kmeans *fit, struct error *error) {
    size_t rows = *count <= data->rows / SAMPLE_ROWS ? *count * SAMPLE_ROWS : data->rows;
    double *points = memory_matrix(error, rows, data->columns, sizeof *points);
    double *weights = memory_array(error, rows, sizeof *weights);
    struct kmeans_data sample = {.columns = data->columns, .points = points, .weights = weights};
    int status = -1;
    if (points != NULL && weights != NULL) {
        sample.rows = draw_sample(data, rows, seed, points, weights);
        status = kmeans_distinct(&sample, *count, count, error);
    }
    const struct kmeans_settings settings = {
        .clusters = *count, .restarts = 1, .max_iterations = SAMPLE_STEPS, .seed = seed, .threads = threads};
    if (status == 0)
        status = kmeans_fit(&sample, &settings, fit, error);
    free(points);
    free(weights);
    return status;
}

static void take_means(const struct kmeans_data *data, struct partitive_cells *cells) {
    size_t d = data->columns;
    memset(cells->centers, 0, cells->count * d * sizeof(double));
    memset(cells->weights, 0, cells->count * sizeof(double));
    for (size_t i = 0; i < data->rows; i++) { /* running means: no digits are lost far from the origin */
        double weight = weight_of(data, i), *total = &cells->weights[cells->labels[i]];
        double *center = cells->centers + cells->labels[i] * d;
        *total += weight;
        for (size_t j = 0; weight > 0 && j < d; j++)
            center[j] += weight / *total * (data->points[i * d + j] - center[j]);
    }
}

int partitive_cells_make(const struct kmeans_data *data, size_t count, uint64_t seed, size_t threads,
                         struct partitive_cells *cells, struct error *error) {
    struct kmeans sample = {0}, fit = {0};
    *cells = (struct partitive_cells){0};
    if (settle_sample(data, &count, seed, threads, &sample, error) < 0)
        return -1;
    const struct kmeans_settings settings = {.clusters = count,
                                             .init = KMEANS_GIVEN,
                                             .start = sample.centers,
                                             .max_iterations = STEPS,
                                             .threads = threads};
    int status = kmeans_fit(data, &settings, &fit, error);
    kmeans_free(&sample);
    if (status < 0)
        return -1;
    *cells = (struct partitive_cells){fit.clusters, fit.centers, fit.counts, fit.labels};
    take_means(data, cells);
    return 0;
}

void partitive_cells_free(struct partitive_cells *cells) {
    free(cells->centers);
    free(cells->weights);
    free(cells->labels);
    *cells = (struct partitive_cells){0};
}
