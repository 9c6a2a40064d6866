/* The Gaussian mixture that validates a partition: started at the partition's own moments, brought to
 * convergence by EM, and asked whether two of its components are one. */
#ifndef DENSITY_PARTITIVE_MIXTURE_H
#define DENSITY_PARTITIVE_MIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "density/mixture_criterion.h"
#include "density/mixture_fit.h"
#include "density/mixture_step.h"
#include "density/partitive_moments.h"
#include "num/gaussian_mixture.h"

struct partitive_mixture_settings {
    const struct mixture_rows *rows; /* about their mean */
    enum gaussian_mixture_type type;
    const struct gaussian_mixture *whole; /* all rows as one component of the type */
    double floor;                         /* of variances */
    double tolerance;
    size_t max_iterations;
    size_t threads;
};

/* All zero is none. */
struct partitive_mixture {
    struct mixture_fit fit;
    struct mixture_criteria criteria;
};

/* The mixture of a partition, every part of which has weight; components by decreasing weight. Returns 0, or
 * -1 with nothing to free: memory, or numbers that overflow. */
__attribute__((warn_unused_result)) int
partitive_mixture_fit(const struct partitive_mixture_settings *settings,
                      const struct partitive_moments *moments, struct partitive_mixture *mixture,
                      struct error *error);

/* Goes on with EM where it had stopped, to another tolerance. Returns 0, or -1 with the mixture still the
 * caller's. */
__attribute__((warn_unused_result)) int
partitive_mixture_finish(const struct partitive_mixture_settings *settings, struct partitive_mixture *mixture,
                         struct error *error);

/* Merges two components (their moments matched, then EM) where that lowers icl, the best pair first, until
 * none does. EM is tried for the three pairs of least icl before it. Returns 0, or -1 with the mixture still
 * the caller's.
 *
 *   merged  how many times, written */
__attribute__((warn_unused_result)) int
partitive_mixture_merge(const struct partitive_mixture_settings *settings, struct partitive_mixture *mixture,
                        size_t *merged, struct error *error);

/* The component of the greatest responsibility for each row (from 0, the first of equals), and that
 * responsibility.
 *
 *   labels, posterior  rows, written
 *
 * Returns 0, or -1 (memory). */
__attribute__((warn_unused_result)) int
partitive_mixture_label(const struct partitive_mixture_settings *settings,
                        const struct gaussian_mixture *mixture, uint32_t *labels, double *posterior,
                        struct error *error);

void partitive_mixture_free(struct partitive_mixture *mixture);

#endif
