#include "density/kmeans_steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "density/kmeans_assign.h"
#include "density/kmeans_kernel.h"
#include "density/kmeans_median.h"

/* One start on its way. */
struct steps {
    const struct kmeans_data *data;
    const struct kmeans_settings *settings;
    struct kmeans *result;
    struct kmeans_assign assign;
    struct kmeans_sums sums; /* but for medians */
};

/* The farthest row of a block from the centre of its label, by D. */
struct farthest {
    const struct kmeans_data *data;
    const struct kmeans *result;
    bool cityblock;
    double *sums;  /* blocks: of v D */
    double *most;  /* blocks */
    size_t *where; /* blocks: the first such row of positive weight */
};

static double weight_of(const struct kmeans_data *data, size_t row) {
    return data->weights != NULL ? data->weights[row] : 1;
}

ALWAYS_INLINE double own_distance(const struct kmeans_data *data, const struct kmeans *result, size_t row,
                                  bool cityblock) {
    size_t d = data->columns;
    return kmeans_kernel_pair(d, data->points + row * d, result->centers + result->labels[row] * d, 1,
                              cityblock);
}

static void measure_block(void *context, size_t block, size_t worker) {
    struct farthest *farthest = context;
    const struct kmeans_data *data = farthest->data;
    size_t i = block * KMEANS_BLOCK_ROWS, end = i + KMEANS_BLOCK_ROWS;
    double sum = 0, most = -1;
    (void)worker;
    farthest->where[block] = i;
    for (end = end < data->rows ? end : data->rows; i < end; i++) {
        double distance = own_distance(data, farthest->result, i, farthest->cityblock);
        sum += weight_of(data, i) * distance;
        if (distance > most && weight_of(data, i) > 0) {
            most = distance;
            farthest->where[block] = i;
        }
    }
    farthest->sums[block] = sum;
    farthest->most[block] = most;
}

/* The sum of v D over all rows, and the farthest row, ties to the first. Returns 0, or -1 (memory). */
static int measure(const struct steps *steps, double *sum, size_t *row, struct error *error) {
    const struct kmeans_data *data = steps->data;
    size_t blocks = (data->rows + KMEANS_BLOCK_ROWS - 1) / KMEANS_BLOCK_ROWS, best = 0;
    struct farthest farthest = {.data = data, .result = steps->result, .cityblock = steps->assign.cityblock};
    farthest.sums = memory_matrix(error, blocks, 2, sizeof *farthest.sums);
    farthest.where = memory_array(error, blocks, sizeof *farthest.where);
    if (farthest.sums != NULL && farthest.where != NULL) {
        farthest.most = farthest.sums + blocks;
        parallel_for(steps->settings->threads, blocks, measure_block, &farthest);
        *sum = 0;
        for (size_t block = 0; block < blocks; block++) {
            *sum += farthest.sums[block];
            if (farthest.most[block] > farthest.most[best])
                best = block;
        }
        *row = farthest.where[best];
    }
    int status = farthest.sums != NULL && farthest.where != NULL ? 0 : -1;
    free(farthest.sums);
    free(farthest.where);
    return status;
}

/* Unit length, for the cosine; a sum of 0 has no direction and leaves the centre where it was. */
static void take_direction(size_t columns, const double *mean, double *center) {
    double square = 0;
    for (size_t j = 0; j < columns; j++)
        square += mean[j] * mean[j];
    for (size_t j = 0; j < columns && square > 0; j++)
        center[j] = mean[j] / sqrt(square);
}

/* Means, directions or medians of the rows by label, and their weights. */
static int find_centers(struct steps *steps, double *mean, struct error *error) {
    struct kmeans *result = steps->result;
    size_t d = result->columns;
    if (steps->assign.cityblock)
        return kmeans_median(steps->data, result->clusters, result->labels, steps->settings->threads,
                             result->centers, result->counts, error);
    for (size_t c = 0; c < result->clusters; c++) {
        result->counts[c] = kmeans_sums_weight(&steps->sums, c);
        if (!(result->counts[c] > 0))
            continue;
        kmeans_sums_mean(&steps->sums, c, mean);
        if (steps->settings->distance == KMEANS_COSINE)
            take_direction(d, mean, result->centers + c * d);
        else
            memcpy(result->centers + c * d, mean, d * sizeof *mean);
    }
    return 0;
}

static size_t first_empty(const struct kmeans *result) {
    size_t c = 0;
    while (c < result->clusters && result->counts[c] > 0)
        c++;
    return c;
}

/* Centres of no weight go to the farthest rows, one by one. A row so taken may leave its cluster empty where
 * distances are lost to underflow: so no more rows are moved than there are clusters. */
static int move_centers(struct steps *steps, double *mean, struct error *error) {
    struct kmeans *result = steps->result;
    if (find_centers(steps, mean, error) < 0)
        return -1;
    for (size_t moved = 0; moved < result->clusters && first_empty(result) < result->clusters; moved++) {
        double sum;
        size_t row;
        if (measure(steps, &sum, &row, error) < 0)
            return -1;
        kmeans_assign_force(&steps->assign, row, first_empty(result));
        if (find_centers(steps, mean, error) < 0)
            return -1;
    }
    return 0;
}

static int run(struct steps *steps, double limit, double *mean, struct error *error) {
    struct kmeans *result = steps->result;
    double longest;
    kmeans_assign_place(&steps->assign, result->centers, &longest);
    kmeans_assign_run(&steps->assign);
    while (!result->converged && result->iterations < steps->settings->max_iterations) {
        if (move_centers(steps, mean, error) < 0)
            return -1;
        kmeans_assign_place(&steps->assign, result->centers, &longest);
        size_t changes = kmeans_assign_run(&steps->assign);
        result->iterations++;
        result->converged = changes == 0 || longest <= limit;
    }
    for (size_t c = 0; c < result->clusters; c++)
        result->counts[c] = 0;
    for (size_t i = 0; i < steps->data->rows; i++)
        result->counts[result->labels[i]] += weight_of(steps->data, i);
    size_t row;
    if (measure(steps, &result->inertia, &row, error) < 0)
        return -1;
    if (steps->settings->distance == KMEANS_COSINE)
        result->inertia /= 2; /* |x - c|^2 = 2 (1 - cos) for unit vectors */
    return 0;
}

int kmeans_steps(const struct kmeans_data *data, const struct kmeans_settings *settings, double spread,
                 struct kmeans *result, struct error *error) {
    struct steps steps = {.data = data, .settings = settings, .result = result};
    bool cityblock = settings->distance == KMEANS_CITYBLOCK;
    double *mean = memory_array(error, data->columns, sizeof *mean);
    int status = -1;
    result->iterations = 0;
    result->converged = false;
    if (mean != NULL &&
        kmeans_assign_create(&steps.assign, data, settings->clusters, settings->method, cityblock,
                             result->labels, settings->threads, error) == 0 &&
        (cityblock ||
         kmeans_sums_create(&steps.sums, data, settings->clusters, settings->threads, error) == 0)) {
        steps.assign.sums = cityblock ? NULL : &steps.sums;
        status = run(&steps, settings->tolerance * spread, mean, error);
    }
    kmeans_assign_free(&steps.assign);
    kmeans_sums_free(&steps.sums);
    free(mean);
    return status;
}
