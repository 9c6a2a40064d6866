/* Where a clustering by semidefinite programs begins: a partition of the rows, and the mixture it makes. */
#ifndef DENSITY_CLUSTERING_START_H
#define DENSITY_CLUSTERING_START_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "density/clustering_fit.h"
#include "density/mixture_start.h"
#include "density/mixture_step.h"

struct clustering_start {
    size_t components;
    enum mixture_start_kind kind;
    const double *centres; /* components x dimensions: the rows go to the nearest; NULL: as `kind` says */
    uint64_t seed;
    size_t threads;
};

/* The labels of a partition into so many clusters, none of them empty.
 *
 *   labels  rows, written
 *
 * Returns 0, or -1: out of memory, or fewer distinct rows than components. */
__attribute__((warn_unused_result)) int clustering_start_labels(const struct clustering_start *start,
                                                                const struct mixture_rows *rows,
                                                                size_t *labels, struct error *error);

/* The mixture of those clusters, prepared. Of random clusters, which may be tiny, covariances are taken with
 * the conjugate prior of density/mixture_maximise.h, so that a few near rows are no spike. NULL: error says
 * why. */
struct gaussian_mixture *clustering_start_mixture(const struct clustering_start *start,
                                                  const struct mixture_rows *rows,
                                                  const struct clustering_settings *settings,
                                                  const size_t *labels, struct error *error);

#endif
