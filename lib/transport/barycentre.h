/* Barycentre of histograms on a fixed support by entropic transport:
 *
 *     argmin over p, sum p = 1, of sum_s w_s OT(h_s, p),
 *
 * with the kernel K = exp(-C / epsilon) against the counting measure (Benamou, Carlier, Cuturi, Nenna and
 * Peyre 2015, Iterative Bregman projections for regularized transportation problems), or debiased
 * (Janati, Cuturi and Gramfort 2020, Debiased Sinkhorn barycenters). Histograms live on the rows of C, the
 * barycentre on its columns. Everything is kept in logarithms. */
#ifndef TRANSPORT_BARYCENTRE_H
#define TRANSPORT_BARYCENTRE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/progress.h"

struct barycentre_problem {
    size_t histograms, bins, support;
    const double *values;  /* h: histograms x bins, each row >= 0 with sum 1 */
    const double *weights; /* w: histograms values >= 0 with a positive total, which is divided out; NULL:
                              equal */
    const double *cost;    /* C: bins x support, row-major; inf: a forbidden pair */
    double epsilon;        /* > 0 */
    bool debiased;         /* needs bins = support and a symmetric C */
    double tolerance;      /* of the L1 change of p in a step; 0: exactly max_iterations steps */
    size_t max_iterations;
    size_t threads;
    struct progress *progress; /* or NULL */
};

struct barycentre {
    double change; /* L1, of the last step */
    size_t iterations;
    bool converged; /* change < tolerance, or tolerance 0 */
};

/* Writes p (support values, sum 1) whether converged or not. Returns 0, or -1: out of memory, "no finite cost
 * from bin 3", "a debiased barycentre needs a symmetric cost", "no finite cost to any common point".
 * The same bytes for any number of threads. */
__attribute__((warn_unused_result)) int barycentre_solve(const struct barycentre_problem *problem,
                                                         double *barycentre, struct barycentre *result,
                                                         struct error *error);

#endif
