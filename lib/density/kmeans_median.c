#include "density/kmeans_median.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"

struct weighted {
    double value, weight;
};

struct medians {
    const struct kmeans_data *data;
    size_t *starts;         /* clusters + 2: cluster c has the places starts[c] .. starts[c + 1] - 1 */
    size_t *order;          /* rows by cluster */
    struct weighted *rooms; /* threads x rows */
    double *medians;        /* clusters x columns */
};

static int compare_values(const void *a, const void *b) {
    double x = ((const struct weighted *)a)->value, y = ((const struct weighted *)b)->value;
    return (x > y) - (x < y);
}

/* The median of sorted values whose weights sum to total > 0. */
static double median_of(const struct weighted *sorted, size_t count, double total) {
    double below = 0;
    size_t i = 0;
    while (i + 1 < count && below + sorted[i].weight < total / 2)
        below += sorted[i++].weight;
    if (i + 1 < count && below + sorted[i].weight == total / 2)
        return sorted[i].value + (sorted[i + 1].value - sorted[i].value) / 2;
    return sorted[i].value;
}

/* One column of one cluster. */
static void find_median(void *context, size_t block, size_t worker) {
    const struct medians *medians = context;
    const struct kmeans_data *data = medians->data;
    size_t cluster = block / data->columns, column = block % data->columns, count = 0;
    struct weighted *room = medians->rooms + worker * data->rows;
    double total = 0;
    for (size_t i = medians->starts[cluster]; i < medians->starts[cluster + 1]; i++) {
        size_t row = medians->order[i];
        double weight = data->weights != NULL ? data->weights[row] : 1;
        if (weight > 0)
            room[count++] = (struct weighted){data->points[row * data->columns + column], weight};
    }
    if (count == 0)
        return;
    qsort(room, count, sizeof *room, compare_values);
    for (size_t i = 0; i < count; i++)
        total += room[i].weight;
    medians->medians[block] = median_of(room, count, total);
}

static void sort_by_cluster(struct medians *medians, size_t clusters, const uint32_t *labels,
                            double *weights) {
    const struct kmeans_data *data = medians->data;
    for (size_t c = 0; c < clusters; c++)
        weights[c] = 0;
    for (size_t i = 0; i < data->rows; i++) {
        medians->starts[labels[i] + 2]++;
        weights[labels[i]] += data->weights != NULL ? data->weights[i] : 1;
    }
    for (size_t c = 0; c < clusters; c++)
        medians->starts[c + 2] += medians->starts[c + 1];
    for (size_t i = 0; i < data->rows; i++)
        medians->order[medians->starts[labels[i] + 1]++] = i;
}

int kmeans_median(const struct kmeans_data *data, size_t clusters, const uint32_t *labels, size_t threads,
                  double *result, double *weights, struct error *error) {
    struct medians medians = {.data = data, .medians = result};
    medians.starts = memory_zeros(error, clusters + 2, sizeof *medians.starts);
    medians.order = memory_array(error, data->rows, sizeof *medians.order);
    medians.rooms = memory_matrix(error, threads > 0 ? threads : 1, data->rows, sizeof *medians.rooms);
    int status = -1;
    if (medians.starts != NULL && medians.order != NULL && medians.rooms != NULL) {
        sort_by_cluster(&medians, clusters, labels, weights);
        parallel_for(threads, clusters * data->columns, find_median, &medians);
        status = 0;
    }
    free(medians.starts);
    free(medians.order);
    free(medians.rooms);
    return status;
}
