#include "density/kmeans.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"

static double squared(size_t columns, const double *x, const double *y) {
    double sum = 0;
    for (size_t j = 0; j < columns; j++)
        sum += (x[j] - y[j]) * (x[j] - y[j]);
    return sum;
}

static double weight_of(const struct kmeans_data *data, size_t row) {
    return data->weights != NULL ? data->weights[row] : 1;
}

/* k-means++: each seed is drawn by the squared distance from those before it. */
static void seed_centers(const struct kmeans_data *data, const struct kmeans_settings *settings,
                         double *cumulative, double *nearest, double *centers) {
    struct random_stream stream;
    size_t d = data->columns;
    random_start(&stream, settings->seed, "kmeans", "start", 0);
    for (size_t i = 0; i < data->rows; i++)
        nearest[i] = 1;
    for (size_t c = 0; c < settings->clusters; c++) {
        double total = 0;
        for (size_t i = 0; i < data->rows; i++)
            cumulative[i] = total += weight_of(data, i) * nearest[i];
        size_t chosen = random_discrete(&stream, data->rows, cumulative);
        memcpy(centers + c * d, data->points + chosen * d, d * sizeof *centers);
        for (size_t i = 0; i < data->rows; i++) {
            double distance = squared(d, data->points + i * d, centers + c * d);
            nearest[i] = c == 0 ? distance : fmin(nearest[i], distance);
        }
    }
}

static bool assign(const struct kmeans_data *data, struct kmeans *result) {
    bool changed = false;
    result->inertia = 0;
    for (size_t i = 0; i < data->rows; i++) {
        double least = INFINITY;
        uint32_t label = 0;
        for (size_t c = 0; c < result->clusters; c++) {
            double distance = squared(data->columns, data->points + i * data->columns,
                                      result->centers + c * data->columns);
            if (distance < least) {
                least = distance;
                label = (uint32_t)c;
            }
        }
        changed = changed || label != result->labels[i];
        result->labels[i] = label;
        result->inertia += weight_of(data, i) * least;
    }
    return changed;
}

static void move_centers(const struct kmeans_data *data, struct kmeans *result) {
    size_t d = data->columns;
    memset(result->counts, 0, result->clusters * sizeof(double));
    for (size_t i = 0; i < data->rows; i++)
        result->counts[result->labels[i]] += weight_of(data, i);
    for (size_t c = 0; c < result->clusters; c++)
        if (result->counts[c] > 0)
            memset(result->centers + c * d, 0, d * sizeof(double));
    for (size_t i = 0; i < data->rows; i++)
        for (size_t j = 0; j < d; j++)
            result->centers[result->labels[i] * d + j] +=
                weight_of(data, i) / result->counts[result->labels[i]] * data->points[i * d + j];
}

int kmeans_fit(const struct kmeans_data *data, const struct kmeans_settings *settings, struct kmeans *result,
               struct error *error) {
    size_t k = settings->clusters, d = data->columns;
    *result = (struct kmeans){.clusters = k, .columns = d};
    result->centers = memory_matrix(error, k, d, sizeof(double));
    result->counts = memory_zeros(error, k, sizeof(double));
    result->labels = memory_zeros(error, data->rows, sizeof(uint32_t));
    double *room = memory_matrix(error, data->rows, 2, sizeof *room);
    if (result->centers == NULL || result->counts == NULL || result->labels == NULL || room == NULL) {
        kmeans_free(result);
        free(room);
        return -1;
    }
    if (settings->init == KMEANS_GIVEN)
        memcpy(result->centers, settings->start, k * d * sizeof(double));
    else
        seed_centers(data, settings, room, room + data->rows, result->centers);
    assign(data, result);
    while (!result->converged && result->iterations < settings->max_iterations) {
        move_centers(data, result);
        result->converged = !assign(data, result);
        result->iterations++;
    }
    move_centers(data, result);
    free(room);
    return 0;
}

void kmeans_free(struct kmeans *result) {
    free(result->centers);
    free(result->counts);
    free(result->labels);
    *result = (struct kmeans){0};
}
