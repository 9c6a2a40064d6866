/* Sums of the rows of each cluster, exact, so that rows can come and go in any order.
 *
 * Numbers are held in fixed point with 128 bits, the point set by the largest of them: what is left off is
 * below 2^-90 of the largest coordinate even for 2^36 rows. Integer sums have no order: any threads, and any
 * sequence of additions and removals, give the same bytes. */
#ifndef DENSITY_KMEANS_SUMS_H
#define DENSITY_KMEANS_SUMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "density/kmeans.h"

__extension__ typedef unsigned __int128 kmeans_fixed; /* modulo 2^128; read as two's complement */

struct kmeans_sums {
    size_t clusters, columns, threads;
    int point, weight_point; /* a coordinate is held times 2^point, a weight times 2^weight_point */
    kmeans_fixed *totals;    /* clusters x (columns + 1): sums of v x, then of v */
    kmeans_fixed *changes;   /* threads of the same, each one worker's */
};

/* All sums 0. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int kmeans_sums_create(struct kmeans_sums *sums,
                                                           const struct kmeans_data *data, size_t clusters,
                                                           size_t threads, struct error *error);

/* Notes that a row came to cluster `to` from cluster `from` (or from none, SIZE_MAX). One call at a time for
 * each worker. */
void kmeans_sums_move(struct kmeans_sums *sums, const struct kmeans_data *data, size_t row, size_t from,
                      size_t to, size_t worker);

/* Takes what was noted into the totals. */
void kmeans_sums_settle(struct kmeans_sums *sums);

/* The weight of a cluster. */
double kmeans_sums_weight(const struct kmeans_sums *sums, size_t cluster);

/* A cluster's mean, its weight being above 0. Writes `columns` values. */
void kmeans_sums_mean(const struct kmeans_sums *sums, size_t cluster, double *mean);

void kmeans_sums_free(struct kmeans_sums *sums);

#endif
