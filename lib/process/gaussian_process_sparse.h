/* How well a sparse Gaussian process explains its data, with the gradient in every parameter and inducing
 * input.
 *
 * With m inducing inputs Z, L L' = Kuu = K(Z, Z), Q = Kfu Kuu^-1 Kuf and D = diag(noise), for each output
 *
 *     vfe   log N(y; H b, Q + D) - sum_i (k(x_i, x_i) - Q_ii) / (2 D_i), a lower bound of the evidence
 *           (Titsias 2009, AISTATS, equation 9),
 *     fitc  log N(y; H b, Q + diag(Kff - Q) + D) (Snelson and Ghahramani 2006, NIPS 18),
 *     sor   log N(y; H b, Q + D) (Quinonero-Candela and Rasmussen 2005, JMLR 6, 1939-1959),
 *
 * b by generalised least squares under that covariance. A = L^-1 Kuf D^(-1/2), B = I + A A' = L_B L_B', c =
 * L_B^-1 A D^(-1/2) (y - H b). O(n m^2) time; the rows are passed over twice, and nothing of their number is
 * held but what the caller does (process/gaussian_process_sparse_rows.h). */
#ifndef PROCESS_GAUSSIAN_PROCESS_SPARSE_H
#define PROCESS_GAUSSIAN_PROCESS_SPARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "process/gaussian_process_sparse_rows.h"

struct gaussian_process_sparse {
    const struct gaussian_process_data *data;
    struct covariance *covariance; /* the caller's, whose parameters may change between evaluations */
    size_t inducing, basis_count;
    const double *z; /* inducing x inputs, the caller's, the same holds */
    bool fixed;      /* gradients leave the inducing inputs out */
    bool smooth;
    double jitter; /* on the diagonal of Kuu; NAN: as little as needed, up to 1e-6 of its mean; or this */
    double jitter_added;          /* in the last evaluation */
    double jitter_share;          /* what part of the mean diagonal that was */
    bool jitter_is_least;         /* it is what is added in any case */
    double *centres;              /* inputs, then outputs: what is taken off them */
    double *factor_uu, *factor_b; /* L, L_B: m x m, zeros above the diagonal */
    double *gram;                 /* width x width: sums over rows */
    double *solved;               /* (basis_count + outputs) x m: L_B^-1 of them */
    double *reduced;              /* the Gram matrix of basis and targets under the covariance */
    double *c;                    /* outputs x m */
    double *coefficients;         /* basis_count x outputs, for the inputs as they are */
    double *centred;              /* basis_count x outputs, for the centred inputs */
    double *basis_factor;         /* basis_count x basis_count: of H' C^-1 H, for the centred inputs */
    double *beta;                 /* outputs x m: L_B'^-1 c */
    double *inner, *inverse;      /* m x m: dF/dKuu as it is made */
    struct covariance_points points;
    struct covariance_work work;
    struct gaussian_process_sparse_rows rows;
};

/* What is to be opened. */
struct gaussian_process_sparse_setting {
    enum gaussian_process_sparse_method method;
    enum gaussian_process_mean mean;
    size_t inducing;
    const double *z;
    bool fixed;
    size_t threads;
    bool smooth; /* for a search: the least jitter is 1e-10, or 1e-6 of fitc and sor, that it be not switched
                    on where inputs meet */
};

/* Returns 0, or -1 with nothing to close: "white has no derivative in the inputs: --fix-inducing". */
__attribute__((warn_unused_result)) int
gaussian_process_sparse_open(struct gaussian_process_sparse *sparse, const struct gaussian_process_data *data,
                             struct covariance *covariance,
                             const struct gaussian_process_sparse_setting *setting, struct error *error);

/* An all-zero one is fine. */
void gaussian_process_sparse_close(struct gaussian_process_sparse *sparse);

/* Writes the objective at the covariance's parameters, a noise variance and the inducing inputs, all outputs
 * summed; -inf where a factor fails or a row is without noise.
 *
 *   gradient  parameter_count, the noise, and unless they are fixed inducing x inputs; no logarithms. NULL:
 *             not wanted
 *
 * Returns 0, or -1: out of memory, or "input column 2: the linear mean is not determined". */
__attribute__((warn_unused_result)) int
gaussian_process_sparse_evaluate(struct gaussian_process_sparse *sparse, double noise, double *value,
                                 double *gradient, struct error *error);

#endif
