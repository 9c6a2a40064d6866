/* Probabilistic partitive partitioning: partitions by k-means, validated by a Gaussian mixture.
 *
 * After Sultan's plan (partitions of k-means, repeatable, their number found, the most separable subset
 * told); the rules are our own:
 *
 *   1  for each k, B runs of k-means, two of them from deterministic starts; P_k is the one of least inertia
 *   2  stability(k): mean adjusted Rand index of the runs and P_k; for each row the mean Jaccard index of its
 *      clusters in the runs and in P_k
 *   3  a mixture that starts at the moments of P_k, by EM; agreement(k): adjusted Rand index of P_k and the
 *      mixture's labels
 *   4  k of the least icl among those that agree by 0.5 at least
 *   5  two components whose merger lowers icl are merged, until there are none
 *   6  labels and posteriors are the mixture's; the core is the rows that posterior, runs and P_k agree upon
 *
 * A mixture held up by the floor of its variances describes single rows, or rows in a plane: it is chosen
 * only where all are. Where the rows are many, runs are made on weighted cells (density/partitive_cells.h);
 * mixtures always see all rows. */
#ifndef DENSITY_PARTITIVE_H
#define DENSITY_PARTITIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/progress.h"
#include "density/mixture_step.h"
#include "density/partitive_mixture.h"

struct partitive_settings {
    size_t least, most; /* k */
    size_t runs;        /* B >= 2, for each k */
    size_t cells;       /* 0: runs are made on the rows */
    double core_threshold;
    enum gaussian_mixture_type type;
    double tolerance; /* of k-means. A mixture's is 1e-6 of the mean log-likelihood, the chosen one's 1e-8 */
    size_t max_iterations;
    uint64_t seed;
    size_t threads;
    struct progress *progress; /* or NULL */
};

/* One k. */
struct partitive_candidate {
    size_t clusters;
    double inertia; /* of P_k */
    double agreement, stability;
    double silhouette, separation; /* of the mixture's labels */
    bool failed, held;             /* a part is empty: no mixture; or its variances are at the floor */
    struct partitive_mixture mixture;
    uint32_t *labels;      /* P_k's, of each point that runs were made on */
    double *co_membership; /* likewise */
};

struct partitive_set {
    size_t rows;
    double silhouette; /* of 5000 rows, drawn by the seed, where there are more; nan for one cluster */
    double separation; /* the least Bhattacharyya distance of two clusters; nan for one */
};

struct partitive {
    size_t count;
    struct partitive_candidate *candidates; /* by k */
    size_t chosen, merged;                  /* the index of k, and how often two components were merged */
    struct partitive_mixture mixture;
    uint32_t *labels;              /* rows: from 0, by decreasing weight of the components */
    double *posterior, *stability; /* rows */
    bool *core;                    /* rows */
    struct partitive_set all, core_set;
};

/* Returns 0, or -1 with nothing to free: memory, fewer distinct rows than clusters, rows that are all equal,
 * or numbers that overflow. rows count from their mean. */
__attribute__((warn_unused_result)) int partitive_make(const struct mixture_rows *rows,
                                                       const struct partitive_settings *settings,
                                                       struct partitive *result, struct error *error);

/* An all-zero one is fine. */
void partitive_free(struct partitive *result);

#endif
