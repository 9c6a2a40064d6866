/* What a fitted Gaussian process says of new inputs.
 *
 *     mean(x) = h(x)' b + k(x, X) A,    variance(x) = k(x, x) - |L^-1 k(X, x)|^2,
 *
 * with universal predictions + u' (H' C^-1 H)^-1 u, u = h(x) - H' C^-1 k(X, x) (Rasmussen and Williams 2006,
 * equations 2.25, 2.26, 2.42). Sparse: k(x, Z) L_uu^-T L_B^-T c, and k(x, x) - |L_uu^-1 k|^2 + |L_B^-1
 * L_uu^-1 k|^2, where universal with u = h(x) - (L_B^-1 A D^(-1/2) H)' L_B^-1 L_uu^-1 k. Inputs and results
 * are in the units of the data; variances come from factors, never from an inverse, and are at least 0. */
#ifndef PROCESS_GAUSSIAN_PROCESS_PREDICTION_H
#define PROCESS_GAUSSIAN_PROCESS_PREDICTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "process/covariance_matrix.h"
#include "process/gaussian_process_model.h"

enum { GAUSSIAN_PROCESS_PREDICTION_CHUNK = 256 };

struct gaussian_process_factorless;

struct gaussian_process_predictor {
    const struct gaussian_process_model *model;
    struct covariance covariance; /* the model's, or one of its terms */
    bool whole;                   /* it is the model's: the mean function belongs to it */
    size_t threads, conditions;   /* training rows or inducing inputs */
    struct covariance_points points;
    struct covariance_work work;
    double *weights; /* conditions x outputs: what multiplies k(x, .) */
    bool universal;
    double *solved_basis; /* basis_count x conditions: L^-1 H', or L_B^-1 A D^(-1/2) H; where universal */
    double *gram;         /* the factor of H' C^-1 H; the same */
    size_t capacity;      /* queries at a time */
    double *kernel, *kernel_b, *scaled;
    struct gaussian_process_factorless *factorless; /* where the model has no factor of all rows, or NULL */
};

/* Opens the model, or with term >= 0 the term of that number of its sum alone. universal is taken up where
 * the model has a mean to be uncertain of. Returns 0, or -1 with nothing to close: "the model holds no
 * mean_factor". */
__attribute__((warn_unused_result)) int
gaussian_process_prediction_open(struct gaussian_process_predictor *predictor,
                                 const struct gaussian_process_model *model, int term, bool universal,
                                 size_t threads, struct error *error);

/* An all-zero one is fine. */
void gaussian_process_prediction_close(struct gaussian_process_predictor *predictor);

/* How many terms the model's covariance is the sum of: 1 where it is no sum. */
size_t gaussian_process_prediction_terms(const struct gaussian_process_model *model);

/* The mean function h(x)' b of one output, for x and a result in the model's units. */
double gaussian_process_prediction_mean(const struct gaussian_process_model *model, const double *x,
                                        size_t output);

/* Means and variances of f at count queries, at most predictor->capacity.
 *
 *   x          count x inputs
 *   means      count x outputs
 *   variances  count x outputs, or NULL: not wanted, and no solve is made
 *
 * Returns 0 or -1: out of memory. */
__attribute__((warn_unused_result)) int
gaussian_process_prediction_at(struct gaussian_process_predictor *predictor, size_t count, const double *x,
                               double *means, double *variances, struct error *error);

/* Means and variances of df/dx_j at count queries, at most predictor->capacity; the covariance must be
 * smooth.
 *
 *   means, variances  count x inputs x outputs
 *
 * Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_prediction_slopes(struct gaussian_process_predictor *predictor, size_t count,
                                   const double *x, double *means, double *variances, struct error *error);

/* The joint posterior of f at count queries (any number): means as above, and the covariance, count x count,
 * of targets of unit scale (to be multiplied by y_scale^2 of an output). Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_prediction_joint(struct gaussian_process_predictor *predictor, size_t count, const double *x,
                                  double *means, double *covariance, struct error *error);

#endif
