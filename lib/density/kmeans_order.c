#include "density/kmeans_order.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "density/kmeans_kernel.h"

/* A centre to be put in order: by `key`, then by its coordinates, then by where it was. */
struct placed {
    const double *center;
    size_t columns, index;
    double key;
};

static int compare_centers(size_t columns, const double *a, const double *b) {
    for (size_t j = 0; j < columns; j++)
        if (a[j] != b[j])
            return a[j] < b[j] ? -1 : 1;
    return 0;
}

static int compare_placed(const void *a, const void *b) {
    const struct placed *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    int order = compare_centers(x->columns, x->center, y->center);
    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

static size_t widest_column(const struct placed *placed, size_t count) {
    size_t widest = 0;
    double most = -1;
    for (size_t j = 0; j < placed->columns; j++) {
        double low = placed[0].center[j], high = low;
        for (size_t i = 1; i < count; i++) {
            double value = placed[i].center[j];
            low = value < low ? value : low;
            high = value > high ? value : high;
        }
        if (high - low > most) {
            most = high - low;
            widest = j;
        }
    }
    return widest;
}

/* Cuts at a whole number of tiles; what is one tile is left as it is. */
static void halve(struct placed *placed, size_t count) {
    while (count > KMEANS_TILE) {
        size_t column = widest_column(placed, count);
        size_t half = (count / KMEANS_TILE + 1) / 2 * KMEANS_TILE;
        for (size_t i = 0; i < count; i++)
            placed[i].key = placed[i].center[column];
        qsort(placed, count, sizeof *placed, compare_placed);
        halve(placed, half);
        placed += half;
        count -= half;
    }
}

static struct placed *place(size_t count, size_t columns, const double *centers, struct error *error) {
    struct placed *placed = memory_array(error, count, sizeof *placed);
    for (size_t c = 0; placed != NULL && c < count; c++)
        placed[c] = (struct placed){centers + c * columns, columns, c, 0};
    return placed;
}

int kmeans_order_near(size_t count, size_t columns, double *centers, struct error *error) {
    struct placed *placed = place(count, columns, centers, error);
    double *sorted = memory_matrix(error, count, columns, sizeof *sorted);
    int status = placed != NULL && sorted != NULL ? 0 : -1;
    if (status == 0) {
        halve(placed, count);
        for (size_t c = 0; c < count; c++)
            memcpy(sorted + c * columns, placed[c].center, columns * sizeof *sorted);
        memcpy(centers, sorted, count * columns * sizeof *sorted);
    }
    free(placed);
    free(sorted);
    return status;
}

int kmeans_order_result(size_t rows, struct kmeans *result, struct error *error) {
    size_t k = result->clusters, d = result->columns;
    struct placed *placed = place(k, d, result->centers, error);
    double *centers = memory_matrix(error, k, d, sizeof *centers);
    uint32_t *names = memory_array(error, k, sizeof *names);
    int status = placed != NULL && centers != NULL && names != NULL ? 0 : -1;
    if (status == 0) {
        for (size_t c = 0; c < k; c++)
            placed[c].key = -result->counts[c];
        qsort(placed, k, sizeof *placed, compare_placed);
        for (size_t c = 0; c < k; c++) {
            names[placed[c].index] = (uint32_t)c;
            result->counts[c] = -placed[c].key;
            memcpy(centers + c * d, placed[c].center, d * sizeof *centers);
        }
        memcpy(result->centers, centers, k * d * sizeof *centers);
        for (size_t i = 0; i < rows; i++)
            result->labels[i] = names[result->labels[i]];
    }
    free(placed);
    free(centers);
    free(names);
    return status;
}

bool kmeans_order_better(const struct kmeans *a, const struct kmeans *b) {
    if (a->inertia != b->inertia)
        return a->inertia < b->inertia;
    return compare_centers(a->clusters * a->columns, a->centers, b->centers) < 0;
}
