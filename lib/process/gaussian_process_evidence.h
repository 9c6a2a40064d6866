/* How well a Gaussian process explains its data, exactly, with the gradient in every parameter.
 *
 * C = K(X, X) + diag(noise), H the mean's basis, b = (H' C^-1 H)^-1 H' C^-1 Y (generalised least squares), R
 * = Y - H b, A = C^-1 R, for n rows and q outputs that share kernel and noise:
 *
 *     log p(Y) = -tr(R' A)/2 - q/2 log |C| - (n q / 2) log 2 pi,
 *     d/d theta = tr[(A A' - q C^-1) dC/d theta] / 2
 *
 * (b's own change contributes nothing at its optimum), or the leave-one-out log predictive density (Rasmussen
 * and Williams 2006, sections 2.7, 5.4.1 and 5.4.2). Memory: one n x n matrix and tiles. */
#ifndef PROCESS_GAUSSIAN_PROCESS_EVIDENCE_H
#define PROCESS_GAUSSIAN_PROCESS_EVIDENCE_H

#include <stddef.h>

#include "base/error.h"
#include "num/tiled_cholesky.h"
#include "process/covariance_matrix.h"

enum gaussian_process_mean {
    GAUSSIAN_PROCESS_MEAN_ZERO,
    GAUSSIAN_PROCESS_MEAN_CONSTANT,
    GAUSSIAN_PROCESS_MEAN_LINEAR
};

enum gaussian_process_objective { GAUSSIAN_PROCESS_MARGINAL_LIKELIHOOD, GAUSSIAN_PROCESS_LEAVE_ONE_OUT };

/* Arrays are the caller's, row-major. */
struct gaussian_process_data {
    size_t rows, inputs, outputs;
    const double *x;     /* rows x inputs */
    const double *y;     /* rows x outputs */
    const double *noise; /* a known variance for each row, or NULL */
};

struct gaussian_process_evidence {
    const struct gaussian_process_data *data;
    struct covariance *covariance; /* the caller's, whose parameters may change between evaluations */
    size_t threads, basis_count;
    double jitter;        /* NAN: as little as needed, up to 1e-6 of the mean diagonal; else exactly this */
    double jitter_added;  /* in the last evaluation */
    double jitter_share;  /* what part of the mean diagonal that was; 0 where it is set */
    double *matrix;       /* rows x rows: in its lower triangle the factor of C, or C^-1 once a gradient or
                             leave-one-out was asked for */
    double *basis;        /* basis_count x rows: ones and the centred inputs */
    double *centres;      /* inputs: what was taken off them */
    double *solved;       /* basis_count x rows: L^-1 H' */
    double *gram;         /* basis_count x basis_count: the factor of H' C^-1 H */
    double *weights;      /* outputs x rows: A' */
    double *coefficients; /* basis_count x outputs: b, for the inputs as they are */
    double *diagonal;     /* rows: of C^-1, once leave-one-out was asked for */
    struct covariance_points points;
    struct covariance_work work;
    struct tiled_cholesky cholesky;
};

/* Returns 0, or -1 with nothing to close. */
__attribute__((warn_unused_result)) int
gaussian_process_evidence_open(struct gaussian_process_evidence *evidence,
                               const struct gaussian_process_data *data, enum gaussian_process_mean mean,
                               struct covariance *covariance, size_t threads, struct error *error);

/* An all-zero one is fine. */
void gaussian_process_evidence_close(struct gaussian_process_evidence *evidence);

/* Writes the objective at the covariance's parameters and a noise variance; -inf where C is not positive
 * definite with any jitter that is allowed.
 *
 *   gradient  parameter_count + 1, the last for the noise, in the parameters as they are (no logarithms), or
 *             NULL
 *
 * Returns 0, or -1: out of memory, or "input column 2: the linear mean is not determined". */
__attribute__((warn_unused_result)) int
gaussian_process_evidence_evaluate(struct gaussian_process_evidence *evidence,
                                   enum gaussian_process_objective objective, double noise, double *value,
                                   double *gradient, struct error *error);

/* The parts that mixtures of processes are made of: log |C|, and of each output the square R' C^-1 R; weights
 * and coefficients are then set, and the factor stands in the matrix. Returns 1; 0 where C is not positive
 * definite with any jitter that is allowed; or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_evidence_solve(struct gaussian_process_evidence *evidence, double noise, double *determinant,
                                double *squares, struct error *error);

/* The gradient of -q/2 log |C| - sum_c factors_c square_c / 2 after a solve, whose factor it spoils; as
 * above. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_evidence_gradient(struct gaussian_process_evidence *evidence, const double *factors,
                                   double *gradient, struct error *error);

/* Of each training row the prediction from all others, after an evaluation of the leave-one-out objective.
 *
 *   means      rows x outputs
 *   variances  rows: noise included, the same for all outputs */
void gaussian_process_evidence_leave_one_out(const struct gaussian_process_evidence *evidence, double *means,
                                             double *variances);

#endif
