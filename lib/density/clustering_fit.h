/* Clusters of different shapes by semidefinite programs (Zhuang, Chen and Yang 2023, Likelihood adjusted
 * semidefinite programs for clustering heterogeneous data, ICML): from covariances a program and its Z, from
 * Z covariances
 *
 *     S_k = [ sum_i r_ik x_i x_i^T - sum_ij Z_k,ij x_i x_j^T ] / sum_i r_ik,     r_ik = (Z_k 1)_i,
 *
 * those of the cluster where Z_k is a partition's, and semidefinite since diag(r_k) - Z_k is a graph's
 * Laplacian; until covariances and labels stand. */
#ifndef DENSITY_CLUSTERING_FIT_H
#define DENSITY_CLUSTERING_FIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "density/clustering_solve.h"
#include "density/mixture_maximise.h"
#include "density/mixture_step.h"
#include "num/gaussian_mixture.h"

struct clustering_checkpoint; /* density/clustering_checkpoint.h */

struct clustering_settings {
    struct clustering_solver solver;
    enum gaussian_mixture_type type;
    bool identity; /* the K-means program; the type is tied-spherical */
    bool mixing;   /* costs with -2 log w_k */
    bool fixed;    /* the start's covariances stay */
    size_t outer;  /* programs solved at the most, >= 1 */
    double outer_tolerance;
    struct mixture_constraints constraints;   /* floor and whole alone */
    struct clustering_checkpoint *checkpoint; /* told between programs; or NULL */
};

/* One program solved. */
struct clustering_round {
    double objective, partition; /* as in struct clustering_outcome */
    size_t changed;              /* labels that are not those of the round before, or of the start */
};

/* A fit under way, or done. All zero holds nothing. */
struct clustering_fit {
    struct gaussian_mixture *mixture; /* prepared: weights, means, covariances of the last Z */
    struct clustering_solution solution;
    struct clustering_outcome
        outcome;   /* of the last program, its costs those of the mixture before the last */
    size_t blocks; /* of the last program, with their traces */
    size_t *traces;
    size_t steps;  /* of all programs */
    size_t lifted; /* eigenvalues at the floor, in the last covariances */
    bool stands;   /* covariances and labels did not move any more */
    struct clustering_round *rounds;
    size_t round_count, round_capacity;
};

/* Fits rows without weights. `start` is prepared and becomes the fit's; where labels are given they are those
 * to begin with, no cluster of them empty. Returns 0, or -1: out of memory, or a covariance is singular
 * ("cluster 2 has fewer points than columns: ..."); the fit is the caller's to free either way. */
__attribute__((warn_unused_result)) int clustering_fit_run(struct clustering_fit *fit,
                                                           const struct mixture_rows *rows,
                                                           const struct clustering_settings *settings,
                                                           struct gaussian_mixture *start,
                                                           const size_t *labels, struct error *error);

/* Replaces a mixture's parameters by those of memberships (n x K), its covariances by those of scatters: the
 * M step.
 *
 *   scatters  K x (d x d): the sums that divided by sum_i r_ik are S_k; NULL: about the new means
 *
 * As clustering_fit_run. */
__attribute__((warn_unused_result)) int
clustering_fit_maximise(struct gaussian_mixture *mixture, const struct mixture_rows *rows,
                        const struct clustering_settings *settings, const double *memberships,
                        const double *scatters, size_t *lifted, struct error *error);

void clustering_fit_free(struct clustering_fit *fit);

#endif
