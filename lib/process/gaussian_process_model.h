/* A fitted Gaussian process: all that prediction needs, as plain arrays.
 *
 * NPZ: kind `gp`, version, kernel (the expression with the fitted values), parameter_names (p), parameters
 * (p), parameters_fixed (p: 0 or 1), noise_variance, noise_fixed, universal, noise_rows (n, where variances
 * were known), mean_kind, mean_coefficients (h, q), X (n, d), Y (n, q), input_names, x_shift, x_scale (d),
 * y_shift, y_scale (q), chol (n, n, lower), alpha (n, q), log_marginal_likelihood. X, Y and all of the model
 * are in scaled units, (value - shift) / scale. Sparse (process/gaussian_process_sparse.h), in place of X, Y,
 * chol, alpha: method, Z (m, d), chol_uu, chol_b (m, m), c (m, q), mean_c (m, h). Without chol and alpha:
 * method `vecchia` with the number vecchia, or method `kalman`, X ascending; both with jitter and order (n).
 * Of all but exact models mean_factor (h, h). Mixtures over a scale: process/gaussian_process_scale.h;
 * classes, without noise, mean and Y: process/gaussian_process_classes.h. */
#ifndef PROCESS_GAUSSIAN_PROCESS_MODEL_H
#define PROCESS_GAUSSIAN_PROCESS_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "process/covariance.h"
#include "process/gaussian_process_classes.h"
#include "process/gaussian_process_evidence.h"
#include "process/gaussian_process_scale.h"

/* As spelled in models and options, in the order of enum gaussian_process_mean, ended by NULL. */
extern const char *const gaussian_process_model_mean_names[];

/* Arrays belong to the model. */
struct gaussian_process_model {
    size_t rows, inputs, outputs;
    struct covariance *covariance;
    double noise;
    bool noise_fixed;
    bool universal; /* predictions carry the uncertainty of the mean's coefficients */
    enum gaussian_process_mean mean;
    size_t basis_count;             /* h: 0, 1, 1 + inputs */
    double *coefficients;           /* h x outputs */
    char **input_names;             /* inputs */
    double *x_shift, *x_scale;      /* inputs */
    double *y_shift, *y_scale;      /* outputs */
    double *x, *y;                  /* rows x inputs, rows x outputs; NULL where sparse */
    double *noise_rows;             /* rows, or NULL */
    double *factor, *alpha;         /* rows x rows lower, zeros above; rows x outputs; NULL where sparse */
    double log_marginal_likelihood; /* of the targets as they were given */
    char *method;                   /* "vfe", "fitc", "sor" where sparse, else NULL */
    size_t neighbours;              /* of Vecchia's approximation: M, else 0; the factor and alpha are NULL */
    bool kalman;                    /* by a Kalman filter: x ascends; the factor and alpha are NULL */
    double jitter;                  /* of these two: what was added to the noise */
    double *order;                  /* of these two: rows, the number from 0 of each in the data; or NULL */
    size_t inducing;
    double *z, *factor_uu, *factor_b, *c; /* m x inputs, m x m, m x m, m x outputs */
    double *mean_factor; /* basis_count x basis_count lower: of H' C^-1 H, H = (1, x); or NULL */
    double *mean_c;      /* m x basis_count: c of H's columns in place of targets; or NULL */
    struct gaussian_process_scale *scale; /* of a mixture, else NULL. Where its noise is separate, factor and
                                             alpha are NULL, and coefficients the posterior's mean */
    struct gaussian_process_classes *classes; /* NULL: of numbers. Else of the arrays above x, noise and those
                                                 of exact and sparse models only z and factor_uu are there */
};

/* Writes it to a path (NULL: standard output). Returns 0 or -1. */
__attribute__((warn_unused_result)) int
gaussian_process_model_write(const struct gaussian_process_model *model, const char *path,
                             struct error *error);

/* Reads an operand, and checks shapes, that numbers are finite and factors have a positive diagonal. Returns
 * 0, or -1 with nothing to free: "m.npz: kind is 'gmm', expected 'gp'". */
__attribute__((warn_unused_result)) int gaussian_process_model_read(struct gaussian_process_model *model,
                                                                    const char *operand, struct error *error);

/* Puts count inputs (count x inputs) into the model's units. */
void gaussian_process_model_scale_inputs(const struct gaussian_process_model *model, size_t count,
                                         const double *x, double *scaled);

/* An all-zero one is fine. */
void gaussian_process_model_free(struct gaussian_process_model *model);

#endif
