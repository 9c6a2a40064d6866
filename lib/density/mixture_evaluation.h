/* What a Gaussian mixture says of each row: densities, responsibilities, scores, distances.
 *
 * All is of the mixture given. Where that is the noised mixture of alpha X + sigma Z, the denoised row is
 *
 *     E[X | alpha X + sigma Z = x] = (x + sigma^2 score(x)) / alpha   (Robbins 1956; Tweedie's formula). */
#ifndef DENSITY_MIXTURE_EVALUATION_H
#define DENSITY_MIXTURE_EVALUATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "io/column_names.h"
#include "io/row_stream.h"
#include "num/gaussian_mixture.h"
#include "num/gaussian_mixture_score.h"

/* What is asked for; results stand in this order. */
struct mixture_evaluation_columns {
    bool log_density;      /* log_density */
    bool responsibilities; /* r1 .. rK */
    bool labels;           /* label: the likeliest component, from 1; 0: the uniform one */
    bool score;            /* score_1 .. score_d */
    bool denoise;          /* denoised_1 .. denoised_d */
    bool mahalanobis;      /* m1 .. mK: squared distances (x - mu_k)' C_k^-1 (x - mu_k) */
    bool components;       /* log_1 .. log_K: log w_k + log N(x; mu_k, C_k) */
    bool laplacian;        /* laplacian: the trace of the Hessian of log f */
};

struct mixture_evaluation {
    struct mixture_evaluation_columns columns;
    const struct gaussian_mixture *mixture;
    double alpha, sigma;             /* used for denoised rows alone; alpha > 0 */
    struct gaussian_mixture squares; /* the mixture without weights and normalisers: its terms are -m_k / 2 */
    double *zeros;
    struct gaussian_mixture_score score;
    struct column_names names;
};

/* For a prepared mixture, which stays the caller's. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int
mixture_evaluation_create(struct mixture_evaluation *evaluation, const struct gaussian_mixture *mixture,
                          const struct mixture_evaluation_columns *columns, double alpha, double sigma,
                          struct error *error);

/* Puts a stage on top of a chain of rows of the mixture's dimensions; the evaluation stays the caller's.
 * Returns 0 or -1. */
__attribute__((warn_unused_result)) int mixture_evaluation_push(struct row_stream **chain,
                                                                const struct mixture_evaluation *evaluation,
                                                                size_t threads, struct error *error);

/* Frees what it holds; all zero is fine. */
void mixture_evaluation_free(struct mixture_evaluation *evaluation);

#endif
