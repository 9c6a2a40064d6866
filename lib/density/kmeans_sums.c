#include "density/kmeans_sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

__extension__ typedef __int128 signed_fixed;

/* The power of two above |value| x count, taken from 126: the point that leaves room for the sum. */
static int place_point(double largest, size_t count) {
    int exponent = 0, room = 0;
    frexp(largest, &exponent);
    frexp((double)count, &room);
    return 126 - exponent - room;
}

int kmeans_sums_create(struct kmeans_sums *sums, const struct kmeans_data *data, size_t clusters,
                       size_t threads, struct error *error) {
    size_t d = data->columns;
    double largest = 0, heaviest = 0;
    *sums = (struct kmeans_sums){.clusters = clusters, .columns = d, .threads = threads > 0 ? threads : 1};
    for (size_t i = 0; i < data->rows; i++) {
        double weight = data->weights != NULL ? data->weights[i] : 1, row_largest = 0;
        for (size_t j = 0; j < d; j++)
            row_largest = fmax(row_largest, fabs(data->points[i * d + j]));
        largest = fmax(largest, weight * row_largest);
        heaviest = fmax(heaviest, weight);
    }
    sums->point = place_point(largest, data->rows);
    sums->weight_point = place_point(heaviest, data->rows);
    size_t count;
    if (!memory_product(clusters, d + 1, &count) || !memory_product(count, sums->threads, &count))
        return error_set(error, "%zu clusters of %zu columns do not fit into memory", clusters, d);
    sums->totals = memory_zeros(error, clusters * (d + 1), sizeof *sums->totals);
    sums->changes = memory_zeros(error, count, sizeof *sums->changes);
    if (sums->totals != NULL && sums->changes != NULL)
        return 0;
    kmeans_sums_free(sums);
    return -1;
}

/* value x 2^point, towards 0. */
static kmeans_fixed to_fixed(double value, int point) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    int exponent = (int)(bits >> 52 & 0x7ff);
    uint64_t mantissa = bits & 0xfffffffffffff;
    if (exponent > 0)
        mantissa |= (uint64_t)1 << 52;
    else
        exponent = 1;
    int shift = exponent - 1075 + point;
    kmeans_fixed magnitude = 0;
    if (shift >= 0)
        magnitude = (kmeans_fixed)mantissa << shift;
    else if (shift > -64)
        magnitude = mantissa >> -shift;
    return bits >> 63 ? -magnitude : magnitude;
}

static double from_fixed(kmeans_fixed value, int point) {
    return ldexp((double)(signed_fixed)value, -point);
}

void kmeans_sums_move(struct kmeans_sums *sums, const struct kmeans_data *data, size_t row, size_t from,
                      size_t to, size_t worker) {
    size_t d = sums->columns;
    const double *x = data->points + row * d;
    double weight = data->weights != NULL ? data->weights[row] : 1;
    kmeans_fixed *changes = sums->changes + worker * sums->clusters * (d + 1);
    kmeans_fixed *gained = changes + to * (d + 1);
    kmeans_fixed *lost = from == SIZE_MAX ? NULL : changes + from * (d + 1);
    for (size_t j = 0; j <= d; j++) {
        kmeans_fixed value =
            j < d ? to_fixed(weight * x[j], sums->point) : to_fixed(weight, sums->weight_point);
        gained[j] += value;
        if (lost != NULL)
            lost[j] -= value;
    }
}

void kmeans_sums_settle(struct kmeans_sums *sums) {
    size_t count = sums->clusters * (sums->columns + 1);
    for (size_t i = 0; i < sums->threads * count; i++) {
        sums->totals[i % count] += sums->changes[i];
        sums->changes[i] = 0;
    }
}

double kmeans_sums_weight(const struct kmeans_sums *sums, size_t cluster) {
    return from_fixed(sums->totals[cluster * (sums->columns + 1) + sums->columns], sums->weight_point);
}

void kmeans_sums_mean(const struct kmeans_sums *sums, size_t cluster, double *mean) {
    double weight = kmeans_sums_weight(sums, cluster);
    for (size_t j = 0; j < sums->columns; j++)
        mean[j] = from_fixed(sums->totals[cluster * (sums->columns + 1) + j], sums->point) / weight;
}

void kmeans_sums_free(struct kmeans_sums *sums) {
    free(sums->totals);
    free(sums->changes);
    *sums = (struct kmeans_sums){0};
}
