/* Score and Laplacian of a Gaussian mixture's log density,
 *
 *     score = sum_k r_k g_k,   laplacian = sum_k r_k (|g_k|^2 - tr P_k) - |score|^2,
 *
 * with P_k = C_k^-1 and g_k = P_k (mu_k - x). The Laplacian is computed as the variance sum_k r_k
 * |g_k - score|^2 less sum_k r_k tr P_k, so that far from all means nothing cancels. A uniform component
 * counts with g = 0 and P = 0. */
#ifndef NUM_GAUSSIAN_MIXTURE_SCORE_H
#define NUM_GAUSSIAN_MIXTURE_SCORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "num/gaussian_mixture.h"

struct gaussian_mixture_score {
    const struct gaussian_mixture *mixture;
    double *traces; /* K: tr P_k; NULL where no Laplacian is wanted */
};

/* For a prepared mixture, which stays the caller's. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int gaussian_mixture_score_create(struct gaussian_mixture_score *score,
                                                                      const struct gaussian_mixture *mixture,
                                                                      bool laplacian, struct error *error);

/* Values of workspace that gaussian_mixture_score_rows needs. */
size_t gaussian_mixture_score_workspace(const struct gaussian_mixture *mixture);

/* Scores of rows from their responsibilities (num/gaussian_mixture_posterior.h).
 *
 *   points            rows x d, row-major
 *   responsibilities  rows x K
 *   gradient          rows x d, written
 *   laplacian         rows values, written; NULL: not wanted */
void gaussian_mixture_score_rows(const struct gaussian_mixture_score *score, size_t rows,
                                 const double *points, const double *responsibilities, double *gradient,
                                 double *laplacian, double *workspace);

/* Frees what it holds; all zero is fine. */
void gaussian_mixture_score_free(struct gaussian_mixture_score *score);

#endif
