/* Starting centres without chance (Su and Dy 2007, In search of deterministic methods for initializing
 * K-means and Gaussian mixture clustering, Intelligent Data Analysis 11, 319-338: PCA-Part). */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "density/kmeans_start.h"

/* Steps of the power method: an axis good to a few digits splits as well as an exact one. */
enum { POWER_STEPS = 50 };

struct part {
    size_t first, count; /* of splitting.rows */
    double inertia;
};

struct splitting {
    const struct kmeans_data *data;
    size_t *rows;        /* their numbers, part by part */
    struct part *parts;  /* clusters */
    double *centers;     /* clusters x columns: the parts' means */
    double *axis, *next; /* columns */
};

static double weight_of(const struct splitting *splitting, size_t row) {
    return splitting->data->weights != NULL ? splitting->data->weights[row] : 1;
}

/* (x_row - mean) . direction */
static double project(const struct splitting *splitting, size_t row, const double *mean,
                      const double *direction) {
    size_t d = splitting->data->columns;
    const double *x = splitting->data->points + row * d;
    double sum = 0;
    for (size_t j = 0; j < d; j++)
        sum += (x[j] - mean[j]) * direction[j];
    return sum;
}

/* A part's mean, its inertia, and (in axis) the inertia of each column. */
static void describe_part(struct splitting *splitting, size_t number) {
    size_t d = splitting->data->columns;
    struct part *part = &splitting->parts[number];
    double *mean = splitting->centers + number * d, total = 0;
    const size_t *rows = splitting->rows + part->first;
    memset(mean, 0, d * sizeof *mean);
    memset(splitting->axis, 0, d * sizeof *splitting->axis);
    for (size_t i = 0; i < part->count; i++)
        total += weight_of(splitting, rows[i]);
    for (size_t i = 0; i < part->count; i++)
        for (size_t j = 0; j < d; j++)
            mean[j] += weight_of(splitting, rows[i]) / total * splitting->data->points[rows[i] * d + j];
    part->inertia = 0;
    for (size_t i = 0; i < part->count; i++) {
        for (size_t j = 0; j < d; j++) {
            double difference = splitting->data->points[rows[i] * d + j] - mean[j];
            splitting->axis[j] += weight_of(splitting, rows[i]) * difference * difference;
        }
    }
    for (size_t j = 0; j < d; j++)
        part->inertia += splitting->axis[j];
}

/* The power method on the part's scatter, from the column that scatters most; the matrix is never made. */
static void find_axis(struct splitting *splitting, size_t number) {
    size_t d = splitting->data->columns, widest = 0;
    const struct part *part = &splitting->parts[number];
    const double *mean = splitting->centers + number * d;
    double *axis = splitting->axis, *next = splitting->next;
    for (size_t j = 1; j < d; j++)
        if (axis[j] > axis[widest])
            widest = j;
    memset(axis, 0, d * sizeof *axis);
    axis[widest] = 1;
    for (int step = 0; step < POWER_STEPS && d > 1; step++) {
        double square = 0;
        memset(next, 0, d * sizeof *next);
        for (size_t i = 0; i < part->count; i++) {
            size_t row = splitting->rows[part->first + i];
            double amount = weight_of(splitting, row) * project(splitting, row, mean, axis);
            for (size_t j = 0; j < d; j++)
                next[j] += amount * (splitting->data->points[row * d + j] - mean[j]);
        }
        for (size_t j = 0; j < d; j++)
            square += next[j] * next[j];
        if (!(square > 0 && square < INFINITY))
            return;
        for (size_t j = 0; j < d; j++)
            axis[j] = next[j] / sqrt(square);
    }
}

/* Splits a part at its mean across its axis; the rows beyond the mean become the part `other`. Where rounding
 * leaves one side empty, the part is cut in the middle. */
static void split_part(struct splitting *splitting, size_t number, size_t other) {
    size_t d = splitting->data->columns;
    struct part *part = &splitting->parts[number];
    describe_part(splitting, number);
    find_axis(splitting, number);
    size_t *rows = splitting->rows + part->first, kept = 0;
    for (size_t i = 0; i < part->count; i++) {
        size_t row = rows[i];
        if (project(splitting, row, splitting->centers + number * d, splitting->axis) > 0)
            continue;
        rows[i] = rows[kept];
        rows[kept++] = row;
    }
    if (kept == 0 || kept == part->count)
        kept = part->count / 2;
    splitting->parts[other] = (struct part){part->first + kept, part->count - kept, 0};
    part->count = kept;
    describe_part(splitting, number);
    describe_part(splitting, other);
}

static void split_all(struct splitting *splitting, size_t clusters) {
    describe_part(splitting, 0);
    for (size_t made = 1; made < clusters; made++) {
        size_t largest = 0;
        for (size_t part = 1; part < made; part++) {
            const struct part *old = &splitting->parts[largest], *new = &splitting->parts[part];
            if (new->count > 1 && (old->count < 2 || new->inertia > old->inertia))
                largest = part;
        }
        split_part(splitting, largest, made);
    }
}

int kmeans_start_pca(const struct kmeans_data *data, size_t clusters, double *centers, struct error *error) {
    struct splitting splitting = {.data = data, .centers = centers};
    splitting.rows = memory_array(error, data->rows, sizeof *splitting.rows);
    splitting.parts = memory_array(error, clusters, sizeof *splitting.parts);
    splitting.axis = memory_array(error, data->columns, sizeof(double));
    splitting.next = memory_array(error, data->columns, sizeof(double));
    int status = -1;
    if (splitting.rows != NULL && splitting.parts != NULL && splitting.axis != NULL &&
        splitting.next != NULL) {
        splitting.parts[0] = (struct part){0};
        for (size_t i = 0; i < data->rows; i++)
            if (weight_of(&splitting, i) > 0)
                splitting.rows[splitting.parts[0].count++] = i;
        split_all(&splitting, clusters);
        status = 0;
    }
    free(splitting.rows);
    free(splitting.parts);
    free(splitting.axis);
    free(splitting.next);
    return status;
}
