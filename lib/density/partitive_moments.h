/* Weights, means and scatter of the parts of a partition, and how far apart their Gaussians lie. */
#ifndef DENSITY_PARTITIVE_MOMENTS_H
#define DENSITY_PARTITIVE_MOMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "density/mixture_step.h"

struct partitive_moments {
    size_t parts, dimensions;
    double *counts;  /* parts */
    double *means;   /* parts x d; 0 for a part of no weight */
    double *scatter; /* parts x d (d + 1) / 2: sum v (x - mean)_a (x - mean)_b for b <= a, row by row */
};

/* Of the rows whose label is below `parts`; the others are left out. Returns 0, or -1 with nothing to free.
 */
__attribute__((warn_unused_result)) int partitive_moments_make(const struct mixture_rows *rows, size_t parts,
                                                               const uint32_t *labels,
                                                               struct partitive_moments *moments,
                                                               struct error *error);

/* The sum of squared distances of the rows from the means of their parts. */
double partitive_moments_inertia(const struct partitive_moments *moments);

/* The least Bhattacharyya distance of two parts' Gaussians,
 *
 *     (m_i - m_j)^T S^-1 (m_i - m_j) / 8 + log(|S| / sqrt(|S_i| |S_j|)) / 2,   S = (S_i + S_j) / 2,
 *
 * `ridge` being added to the covariances' diagonals; nan where fewer than two parts have weight. Returns 0,
 * or -1 (memory, or a ridge of 0 and a singular covariance). */
__attribute__((warn_unused_result)) int partitive_moments_separation(const struct partitive_moments *moments,
                                                                     double ridge, double *value,
                                                                     struct error *error);

/* An all-zero one is fine. */
void partitive_moments_free(struct partitive_moments *moments);

#endif
