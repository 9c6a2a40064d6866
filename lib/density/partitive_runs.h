/* One number of clusters, sought by many runs of k-means, and how far the runs agree. */
#ifndef DENSITY_PARTITIVE_RUNS_H
#define DENSITY_PARTITIVE_RUNS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "density/kmeans.h"

struct partitive_runs_settings {
    size_t clusters, runs; /* runs >= 2: the last two start by maximin and pca, the others by k-means++ */
    size_t max_iterations;
    double tolerance;
    uint64_t seed;
    size_t threads;
};

/* The arrays are the caller's. */
struct partitive_runs {
    uint32_t *labels;      /* rows: of the run of least inertia, by decreasing weight of the clusters */
    double *co_membership; /* rows: mean Jaccard index of the row's clusters in the runs and here */
    double inertia;
    double stability; /* mean over runs of the adjusted Rand index of the run and the best */
};

/* Returns 0, or -1: what kmeans_fit refuses, or memory. */
__attribute__((warn_unused_result)) int partitive_runs_make(const struct kmeans_data *data,
                                                            const struct partitive_runs_settings *settings,
                                                            struct partitive_runs *result,
                                                            struct error *error);

#endif
